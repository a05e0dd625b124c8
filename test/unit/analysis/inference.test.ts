import { describe, expect, test } from "vitest";
import { normalQuantile, testAlternatives } from "#analysis/alternatives";
import { defend } from "#analysis/defence";
import { identifiabilityWarnings, openDirections } from "#analysis/identifiability";
import { fitLinear, linearModel, nuisanceResponses } from "#analysis/likelihood";
import { neededError, planNext } from "#analysis/next-scan";
import { effectiveSize, samplePosterior, splitRHat } from "#analysis/posterior";
import { drawBinomial, drawCounts } from "#analysis/synthetic";
import { createRandom } from "#core/random";
import { responsesOf } from "#planning/inference/responses";
import {
  alternativesOf,
  expectedUnder,
  statedAlternatives,
  withCrosstalk,
} from "#planning/inference/simulate-variation";
import { fitParameters } from "#planning/inference/variation";
import { prepareExample } from "../../support/experiments.ts";

describe("synthetic counts", () => {
  test.each([
    [40, 0.1],
    [1000, 0.3],
    [3000, 0.97],
  ])("of %d trials at %d have binomial mean and variance", (trials, p) => {
    const random = createRandom(4, `${trials}`);
    const draws = Array.from({ length: 20000 }, () => drawBinomial(random, trials, p));
    const mean = draws.reduce((a, b) => a + b, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    const expected = trials * p * (1 - p);
    expect(Math.abs(mean - trials * p)).toBeLessThan(4 * Math.sqrt(expected / draws.length));
    // 1σ of a variance is √(2/n) of it for nearly normal counts.
    expect(Math.abs(variance / expected - 1)).toBeLessThan(4 * Math.sqrt(2 / draws.length) * 1.1);
  });
});

describe("the sampler", () => {
  test("finds a correlated normal distribution, and says that it did", () => {
    // Precision matrix [[2, 1.2], [1.2, 1]]/0.56 inverse of [[1, −1.2], [−1.2, 2]].
    const log = ([x, y]: readonly number[]) => -(2 * x! ** 2 + 2.4 * x! * y! + y! ** 2) / 0.56 / 2;
    const found = samplePosterior(
      log,
      [0, 0],
      [
        [2, 0],
        [0, 1],
      ],
      { seed: 2, draws: 20000 },
    );
    expect(found.converged).toBe(true);
    const error = (a: number) => found.deviation[a]! / Math.sqrt(found.effective[a]!);
    expect(Math.abs(found.mean[0]!)).toBeLessThan(4 * error(0));
    expect(Math.abs(found.deviation[0]! - 1)).toBeLessThan(4 * error(0));
    expect(Math.abs(found.deviation[1]! - Math.SQRT2)).toBeLessThan(4 * error(1));
  });

  test("sees chains that stand apart, and chains that hardly move", () => {
    const random = createRandom(6);
    const noise = () => Array.from({ length: 1000 }, () => random.normal());
    expect(splitRHat([noise(), noise()])).toBeLessThan(1.02);
    expect(splitRHat([noise(), noise().map((x) => x + 3)])).toBeGreaterThan(1.5);
    // An AR(1) chain has n(1 − r)/(1 + r) independent draws: a ninth at r = 0.8.
    const walk = Array.from({ length: 4 }, () => {
      let x = 0;
      return Array.from({ length: 5000 }, () => {
        x = 0.8 * x + 0.6 * random.normal();
        return x;
      });
    });
    expect(effectiveSize(walk) / 20000).toBeGreaterThan(0.08);
    expect(effectiveSize(walk) / 20000).toBeLessThan(0.145);
  });
});

describe("identifiability", () => {
  test("names what cannot be told apart", () => {
    // Only the sum of two is known, to 0.01; the third well.
    const covariance = [
      [0.5, -0.49995, 0],
      [-0.49995, 0.5, 0],
      [0, 0, 1e-4],
    ];
    const [open, ...rest] = openDirections(covariance, [0.5, 0.5, 0.5]);
    expect(rest).toEqual([]);
    expect(Math.abs(open!.parts[0]! + open!.parts[1]!)).toBeLessThan(1e-9);
    const parameters = ["J", "K", "δ"].map((symbol) => ({ symbol, plausible: 0.5 }));
    const warnings = identifiabilityWarnings(covariance, parameters);
    expect(warnings[0]).toMatch(/cannot tell apart (J, K|K, J)/);
    expect(warnings[1]).toMatch(/J and K are correlated/);
  });
});

const { designed, plan } = prepareExample("transmon-dissipator", { shots: 4000 });
const { shots } = designed.experiment;
const alternatives = alternativesOf(designed, plan.prediction);
const nothing = { series: [], results: [], amplitudes: null };

describe("a defended verdict", () => {
  test.each(statedAlternatives(designed))("finds data from a device with $title", ({ id, variation }) => {
    const lied = expectedUnder(designed, variation).probabilities;
    const verdict = defend(drawCounts(createRandom(1, id), shots, lied), plan, nothing, 0.01, alternatives);
    expect(verdict.outcome).toBe("inconsistent");
    expect(verdict.reasons[0]).toContain(alternatives.find((a) => a.id === id)!.title);
  });

  test("is consistent where all would have been seen, and inconclusive with a fiftieth of the shots", () => {
    const draw = (n: number) => drawCounts(createRandom(3), n, plan.prediction.probabilities);
    expect(defend(draw(shots), plan, nothing, 0.01, alternatives).outcome).toBe("consistent");
    const few = defend(draw(shots / 50), plan, nothing, 0.01, alternatives);
    expect(few.outcome).toBe("inconclusive");
    expect(few.reasons[0]).toMatch(/would have missed.*loss 10 % stronger/);
  });
});

test("the planner's shots give the wanted error when they are taken", () => {
  const loss = alternatives.find(({ id }) => id === "loss")!;
  const model = linearModel(plan.prediction, [loss, ...nuisanceResponses(plan.prediction)]);
  const target = neededError(0.001);
  // Two normal quantiles, 3.2905 and 0.8416.
  expect(1 / target).toBeCloseTo(3.2905 + 0.8416, 3);
  expect(normalQuantile(0.975)).toBeCloseTo(1.959964, 5);
  const few = 100;
  const seconds = plan.prediction.accuracy.map(() => 1e-4);
  const next = planNext(model, few, seconds, target)!;
  expect(next.error_now).toBeGreaterThan(target);
  expect(next.error_then).toBeLessThanOrEqual(target);
  expect(next.duration_s).toBeLessThan(next.whole_scan_s!);
  // The error before is the one that the test itself quotes.
  const [tested] = testAlternatives(
    drawCounts(createRandom(9), few, plan.prediction.probabilities),
    plan.prediction,
    [loss],
    0.001,
  );
  expect(Math.abs(tested!.error / next.error_now - 1)).toBeLessThan(0.15);
});

test("a fit finds what was changed", () => {
  const parameters = fitParameters(designed).filter(({ id }) => id === "gain" || id === "loss");
  const model = linearModel(plan.prediction, [
    ...responsesOf(designed, parameters, {}),
    ...nuisanceResponses(plan.prediction),
  ]);
  const changed = expectedUnder(designed, { gain: 1.03, loss: 0.97 }).probabilities;
  const fit = fitLinear(model, drawCounts(createRandom(12), shots, changed));
  const z = [0.03, -0.03].map((x, k) => (fit.values[k]! - x) / Math.sqrt(fit.covariance[k]![k]!));
  for (const pull of z) expect(Math.abs(pull)).toBeLessThan(3.5);
  expect(fit.values[0]! / Math.sqrt(fit.covariance[0]![0]!)).toBeGreaterThan(2);
});

test("read-out cross-talk keeps the total and moves the second site towards the first", () => {
  const table = [[[[0, 0, 0, 0, 0, 0, 1, 0, 0]]]];
  // |20⟩: with probability ε the second site is read as level 2.
  expect(withCrosstalk(table, 0.03)[0]![0]![0]!).toEqual([0, 0, 0, 0, 0, 0, 0.97, 0, 0.03]);
});
