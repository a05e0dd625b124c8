import fc from "fast-check";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import type { Complex } from "#core/complex";
import { eigenvalues } from "#core/eigenvalues";
import { createRandom } from "#core/random";
import { realEigenvalues } from "#core/real-eigenvalues";

function valuesOf(rows: readonly (readonly number[])[]): Complex[] {
  const n = rows.length;
  const re = new Float64Array(n);
  const im = new Float64Array(n);
  realEigenvalues(Float64Array.from(rows.flat()), n, re, im);
  return Array.from(re, (value, k) => ({ re: value, im: im[k]! }));
}

/** Largest distance after pairing every expected value with the nearest one left. */
function mismatch(found: readonly Complex[], expected: readonly Complex[]): number {
  const left = [...found];
  let largest = 0;
  for (const { re, im } of expected) {
    const distances = left.map((value) => Math.hypot(value.re - re, value.im - im));
    const nearest = distances.indexOf(Math.min(...distances));
    largest = Math.max(largest, distances[nearest]!);
    left.splice(nearest, 1);
  }
  return left.length === 0 ? largest : Number.POSITIVE_INFINITY;
}

describe("closed forms", () => {
  test("rotation and growth: a ± ib", () => {
    expect(
      mismatch(
        valuesOf([
          [0.3, -2],
          [2, 0.3],
        ]),
        [
          { re: 0.3, im: 2 },
          { re: 0.3, im: -2 },
        ],
      ),
    ).toBeLessThan(1e-15);
  });

  test("cyclic permutation: the roots of one", () => {
    const n = 12;
    const rows = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => (j === (i + 1) % n ? 1 : 0)),
    );
    const roots = Array.from({ length: n }, (_, k) => ({
      re: Math.cos((k * Math.PI) / 6),
      im: Math.sin((k * Math.PI) / 6),
    }));
    expect(mismatch(valuesOf(rows), roots)).toBeLessThan(1e-13);
  });

  test("discrete Laplacian: 2 − 2cos(kπ/(n+1))", () => {
    const n = 16;
    const rows = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0)),
    );
    const expected = Array.from({ length: n }, (_, k) => ({
      re: 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)),
      im: 0,
    }));
    expect(mismatch(valuesOf(rows), expected)).toBeLessThan(1e-14);
  });

  test("zero, triangular and one-by-one matrices", () => {
    expect(
      valuesOf([
        [0, 0],
        [0, 0],
      ]),
    ).toEqual([
      { re: 0, im: 0 },
      { re: 0, im: 0 },
    ]);
    expect(valuesOf([[-7]])).toEqual([{ re: -7, im: 0 }]);
    const triangular = [
      [1, 5, -3],
      [0, -2, 4],
      [0, 0, 3],
    ];
    expect(
      mismatch(
        valuesOf(triangular),
        [1, -2, 3].map((re) => ({ re, im: 0 })),
      ),
    ).toBeLessThan(1e-14);
  });
});

test("random matrices: two other programs agree, and the trace", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 18 }), fc.integer(), (n, seed) => {
      const random = createRandom(seed);
      const rows = Array.from({ length: n }, () => Array.from({ length: n }, () => 2 * random.uniform() - 1));
      const found = valuesOf(rows);
      const complex = eigenvalues({
        rows: n,
        columns: n,
        re: Float64Array.from(rows.flat()),
        im: new Float64Array(n * n),
      });
      expect(mismatch(found, complex)).toBeLessThan(1e-9);
      const library = new EigenvalueDecomposition(new Matrix(rows));
      const theirs = library.realEigenvalues.map((re, k) => ({ re, im: library.imaginaryEigenvalues[k]! }));
      expect(mismatch(found, theirs)).toBeLessThan(1e-9);
      const trace = rows.reduce((sum, row, i) => sum + row[i]!, 0);
      expect(Math.abs(found.reduce((sum, value) => sum + value.re, 0) - trace)).toBeLessThan(1e-12 * n);
    }),
    { numRuns: 150 },
  );
});

test("blocks of very different size", () => {
  const rows = [
    [1e-8, -2e-8, 1],
    [2e-8, 1e-8, 3],
    [0, 0, 1e6],
  ];
  expect(
    mismatch(
      valuesOf(rows).filter((v) => v.re < 1),
      [
        { re: 1e-8, im: 2e-8 },
        { re: 1e-8, im: -2e-8 },
      ],
    ),
  ).toBeLessThan(1e-20);
});
