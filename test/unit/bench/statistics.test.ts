import { describe, expect, test } from "vitest";
import { growthExponent, pairedRatio, quantile, summarise, workAtError } from "#bench/statistics";

describe("order statistics", () => {
  test("quantiles interpolate between neighbours", () => {
    const sorted = [1, 2, 3, 4];
    expect(quantile(sorted, 0)).toBe(1);
    expect(quantile(sorted, 0.5)).toBe(2.5);
    expect(quantile(sorted, 0.25)).toBe(1.75);
    expect(quantile(sorted, 1)).toBe(4);
    expect(quantile([7], 0.3)).toBe(7);
    expect(quantile([], 0.5)).toBeNaN();
  });

  test("a summary does not depend on the order and leaves its input alone", () => {
    const values = [5, 1, 4, 2, 3];
    expect(summarise(values)).toEqual({
      count: 5,
      minimum: 1,
      lowerQuartile: 2,
      median: 3,
      upperQuartile: 4,
      maximum: 5,
    });
    expect(values).toEqual([5, 1, 4, 2, 3]);
  });
});

describe("paired ratio", () => {
  test("what slows both of a round cancels", () => {
    const base = [1, 3, 1, 10, 2];
    const twice = base.map((value) => 2 * value);
    expect(pairedRatio(twice, base)).toEqual({ median: 2, lowerQuartile: 2, upperQuartile: 2, ofMinima: 2 });
  });

  test("the quotient of medians would be another number", () => {
    const ratio = pairedRatio([4, 2, 9], [1, 2, 3]);
    expect(ratio.median).toBe(3);
    expect(ratio.ofMinima).toBe(2);
  });
});

describe("growth", () => {
  test("exponent of a power law", () => {
    const sizes = [10, 100, 1000];
    expect(
      growthExponent(
        sizes,
        sizes.map((n) => 3 * n ** 1.7),
      ),
    ).toBeCloseTo(1.7, 12);
    expect(growthExponent([10], [1])).toBeNaN();
  });
});

describe("work at a given error", () => {
  // error = work^-5: a method of order five
  const runs = [10, 20, 40].map((work) => ({ work, error: work ** -5 }));

  test("is exact for a power law, between and beyond the runs", () => {
    for (const work of [12, 20, 33, 60, 7]) expect(workAtError(runs, work ** -5)).toBeCloseTo(work, 9);
  });

  test("does not depend on the order of the runs", () => {
    expect(workAtError([...runs].reverse(), 15 ** -5)).toBeCloseTo(15, 9);
  });

  test("says nothing far beyond the runs, from one run, or from an error of zero", () => {
    expect(workAtError(runs, 200 ** -5)).toBeNull();
    expect(workAtError(runs, 1)).toBeNull();
    expect(workAtError(runs.slice(0, 1), 1e-6)).toBeNull();
    expect(workAtError(runs, 0)).toBeNull();
    expect(workAtError([{ work: 1, error: 0 }, runs[0]!], 1e-6)).toBeNull();
  });
});
