import fc from "fast-check";
import { expect, test } from "vitest";
import { polynomialRoots } from "#core/polynomial-roots";
import { fullTurn } from "#core/units";

type Pair = readonly [number, number];

/** Coefficients of Π (x − root), the leading one left out. */
function expand(roots: readonly Pair[]): { re: Float64Array; im: Float64Array } {
  let coefficients: Pair[] = [[1, 0]];
  for (const [a, b] of roots) {
    const next: [number, number][] = Array.from({ length: coefficients.length + 1 }, () => [0, 0]);
    coefficients.forEach(([re, im], k) => {
      next[k + 1]![0] += re;
      next[k + 1]![1] += im;
      next[k]![0] -= re * a - im * b;
      next[k]![1] -= re * b + im * a;
    });
    coefficients = next;
  }
  const low = coefficients.slice(0, -1);
  return { re: Float64Array.from(low, (c) => c[0]), im: Float64Array.from(low, (c) => c[1]) };
}

function starts(n: number) {
  const angle = (k: number) => 0.4 + (k * fullTurn) / n;
  return {
    re: Float64Array.from({ length: n }, (_, k) => 3 * Math.cos(angle(k))),
    im: Float64Array.from({ length: n }, (_, k) => 3 * Math.sin(angle(k))),
  };
}

function worst(found: { re: Float64Array; im: Float64Array }, roots: readonly Pair[]): number {
  const left = Array.from(found.re, (re, k): Pair => [re, found.im[k]!]);
  return Math.max(
    ...roots.map(([a, b]) => {
      const distances = left.map(([re, im]) => Math.hypot(re - a, im - b));
      const nearest = distances.indexOf(Math.min(...distances));
      return Math.hypot(left[nearest]![0] - a, left.splice(nearest, 1)[0]![1] - b);
    }),
  );
}

test("roots that were multiplied out come back", () => {
  const place = fc.tuple(
    fc.double({ min: -5, max: 5, noNaN: true }),
    fc.double({ min: -5, max: 5, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(place, { minLength: 1, maxLength: 4 }), (roots) => {
      const apart = roots.every((a, i) =>
        roots.every((b, j) => i === j || Math.hypot(a[0] - b[0], a[1] - b[1]) > 0.1),
      );
      fc.pre(apart);
      const found = starts(roots.length);
      const { re, im } = expand(roots);
      polynomialRoots(re, im, found.re, found.im);
      expect(worst(found, roots)).toBeLessThan(1e-9);
    }),
    { numRuns: 200 },
  );
});

test("a double root to the square root of rounding", () => {
  const roots: Pair[] = [
    [1, 2],
    [1, 2],
    [-3, 0],
  ];
  const found = starts(3);
  const { re, im } = expand(roots);
  polynomialRoots(re, im, found.re, found.im);
  expect(worst(found, roots)).toBeLessThan(1e-6);
});

test("starting values that are roots already stay", () => {
  const re = Float64Array.of(2, -3);
  const im = new Float64Array(2);
  const found = { re: Float64Array.of(1, 2), im: new Float64Array(2) };
  expect(polynomialRoots(re, im, found.re, found.im)).toBe(true);
  expect([...found.re]).toEqual([1, 2]);
});
