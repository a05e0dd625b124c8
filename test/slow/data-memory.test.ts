import { spawnSync } from "node:child_process";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as h5 from "h5wasm/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { packageRoot } from "#planning/load";
import { loadHdf5 } from "#store/data-files/hdf5-file";
import { RunStore } from "#store/run-store";
import { smallProfile } from "../support/profiles.ts";
import { syntheticRun } from "../unit/report/synthetic-run.ts";

const gigabyte = 1 << 30;
const folder = mkdtempSync(join(tmpdir(), "entrain-memory-"));
const { bavail, bsize } = statfsSync(folder);
const room = bavail * bsize > 2.5 * gigabyte;
if (!room) console.warn(`SKIPPED: ${folder} has less than 2.5 GB of room for files of 1 GB`);

const sites = ["q0", "q1", "q3", "q4"];
const exchange_mhz = [14, 16, 18, 20];
const settings = ["X01/2", "Y01/2", "X12/2", "Y12/2"];
const cells = exchange_mhz.length * settings.length;

beforeAll(async () => {
  await loadHdf5();
  writeFileSync(join(folder, "profile.yaml"), stringify(smallProfile()));
  writeFileSync(
    join(folder, "experiment.yaml"),
    `
title: a gigabyte
device: { profile: ./profile.yaml }
protocol:
  kind: onset
  gain_rate: 2pi*1.2 MHz
  loss_rate: 2pi*1.2 MHz
  exchange: { from: 14 MHz, to: 20 MHz, points: 4 }
  settle: 0.8 us
  evolve: 1 us
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Levels of many shots, nine in ten of them 1. */
const block = Uint8Array.from(
  { length: 1 << 22 },
  (_, k) => [1, 1, 1, 0, 1, 1, 1, 1, 1, 2, 1][(k * 7919) % 11]!,
);

interface Answer {
  readonly shots?: number;
  readonly verdict: { readonly outcome: string };
}

/** Runs the command line in a process of its own; its answer and its largest resident memory, bytes. */
function measured(...args: string[]): { answer: Answer; peak: number; seconds: number } {
  const note = join(folder, "peak");
  const hook = `import{writeFileSync as w}from"node:fs";process.on("exit",()=>w(${JSON.stringify(note)},String(process.resourceUsage().maxRSS)))`;
  const start = Date.now();
  const result = spawnSync(
    process.execPath,
    [
      "--import",
      `data:text/javascript,${encodeURIComponent(hook)}`,
      join(packageRoot(), "bin", "entrain.js"),
      ...args,
      "--json",
    ],
    { cwd: folder, encoding: "utf8", maxBuffer: 1 << 28 },
  );
  expect([0, 5], result.stdout + result.stderr).toContain(result.status);
  const peak = Number(readFileSync(note, "utf8")) * 1024;
  const seconds = (Date.now() - start) / 1000;
  console.log(`${args[1]}: ${(peak / 1e6).toFixed(0)} MB at most, ${seconds.toFixed(0)} s`);
  return { answer: JSON.parse(result.stdout) as Answer, peak, seconds };
}

describe.skipIf(!room)("a gigabyte of records is judged within a gigabyte of memory", () => {
  test("HDF5, levels shot by shot, in chunks across points and settings", () => {
    const path = join(folder, "big.h5");
    const shots = gigabyte / cells / sites.length;
    const step = block.length / sites.length;
    const file = new h5.File(path, "w");
    const levels = file.create_dataset({
      name: "levels",
      data: new Uint8Array(0),
      shape: [0, 0, 0, 0],
      maxshape: [4, 4, shots, sites.length],
      dtype: "<B",
      chunks: [2, 2, 1 << 18, sites.length],
    });
    levels.resize([4, 4, shots, sites.length]);
    levels.create_attribute("_ARRAY_DIMENSIONS", ["exchange", "setting", "shot", "site"]);
    const axis = file.create_dataset({ name: "exchange", data: Float64Array.from(exchange_mhz) });
    axis.create_attribute("units", "MHz");
    file.create_dataset({ name: "setting", data: settings });
    file.create_dataset({ name: "site", data: sites });
    for (let k = 0; k < 4; k++) {
      for (let s = 0; s < 4; s++) {
        for (let shot = 0; shot < shots; shot += step) {
          levels.write_slice(
            [
              [k, k + 1],
              [s, s + 1],
              [shot, shot + step],
              [0, 4],
            ],
            block,
          );
        }
      }
    }
    file.close();
    expect(statSync(path).size).toBeGreaterThanOrEqual(gigabyte);
    const { answer, peak } = measured("validate", path, "--against", "experiment.yaml");
    expect(answer.shots).toBe(shots);
    expect(peak).toBeLessThan(gigabyte);
    rmSync(path);
  });

  test("CSV, shot by shot", () => {
    const path = join(folder, "big.csv");
    const fd = openSync(path, "w");
    writeSync(fd, `J,basis,${sites.join(",")}\n`);
    const rows = 1 << 16;
    const copies = Math.ceil(gigabyte / (cells * rows * 17));
    for (const mhz of exchange_mhz) {
      for (const setting of settings) {
        const lines = Array.from(
          { length: rows },
          (_, k) => `${mhz},${setting},${block.subarray(4 * k, 4 * k + 4).join(",")}\n`,
        );
        const text = Buffer.from(lines.join(""));
        for (let copy = 0; copy < copies; copy++) writeSync(fd, text);
      }
    }
    closeSync(fd);
    expect(statSync(path).size).toBeGreaterThanOrEqual(gigabyte);
    writeFileSync(
      join(folder, "mapping.yaml"),
      stringify({
        format: "csv",
        axes: { exchange: { column: "J", unit: "MHz" } },
        setting: { column: "basis" },
        sites: Object.fromEntries(sites.map((id) => [id, { column: id }])),
      }),
    );
    const { answer, peak } = measured(
      "validate",
      path,
      "--against",
      "experiment.yaml",
      "--mapping",
      "mapping.yaml",
    );
    expect(answer.shots).toBe(rows * copies);
    expect(peak).toBeLessThan(gigabyte);
    rmSync(path);
  });

  test("a kept run, and its export", () => {
    const points = 30;
    const run = syntheticRun({ shots: 10, points });
    const shots = 1_000_000;
    const store = RunStore.open(join(folder, "store"));
    const { id } = store.create(
      { ...run.fields, shots, records_expected: run.records.length },
      { experiment: run.experimentText, profile: run.profile, plan: run.plan, program: run.program },
    );
    const width = run.plan.sites.length;
    const bytes = Buffer.alloc(shots * width);
    for (let at = 0; at < bytes.length; at += block.length)
      bytes.set(block.subarray(0, bytes.length - at), at);
    const levels = bytes.toString("base64");
    expect(run.records.length * bytes.length).toBeGreaterThanOrEqual(gigabyte);
    for (const record of run.records) store.appendRecord(id, { ...record, shots, levels });
    store.close();
    const { peak } = measured("validate", id, "--store", join(folder, "store"));
    expect(peak).toBeLessThan(gigabyte);
    const exported = join(folder, "run.h5");
    expect(measured("export", id, "--store", join(folder, "store"), "--out", exported).peak).toBeLessThan(
      gigabyte,
    );
  });
});
