"""Writes levels from an experiment of your own as a file that `entrain validate` reads; needs h5py alone.

    python write_data.py data.h5
    npx entrain validate data.h5 --against ../transmon-onset.yaml
"""

import sys
import zlib

import h5py
import numpy as np


def write(path, axes, settings, sites, levels, **provenance):
    """axes: name -> (values, units); levels: integers 0, 1, 2 of shape axes..., setting, shot, site."""
    names = [*axes, "setting", "shot", "site"]
    scan = levels.shape[:-2]
    with h5py.File(path, "w") as file:
        file.attrs.update({"format": "entrain-data", "format_version": 1, **provenance})
        data = file.create_dataset(
            "levels",
            data=levels.astype("u1"),
            chunks=(1,) * len(scan) + levels.shape[-2:],
            compression="gzip",
        )
        for name, (values, units) in axes.items():
            file[name] = np.asarray(values, dtype="f8")
            file[name].attrs["units"] = units
        file.create_dataset("setting", data=settings, dtype=h5py.string_dtype())
        file["shot"] = np.arange(levels.shape[-2], dtype="i4")
        file.create_dataset("site", data=sites, dtype=h5py.string_dtype())
        for k, name in enumerate(names):
            file[name].make_scale(name)
            data.dims[k].attach_scale(file[name])
        # Checksums, so that damage shows.
        cells = levels.astype("u1").reshape(-1, *levels.shape[-2:])
        sums = np.array([zlib.crc32(np.ascontiguousarray(cell)) for cell in cells], dtype="u4")
        file["levels_crc32"] = sums.reshape(scan)


if __name__ == "__main__":
    # Replace by what your experiment returned.
    exchange_mhz = np.linspace(20, 33, 14)
    settings = ["X01/2", "Y01/2", "X12/2", "Y12/2"]
    sites = [f"q{k}" for k in (104, 105, 106, 107, 108, 111, 112, 122, 123, 124, 125, 126)]
    shape = (len(exchange_mhz), len(settings), 500, len(sites))
    levels = np.random.default_rng(1).choice(3, size=shape, p=[0.05, 0.9, 0.05])
    write(
        sys.argv[1],
        {"exchange": (exchange_mhz, "MHz")},
        settings,
        sites,
        levels,
        protocol="onset",
        institution="a laboratory",
    )
