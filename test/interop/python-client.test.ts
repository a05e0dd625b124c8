import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { levelsOf, type Record as MeasurementRecord } from "#ir/record";
import { packageRoot } from "#planning/load";
import { pythonEnvironment } from "../support/python.ts";

const environment = pythonEnvironment("client", [
  "numpy==2.2.6",
  "pandas==2.2.3",
  "xarray==2025.4.0",
  "h5py==3.13.0",
  "h5netcdf==1.6.1",
  "matplotlib==3.10.3",
  "ipykernel==6.29.5",
  "nbformat==5.10.4",
  "nbclient==0.10.2",
]);
const python = "python" in environment ? environment.python : "";

const root = packageRoot();
const entrain = join(root, "bin", "entrain.js");
const folder = mkdtempSync(join(tmpdir(), "entrain-client-"));
const store = join(folder, "store");
const examples = join(folder, "examples", "python");

let server: ChildProcess;
let url = "";
let operator = "";
let viewer = "";

/** The compiled server, with tokens: what it sends and asks is what a laboratory sees. */
beforeAll(async () => {
  if (python === "") return;
  mkdirSync(store);
  cpSync(join(root, "examples"), join(folder, "examples"), { recursive: true });
  [operator, viewer] = ["operator", "viewer"].map((role) => {
    const made = spawnSync(
      process.execPath,
      [entrain, "token", "add", role, "--role", role, "--json", "--store", store],
      { encoding: "utf8" },
    );
    return (JSON.parse(made.stdout) as { token: string }).token;
  }) as [string, string];
  server = spawn(process.execPath, [entrain, "serve", "--port", "0", "--json", "--store", store], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  url = await new Promise<string>((done, fail) => {
    let written = "";
    server.stdout!.on("data", (chunk: Buffer) => {
      written += chunk.toString();
      if (written.trimEnd().endsWith("}")) done((JSON.parse(written) as { url: string }).url);
    });
    server.once("exit", (code) => fail(new Error(`ended with ${code}: ${written}`)));
  });
});
afterAll(async () => {
  if (server !== undefined && server.exitCode === null) {
    const ended = new Promise((done) => server.once("exit", done));
    server.kill("SIGTERM");
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

/** A script beside the client; what it prints is JSON. */
function inPython(script: string, env: Record<string, string> = {}): unknown {
  const { status, stdout, stderr } = spawnSync(python, ["-c", script], {
    cwd: examples,
    encoding: "utf8",
    // A proxy of the environment must not come between the client and this machine.
    env: {
      ...process.env,
      http_proxy: "http://127.0.0.1:9",
      ENTRAIN_URL: url,
      ENTRAIN_TOKEN: operator,
      MPLBACKEND: "",
      ...env,
    },
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

async function read(path: string): Promise<Response> {
  const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${operator}` } });
  expect(answer.status).toBe(200);
  return answer;
}

describe.skipIf(python === "")("the Python client", () => {
  it("carries the notebook: plan, run, HDF5, plot, with the numbers of the run record", async () => {
    const seen = inPython(`
import json, nbformat
from nbclient import NotebookClient
notebook = nbformat.read("onset.ipynb", as_version=4)
assert all(not cell.get("outputs") for cell in notebook.cells), "outputs are not kept"
NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
print(json.dumps({
    "figures": sum("image/png" in output.get("data", {}) for output in outputs),
    "texts": [output["text"] for output in outputs if output.get("name") == "stdout"],
}))
`) as { figures: number; texts: string[] };
    expect(seen.figures).toBe(1);
    const result = JSON.parse(seen.texts.at(-1)!) as Record<string, unknown>;
    // What is wrong in an experiment, with its place.
    expect(seen.texts.join("")).toContain("experiment.invalid | shots | ");

    const run = (await (await read(`/v1/runs/${result.run}`)).json()) as {
      plan: { prediction: { series: { id: string; values: number[] }[] }; axes: { values: number[] }[] };
      estimates: {
        series: { id: string; values: { value: number; error: number }[] }[];
        results: { id: string; measured: { value: number; error: number } }[];
        amplitudes: { re: { value: number } }[][];
      };
      verdict: { outcome: string };
    };
    const { estimates, plan, verdict } = run;
    const series = estimates.series.find(({ id }) => id === "order_parameter")!.values;
    const predicted = plan.prediction.series.find(({ id }) => id === "order_parameter")!.values;
    const onset = estimates.results.find(({ id }) => id === "onset_hz")!.measured;
    const pulls = series.map(({ value, error }, k) => Math.abs(value - predicted[k]!) / error);
    expect(result).toMatchObject({
      outcome: verdict.outcome,
      onset_hz: [onset.value, onset.error],
      order_parameter: series.map(({ value }) => value),
      order_parameter_error: series.map(({ error }) => error),
      predicted,
      amplitude_re: estimates.amplitudes.map((row) => row.map(({ re }) => re.value)),
    });
    expect(result.largest_pull).toBeCloseTo(Math.max(...pulls), 10);

    // Levels: from the records as they lie on disk, by another way than the file's.
    const lines = (await (await read(`/v1/runs/${result.run}/records`)).text()).trim().split("\n");
    const points = plan.axes[0]!.values.length;
    expect(lines.length).toBe(points * 4);
    const levelOne = result.level_1 as number[][];
    for (const line of lines) {
      const { record } = JSON.parse(line) as { record: MeasurementRecord };
      const levels = levelsOf(record);
      const share = levels.filter((level) => level === 1).length / levels.length;
      expect(levelOne[record.point.exchange!]![record.point.setting!]).toBeCloseTo(share, 12);
    }
  });

  it("gets pair correlations that numpy makes of the file too", () => {
    const seen = inPython(`
import json
import numpy as np
import xarray as xr
from entrain_client import Client
lab = Client()
run = lab.run("latest")
lab.download("latest", "pairs.h5")
levels = xr.open_datatree("pairs.h5", engine="h5netcdf")["levels"].load()
sites = run["plan"]["measurement"]["sites"]
# p1 - p0 and p2 - p1 of what was prepared, as weights of the assigned levels.
weights = {"01": [-1, 1, 0], "12": [0, -1, 1]}
weights = {line: np.array([np.array(w) @ np.linalg.inv(np.array(site["assignment"])) for site in sites])
           for line, w in weights.items()}
pairs = []
for found in lab.derived("latest")["pairs"]:
    line = found["transition"]
    total, variance = np.zeros((len(sites), len(sites))), 0.0
    for setting in (f"X{line}/2", f"Y{line}/2"):
        shots = levels.isel(exchange=found["point"]["exchange"]).sel(setting=setting).values
        shown = np.take_along_axis(weights[line].T, shots, axis=0)
        total += shown.T @ shown / len(shown) / 4
        n = len(sites)
        each = (shown.sum(1) ** 2 - (shown**2).sum(1)) / n / (n - 1) / 4
        variance += each.var(ddof=1) / len(each)
    mean = (total.sum() - np.trace(total)) / n / (n - 1)
    pairs.append([found["mean"]["value"], mean, found["mean"]["error"], variance**0.5,
                  found["pairs"][0][1]["value"], total[0, 1]])
print(json.dumps(pairs))
`) as number[][];
    expect(seen.length).toBe(9 * 2);
    for (const [mean, byNumpy, error, errorByNumpy, pair, pairByNumpy] of seen) {
      expect(mean).toBeCloseTo(byNumpy!, 12);
      expect(error).toBeCloseTo(errorByNumpy!, 12);
      expect(pair).toBeCloseTo(pairByNumpy!, 12);
    }
    // The end of the scan is synchronized in 0↔1, where all sites have one frame.
    const [mean, , error] = seen.at(-2)!;
    expect(mean).toBeGreaterThan(5 * error!);
  });

  it("compiles, simulates and sweeps as the command line does", async () => {
    const seen = inPython(`
import json
from pathlib import Path
from entrain_client import Client
lab = Client()
compiled = lab.compile(Path("../digital-driven.yaml"), out="program")
text = {str(p.relative_to("program")): p.read_text() for p in Path("program").rglob("*") if p.is_file()}
document = {"gain": 0.5, "loss": 1, "coupling": 1, "inter_coupling": 1,
            "x": {"parameter": "detuning", "from": -8, "to": 8, "points": 3},
            "y": {"parameter": "asymmetry", "from": -8, "to": 8, "points": 3}}
sweep = lab.submit_sweep(document, key="map")
again = lab.submit_sweep(document, key="map")
names = []
done = lab.wait_sweep(sweep, lambda event: names.append(event.name))
tile, = lab.tiles(sweep, ["order_parameter"])
mean_fields = lab.simulate("mean-field", [
    {"gain": 0.5, "loss": 1, "coupling": 1, "inter_coupling": 1, "detuning": d, "asymmetry": k}
    for k in (-8, 0, 8) for d in (-8, 0, 8)])
print(json.dumps(dict(
    text=text, files=compiled["files"], sweep=sweep, again=again, names=names, state=done["state"],
    listed=[one["id"] for one in lab.sweeps()], csv=lab.map_csv(sweep),
    tile=tile["planes"]["order_parameter"], simulated=[one["order_parameter"] for one in mean_fields],
    critical=lab.simulate("critical-coupling", {"gain": 0.5, "loss": 1})["critical_coupling"],
    profile=lab.devices("square-3x3")["name"], protocols=[one["kind"] for one in lab.protocols()])))
`) as Record<string, never> & {
      files: { name: string; text: string }[];
      tile: number[];
      simulated: number[];
    };
    const target = join(folder, "by-command");
    const made = spawnSync(
      process.execPath,
      [entrain, "compile", join(folder, "examples", "digital-driven.yaml"), "--out", target, "--json"],
      { encoding: "utf8" },
    );
    const files = (JSON.parse(made.stdout) as { files: string[] }).files;
    const texts = files.map((file) => [file.slice(target.length + 1), readFileSync(file, "utf8")]);
    expect(seen.text).toEqual(Object.fromEntries(texts));
    expect(seen.again).toBe(seen.sweep);
    expect([seen.state, seen.listed, seen.profile]).toEqual(["done", [seen.sweep], "square-3x3"]);
    expect(seen.names).toEqual(["tile", "end"]);
    expect(seen.csv).toContain("order_parameter");
    expect(seen.protocols).toContain("onset");
    // V_c = (γ₊ + γ₋)√(γ₊γ₋)/(4|γ₋ − γ₊|), Nadolny & Bruder.
    expect(seen.critical).toBeCloseTo((1.5 * Math.SQRT1_2) / 2, 9);
    expect(seen.tile.length).toBe(9);
    seen.tile.forEach((value, k) => {
      expect(Math.abs(value - seen.simulated[k]!)).toBeLessThan(1e-4);
    });
    expect(Math.max(...seen.tile)).toBeGreaterThan(0.1);
  });

  it("raises what the server refuses, with code, place and what would be right", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await new Promise((done) => silent.once("listening", done));
    const { port } = silent.address() as { port: number };
    silent.close();
    const seen = inPython(
      `
import json, os
from pathlib import Path
from entrain_client import Client, NotFinished, Problem
lab = Client()
experiment = Path("../transmon-onset-square.yaml")
def refusal(call):
    try:
        call()
    except Problem as problem:
        return [problem.status, problem.code, problem.path, problem.expected is not None]
wrong = experiment.read_text().replace("points: 9", "points: -9")
run = lab.submit(experiment, key="error-paths")
again = lab.submit(experiment, key="error-paths")
try:
    lab.cancel(run)
    lab.wait(run, timeout_s=120)
    ended = "judged"
except NotFinished as error:
    ended = error.document["manifest"]["state"]
try:
    Client("http://127.0.0.1:" + os.environ["SILENT"]).plan(experiment)
    away = None
except OSError as error:
    away = type(error).__name__
Path("cut.h5").write_text("what was there before")
seen = dict(
    invalid=refusal(lambda: lab.plan(wrong)),
    syntax=refusal(lambda: lab.plan("title: [")),
    infeasible=refusal(lambda: lab.compile(Path("../transmon-onset-fixed-frequency.yaml"))),
    target=refusal(lambda: lab.compile(experiment, target="abacus")),
    no_run=refusal(lambda: lab.run("run-999999")),
    traversal=refusal(lambda: lab.run("../runs")),
    no_file=refusal(lambda: lab.download("run-999999", "cut.h5")),
    waited=refusal(lambda: lab.wait("run-999999")),
    kind=refusal(lambda: lab.simulate("weather", {})),
    document=refusal(lambda: lab.simulate("critical-coupling", [{"gain": 1, "loss": 1}, {"gain": -1, "loss": 1}])),
    key=refusal(lambda: lab.submit(experiment, key="error-paths", force=True)),
    viewer=refusal(lambda: Client(token=os.environ["VIEWER"]).submit(experiment)),
    stranger=refusal(lambda: Client(token="nobody").run(run)),
    unfinished=refusal(lambda: lab.map_csv("sweep-999999")),
    again=again == run, ended=ended, away=away, text=Path("cut.h5").read_text(),
    left=[path.name for path in Path().glob(".*part")],
    shown=repr(lab),
)
print(json.dumps(seen))
`,
      { VIEWER: viewer, SILENT: String(port) },
    ) as Record<string, unknown>;
    expect(seen).toEqual({
      invalid: [422, "experiment.invalid", expect.stringMatching(/^protocol\.exchange\w*\.points$/), true],
      syntax: [422, "file.syntax", "experiment:1:9", true],
      infeasible: [409, "plan.infeasible", expect.stringMatching(/^[A-Z]\d\d/), true],
      target: [404, "target.unknown", "target", true],
      no_run: [404, "store.no_run", "run", true],
      traversal: [404, "store.no_run", "run", true],
      no_file: [404, "store.no_run", "run", true],
      waited: [404, "store.no_run", "run", true],
      kind: [404, "http.not_found", "", true],
      document: [422, "simulate.invalid", "[1].gain", true],
      key: [422, "http.key_reused", "Idempotency-Key", true],
      viewer: [403, "http.forbidden", "Authorization", true],
      stranger: [401, "http.unauthenticated", "Authorization", true],
      unfinished: [404, "sweep.unknown", "sweep", true],
      again: true,
      ended: "cancelled",
      away: "URLError",
      text: "what was there before",
      left: [],
      shown: expect.not.stringContaining(operator),
    });
  });
});
