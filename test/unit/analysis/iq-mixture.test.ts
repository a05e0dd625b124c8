import { expect, test } from "vitest";
import { trainClassifier } from "#analysis/iq-levels";
import { fitMixture, trainMixture } from "#analysis/iq-mixture";
import { createRandom } from "#core/random";
import { chiSquareSurvival } from "#core/statistics";
import { refusal } from "../../support/refusal.ts";

/** P(x > z) of a standard normal. */
const tail = (z: number) => (z < 0 ? 1 - chiSquareSurvival(z * z, 1) / 2 : chiSquareSurvival(z * z, 1) / 2);

const distance = 4;
const centres = [
  [0, 0],
  [distance, 0],
  [2, 40],
] as const;
/** Shots prepared in level 1 that are in level 0 when they are read. */
const relaxed = 0.35;

/** Unit normal clouds; level 2 far from the line on which levels 0 and 1 stand. */
function relaxingClouds(shots: number, seed: number): Float64Array[] {
  const random = createRandom(seed, "mixture");
  return centres.map((_, prepared) =>
    Float64Array.from(
      Array.from({ length: shots }, () => {
        const level = prepared === 1 && random.uniform() < relaxed ? 0 : prepared;
        return [centres[level]![0] + random.normal(), centres[level]![1] + random.normal()];
      }).flat(),
    ),
  );
}

const shots = 8000;
const clouds = relaxingClouds(shots, 3);

test("a mixture finds the clouds, their width and the share of shots that relaxed", () => {
  const { centres: found, covariance, shares, converged } = fitMixture(clouds, "c");
  expect(converged).toBe(true);
  found.forEach(([i, q], level) => {
    // Clouds two widths from their boundary overlap little: errors near those of that many labelled points.
    const width = 1.3 / Math.sqrt(shots * (level === 0 ? 1 + relaxed : level === 1 ? 1 - relaxed : 1));
    expect(Math.hypot(i - centres[level]![0], q - centres[level]![1])).toBeLessThan(5 * width);
  });
  [1, 0, 1].forEach((expected, k) => {
    expect(Math.abs(covariance[k]! - expected)).toBeLessThan(5 * Math.sqrt(2 / (3 * shots)));
  });
  const sigma = 1.3 * Math.sqrt((relaxed * (1 - relaxed)) / shots);
  expect(Math.abs(shares[0]![1]! - relaxed)).toBeLessThan(4 * sigma);
  expect(Math.abs(shares[1]![1]! - (1 - relaxed))).toBeLessThan(4 * sigma);
  expect(shares[2]![2]).toBeGreaterThan(0.999);
  for (const k of [0, 1, 2]) expect(shares.reduce((sum, row) => sum + row[k]!, 0)).toBeCloseTo(1, 12);
});

test("its boundaries stand between the clouds, those of linear discriminants between the prepared shots", () => {
  const near = (found: number, expected: number) =>
    expect(Math.abs(found - expected) / Math.sqrt((expected * (1 - expected)) / shots)).toBeLessThan(4.5);
  const mixture = trainMixture(clouds, "c").assignment;
  near(mixture[1]![0]!, tail(distance / 2));
  near(mixture[1]![1]!, (1 - relaxed) * tail(-distance / 2) + relaxed * tail(distance / 2));
  // The mean of the shots prepared in level 1 is (1 − relaxed)·distance, and the boundary half of that.
  const biased = ((1 - relaxed) * distance) / 2;
  const linear = trainClassifier(clouds, "c").assignment;
  near(linear[1]![0]!, tail(biased));
  // More than four times as many shots of level 0 are mistaken.
  expect(tail(biased) / tail(distance / 2)).toBeGreaterThan(4);
});

test("without relaxation it answers as linear discriminants do", () => {
  const random = createRandom(9, "clean");
  const clean = centres.map(([i, q]) =>
    Float64Array.from(Array.from({ length: 2 * shots }, (_, k) => (k % 2 === 0 ? i : q) + random.normal())),
  );
  const [mixture, linear] = [trainMixture(clean, "c"), trainClassifier(clean, "c")];
  let different = 0;
  for (let x = -3; x < 7; x += 0.05) {
    for (const y of [-2, 0, 3, 30]) if (mixture.levelOf(x, y) !== linear.levelOf(x, y)) different++;
  }
  // The boundaries may differ by their errors: one place of the grid on each line at most, or two where they are steep.
  expect(different).toBeLessThan(8);
  expect(
    refusal(() =>
      trainMixture(
        clean.map((cloud) => cloud.map((x, k) => (k % 2 ? 0 : x))),
        "c",
      ),
    ).code,
  ).toBe("iq.calibration");
});
