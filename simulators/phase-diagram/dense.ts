/**
 * Solves a·x = b in place by elimination with partial pivoting; small matrices, no allocation.
 *
 * @param a - n × n row-major; overwritten with its factors
 * @param b - right-hand side in, solution out
 * @param pivots - n places for the row exchanges, so that `solveFactored` can go on with them
 * @returns false when a pivot vanishes
 */
export function factor(a: Float64Array, n: number, pivots: Int32Array): boolean {
  for (let k = 0; k < n; k++) {
    let pivot = k;
    let largest = Math.abs(a[k * n + k]!);
    for (let i = k + 1; i < n; i++) {
      const size = Math.abs(a[i * n + k]!);
      if (size > largest) {
        largest = size;
        pivot = i;
      }
    }
    pivots[k] = pivot;
    if (!(largest > 1e-300)) return false;
    if (pivot !== k) {
      for (let j = 0; j < n; j++) {
        const kept = a[k * n + j]!;
        a[k * n + j] = a[pivot * n + j]!;
        a[pivot * n + j] = kept;
      }
    }
    const inverse = 1 / a[k * n + k]!;
    for (let i = k + 1; i < n; i++) {
      const ratio = a[i * n + k]! * inverse;
      a[i * n + k] = ratio;
      if (ratio === 0) continue;
      for (let j = k + 1; j < n; j++) a[i * n + j]! -= ratio * a[k * n + j]!;
    }
  }
  return true;
}

/** Solves with the factors and pivots of `factor`; `b` becomes the solution. */
export function solveFactored(a: Float64Array, n: number, pivots: Int32Array, b: Float64Array): void {
  for (let k = 0; k < n; k++) {
    const pivot = pivots[k]!;
    const kept = b[pivot]!;
    b[pivot] = b[k]!;
    b[k] = kept;
  }
  for (let i = 1; i < n; i++) {
    let sum = b[i]!;
    for (let j = 0; j < i; j++) sum -= a[i * n + j]! * b[j]!;
    b[i] = sum;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i]!;
    for (let j = i + 1; j < n; j++) sum -= a[i * n + j]! * b[j]!;
    b[i] = sum / a[i * n + i]!;
  }
}
