import type { ComplexMatrix } from "#core/complex-matrix";
import { EntrainError } from "#core/errors";

/**
 * Solves AX = B by Gaussian elimination with partial pivoting.
 *
 * @param a - n × n
 * @param b - n × m
 * @throws EntrainError `numerics.singular` when a pivot vanishes
 */
export function solveComplex(a: ComplexMatrix, b: ComplexMatrix): ComplexMatrix {
  const n = a.rows;
  const m = b.columns;
  const ar = Float64Array.from(a.re);
  const ai = Float64Array.from(a.im);
  const xr = Float64Array.from(b.re);
  const xi = Float64Array.from(b.im);
  for (let k = 0; k < n; k++) {
    let pivot = k;
    let best = -1;
    for (let r = k; r < n; r++) {
      const size = Math.hypot(ar[r * n + k]!, ai[r * n + k]!);
      if (size > best) {
        best = size;
        pivot = r;
      }
    }
    if (!(best > 0)) {
      throw new EntrainError(
        "numerics.singular",
        { path: "", message: "linear system is singular" },
        { kind: "internal" },
      );
    }
    if (pivot !== k) {
      for (let c = 0; c < n; c++) {
        swap(ar, k * n + c, pivot * n + c);
        swap(ai, k * n + c, pivot * n + c);
      }
      for (let c = 0; c < m; c++) {
        swap(xr, k * m + c, pivot * m + c);
        swap(xi, k * m + c, pivot * m + c);
      }
    }
    const pr = ar[k * n + k]!;
    const pi = ai[k * n + k]!;
    const size = pr * pr + pi * pi;
    for (let r = 0; r < n; r++) {
      if (r === k) continue;
      const er = ar[r * n + k]!;
      const ei = ai[r * n + k]!;
      if (er === 0 && ei === 0) continue;
      const fr = (er * pr + ei * pi) / size;
      const fi = (ei * pr - er * pi) / size;
      subtractRow(ar, ai, n, r, k, fr, fi, k);
      subtractRow(xr, xi, m, r, k, fr, fi, 0);
    }
  }
  for (let r = 0; r < n; r++) {
    const dr = ar[r * n + r]!;
    const di = ai[r * n + r]!;
    const size = dr * dr + di * di;
    for (let c = 0; c < m; c++) {
      const re = xr[r * m + c]!;
      const im = xi[r * m + c]!;
      xr[r * m + c] = (re * dr + im * di) / size;
      xi[r * m + c] = (im * dr - re * di) / size;
    }
  }
  return { rows: n, columns: m, re: xr, im: xi };
}

function swap(list: Float64Array, i: number, j: number): void {
  const kept = list[i]!;
  list[i] = list[j]!;
  list[j] = kept;
}

/** Row r minus factor times row k, from column `from` on. */
function subtractRow(
  re: Float64Array,
  im: Float64Array,
  columns: number,
  r: number,
  k: number,
  fr: number,
  fi: number,
  from: number,
): void {
  for (let c = from; c < columns; c++) {
    const kr = re[k * columns + c]!;
    const ki = im[k * columns + c]!;
    re[r * columns + c]! -= fr * kr - fi * ki;
    im[r * columns + c]! -= fr * ki + fi * kr;
  }
}
