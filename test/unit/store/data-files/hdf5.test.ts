import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import * as h5 from "h5wasm/node";
import { beforeAll, describe, expect, test } from "vitest";
import type { CountTable } from "#analysis/frequencies";
import { createRandom } from "#core/random";
import { levelsOf } from "#ir/record";
import { Hdf5File, loadHdf5 } from "#store/data-files/hdf5-file";
import { type Expectation, readData } from "#store/data-files/read-data";
import { readRunFile, recordsOfFile } from "#store/data-files/run-file";
import { streamRecords } from "#store/data-files/run-records";
import { writeRunFile } from "#store/data-files/write-run";
import { RunStore } from "#store/run-store";
import { rejection } from "../../../support/refusal.ts";
import { keepSample, sample, temporaryFolder } from "../temporary-store.ts";

const { plan } = sample;
const [points, settings, sites] = [3, 4, 9] as const;

let folder: ReturnType<typeof temporaryFolder>;
let exported: string;
let profile_sha256: string;

beforeAll(async () => {
  await loadHdf5();
  folder = temporaryFolder();
  const store = RunStore.open(join(folder.path, "store"));
  const { id } = keepSample(store);
  for (const record of sample.records) store.appendRecord(id, record);
  store.writeDocument(id, "estimates", sample.estimates);
  store.writeDocument(id, "verdict", sample.verdict);
  store.close();
  exported = join(folder.path, "run.h5");
  await writeRunFile(exported, store.read(id), streamRecords(store, id), "entrain test");
  ({ profile_sha256 } = store.manifest(id));
  return () => folder[Symbol.dispose]();
});

const expected = (changes: Partial<Expectation> = {}): Expectation => ({
  plan,
  profile_sha256,
  profile_chosen: false,
  ...changes,
});

async function tableOf(path: string): Promise<CountTable> {
  return (await readData(path, expected(), undefined)).table;
}

describe("an exported run", () => {
  test("gives back records, documents and counts", async () => {
    const file = await Hdf5File.open(exported);
    const run = readRunFile(file)!;
    expect(run.plan).toEqual(plan);
    expect(run.estimates).toEqual(sample.estimates);
    expect(run.verdict).toEqual(sample.verdict);
    expect(run.profile).toEqual(sample.profile);
    expect(run.experiment).toBe(sample.experimentText);
    expect([...recordsOfFile(file, run.plan)]).toEqual(sample.records);
    file.close();
    expect(await tableOf(exported)).toEqual(sample.counts);
  });

  test("marks records that were not taken, and is refused for them", async () => {
    using place = temporaryFolder();
    const store = RunStore.open(join(place.path, "store"));
    const { id } = keepSample(store);
    for (const record of sample.records.slice(0, -2)) store.appendRecord(id, record);
    store.close();
    const path = join(place.path, "partial.h5");
    expect(await writeRunFile(path, store.read(id), streamRecords(store, id), "entrain test")).toBe(10);
    const file = await Hdf5File.open(path);
    expect([...recordsOfFile(file, plan)]).toEqual(sample.records.slice(0, -2));
    file.close();
    const error = await rejection(tableOf(path));
    expect(error.code).toBe("data.incomplete");
    expect(error.problems[0]!.path).toBe(`${path}:/levels[exchange=2,setting=2,shot=0]`);
  });

  test("that cannot be written leaves nothing behind", async () => {
    const store = RunStore.open(join(folder.path, "store"));
    const error = await rejection(
      writeRunFile(join(folder.path, "none", "run.h5"), store.read("run-000001"), [], "entrain test"),
    );
    expect(error.code).toBe("data.unwritable");
  });
});

type Change = (file: h5.File) => void;

/** A file as another program writes it: scales, units, and levels in one chunk or none. */
function foreign(
  name: string,
  options: {
    readonly exchange?: ArrayLike<number>;
    readonly units?: string | null;
    readonly sites?: string[];
    readonly settings?: string[];
    readonly levels?: Uint8Array | Int8Array | Float64Array;
    readonly chunks?: number[];
    readonly scales?: readonly string[];
    readonly change?: Change;
  } = {},
): string {
  const path = join(folder.path, name);
  const file = new h5.File(path, "w");
  const shape = [points, settings, 200, sites];
  const levels = file.create_dataset({
    name: "levels",
    data: options.levels ?? levelsOfSample(),
    shape,
    ...(options.chunks === undefined ? {} : { chunks: options.chunks, compression: "gzip" as const }),
  });
  const scales: Record<string, h5.GuessableDataTypes> = {
    exchange: Float64Array.from(options.exchange ?? plan.axes[0]!.values),
    setting: options.settings ?? plan.measurement.settings.map((setting) => setting.name),
    shot: Int32Array.from({ length: 200 }, (_, k) => k),
    site: options.sites ?? [...plan.sites],
  };
  (options.scales ?? Object.keys(scales)).forEach((scale, k) => {
    if (scale === "") return;
    const dataset = file.create_dataset({ name: scale, data: scales[scale]! });
    dataset.make_scale(scale);
    levels.attach_scale(k, `/${scale}`);
    if (scale === "exchange" && options.units !== null)
      dataset.create_attribute("units", options.units ?? "Hz");
  });
  options.change?.(file);
  file.close();
  return path;
}

/** Levels of the sample's records, [point][setting][shot][site]. */
function levelsOfSample(): Uint8Array {
  return Uint8Array.from(sample.records.flatMap((record) => [...levelsOf(record)]));
}

describe("a file of another program", () => {
  test("is read whatever its chunks", async () => {
    for (const [k, chunks] of [undefined, [3, 4, 50, 9], [2, 3, 7, 4], [1, 1, 200, 1]].entries()) {
      const path = foreign(`chunks-${k}.h5`, chunks === undefined ? {} : { chunks });
      expect(await tableOf(path)).toEqual(sample.counts);
    }
  });

  test("may have its axes, settings and sites in another order, and other prefixes", async () => {
    const order = { exchange: [2, 0, 1], setting: [3, 1, 0, 2], site: [4, 0, 8, 1, 7, 2, 6, 3, 5] };
    const source = levelsOfSample();
    const levels = Uint8Array.from({ length: source.length }, (_, n) => {
      const [site, shot] = [n % sites, Math.floor(n / sites) % 200];
      const [setting, point] = [
        Math.floor(n / (200 * sites)) % settings,
        Math.floor(n / (200 * sites * settings)),
      ];
      const at = (order.exchange[point]! * settings + order.setting[setting]!) * 200 + shot;
      return source[at * sites + order.site[site]!]!;
    });
    const path = foreign("orders.h5", {
      levels,
      exchange: order.exchange.map((k) => plan.axes[0]!.values[k]! / 1e6),
      units: "MHz",
      settings: order.setting.map((k) => plan.measurement.settings[k]!.name),
      sites: order.site.map((k) => plan.sites[k]!),
    });
    expect(await tableOf(path)).toEqual(sample.counts);
  });

  test("may name its dimensions by an attribute", async () => {
    const path = foreign("names.h5", {
      scales: [],
      change: (file) => {
        const create = (name: string, data: h5.GuessableDataTypes) => file.create_dataset({ name, data });
        create("exchange", Float64Array.from(plan.axes[0]!.values)).create_attribute("units", "Hz");
        create(
          "setting",
          plan.measurement.settings.map(({ name }) => name),
        );
        create("site", [...plan.sites]);
        const levels = file.get("levels") as h5.Dataset;
        levels.create_attribute("_ARRAY_DIMENSIONS", ["exchange", "setting", "shot", "site"]);
      },
    });
    expect(await tableOf(path)).toEqual(sample.counts);
  });

  test("may hold counts of levels, which must add up", async () => {
    const write = (name: string, change: (counts: Float64Array) => void) => {
      const counts = Float64Array.from(sample.counts.counts.flat(3));
      change(counts);
      const path = join(folder.path, name);
      const file = new h5.File(path, "w");
      const dataset = file.create_dataset({
        name: "counts",
        data: counts,
        shape: [points, settings, sites, 3],
      });
      dataset.create_attribute("shots", 200);
      dataset.create_attribute("_ARRAY_DIMENSIONS", ["exchange", "setting", "site", "level"]);
      file
        .create_dataset({ name: "exchange", data: Float64Array.from(plan.axes[0]!.values) })
        .create_attribute("units", "Hz");
      file.create_dataset({ name: "setting", data: plan.measurement.settings.map(({ name: n }) => n) });
      file.create_dataset({ name: "site", data: [...plan.sites] });
      file.close();
      return path;
    };
    expect(await tableOf(write("counts.h5", () => {}))).toEqual(sample.counts);
    const refused = async (name: string, change: (counts: Float64Array) => void) => {
      const { code, problems } = await rejection(tableOf(write(name, change)));
      return [code, problems[0]!.path.replace(folder.path, ""), problems[0]!.found, problems[0]!.expected];
    };
    expect(await refused("lost.h5", (counts) => counts.set([counts[0]! - 1], 0))).toEqual([
      "data.shots",
      "/lost.h5:/counts[exchange=0,setting=0,site=q0]",
      199,
      "200",
    ]);
    expect(await refused("nan.h5", (counts) => counts.set([Number.NaN], 3 * sites * settings + 4))).toEqual([
      "data.count",
      "/nan.h5:/counts[exchange=1,setting=0,site=q1,level=1]",
      "NaN",
      "a whole number from 0 on",
    ]);
  });
});

describe("read-out points with their calibration", () => {
  const centres = [
    [0, 0],
    [8, 1],
    [3, 9],
  ] as const;
  const random = createRandom(4, "points");
  const near = (level: number) => [
    centres[level]![0] + random.normal(),
    centres[level]![1] + random.normal(),
  ];
  const write = (
    name: string,
    order: readonly number[],
    change: (points: Float32Array) => void = () => {},
    { classifier, relaxed = 0 }: { readonly classifier?: string; readonly relaxed?: number } = {},
  ) => {
    const drawn = Float32Array.from([...levelsOfSample()].flatMap(near));
    change(drawn);
    const path = join(folder.path, name);
    const file = new h5.File(path, "w");
    const put = (dataset: string, data: Float32Array, shape: number[], dimensions: string[]) =>
      file.create_dataset({ name: dataset, data, shape }).create_attribute("_ARRAY_DIMENSIONS", dimensions);
    put(
      "iq",
      drawn,
      [points, settings, 200, sites, 2],
      ["exchange", "setting", "shot", "site", "quadrature"],
    );
    const prepared = Float32Array.from(
      order.flatMap((level) =>
        Array.from({ length: 150 * sites }, () =>
          near(level === 1 && random.uniform() < relaxed ? 0 : level),
        ).flat(),
      ),
    );
    put("iq_calibration", prepared, [3, 150, sites, 2], ["level", "calibration_shot", "site", "quadrature"]);
    if (classifier !== undefined)
      (file.get("iq_calibration") as h5.Dataset).create_attribute("classifier", classifier);
    file
      .create_dataset({ name: "exchange", data: Float64Array.from(plan.axes[0]!.values) })
      .create_attribute("units", "Hz");
    file.create_dataset({ name: "setting", data: plan.measurement.settings.map((setting) => setting.name) });
    file.create_dataset({ name: "site", data: [...plan.sites] });
    file.close();
    return path;
  };

  test("become the levels that they were drawn for, and a matrix", async () => {
    const { table, assignments } = await readData(write("iq.h5", [0, 1, 2]), expected(), undefined);
    // Centres eight widths apart: one point in 30 000 on the wrong side.
    const difference = table.counts.flat(3).map((n, k) => Math.abs(n - sample.counts.counts.flat(3)[k]!));
    expect(difference.reduce((sum, n) => sum + n, 0)).toBeLessThan(10);
    expect([...assignments!.keys()]).toEqual(plan.sites);
    for (const { matrix, errors } of assignments!.values()) {
      for (const k of [0, 1, 2]) expect(matrix[k]![k]).toBeGreaterThan(0.98);
      expect(errors).toHaveLength(6);
    }
  });

  test("are told apart by a mixture where calibration shots relax, if the file says so", async () => {
    const mistaken = async (name: string, classifier?: string) => {
      const path = write(name, [0, 1, 2], () => {}, { relaxed: 0.36, ...(classifier && { classifier }) });
      const { table, assignments } = await readData(path, expected(), undefined);
      // 36 % of the shots prepared in level 1 are in level 0, for the matrix of any classifier.
      const shares = [...assignments!.values()].map(({ matrix }) => matrix[0]![1]!);
      const mean = shares.reduce((sum, share) => sum + share, 0) / sites;
      expect(Math.abs(mean - 0.36)).toBeLessThan(4 * Math.sqrt((0.36 * 0.64) / 150 / sites));
      const difference = table.counts.flat(3).map((n, k) => Math.abs(n - sample.counts.counts.flat(3)[k]!));
      return difference.reduce((sum, n) => sum + n, 0) / 2;
    };
    // The mixture's boundary stands four widths from level 0; that of the prepared shots' means 2.6 widths from it.
    expect(await mistaken("mixture.h5", "mixture")).toBeLessThan(5);
    expect(await mistaken("linear.h5")).toBeGreaterThan(15);
    const unknown = await rejection(tableOf(write("net.h5", [0, 1, 2], () => {}, { classifier: "network" })));
    expect([unknown.code, unknown.problems[0]!.path.split(":")[1], unknown.problems[0]!.found]).toEqual([
      "iq.calibration",
      "/iq_calibration@classifier",
      "network",
    ]);
  });

  test("that teach or say nothing are refused", async () => {
    const same = await rejection(tableOf(write("same.h5", [0, 1, 1])));
    expect([same.code, same.problems[0]!.path.split(":")[1]]).toEqual([
      "iq.calibration",
      "/iq_calibration[site=q0]",
    ]);
    const path = write("nan-point.h5", [0, 1, 2], (points) =>
      points.set([Number.NaN], 2 * (200 * sites + 3 * sites + 5)),
    );
    const { code, problems } = await rejection(tableOf(path));
    expect([code, problems[0]!.path]).toEqual([
      "data.point",
      `${path}:/iq[exchange=0,setting=1,shot=3,site=q5]`,
    ]);
  });
});

describe("what is refused, and where", () => {
  const values = plan.axes[0]!.values;
  const cases: readonly (readonly [
    name: string,
    () => string,
    code: string,
    path: string,
    found: unknown,
  ])[] = [
    [
      "an axis without a unit",
      () => foreign("unit.h5", { units: null }),
      "data.unit",
      ":/exchange@units",
      "nothing",
    ],
    [
      "an angular frequency",
      () => foreign("rad.h5", { units: "rad/s" }),
      "data.unit",
      ":/exchange@units",
      "rad/s",
    ],
    ["a time", () => foreign("s.h5", { units: "ns" }), "data.unit", ":/exchange@units", "ns"],
    [
      "a value off the axis",
      () => foreign("off.h5", { exchange: [values[0]!, values[1]! * 1.01, values[2]!] }),
      "data.axis",
      ":/exchange[1]",
      values[1]! * 1.01,
    ],
    [
      "NaN on an axis",
      () => foreign("nanaxis.h5", { exchange: [values[0]!, Number.NaN, values[2]!] }),
      "data.axis",
      ":/exchange[1]",
      "NaN",
    ],
    [
      "a value twice",
      () => foreign("twice.h5", { exchange: [values[0]!, values[0]!, values[2]!] }),
      "data.axis",
      ":/exchange[1]",
      values[0]!,
    ],
    [
      "an unknown site",
      () => foreign("site.h5", { sites: plan.sites.with(3, "ж") }),
      "data.names",
      ":/site[3]",
      "ж",
    ],
    [
      "an unknown setting",
      () => foreign("setting.h5", { settings: ["X01/2", "Y01/2", "X12/2", "Z"] }),
      "data.names",
      ":/setting[3]",
      "Z",
    ],
    [
      "an axis that is missing",
      () => foreign("missing.h5", { scales: ["", "setting", "shot", "site"] }),
      "data.dimensions",
      ":/levels",
      "(no name)[3], setting[4], shot[200], site[9]",
    ],
    [
      "a level that there is not",
      () => foreign("three.h5", { levels: levelsOfSample().with(200 * sites * settings + 5 * sites + 2, 3) }),
      "data.level",
      ":/levels[exchange=1,setting=0,shot=5,site=q2]",
      3,
    ],
    [
      "NaN among levels",
      () => foreign("nan.h5", { levels: Float64Array.from(levelsOfSample()).fill(Number.NaN, 17, 18) }),
      "data.level",
      ":/levels[exchange=0,setting=0,shot=1,site=q8]",
      "NaN",
    ],
    [
      "another protocol",
      () => foreign("protocol.h5", { change: (file) => file.create_attribute("protocol", "lifetime") }),
      "data.protocol",
      ":/@protocol",
      "lifetime",
    ],
    [
      "another profile",
      () =>
        foreign("profile.h5", { change: (file) => file.create_attribute("profile_sha256", "0".repeat(64)) }),
      "data.profile",
      ":/@profile_sha256",
      `another profile ${"0".repeat(64)}`,
    ],
    [
      "a later version",
      () =>
        foreign("version.h5", {
          change: (file) => {
            file.create_attribute("format", "entrain-data");
            file.create_attribute("format_version", 2);
          },
        }),
      "data.format",
      ":/@format_version",
      2,
    ],
    [
      "another number of shots than stated",
      () => foreign("shots.h5", { change: (file) => file.create_attribute("shots", 201) }),
      "data.shots",
      ":/levels[exchange=0,setting=0,site=q0]",
      200,
    ],
  ];

  test.each(cases)("%s", async (_, make, code, path, found) => {
    const file = make();
    const before = readFileSync(file);
    const error = await rejection(tableOf(file));
    expect(error.code).toBe(code);
    expect(error.kind).toBe("input");
    expect(error.problems[0]!.path).toBe(`${file}${path}`);
    expect(error.problems[0]!.found).toEqual(found);
    expect(error.problems[0]!.expected).toBeTruthy();
    expect(readFileSync(file)).toEqual(before);
  });

  test("a chosen profile is compared, and the report told", async () => {
    const path = foreign("chosen.h5", {
      change: (file) => file.create_attribute("profile_sha256", "0".repeat(64)),
    });
    const { source } = await readData(path, expected({ profile_chosen: true }), undefined);
    expect(source.notes.join()).toContain("not under this profile");
  });

  test("a file cut anywhere", async () => {
    const whole = readFileSync(exported);
    const path = join(folder.path, "cut.h5");
    for (const part of [0, 0.001, 0.02, 0.3, 0.77, 0.9999]) {
      writeFileSync(path, whole.subarray(0, Math.floor(whole.length * part)));
      const { code, kind } = await rejection(tableOf(path));
      expect(["data.truncated", "data.not_hdf5"]).toContain(code);
      expect(kind).toBe("input");
    }
  });

  test("a level changed into another one, by the checksums", async () => {
    const levels = levelsOfSample();
    const cell = 200 * sites;
    const sums = Uint32Array.from({ length: points * settings }, (_, k) =>
      crc32(levels.subarray(k * cell, (k + 1) * cell)),
    );
    const path = foreign("checked.h5", {
      levels,
      change: (file) => {
        file.create_dataset({ name: "levels_crc32", data: sums, shape: [points, settings] });
      },
    });
    expect(await tableOf(path)).toEqual(sample.counts);
    const bytes = readFileSync(path);
    const at = bytes.indexOf(levels) + 6 * cell + 1234;
    expect(at).toBeGreaterThan(6 * cell + 1234);
    bytes[at] = (bytes[at]! + 1) % 3;
    writeFileSync(path, bytes);
    const { code, problems } = await rejection(tableOf(path));
    expect([code, problems[0]!.path]).toEqual(["data.corrupt", `${path}:/levels[exchange=1,setting=2]`]);
  });

  test("a byte changed anywhere: refused, or it was nothing that matters", async () => {
    const whole = readFileSync(exported);
    const path = join(folder.path, "changed.h5");
    const places = 40;
    for (let k = 0; k < places; k++) {
      const bytes = Buffer.from(whole);
      const at = Math.floor(((k + 0.5) / places) * whole.length);
      bytes[at] = bytes[at]! ^ 0x5a;
      writeFileSync(path, bytes);
      const table = await tableOf(path).catch((error: unknown) => {
        expect(error).toMatchObject({ name: "EntrainError", kind: "input" });
        return sample.counts;
      });
      expect(table).toEqual(sample.counts);
    }
  });
});
