import fc from "fast-check";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import type { Complex } from "#core/complex";
import { combine, fromRows, identity, product, zeros } from "#core/complex-matrix";
import { eigenvalues, spectralAbscissa } from "#core/eigenvalues";
import { fullTurn } from "#core/units";

/** Largest distance when each wanted value takes the nearest found one still free. */
function mismatch(found: readonly Complex[], wanted: readonly Complex[]): number {
  const free = [...found];
  let worst = found.length === wanted.length ? 0 : Infinity;
  for (const value of wanted) {
    const distances = free.map((other) => Math.hypot(other.re - value.re, other.im - value.im));
    const nearest = distances.indexOf(Math.min(...distances));
    worst = Math.max(worst, distances[nearest]!);
    free.splice(nearest, 1);
  }
  return worst;
}

describe("eigenvalues", () => {
  it("of a cyclic shift are the roots of unity", () => {
    const n = 7;
    const shift = zeros(n);
    for (let i = 0; i < n; i++) shift.re[i * n + ((i + 1) % n)] = 1;
    const roots = Array.from({ length: n }, (_, k) => ({
      re: Math.cos((fullTurn * k) / n),
      im: Math.sin((fullTurn * k) / n),
    }));
    expect(mismatch(eigenvalues(shift), roots)).toBeLessThan(1e-14);
  });

  it("of a triangular matrix are its diagonal", () => {
    const matrix = fromRows([
      [{ re: 1, im: 2 }, { re: 3, im: -1 }, 5],
      [0, { re: -2, im: 0.5 }, { re: 0, im: 4 }],
      [0, 0, { re: 0.25, im: -7 }],
    ]);
    expect(
      mismatch(eigenvalues(matrix), [
        { re: 1, im: 2 },
        { re: -2, im: 0.5 },
        { re: 0.25, im: -7 },
      ]),
    ).toBeLessThan(1e-14);
  });

  it("keeps entries far smaller than their neighbours", () => {
    // λ³ = ab with a = 1, b = 1e−9 in the corner that the reduction to Hessenberg form must fold in.
    const small = 1e-9;
    const matrix = fromRows([
      [0, 0, 1],
      [1, 0, 0],
      [small, 0, 0],
    ]);
    // characteristic polynomial λ³ − ελ: roots 0, ±√ε
    expect(
      mismatch(eigenvalues(matrix), [
        { re: 0, im: 0 },
        { re: Math.sqrt(small), im: 0 },
        { re: -Math.sqrt(small), im: 0 },
      ]),
    ).toBeLessThan(1e-10);
  });

  it("agree with a library on random real matrices", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }).chain((n) =>
          fc.array(
            fc.integer({ min: -1000, max: 1000 }).map((k) => k / 1000),
            {
              minLength: n * n,
              maxLength: n * n,
            },
          ),
        ),
        (entries) => {
          const n = Math.sqrt(entries.length);
          const library = new EigenvalueDecomposition(Matrix.from1DArray(n, n, entries));
          const wanted = library.realEigenvalues.map((re, i) => ({
            re,
            im: library.imaginaryEigenvalues[i]!,
          }));
          const matrix = { rows: n, columns: n, re: Float64Array.from(entries), im: new Float64Array(n * n) };
          // Defective matrices, which shrinking finds, know their eigenvalues to ε^(1/n) only.
          return mismatch(eigenvalues(matrix), wanted) < 1e-13 ** (1 / n) + 1e-10;
        },
      ),
      { numRuns: 200, seed: 1 },
    );
  });

  it("add up to the trace and multiply with a complex factor", () => {
    const n = 12;
    const matrix = zeros(n);
    for (let i = 0; i < n * n; i++) {
      matrix.re[i] = Math.sin(1.7 * i + 0.3);
      matrix.im[i] = Math.cos(2.3 * i * i);
    }
    const values = eigenvalues(matrix);
    let traceRe = 0;
    for (let i = 0; i < n; i++) traceRe += matrix.re[i * n + i]!;
    expect(values.reduce((sum, value) => sum + value.re, 0)).toBeCloseTo(traceRe, 11);
    // Spectral mapping: A² + (2 − i)·1
    const mapped = combine([1, product(matrix, matrix)], [{ re: 2, im: -1 }, identity(n)]);
    const wanted = values.map(({ re, im }) => ({ re: re * re - im * im + 2, im: 2 * re * im - 1 }));
    expect(mismatch(eigenvalues(mapped), wanted)).toBeLessThan(1e-10);
  });

  it("of zero are zero, and the abscissa is the largest real part", () => {
    expect(eigenvalues(zeros(3))).toEqual([0, 1, 2].map(() => ({ re: 0, im: 0 })));
    expect(
      spectralAbscissa(
        fromRows([
          [{ re: -3, im: 9 }, 0],
          [0, { re: -0.5, im: -2 }],
        ]),
      ),
    ).toBeCloseTo(-0.5, 14);
  });

  it("survives entries at the ends of the number range", () => {
    const tiny = fromRows([
      [0, 0],
      [1.4e-286, 5e-324],
    ]);
    expect(
      mismatch(eigenvalues(tiny), [
        { re: 0, im: 0 },
        { re: 0, im: 0 },
      ]),
    ).toBeLessThan(1e-300);
    const nearlyDiagonal = fromRows([
      [1 / 3, 0, 5.24e-163],
      [0, 1 / 3, 0],
      [5.24e-163, 0, 1 / 3],
    ]);
    for (const value of eigenvalues(nearlyDiagonal)) expect(value.re).toBeCloseTo(1 / 3, 15);
    const mixed = fromRows([
      [0.25, 2e-323, 3.4e-15],
      [2e-323, 0.5, 0],
      [3.4e-15, 0, 0.125],
    ]);
    expect(spectralAbscissa(mixed)).toBeCloseTo(0.5, 14);
    const huge = fromRows([
      [0, 1e200],
      [1e200, 0],
    ]);
    expect(spectralAbscissa(huge) / 1e200).toBeCloseTo(1, 14);
  });

  it("refuses a matrix that is not finite instead of looping", () => {
    expect(() =>
      eigenvalues(
        fromRows([
          [Number.NaN, 1],
          [1, 0],
        ]),
      ),
    ).toThrow(/did not converge/);
  });
});
