import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as h5 from "h5wasm/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CountTable } from "#analysis/frequencies";
import { levelsOf } from "#ir/record";
import { packageRoot, parseYaml } from "#planning/load";
import { emitArtiq } from "#protocols/targets/artiq/emit";
import type { DataPlan } from "#store/data-files/count-collector";
import { loadHdf5 } from "#store/data-files/hdf5-file";
import { type Mapping, parseMapping } from "#store/data-files/mapping";
import { readData } from "#store/data-files/read-data";
import { artiqSequence } from "../../../support/artiq-sequence.ts";
import { refusal, rejection } from "../../../support/refusal.ts";
import { sample, temporaryFolder } from "../temporary-store.ts";

const { plan } = sample;
const place = temporaryFolder();
beforeAll(async () => void (await loadHdf5()));
afterAll(() => place[Symbol.dispose]());

function file(name: string, content: string): string {
  const path = join(place.path, name);
  writeFileSync(path, content);
  return path;
}

async function tableOf(path: string, mapping: unknown, of: DataPlan = plan): Promise<CountTable> {
  const expected = {
    plan: { protocol: "onset", profile: "p", ...of },
    profile_sha256: "",
    profile_chosen: false,
  };
  const { table } = await readData(path, expected, mapping === undefined ? undefined : parseMapping(mapping));
  return table;
}

const megahertz = (k: number) => String(plan.axes[0]!.values[k]! / 1e6);
const settingNames = plan.measurement.settings.map(({ name }) => name);

test("the mappings among the examples are mappings", () => {
  for (const name of ["shots", "counts"]) {
    const path = join(packageRoot(), "examples", "data", `${name}.mapping.yaml`);
    expect(parseMapping(parseYaml(readFileSync(path, "utf8"), path)).format).toBe("csv");
  }
});

describe("CSV", () => {
  const mapping = {
    format: "csv",
    axes: { exchange: { column: "J, MHz", unit: "MHz" } },
    setting: { column: "basis" },
    sites: Object.fromEntries(plan.sites.map((id) => [id, { column: `site "${id}"` }])),
    levels: { g: 0, e: 1, f: 2 },
  };
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const header = ["J, MHz", "basis", "n", ...plan.sites.map((id) => `site "${id}"`)].map(quoted).join(",");
  /** A line for each shot. */
  const rows = sample.records.flatMap((record) => {
    const levels = levelsOf(record);
    return Array.from({ length: record.shots }, (_, shot) => [
      megahertz(record.point.exchange!),
      settingNames[record.point.setting!]!,
      "1",
      ...plan.sites.map((__, s) => "gef"[levels[shot * 9 + s]!]!),
    ]);
  });
  const text = (lines: readonly (readonly string[])[], end = "\n") =>
    `\uFEFF${header}${end}${lines.map((row) => row.join(",")).join(end)}${end}`;

  test("shot by shot, in any order of rows and columns, with either end of line", async () => {
    expect(await tableOf(file("shots.csv", text(rows)), mapping)).toEqual(sample.counts);
    const shuffled = rows.toSorted((a, b) => (a.join() < b.join() ? -1 : 1));
    expect(await tableOf(file("crlf.csv", text(shuffled, "\r\n")), mapping)).toEqual(sample.counts);
  });

  test("outcomes with their counts, and counts of single sites", async () => {
    const counted = new Map<string, number>();
    for (const row of rows) counted.set(row.join(), (counted.get(row.join()) ?? 0) + 1);
    const lines = [...counted].map(([key, count]) => key.split(",").with(2, String(count)));
    const joint = { ...mapping, count: { column: "n" }, shots: 200 };
    expect(await tableOf(file("joint.csv", text(lines)), joint)).toEqual(sample.counts);

    const long = ["exchange;setting;site;level;count"];
    for (const [k, settings] of sample.counts.counts.entries()) {
      for (const [s, sites] of settings.entries()) {
        for (const [i, counts] of sites.entries()) {
          for (const [level, n] of counts.entries()) {
            if (n > 0) long.push(`${megahertz(k)};${settingNames[s]};${plan.sites[i]};${level};${n}`);
          }
        }
      }
    }
    const bySite = {
      format: "csv",
      delimiter: ";",
      axes: { exchange: { column: "exchange", unit: "MHz" } },
      setting: { column: "setting" },
      site: { column: "site" },
      level: { column: "level" },
      count: { column: "count" },
    };
    expect(await tableOf(file("long.csv", `${long.join("\n")}\n`), bySite)).toEqual(sample.counts);
  });

  const wrong: readonly (readonly [
    string,
    (lines: string[][]) => string,
    object,
    string,
    string,
    unknown,
  ])[] = [
    [
      "an unknown level",
      (all) => text(all.with(6, all[6]!.with(4, "h"))),
      {},
      "data.level",
      ':8 (site "q1")',
      "h",
    ],
    [
      "a level that every object has",
      (all) => text(all.with(6, all[6]!.with(4, "constructor"))),
      {},
      "data.level",
      ':8 (site "q1")',
      "constructor",
    ],
    [
      "an empty axis",
      (all) => text(all.with(0, all[0]!.with(0, ""))),
      {},
      "data.axis",
      ":2 (J, MHz)",
      "nothing",
    ],
    [
      "NaN on an axis",
      (all) => text(all.with(1, all[1]!.with(0, "nan"))),
      {},
      "data.axis",
      ":3 (J, MHz)",
      "nan",
    ],
    [
      "a value off the axis",
      (all) => text(all.with(1, all[1]!.with(0, "8"))),
      {},
      "data.axis",
      ":3 (J, MHz)",
      "8",
    ],
    [
      "an unknown setting",
      (all) => text(all.with(2, all[2]!.with(1, "Z"))),
      {},
      "data.names",
      ":4 (basis)",
      "Z",
    ],
    [
      "a negative count",
      (all) => text(all.with(2, all[2]!.with(2, "-1"))),
      { count: { column: "n" } },
      "data.count",
      ":4 (n)",
      "-1",
    ],
    ["a row cut off", (all) => text(all).slice(0, -12), {}, "data.csv", `:${rows.length + 1}`, undefined],
    [
      "a row that is missing",
      (all) => text(all.slice(0, -1)),
      {},
      "data.shots",
      "[exchange=2,setting=3,site=q0]",
      199,
    ],
    [
      "a setting that is missing",
      (all) => text(all.filter((row) => row[1] !== "Y01/2")),
      {},
      "data.incomplete",
      "[exchange=0,setting=1,site=q0]",
      "27 of 108 missing",
    ],
    [
      "another number of shots",
      (all) => text(all),
      { shots: 2000 },
      "data.shots",
      "[exchange=0,setting=0,site=q0]",
      200,
    ],
    [
      "a column that is missing",
      (all) => text(all),
      { setting: { column: "setting" } },
      "data.column",
      ":1",
      ["J, MHz", "basis", "n", ...plan.sites.map((id) => `site "${id}"`)].join(", "),
    ],
    ["an empty file", () => "", {}, "data.csv", ":1", "nothing"],
  ];
  test.each(wrong)("%s is refused with its line", async (_, make, changes, code, where, found) => {
    const path = file("wrong.csv", make(rows));
    const error = await rejection(tableOf(path, { ...mapping, ...changes }));
    expect([error.code, error.problems[0]!.path]).toEqual([code, `${path}${where}`]);
    if (found !== undefined) expect(error.problems[0]!.found).toEqual(found);
  });

  test("a mapping that does not fit is refused", async () => {
    const path = file("fits.csv", text(rows));
    const code = async (changes: object) => (await rejection(tableOf(path, { ...mapping, ...changes }))).code;
    expect(await code({ axes: {} })).toBe("mapping.invalid");
    expect(await code({ axes: { exchange: { column: "J, MHz" } } })).toBe("data.unit");
    expect(await code({ setting: undefined })).toBe("mapping.invalid");
    expect(await code({ sites: { q0: { column: "n" } } })).toBe("data.names");
    expect((await rejection(tableOf(path, undefined))).code).toBe("data.mapping");
    for (const sites of [undefined, mapping.sites]) {
      const site = sites && { site: { column: "a" }, level: { column: "b" } };
      expect(refusal(() => parseMapping({ ...mapping, sites, ...site })).problems[0]!.path).toBe("sites");
    }
  });

  test("counts of single sites cannot stand for joint outcomes", async () => {
    const joint: DataPlan = {
      axes: [],
      measurement: {
        ...plan.measurement,
        settings: plan.measurement.settings.slice(0, 1),
        sites: plan.measurement.sites.slice(0, 2),
      },
      analysis: { ...plan.analysis, groups: [["q0", "q1"]] },
    };
    const bySite: Mapping = parseMapping({ format: "csv", site: { column: "s" }, level: { column: "l" } });
    const { code } = await rejection(tableOf(file("pair.csv", "s,l\nq0,1\nq1,2\n"), bySite, joint));
    expect(code).toBe("data.uncorrelated");
    const sites = { q0: { column: "a" }, q1: { column: "b" } };
    const table = await tableOf(file("joint2.csv", "a,b\n2,1\n0,2\n2,1\n"), { format: "csv", sites }, joint);
    // Outcome 21 is 2·3 + 1, outcome 02 is 2.
    expect(table).toEqual({ shots: 3, counts: [[[[0, 0, 1, 0, 0, 0, 0, 2, 0]]]] });
  });
});

/** Two sites, one axis of two phases, one setting. */
const ions: DataPlan = {
  axes: [{ name: "phase", title: "phase", unit: "rad", values: [0, Math.PI / 2] }],
  measurement: {
    settings: [{ name: "level", rotations: [] }],
    ladder: [Math.SQRT2, Math.SQRT2],
    sites: ["ion0", "ion1"].map((id) => ({
      id,
      assignment: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
      frame01_rad: [],
      frame12_rad: [],
    })),
  },
  analysis: { groups: [["ion0", "ion1"]], free_phase: false, series: [], results: [], figures: [] },
};

describe("ARTIQ", () => {
  /** A result file as artiq's worker writes it: groups datasets and archive, and five datasets beside them. */
  const results = (
    name: string,
    datasets: Readonly<Record<string, { data: h5.GuessableDataTypes; shape?: number[] }>>,
  ) => {
    const path = join(place.path, name);
    const root = new h5.File(path, "w");
    const group = root.create_group("datasets");
    root.create_group("archive");
    for (const [key, { data, shape }] of Object.entries(datasets)) {
      group.create_dataset({ name: key, data, ...(shape ? { shape } : {}) });
    }
    root.create_dataset({ name: "artiq_version", data: "9.0" });
    root.create_dataset({ name: "rid", data: 17, shape: [], dtype: "<q" });
    root.create_dataset({ name: "start_time", data: 1.7e9, shape: [], dtype: "<d" });
    root.create_dataset({ name: "run_time", data: 1.7e9, shape: [], dtype: "<d" });
    root.create_dataset({ name: "expid", data: "{}" });
    root.close();
    return path;
  };
  const photons = { p0: [5, 0, 1, 9, 2, 1], p1: [0, 0, 0, 2, 4, 4] };

  test("of a program of Entrain's: counts against the program's thresholds", async () => {
    const program = emitArtiq(artiqSequence(3));
    const path = results("own.h5", {
      "entrain.abc.program": { data: program.text },
      "entrain.abc.point.0": { data: Int32Array.from(photons.p0), shape: [3, 2] },
      "entrain.abc.point.1": { data: Int32Array.from(photons.p1), shape: [3, 2] },
    });
    // Threshold 2, bright is level 1: (1,0) (0,1) (1,0), then (0,0) (0,1) (1,1).
    const table = await tableOf(path, undefined, ions);
    expect(table.counts).toEqual([[[[0, 1, 0, 2, 0, 0, 0, 0, 0]]], [[[1, 1, 0, 0, 1, 0, 0, 0, 0]]]]);
  });

  test("of any experiment, with a mapping", async () => {
    const path = results("other.h5", {
      counts: { data: Int32Array.from([...photons.p1, ...photons.p0]), shape: [2, 3, 2] },
      phases: { data: Float64Array.of(90, 0) },
    });
    const mapping = {
      format: "artiq",
      axes: { phase: { dataset: "phases", unit: "deg" } },
      sites: ["ion1", "ion0"],
      data: { dataset: "counts", dimensions: ["phase", "shot", "site"] },
      thresholds: { ion0: [2, 5], ion1: [2, 5] },
      brightness: [0, 2, 1],
    };
    // Below 2 level 0, from 2 on level 2, from 5 on level 1; the columns are ion1, ion0.
    const table = await tableOf(path, mapping, ions);
    expect(table.counts).toEqual([[[[0, 1, 1, 1, 0, 0, 0, 0, 0]]], [[[1, 0, 0, 0, 0, 0, 1, 0, 1]]]]);
    expect((await rejection(tableOf(path, undefined, ions))).code).toBe("data.mapping");
    const { code } = await rejection(
      tableOf(path, { ...mapping, axes: { phase: { dataset: "phases" } } }, ions),
    );
    expect(code).toBe("data.unit");
    const dimensions = await rejection(
      tableOf(path, { ...mapping, data: { dataset: "counts", dimensions: ["shot", "phase", "site"] } }, ions),
    );
    expect(dimensions.code).toBe("data.dimensions");
  });
});

describe("IBM Sampler", () => {
  const mapping = {
    format: "ibm-sampler",
    shots: 3,
    circuits: [{ phase: "0.5 pi" }, { phase: 0 }],
    sites: {
      // The rest code: qubits a b, 01 is level 0, 00 level 1, 10 level 2; 11 is outside.
      ion0: { register: "c", bits: [0, 1], levels: { "01": 0, "00": 1, "10": 2 } },
      ion1: { register: "c", bits: [2, 3], levels: { "01": 0, "00": 1, "10": 2, "11": 2 } },
    },
  };
  // c[0] is the lowest bit: 0x2 is c[1] set (ion0 in 01, level 0) with ion1 in 00, level 1.
  const results = (first: readonly string[], second: readonly string[]) =>
    JSON.stringify({
      results: [first, second].map((samples) => ({ data: { c: { samples, num_bits: 4 } } })),
    });

  test("bits become levels as the mapping says", async () => {
    const path = file("ibm.json", results(["0x2", "0x1", "0xc"], ["0x0", "0x0", "0x8"]));
    const table = await tableOf(path, mapping, ions);
    // Second circuit is phase 0: (1,1) (1,1) (1,0); first: (0,1) (2,1) (1,2).
    expect(table.counts).toEqual([[[[0, 0, 0, 1, 2, 0, 0, 0, 0]]], [[[0, 1, 0, 0, 0, 1, 0, 1, 0]]]]);
  });

  test("what is wrong is named", async () => {
    const refused = async (content: string, changes: object = {}) => {
      const path = file("ibm-wrong.json", content);
      const { code, problems, kind } = await rejection(tableOf(path, { ...mapping, ...changes }, ions));
      expect(kind).toBe("input");
      return [code, problems[0]!.path.replace(path, "")];
    };
    const good = results(["0x2", "0x1", "0xc"], ["0x0", "0x0", "0x8"]);
    expect(await refused(results(["0x3", "0x1", "0xc"], ["0x0", "0x0", "0x8"]))).toEqual([
      "data.level",
      ":circuit 0[shot=0,site=ion0]",
    ]);
    expect(await refused(good.slice(0, 60))).toEqual(["data.ibm", ":"]);
    expect(await refused(good, { shots: 4 })).toEqual(["data.ibm", ":results[0].data.c.samples"]);
    expect(await refused(good, { circuits: [{ phase: 0 }] })).toEqual(["data.ibm", ":results"]);
    expect(await refused(good, { circuits: [{ phase: 0 }, { phase: "3 rad" }] })).toEqual([
      "data.axis",
      "circuits[1].phase",
    ]);
    const ion0 = { register: "d", bits: [0], levels: { "0": 0, "1": 1 } };
    expect(await refused(good, { sites: { ...mapping.sites, ion0 } })).toEqual(["data.names", ":circuit 0"]);
  });
});
