import { describe, expect, test } from "vitest";
import { largestIntervals, readingIntervals } from "#analysis/intervals";
import { fitLifetime } from "#analysis/lifetime";
import { scoreIntervals } from "#analysis/rates";
import { riceBelow, riceEstimate, ricePull, riceScore } from "#analysis/rice";
import { smoothErrors } from "#analysis/slope";
import { createRandom } from "#core/random";

const modulus = (value: number, error = 1) => ({ value, error, modulus: true });
const plain = (value: number, error = 1) => ({ value, error, modulus: false });

describe("the modulus of a complex number with normal errors", () => {
  test("without any, is Rayleigh's: P(below r) = 1 − exp(−r²/2)", () => {
    for (const r of [0.3, 1, 2, 3]) expect(riceBelow(r, 0)).toBeCloseTo(1 - Math.exp((-r * r) / 2), 4);
  });

  test("has its likeliest truth where the score vanishes, at 0 up to √2", () => {
    expect(riceEstimate(1.4)).toBe(0);
    for (const r of [1.6, 2.5, 6]) expect(riceScore(r, riceEstimate(r))).toBeCloseTo(0, 5);
  });

  test("at R = 0 is as unlikely as a larger one: |z| = 1 where exp(−r²/2) is 31.7 %", () => {
    // The likelihood ratio is 1 up to √2 and falls beyond, so that only larger moduli are less likely.
    const r = Math.sqrt(-2 * Math.log(0.317310508));
    expect(ricePull(r, 0)).toBeCloseTo(1, 2);
    expect(ricePull(1, 0)).toBeCloseTo(0, 6);
  });

  test("is covered at the stated rates for any truth, and no modulus is without an interval", () => {
    const random = createRandom(3);
    for (const R of [0, 0.7, 1.5, 3]) {
      let [one, two] = [0, 0];
      for (let run = 0; run < 4000; run++) {
        const z = Math.abs(ricePull(Math.hypot(R + random.normal(), random.normal()), R));
        if (z < 1) one++;
        if (z < 1.959964) two++;
      }
      expect(Math.abs(one / 4000 - 0.6827), `${R}`).toBeLessThan(0.025);
      expect(Math.abs(two / 4000 - 0.95), `${R}`).toBeLessThan(0.012);
    }
    const { interval_68 } = readingIntervals(modulus(0.01));
    expect(interval_68[0]).toBe(0);
    expect(interval_68[1]!).toBeGreaterThan(0.05);
  });

  test("far above its noise, is normal about √(R² + σ²)", () => {
    const { interval_68, interval_95 } = readingIntervals(modulus(2, 0.1));
    const centre = Math.sqrt(4 - 0.01);
    expect(interval_68[0]!).toBeCloseTo(centre - 0.1, 3);
    expect(interval_68[1]!).toBeCloseTo(centre + 0.1, 3);
    expect(interval_95[1]!).toBeCloseTo(centre + 0.196, 3);
  });
});

describe("the largest of several", () => {
  test("is the one that stands out", () => {
    const { interval_68 } = largestIntervals([plain(1, 0.1), plain(0, 0.1), plain(-3, 0.1)]);
    expect(interval_68[0]!).toBeCloseTo(0.9, 3);
    expect(interval_68[1]!).toBeCloseTo(1.1, 3);
  });

  test("is less than it looks where many are equal", () => {
    // The largest of ten equal ones lies 1.54σ above their common truth (Teichroew's table of normal scores).
    const { interval_68 } = largestIntervals(
      [1.54, ...[-1.54, -1, -0.66, -0.38, -0.12, 0.12, 0.38, 0.66, 1].map(Number)].map((x) => plain(x)),
    );
    expect(interval_68[0]!).toBeLessThan(0.6);
    expect(interval_68[1]!).toBeLessThan(2.4);
  });
});

test("a lifetime uses points lost in noise, and is open upwards where no decay is seen", () => {
  const times = [0, 1, 2, 3, 4, 5];
  const noiseless = (rate: number, error: number) =>
    times.map((time) => ({ time, value: Math.hypot(0.3 * Math.exp(-rate * time), error), error }));
  const fit = fitLifetime(noiseless(0.8, 0.03))!;
  expect(fit.value).toBeGreaterThan(1.05);
  expect(fit.value).toBeLessThan(1.45);
  const slow = fitLifetime(noiseless(0.01, 0.05))!;
  expect(slow.interval_95![1]).toBeNull();
  expect(slow.interval_95![0]!).toBeGreaterThan(0);
});

test("intervals of a rate of few counts are Wilson's where the variance is that of a Poisson count", () => {
  // (n − μ)² = z²μ has the solutions n + z²/2 ± z√(n + z²/4).
  const { interval_68, interval_95 } = scoreIntervals({ value: 9, error: 3 }, (mu) =>
    Math.sqrt(Math.max(mu, 0)),
  );
  expect(interval_68[0]!).toBeCloseTo(9.5 - Math.sqrt(9.25), 1);
  expect(interval_68[1]!).toBeCloseTo(9.5 + Math.sqrt(9.25), 2);
  expect(interval_95[1]!).toBeCloseTo(9 + 1.92073 + 1.959964 * Math.sqrt(9.96037), 1);
});

test("errors that are exponentials of a parabola are left as they are, others are drawn towards one", () => {
  const points = [0, 1, 2, 3, 4, 5].map((x) => ({ x, error: 0.1 * Math.exp(0.3 * x - 0.02 * x * x) }));
  const smooth = smoothErrors(points, ({ x }) => x);
  smooth.forEach(({ error }, k) => {
    expect(error).toBeCloseTo(points[k]!.error, 10);
  });
  const off = smoothErrors(points.with(2, { x: 2, error: points[2]!.error / 2 }), ({ x }) => x);
  expect(off[2]!.error).toBeGreaterThan(0.6 * points[2]!.error);
  expect(smoothErrors(points.slice(0, 5), ({ x }) => x)).toEqual(points.slice(0, 5));
});
