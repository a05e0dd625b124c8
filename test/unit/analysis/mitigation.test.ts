import { expect, test } from "vitest";
import { blockBootstrap, mitigateReadout } from "#analysis/mitigation";
import { drawMultinomial } from "#analysis/synthetic";
import { createRandom } from "#core/random";

const assignment = [
  [0.985, 0.03, 0.01],
  [0.01, 0.95, 0.05],
  [0.005, 0.02, 0.94],
];
const assigned = (p: readonly number[]) =>
  assignment.map((row) => row.reduce((sum, a, k) => sum + a * p[k]!, 0));

test("mitigation gives back the populations, with the spread that repetition shows", () => {
  const truth = [0.2, 0.5, 0.3];
  const random = createRandom(2);
  const found = Array.from({ length: 2000 }, () =>
    mitigateReadout(drawMultinomial(random, 1000, assigned(truth)), assignment),
  );
  for (const k of [0, 1, 2]) {
    const pulls = found.map(({ probabilities, errors }) => (probabilities[k]! - truth[k]!) / errors[k]!);
    const mean = pulls.reduce((a, b) => a + b, 0) / pulls.length;
    const spread = Math.sqrt(pulls.reduce((sum, z) => sum + z * z, 0) / pulls.length);
    // 1σ of the mean is 0.022, of the spread 0.016.
    expect(Math.abs(mean)).toBeLessThan(0.09);
    expect(Math.abs(spread - 1)).toBeLessThan(0.07);
  }
});

test("negative probabilities are returned and flagged, never cut", () => {
  // Fewer counts of level 2 than misassignment of level 1 alone would give: 20 of 1000.
  const { probabilities, negative, worst_sigma } = mitigateReadout([32, 967, 1], assignment);
  expect(probabilities[2]).toBeLessThan(0);
  expect(negative).toEqual([2]);
  expect(worst_sigma).toBeGreaterThan(3);
  expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
});

test("a matrix that is none is refused", () => {
  expect(() =>
    mitigateReadout(
      [1, 1, 1],
      [
        [1, 1, 0],
        [0, 0, 0],
        [0, 0, 0.9],
      ],
    ),
  ).toThrow(/add up to 1/);
});

test("the block bootstrap sees that correlated shots count less, and repeats itself", () => {
  const random = createRandom(5);
  // AR(1) with r = 0.8: the variance of the mean is (1 + r)/(1 − r) = 9 times that of independent values.
  const [shots, r] = [10000, 0.8];
  let x = 0;
  const values = Array.from({ length: shots }, () => {
    x = r * x + Math.sqrt(1 - r * r) * random.normal();
    return x;
  });
  const mean = (indices: Int32Array) => indices.reduce((sum, i) => sum + values[i]!, 0) / indices.length;
  const error = (block: number) => blockBootstrap(shots, mean, { block, seed: 1 }) * Math.sqrt(shots);
  expect(error(100)).toBeGreaterThan(2.4);
  expect(error(100)).toBeLessThan(3.6);
  expect(error(1)).toBeLessThan(1.2);
  expect(error(100)).toBe(error(100));
});
