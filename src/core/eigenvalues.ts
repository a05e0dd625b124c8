import type { Complex } from "./complex.ts";
import type { ComplexMatrix } from "./complex-matrix.ts";
import { EntrainError } from "./errors.ts";

/**
 * Eigenvalues of a general complex matrix: Householder reduction to Hessenberg form, then QR steps with
 * Wilkinson shifts and deflation (Golub & Van Loan, Matrix Computations, §7.4–7.5).
 *
 * @param matrix - n × n
 * @returns n eigenvalues in no particular order
 * @throws EntrainError `numerics.not_converged` after 60 steps on one eigenvalue
 * @accuracy a few n·ε·‖A‖ for well-conditioned eigenvalues (test/unit/core/eigenvalues.test.ts)
 */
export function eigenvalues(matrix: ComplexMatrix): Complex[] {
  const n = matrix.rows;
  let norm = 0;
  for (let i = 0; i < n * n; i++) norm = Math.max(norm, Math.abs(matrix.re[i]!) + Math.abs(matrix.im[i]!));
  if (norm === 0) return Array.from({ length: n }, () => ({ re: 0, im: 0 }));
  // Entries of order one, so that squares neither overflow nor vanish.
  const hr = Float64Array.from(matrix.re, (value) => value / norm);
  const hi = Float64Array.from(matrix.im, (value) => value / norm);
  reduceToHessenberg(hr, hi, n);
  const values: Complex[] = [];
  let high = n - 1;
  let steps = 0;
  while (high >= 0) {
    let low = high;
    while (low > 0) {
      const below = Math.abs(hr[low * n + low - 1]!) + Math.abs(hi[low * n + low - 1]!);
      const scale =
        Math.abs(hr[low * n + low]!) +
        Math.abs(hi[low * n + low]!) +
        Math.abs(hr[(low - 1) * n + low - 1]!) +
        Math.abs(hi[(low - 1) * n + low - 1]!);
      if (below <= Number.EPSILON * (scale === 0 ? 1 : scale)) {
        hr[low * n + low - 1] = 0;
        hi[low * n + low - 1] = 0;
        break;
      }
      low--;
    }
    if (low === high) {
      values.push({ re: norm * hr[high * n + high]!, im: norm * hi[high * n + high]! });
      high--;
      steps = 0;
      continue;
    }
    if (++steps > 60) {
      throw new EntrainError(
        "numerics.not_converged",
        { path: "", message: "QR iteration for eigenvalues did not converge" },
        { kind: "internal" },
      );
    }
    qrStep(hr, hi, n, low, high, steps % 10 === 0);
  }
  return values;
}

/** Largest real part of the spectrum: the growth rate of x' = Mx. */
export function spectralAbscissa(matrix: ComplexMatrix): number {
  return eigenvalues(matrix).reduce((largest, value) => Math.max(largest, value.re), -Infinity);
}

function reduceToHessenberg(hr: Float64Array, hi: Float64Array, n: number): void {
  const vr = new Float64Array(n);
  const vi = new Float64Array(n);
  const rowR = new Float64Array(n);
  const rowI = new Float64Array(n);
  for (let k = 0; k < n - 2; k++) {
    // Summed by itself: the difference of two sums would lose entries 10⁸ times smaller than the first.
    let tail = 0;
    for (let i = k + 2; i < n; i++) tail += hr[i * n + k]! ** 2 + hi[i * n + k]! ** 2;
    // Below 10⁻¹⁴⁰ of the largest entry: far below rounding, and the reflection would divide by denormals.
    if (tail < 1e-280) continue;
    const alpha = Math.sqrt(tail + hr[(k + 1) * n + k]! ** 2 + hi[(k + 1) * n + k]! ** 2);
    const xr = hr[(k + 1) * n + k]!;
    const xi = hi[(k + 1) * n + k]!;
    const xm = Math.hypot(xr, xi);
    for (let i = k + 1; i < n; i++) {
      vr[i] = hr[i * n + k]!;
      vi[i] = hi[i * n + k]!;
    }
    vr[k + 1] = xm === 0 ? alpha : (xr / xm) * (xm + alpha);
    vi[k + 1] = xm === 0 ? 0 : (xi / xm) * (xm + alpha);
    let length = 0;
    for (let i = k + 1; i < n; i++) length += vr[i]! ** 2 + vi[i]! ** 2;
    const beta = 2 / length;
    // Row by row, as they lie in memory.
    rowR.fill(0, k);
    rowI.fill(0, k);
    for (let i = k + 1; i < n; i++) {
      const [wr, wi, row] = [beta * vr[i]!, beta * vi[i]!, i * n];
      for (let c = k; c < n; c++) {
        rowR[c]! += wr * hr[row + c]! + wi * hi[row + c]!;
        rowI[c]! += wr * hi[row + c]! - wi * hr[row + c]!;
      }
    }
    for (let i = k + 1; i < n; i++) {
      const [wr, wi, row] = [vr[i]!, vi[i]!, i * n];
      for (let c = k; c < n; c++) {
        hr[row + c]! -= wr * rowR[c]! - wi * rowI[c]!;
        hi[row + c]! -= wr * rowI[c]! + wi * rowR[c]!;
      }
    }
    for (let r = 0; r < n; r++) {
      let sr = 0;
      let si = 0;
      for (let i = k + 1; i < n; i++) {
        sr += hr[r * n + i]! * vr[i]! - hi[r * n + i]! * vi[i]!;
        si += hr[r * n + i]! * vi[i]! + hi[r * n + i]! * vr[i]!;
      }
      sr *= beta;
      si *= beta;
      for (let i = k + 1; i < n; i++) {
        hr[r * n + i]! -= sr * vr[i]! + si * vi[i]!;
        hi[r * n + i]! -= si * vr[i]! - sr * vi[i]!;
      }
    }
  }
}

function qrStep(
  hr: Float64Array,
  hi: Float64Array,
  n: number,
  low: number,
  high: number,
  exceptional: boolean,
) {
  const [shiftR, shiftI] = exceptional
    ? [Math.abs(hr[high * n + high - 1]!) + Math.abs(hr[high * n + high]!), 0]
    : wilkinsonShift(hr, hi, n, high);
  for (let i = low; i <= high; i++) {
    hr[i * n + i]! -= shiftR;
    hi[i * n + i]! -= shiftI;
  }
  const cos = new Float64Array(high - low);
  const sinR = new Float64Array(high - low);
  const sinI = new Float64Array(high - low);
  for (let k = low; k < high; k++) {
    // Rotation [c, s; −s*, c] that zeroes entry (k+1, k).
    const ar = hr[k * n + k]!;
    const ai = hi[k * n + k]!;
    const br = hr[(k + 1) * n + k]!;
    const bi = hi[(k + 1) * n + k]!;
    const am = Math.hypot(ar, ai);
    const r = Math.hypot(am, br, bi);
    let c = 1;
    let sr = 0;
    let si = 0;
    if (am === 0) {
      c = 0;
      sr = 1;
    } else if (r > 0) {
      c = am / r;
      // s = (a/|a|)·b*/r
      sr = (ar / am) * (br / r) + (ai / am) * (bi / r);
      si = (ai / am) * (br / r) - (ar / am) * (bi / r);
    }
    cos[k - low] = c;
    sinR[k - low] = sr;
    sinI[k - low] = si;
    for (let j = k; j <= high; j++) {
      const xr = hr[k * n + j]!;
      const xi = hi[k * n + j]!;
      const yr = hr[(k + 1) * n + j]!;
      const yi = hi[(k + 1) * n + j]!;
      hr[k * n + j] = c * xr + sr * yr - si * yi;
      hi[k * n + j] = c * xi + sr * yi + si * yr;
      hr[(k + 1) * n + j] = c * yr - sr * xr - si * xi;
      hi[(k + 1) * n + j] = c * yi - sr * xi + si * xr;
    }
  }
  for (let k = low; k < high; k++) {
    const c = cos[k - low]!;
    const sr = sinR[k - low]!;
    const si = sinI[k - low]!;
    for (let i = low; i <= Math.min(k + 1, high); i++) {
      const xr = hr[i * n + k]!;
      const xi = hi[i * n + k]!;
      const yr = hr[i * n + k + 1]!;
      const yi = hi[i * n + k + 1]!;
      hr[i * n + k] = c * xr + sr * yr + si * yi;
      hi[i * n + k] = c * xi + sr * yi - si * yr;
      hr[i * n + k + 1] = c * yr - (sr * xr - si * xi);
      hi[i * n + k + 1] = c * yi - (sr * xi + si * xr);
    }
  }
  for (let i = low; i <= high; i++) {
    hr[i * n + i]! += shiftR;
    hi[i * n + i]! += shiftI;
  }
}

/** Eigenvalue of the trailing 2 × 2 block closest to its last diagonal entry. */
function wilkinsonShift(hr: Float64Array, hi: Float64Array, n: number, high: number): [number, number] {
  const p = (high - 1) * n + high - 1;
  const q = (high - 1) * n + high;
  const r = high * n + high - 1;
  const s = high * n + high;
  const dr = (hr[p]! - hr[s]!) / 2;
  const di = (hi[p]! - hi[s]!) / 2;
  const br = hr[q]! * hr[r]! - hi[q]! * hi[r]!;
  const bi = hr[q]! * hi[r]! + hi[q]! * hr[r]!;
  // root of d² + bc with the sign that makes |d + root| large
  const zr = dr * dr - di * di + br;
  const zi = 2 * dr * di + bi;
  const m = Math.hypot(zr, zi);
  let rootR = Math.sqrt(Math.max(0, (m + zr) / 2));
  let rootI = Math.sqrt(Math.max(0, (m - zr) / 2)) * (zi < 0 ? -1 : 1);
  if (dr * rootR + di * rootI < 0) {
    rootR = -rootR;
    rootI = -rootI;
  }
  const er = dr + rootR;
  const ei = di + rootI;
  const size = er * er + ei * ei;
  if (size === 0) return [hr[s]!, hi[s]!];
  return [hr[s]! - (br * er + bi * ei) / size, hi[s]! - (bi * er - br * ei) / size];
}
