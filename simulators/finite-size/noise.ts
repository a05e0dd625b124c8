import { coordinateCount } from "#model/generator";
import type { Oscillator } from "#model/oscillator";
import { diffusionMatrices } from "./fluctuations.ts";

const n = coordinateCount;

/** Variances between −tolerance and tolerance, relative to the largest, are rounding. */
const tolerance = 1e-12;

/** A square root F of a covariance, FFᵀ = m, that can be told from an unphysical m. */
export interface CovarianceRoot {
  /** 8 × 8, row-major, overwritten by each call. */
  readonly root: Float64Array;
  /**
   * Factors the nearest positive semidefinite matrix (Frobenius norm): directions of negative variance get none.
   *
   * @param m - symmetric, row-major; its lower triangle is read
   * @returns whether a variance was negative beyond rounding
   */
  readonly factor: (m: Float64Array) => boolean;
}

/**
 * Square roots of 8 × 8 covariances: Cholesky where it goes through, else by eigenvalues (Jacobi rotations), for a
 * Cholesky factor with clipped pivots is far from the matrix that it clips.
 */
export function covarianceRoot(): CovarianceRoot {
  const root = new Float64Array(n * n);
  const a = new Float64Array(n * n);
  const v = new Float64Array(n * n);
  return {
    root,
    factor(m) {
      let scale = 0;
      for (let i = 0; i < n; i++) scale = Math.max(scale, Math.abs(m[i * n + i]!));
      if (cholesky(m, root, tolerance * scale)) return false;
      for (let r = 0; r < n; r++) {
        for (let c = 0; c <= r; c++) {
          a[r * n + c] = m[r * n + c]!;
          a[c * n + r] = m[r * n + c]!;
        }
      }
      diagonalise(a, v);
      let clipped = false;
      for (let c = 0; c < n; c++) {
        const variance = a[c * n + c]!;
        if (variance < -tolerance * scale) clipped = true;
        const width = Math.sqrt(Math.max(0, variance));
        for (let r = 0; r < n; r++) root[r * n + c] = width * v[r * n + c]!;
      }
      return clipped;
    },
  };
}

/** Lower factor of m into `out`; false where a pivot is not above `smallest`. */
function cholesky(m: Float64Array, out: Float64Array, smallest: number): boolean {
  for (let j = 0; j < n; j++) {
    let pivot = m[j * n + j]!;
    for (let k = 0; k < j; k++) {
      pivot -= out[j * n + k]! * out[j * n + k]!;
      out[k * n + j] = 0;
    }
    if (!(pivot > smallest)) return false;
    const width = Math.sqrt(pivot);
    out[j * n + j] = width;
    for (let i = j + 1; i < n; i++) {
      let sum = m[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= out[i * n + k]! * out[j * n + k]!;
      out[i * n + j] = sum / width;
    }
  }
  return true;
}

/** Cyclic Jacobi: a becomes diagonal, the columns of v its eigenvectors (Golub & Van Loan, §8.5). */
function diagonalise(a: Float64Array, v: Float64Array): void {
  v.fill(0);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  for (let sweep = 0; sweep < 20; sweep++) {
    let off = 0;
    let size = 0;
    for (let r = 0; r < n; r++) {
      size += a[r * n + r]! * a[r * n + r]!;
      for (let c = 0; c < r; c++) off += a[r * n + c]! * a[r * n + c]!;
    }
    if (off <= 1e-20 * size) return;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = a[p * n + q]!;
        if (apq * apq <= 1e-24 * size) continue;
        const ratio = (a[q * n + q]! - a[p * n + p]!) / (2 * apq);
        const t = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.sqrt(ratio * ratio + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < n; k++) {
          const x = a[k * n + p]!;
          const y = a[k * n + q]!;
          a[k * n + p] = c * x - s * y;
          a[k * n + q] = s * x + c * y;
        }
        for (let k = 0; k < n; k++) {
          const x = a[p * n + k]!;
          const y = a[q * n + k]!;
          a[p * n + k] = c * x - s * y;
          a[q * n + k] = s * x + c * y;
        }
        for (let k = 0; k < n; k++) {
          const x = v[k * n + p]!;
          const y = v[k * n + q]!;
          v[k * n + p] = c * x - s * y;
          v[k * n + q] = s * x + c * y;
        }
      }
    }
  }
}

/** Writes the lower triangle of 2D(x), for the coordinates at `offset`. */
export type DiffusionKernel = (y: Float64Array, offset: number, out: Float64Array) => void;

/** Straight-line code for 2D(x) of one oscillator, from its jump operators. */
export function diffusionKernel(site: Oscillator): DiffusionKernel {
  const { constant, linear } = diffusionMatrices(site);
  const lines: string[] = [];
  for (let r = 0; r < n; r++) {
    for (let c = 0; c <= r; c++) {
      const k = r * n + c;
      const terms = linear.flatMap((matrix, i) =>
        Math.abs(matrix[k]!) > 1e-15 ? [`${matrix[k]} * y[o + ${i}]`] : [],
      );
      if (Math.abs(constant[k]!) > 1e-15) terms.unshift(`${constant[k]}`);
      lines.push(`out[${k}] = ${terms.length === 0 ? "0" : terms.join(" + ")};`);
    }
  }
  return new Function("y", "o", "out", lines.join("\n")) as DiffusionKernel;
}
