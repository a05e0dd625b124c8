import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { tabulate } from "#analysis/frequencies";
import type { Plan } from "#ir/plan";
import type { Record as MeasurementRecord } from "#ir/record";
import { scanPoints } from "#ir/scan";
import { Hdf5File } from "#store/data-files/hdf5-file";
import { reservedNames } from "#store/data-files/layout";
import { parseMapping } from "#store/data-files/mapping";
import { readData } from "#store/data-files/read-data";
import { readRunFile, recordsOfFile } from "#store/data-files/run-file";
import { writeRunFile } from "#store/data-files/write-run";
import type { StoredRun } from "#store/run-store";
import { RunStore } from "#store/run-store";
import { keepSample, sample, temporaryFolder } from "../unit/store/temporary-store.ts";

const place = temporaryFolder();
afterAll(() => place[Symbol.dispose]());
const store = RunStore.open(join(place.path, "store"));
const stored = store.read(keepSample(store).id);
store.close();

interface Case {
  readonly plan: Plan;
  readonly records: readonly MeasurementRecord[];
  readonly shots: number;
  readonly title: string;
}

/**
 * Any characters but NUL and halves of pairs, which no UTF-8 holds; no space at the ends, which CSV loses; not the one
 * key that an object cannot have.
 */
const name = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
  .filter((text) => text !== "__proto__" && text.trim() === text && !/[\0\r\n]/.test(text));
const names = (maxLength: number) => fc.uniqueArray(name, { minLength: 1, maxLength });
const units = fc.constantFrom("Hz", "s", "1/s", "rad", "");

const axis = fc.record({
  name: fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/).filter((text) => !reservedNames.includes(text)),
  title: fc.string(),
  unit: units,
  values: fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 3 }),
});

const cases: fc.Arbitrary<Case> = fc
  .record({
    axes: fc.uniqueArray(axis, { minLength: 1, maxLength: 2, selector: (entry) => entry.name }),
    sites: names(4),
    settings: names(3),
    shots: fc.integer({ min: 1, max: 12 }),
    title: name,
    joint: fc.boolean(),
    seed: fc.infiniteStream(fc.nat({ max: 2 })),
  })
  .map(({ axes: drawn, sites, settings, shots, title, joint, seed }) => {
    // Values as they come from a division: not all have a short decimal.
    const axes = drawn.map((entry) => ({ ...entry, values: entry.values.map((value) => (value * 1e6) / 7) }));
    const groups = joint ? [sites] : sites.map((id) => [id]);
    const points = scanPoints(axes);
    const records = points.flatMap((point) =>
      settings.map((_, setting): MeasurementRecord => {
        const levels = Uint8Array.from({ length: shots * sites.length }, () => seed.next().value as number);
        return { point: { ...point, setting }, shots, sites, levels: Buffer.from(levels).toString("base64") };
      }),
    );
    const table = points.map(() =>
      settings.map(() => groups.map((group) => new Array<number>(3 ** group.length).fill(0))),
    );
    const site = sample.plan.measurement.sites[0]!;
    const plan: Plan = {
      ...sample.plan,
      sites,
      axes,
      analysis: { ...sample.plan.analysis, groups, series: [], results: [] },
      measurement: {
        ...sample.plan.measurement,
        settings: settings.map((id) => ({ name: id, rotations: [] })),
        sites: sites.map((id) => ({ ...site, id })),
      },
      prediction: { ...sample.plan.prediction, probabilities: table, series: [], results: [] },
    };
    return { plan, records, shots, title };
  });

const expected = (plan: Plan) => ({
  plan,
  profile_sha256: stored.manifest.profile_sha256,
  profile_chosen: false,
});

test("records → HDF5 → records", async () => {
  const path = join(place.path, "any.h5");
  await fc.assert(
    fc.asyncProperty(cases, async ({ plan, records, shots, title }) => {
      const run: StoredRun = {
        ...stored,
        plan,
        manifest: { ...stored.manifest, shots, title, records_expected: records.length },
      };
      expect(await writeRunFile(path, run, records, "entrain test")).toBe(records.length);
      const file = await Hdf5File.open(path);
      try {
        expect(readRunFile(file)!.plan).toEqual(plan);
        expect(file.text("title")).toBe(title);
        expect([...recordsOfFile(file, plan)]).toEqual(records);
      } finally {
        file.close();
      }
      expect((await readData(path, expected(plan), undefined)).table).toEqual(tabulate(records, plan));
    }),
    { numRuns: 30 },
  );
});

test("records → CSV → counts", async () => {
  const path = join(place.path, "any.csv");
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  await fc.assert(
    fc.asyncProperty(cases, fc.constantFrom(",", ";", "\t"), async ({ plan, records }, delimiter) => {
      const columns = [
        ...plan.axes.map((entry) => `axis ${entry.name}`),
        "setting",
        ...plan.sites.map((id) => `site ${id}`),
      ];
      const lines = records.flatMap(({ point, levels, shots }) => {
        const bytes = Buffer.from(levels, "base64");
        const head = [
          ...plan.axes.map((entry) => String(entry.values[point[entry.name]!])),
          quoted(plan.measurement.settings[point.setting!]!.name),
        ];
        return Array.from({ length: shots }, (_, shot) => [
          ...head,
          ...bytes.subarray(shot * plan.sites.length, (shot + 1) * plan.sites.length),
        ]);
      });
      const rows = [columns.map(quoted), ...lines.toReversed()];
      writeFileSync(path, rows.map((row) => row.join(delimiter)).join("\n"));
      const mapping = parseMapping({
        format: "csv",
        delimiter,
        axes: Object.fromEntries(
          plan.axes.map((entry) => [entry.name, { column: `axis ${entry.name}`, unit: entry.unit }]),
        ),
        setting: { column: "setting" },
        sites: Object.fromEntries(plan.sites.map((id) => [id, { column: `site ${id}` }])),
      });
      expect((await readData(path, expected(plan), mapping)).table).toEqual(tabulate(records, plan));
    }),
    { numRuns: 60 },
  );
});
