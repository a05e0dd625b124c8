import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { levelsOf } from "#ir/record";
import { packageRoot } from "#planning/load";
import { parseMapping } from "#store/data-files/mapping";
import { readData } from "#store/data-files/read-data";
import { streamRecords } from "#store/data-files/run-records";
import { writeRunFile } from "#store/data-files/write-run";
import { RunStore } from "#store/run-store";
import { runCommand } from "../support/in-process.ts";
import { pythonEnvironment, runPython } from "../support/python.ts";
import { rejection } from "../support/refusal.ts";
import { keepSample, sample } from "../unit/store/temporary-store.ts";

const environment = pythonEnvironment("data-files", [
  "numpy==2.2.6",
  "h5py==3.13.0",
  "h5netcdf==1.6.1",
  "netCDF4==1.7.2",
  "pandas==2.2.3",
  "xarray==2025.4.0",
]);
const python = "python" in environment ? environment.python : "";

const folder = mkdtempSync(join(tmpdir(), "entrain-data-files-"));
const exported = join(folder, "lauf ⟨S⁺⟩.h5");
const { plan, estimates } = sample;
const expected = { plan, profile_sha256: "", profile_chosen: true };

beforeAll(async () => {
  const store = RunStore.open(join(folder, "store"));
  const { id } = keepSample(store, { title: "Einsatz ⟨S⁺⟩ · δ → 0" });
  for (const record of sample.records) store.appendRecord(id, record);
  store.writeDocument(id, "estimates", estimates);
  store.writeDocument(id, "verdict", sample.verdict);
  store.close();
  await writeRunFile(exported, store.read(id), streamRecords(store, id), "entrain test");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Everything of the file as JSON, seen through one of the readers. */
const readers = {
  h5py: `
import h5py
with h5py.File(path) as f:
    order = [d.label or d[0].name.split("/")[-1] for d in f["levels"].dims]
    crc = f["levels_crc32"][...]
    show(order, f["levels"][...], f["exchange"][...], f["exchange"].attrs["units"], f["setting"].asstr()[...],
         f["site"].asstr()[...], f.attrs["title"], f["levels"].attrs["long_name"],
         lambda g, n: f[g][n][...], f["documents/plan"].asstr()[()], crc)
`,
  ...Object.fromEntries(
    ["h5netcdf", "netcdf4"].map((engine) => [
      `xarray with ${engine}`,
      `
import xarray as xr
tree = xr.open_datatree(path, engine="${engine}")
d = tree.to_dataset()
show(list(d.levels.dims), d.levels.values, d.exchange.values, d.exchange.attrs["units"], d.setting.values,
     d.site.values, d.attrs["title"], d.levels.attrs["long_name"],
     lambda g, n: tree[g][n].values, str(tree["documents"]["plan"].values), d.levels_crc32.values)
# Selection by coordinate, as people work with it.
assert float(tree["estimates"].to_dataset().order_parameter.sel(exchange=10.5e6)) == float(tree["estimates"]["order_parameter"].values[1])
`,
    ]),
  ),
};

const preamble = `
import json, sys, zlib
import numpy as np
path = sys.argv[1]
def show(order, levels, exchange, units, setting, site, title, long_name, get, plan, crc):
    assert levels.dtype == np.uint8
    sums = [[zlib.crc32(np.ascontiguousarray(cell).tobytes()) for cell in row] for row in levels]
    assert np.array_equal(crc, np.array(sums, dtype=np.uint32)), "checksums"
    json.dump(dict(order=order, shape=levels.shape, levels=levels.reshape(-1).tolist(), exchange=exchange.tolist(),
        units=units, setting=[str(s) for s in setting], site=[str(s) for s in site], title=title, long_name=long_name,
        order_parameter=get("estimates", "order_parameter").tolist(),
        error=get("estimates", "order_parameter_error").tolist(),
        amplitude=get("estimates", "amplitude_re").tolist(),
        predicted=get("prediction", "order_parameter").tolist(),
        probability=get("prediction", "probability").tolist(),
        result=get("estimates", "result_value").tolist(), plan=json.loads(plan)), sys.stdout)
`;

describe.skipIf(python === "")("a file written here", () => {
  test.each(Object.entries(readers))("opens in %s with the same numbers", (_, script) => {
    const seen = JSON.parse(runPython(python, preamble + script, [exported])) as Record<string, unknown>;
    expect(seen).toMatchObject({
      order: ["exchange", "setting", "shot", "site"],
      shape: [3, 4, 200, 9],
      exchange: plan.axes[0]!.values,
      units: "Hz",
      setting: plan.measurement.settings.map(({ name }) => name),
      site: plan.sites,
      title: "Einsatz ⟨S⁺⟩ · δ → 0",
      long_name: "level assigned to the site by the read-out, before any correction",
    });
    expect(seen.levels).toEqual(sample.records.flatMap((record) => [...levelsOf(record)]));
    const series = estimates.series.find(({ id }) => id === "order_parameter")!.values;
    expect(seen.order_parameter).toEqual(series.map(({ value }) => value));
    expect(seen.error).toEqual(series.map(({ error }) => error));
    expect(seen.amplitude).toEqual(estimates.amplitudes!.map((row) => row.map(({ re }) => re.value)));
    expect(seen.predicted).toEqual(plan.prediction.series.find(({ id }) => id === "order_parameter")!.values);
    expect(seen.probability).toEqual(plan.prediction.probabilities);
    expect(seen.result).toEqual(estimates.results.map(({ measured }) => measured!.value));
    expect(seen.plan).toEqual(plan);
  });
});

const levelsText = JSON.stringify(sample.records.flatMap((record) => [...levelsOf(record)]));
const writing = `
import json, sys
import numpy as np
path, settings, sites = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
levels = np.array(json.load(sys.stdin), dtype=np.uint8).reshape(3, 4, 200, 9)
exchange = np.linspace(7, 14, 3)
`;
const write = (name: string, script: string) => {
  const path = join(folder, name);
  const settings = plan.measurement.settings.map(({ name: setting }) => setting);
  runPython(
    python,
    writing + script,
    [path, JSON.stringify(settings), JSON.stringify(plan.sites)],
    levelsText,
  );
  return path;
};

describe.skipIf(python === "")("the examples in Python", () => {
  const example = (name: string) => readFileSync(join(packageRoot(), "examples", "python", name), "utf8");

  test("read a run", () => {
    const text = runPython(python, example("read_run.py"), [exported]);
    expect(text).toContain("Einsatz ⟨S⁺⟩ · δ → 0: onset on synthetic");
    // Pulls of nine sites' series over three points.
    const pulls = [...text.matchAll(/largest pull ([\d.]+) sigma/g)].map((match) => Number(match[1]));
    expect(pulls).toHaveLength(4);
    for (const pull of pulls) expect(pull).toBeLessThan(5);
  });

  test("write data that the example experiment judges: noise is not the prediction", async () => {
    const path = join(folder, "written.h5");
    runPython(python, example("write_data.py"), [path]);
    const against = join(packageRoot(), "examples", "transmon-onset.yaml");
    const { status, stdout } = await runCommand("validate", path, "--against", against, "--json");
    const { verdict, shots } = JSON.parse(stdout) as { verdict: { outcome: string }; shots: number };
    expect([status, verdict.outcome, shots]).toEqual([5, "inconsistent", 500]);
  });
});

describe.skipIf(python === "")("a file written elsewhere reads here", () => {
  test("h5py, with scales, compressed and big-endian", async () => {
    const script = (kind: string, options: string) => `
import h5py
with h5py.File(path, "w") as f:
    d = f.create_dataset("levels", data=levels.astype("${kind}"), ${options})
    f["exchange"] = (exchange * 1e6).astype(">f4"); f["exchange"].attrs["units"] = "Hz"
    f["setting"] = np.array(settings, dtype=h5py.string_dtype())
    f["site"] = np.array(sites, dtype="S4")
    f["shot"] = np.arange(200)
    for k, name in enumerate(["exchange", "setting", "shot", "site"]):
        f[name].make_scale(name)
        d.dims[k].attach_scale(f[name])
    f.attrs["institution"] = "Universität Basel"
`;
    const kinds = [
      ["u1", "compression='gzip', shuffle=True, fletcher32=True"],
      [">i4", "chunks=True"],
      ["<i8", ""],
      ["f4", "compression='lzf'"],
    ] as const;
    for (const [kind, options] of kinds.slice(0, 3)) {
      const { table, source } = await readData(write("h5py.h5", script(kind, options)), expected, undefined);
      expect(table).toEqual(sample.counts);
      expect(source.provenance).toContainEqual(["institution", "Universität Basel"]);
    }
    // A filter that this HDF5 does not have is named, not guessed at.
    const error = await rejection(readData(write("lzf.h5", script(...kinds[3])), expected, undefined));
    expect(error.code).toBe("data.filter");
    expect(error.problems[0]!.found).toContain("lzf");
  });

  test("xarray, by either engine", async () => {
    for (const engine of ["h5netcdf", "netcdf4"]) {
      const path = write(
        `${engine}.nc`,
        `
import xarray as xr
data = xr.Dataset({"levels": (("exchange", "setting", "shot", "site"), levels)},
    coords={"exchange": ("exchange", exchange, {"units": "MHz"}), "setting": settings, "site": sites},
    attrs={"title": "taken at night"})
data.to_netcdf(path, engine="${engine}", encoding={"levels": {"zlib": True}})
`,
      );
      const { table, source } = await readData(path, expected, undefined);
      expect(table).toEqual(sample.counts);
      expect(source.provenance).toContainEqual(["title", "taken at night"]);
    }
  });

  test("counts from xarray", async () => {
    const path = write(
      "counts.nc",
      `
import xarray as xr
counts = np.stack([(levels == k).sum(axis=2) for k in range(3)], axis=-1)
xr.Dataset({"counts": (("exchange", "setting", "site", "level"), counts, {"shots": 200})},
    coords={"exchange": ("exchange", exchange, {"units": "MHz"}), "setting": settings, "site": sites}).to_netcdf(path)
`,
    );
    expect((await readData(path, expected, undefined)).table).toEqual(sample.counts);
  });

  test("an ARTIQ result file, as its worker writes one", async () => {
    // artiq/master/worker_db.py: group[key] = value for every dataset, then five entries of the file itself.
    const path = write(
      "000000017-Scan.h5",
      `
import h5py
with h5py.File(path, "w") as f:
    datasets = f.create_group("datasets")
    for key, value in {"scan.exchange": list(exchange * 1e6), "outcomes": levels.astype(np.int32), "note": "abc"}.items():
        datasets[key] = value
    datasets["scan.exchange"].attrs["unit"] = "MHz"
    f.create_group("archive")
    f["artiq_version"] = "9.0+unknown"
    f["rid"] = 17
    f["start_time"] = 1700000000.5
    f["run_time"] = 1700000001.5
    f["expid"] = '{"class_name": "Scan"}'
`,
    );
    const mapping = parseMapping({
      format: "artiq",
      // What is stored is in Hz; "MHz" is how ARTIQ shows it.
      axes: { exchange: { dataset: "scan.exchange", unit: "Hz" } },
      sites: plan.sites,
      data: { dataset: "outcomes", dimensions: ["exchange", "setting", "shot", "site"] },
    });
    const { table, source } = await readData(path, expected, mapping);
    expect(table).toEqual(sample.counts);
    expect(source.provenance).toEqual([
      ["RID", "17"],
      ["ARTIQ", "9.0+unknown"],
      ["started", "2023-11-14T22:13:20.500Z"],
      ["run", "2023-11-14T22:13:21.500Z"],
    ]);
  });
});
