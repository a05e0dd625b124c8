import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as h5 from "h5wasm/node";
import { inverse, Matrix } from "ml-matrix";
import { afterAll, expect, test } from "vitest";
import { judge } from "#analysis/verdict";
import { createRandom } from "#core/random";
import { judgeFile } from "#jobs/validate-data";
import { loadHdf5 } from "#store/data-files/hdf5-file";
import { prepareSmall } from "../support/experiments.ts";
import { smallExperiment, smallProfile } from "../support/profiles.ts";

const folder = mkdtempSync(join(tmpdir(), "entrain-iq-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Centres two to three widths apart: one shot in ten is mistaken. */
const centres = [
  [0, 0],
  [2.6, 0],
  [1.3, 2.4],
] as const;

test("points with few calibration shots: no false alarms, and there would be without the matrix's errors", async () => {
  await loadHdf5();
  const { plan } = prepareSmall();
  const [shots, calibration, experiments] = [1000, 500, 24];
  const sites = plan.sites.length;
  const inverted = plan.measurement.sites.map((site) => inverse(new Matrix(site.assignment)));
  const with_: number[] = [];
  const without: number[] = [];
  for (let seed = 1; seed <= experiments; seed++) {
    const random = createRandom(seed, "points");
    const near = (level: number) => [
      centres[level]![0] + random.normal(),
      centres[level]![1] + random.normal(),
    ];
    const draw = (p: readonly number[]) => {
      const u = random.uniform();
      return u < p[0]! ? 0 : u < p[0]! + p[1]! ? 1 : 2;
    };
    // Levels before any read-out, from the prediction of the profile's.
    const points = plan.prediction.probabilities.flatMap((settings) =>
      settings.flatMap((groups) => {
        const levels = groups.map((p, s) => inverted[s]!.mmul(Matrix.columnVector(p)).to1DArray());
        return Array.from({ length: shots }, () => levels.flatMap((p) => near(draw(p)))).flat();
      }),
    );
    const prepared = [0, 1, 2].flatMap((level) =>
      Array.from({ length: calibration * sites }, () => near(level)).flat(),
    );
    const path = join(folder, "points.h5");
    const file = new h5.File(path, "w");
    const put = (name: string, data: readonly number[], shape: number[], dimensions: string[]) =>
      file
        .create_dataset({ name, data: Float32Array.from(data), shape })
        .create_attribute("_ARRAY_DIMENSIONS", dimensions);
    put("iq", points, [4, 4, shots, sites, 2], ["exchange", "setting", "shot", "site", "quadrature"]);
    const dimensions = ["level", "calibration_shot", "site", "quadrature"];
    put("iq_calibration", prepared, [3, calibration, sites, 2], dimensions);
    file
      .create_dataset({ name: "exchange", data: Float64Array.from(plan.axes[0]!.values) })
      .create_attribute("units", "Hz");
    file.create_dataset({ name: "setting", data: plan.measurement.settings.map(({ name }) => name) });
    file.create_dataset({ name: "site", data: plan.sites });
    file.close();
    const comparison = {
      experiment: smallExperiment(),
      profileDocument: smallProfile(),
      profileChosen: false,
    };
    const judged = await judgeFile(path, comparison, undefined);
    with_.push(judged.verdict.tests[0]!.p_value);
    const { prediction } = judged.plan;
    const nuisances = prediction.nuisances.filter(({ name }) => !name.startsWith("assignment"));
    expect(prediction.nuisances.length - nuisances.length).toBe(6 * sites);
    const plain = { ...judged.plan, prediction: { ...prediction, nuisances } };
    without.push(judge(judged.counts, plain, judged.estimates, 0.01).tests[0]!.p_value);
  }
  // Uniform p-values: mean 1/2 with a standard deviation of 1/√(12 n); 1.2 of 24 below 0.05.
  const mean = with_.reduce((sum, p) => sum + p, 0) / experiments;
  expect(Math.abs(mean - 0.5)).toBeLessThan(4 / Math.sqrt(12 * experiments));
  expect(with_.filter((p) => p < 0.05).length).toBeLessThanOrEqual(6);
  expect(without.filter((p) => p < 0.05).length).toBeGreaterThan(experiments / 2);
});
