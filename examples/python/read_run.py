"""Opens a run that `entrain export` wrote, with xarray.

    python read_run.py run.h5
"""

import sys

import xarray as xr

run = xr.open_datatree(sys.argv[1])
print(f"{run.attrs['title']}: {run.attrs['protocol']} on {run.attrs['profile']}")

# Levels by point, setting, shot and site; how often each site was found in level 1.
levels = run["levels"]
print((levels == 1).mean("shot").to_series().unstack("site").round(3))

# Every series beside its prediction; axes are shared by all groups. Where four sites or more are coupled, nothing
# predicts their common phase (docs/protocols.md), so that phases are left out here.
measured, predicted = run["estimates"].to_dataset(), run["prediction"].to_dataset()
for name in predicted.data_vars:
    if f"{name}_error" in measured and not name.endswith("_phase"):
        pull = (measured[name] - predicted[name]) / measured[f"{name}_error"]
        print(f"{predicted[name].attrs['long_name']}: largest pull {abs(pull).max().item():.1f} sigma")
