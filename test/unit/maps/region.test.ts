import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { fullTurn } from "#core/units";
import { parseTransmonProfile } from "#devices/transmon/schema";
import { makeRegion } from "#maps/make-region";
import { reachableRegion } from "#maps/region-model";
import { loadProfileDocument } from "#planning/load";

const profile = parseTransmonProfile(loadProfileDocument("square-3x3", "."));
const options = { gain: 0.3, ladder: "boson", leakage: 0.01, points: 5 } as const;
const folder = mkdtempSync(join(tmpdir(), "entrain-region-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("limits are those of the lattice: λ_max = 2√2, J ≤ |α|/10, γ− ≤ 0.16κ, T1 floor of the gain", () => {
  const region = reachableRegion(profile, options);
  const smallest = 200e6;
  // |α| grows by a part in a hundred where a site is tuned.
  expect(Math.abs(region.rows[0]!.reach_hz / (2 * Math.SQRT2 * (smallest / 10)) - 1)).toBeLessThan(0.01);
  expect(region.rows[0]!.synthesis_hz / region.rows[0]!.reach_hz).toBeCloseTo(0.25, 10);
  expect(region.loss_hz.high).toBeCloseTo(0.16 * 16e6, 0);
  // 20/T1 of the worst site, 68 µs, for the slower rate γ+ = 0.3 γ−.
  expect(region.loss_hz.low * fullTurn * 0.3).toBeCloseTo(20 / 68e-6, 0);
});

test("the threshold at fast rates is that of a boson with |K| ≫ γ, and rises where T1 matters", () => {
  const { rows, natural_hz } = reachableRegion(profile, options);
  const ratios = rows.map((row) => row.threshold_hz! / Math.abs(natural_hz));
  // V_c/|K| = 0.1472 at γ+/γ− = 0.2 and 0.1666 at 0.5.
  expect(ratios.at(-1)!).toBeGreaterThan(0.1472);
  expect(ratios.at(-1)!).toBeLessThan(0.1666);
  expect(ratios[0]!).toBeGreaterThan(1.1 * ratios.at(-1)!);
});

test("files: drawing, picture, numbers", async () => {
  const { files } = await makeRegion(profile, { ...options, folder, workers: 1 });
  expect(files.map((file) => file.slice(folder.length + 1))).toEqual([
    "region.svg",
    "region.png",
    "region.csv",
    "region-detuning.csv",
    "region-asymmetry.csv",
  ]);
  for (const file of files) expect(statSync(file).size).toBeGreaterThan(500);
  const lines = readFileSync(files[2]!, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  expect(lines).toHaveLength(121);
});
