import { EntrainError } from "./errors.ts";

/**
 * Eigenvalues of a small general real matrix, the fast way: elimination to Hessenberg form with pivoting, then
 * implicit double-shift QR with deflation (Francis, Comput. J. 4, 265 (1961); Golub & Van Loan, §7.5).
 *
 * @param a - n × n row-major; overwritten
 * @param re - n real parts out, in no particular order
 * @param im - n imaginary parts out
 * @throws EntrainError `numerics.not_converged` after 60 steps on one eigenvalue
 * @accuracy a few n·ε·‖A‖ for well-conditioned eigenvalues (test/unit/core/real-eigenvalues.test.ts)
 */
export function realEigenvalues(a: Float64Array, n: number, re: Float64Array, im: Float64Array): void {
  eliminateToHessenberg(a, n);
  let norm = 0;
  for (let i = 0; i < n; i++) {
    for (let j = Math.max(0, i - 1); j < n; j++) norm += Math.abs(a[i * n + j]!);
  }
  let high = n - 1;
  let shift = 0;
  let steps = 0;
  while (high >= 0) {
    const low = splitRow(a, n, high, norm);
    if (low === high) {
      re[high] = a[high * n + high]! + shift;
      im[high] = 0;
      high -= 1;
      steps = 0;
      continue;
    }
    if (low === high - 1) {
      pairAt(a, n, high, shift, re, im);
      high -= 2;
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
    if (steps % 10 === 0) shift += exceptionalShift(a, n, high);
    francisStep(a, n, low, high, steps % 10 === 0);
  }
}

/** Similarity by elementary row operations; what is below the first subdiagonal is zero afterwards. */
function eliminateToHessenberg(a: Float64Array, n: number): void {
  for (let k = 1; k < n - 1; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) {
      if (Math.abs(a[i * n + k - 1]!) > Math.abs(a[pivot * n + k - 1]!)) pivot = i;
    }
    const value = a[pivot * n + k - 1]!;
    if (value === 0) continue;
    if (pivot !== k) {
      for (let j = k - 1; j < n; j++) swap(a, pivot * n + j, k * n + j);
      for (let i = 0; i < n; i++) swap(a, i * n + pivot, i * n + k);
    }
    for (let i = k + 1; i < n; i++) {
      const factor = a[i * n + k - 1]! / value;
      if (factor === 0) continue;
      a[i * n + k - 1] = 0;
      for (let j = k; j < n; j++) a[i * n + j]! -= factor * a[k * n + j]!;
      for (let j = 0; j < n; j++) a[j * n + k]! += factor * a[j * n + i]!;
    }
  }
}

function swap(a: Float64Array, i: number, j: number): void {
  const kept = a[i]!;
  a[i] = a[j]!;
  a[j] = kept;
}

/** First row of the block that ends at `high`, its subdiagonal entry set to zero. */
function splitRow(a: Float64Array, n: number, high: number, norm: number): number {
  for (let low = high; low > 0; low--) {
    const around = Math.abs(a[(low - 1) * n + low - 1]!) + Math.abs(a[low * n + low]!);
    if (Math.abs(a[low * n + low - 1]!) <= Number.EPSILON * (around === 0 ? norm : around)) {
      a[low * n + low - 1] = 0;
      return low;
    }
  }
  return 0;
}

/** Eigenvalues of the trailing 2 × 2 block. */
function pairAt(a: Float64Array, n: number, high: number, shift: number, re: Float64Array, im: Float64Array) {
  const x = a[high * n + high]!;
  const y = a[(high - 1) * n + high - 1]!;
  const w = a[high * n + high - 1]! * a[(high - 1) * n + high]!;
  const half = (y - x) / 2;
  const discriminant = half * half + w;
  const root = Math.sqrt(Math.abs(discriminant));
  if (discriminant >= 0) {
    const z = half + (half >= 0 ? root : -root);
    re[high - 1] = x + z + shift;
    re[high] = z === 0 ? x + shift : x - w / z + shift;
    im[high - 1] = 0;
    im[high] = 0;
  } else {
    re[high - 1] = x + half + shift;
    re[high] = x + half + shift;
    im[high - 1] = root;
    im[high] = -root;
  }
}

function exceptionalShift(a: Float64Array, n: number, high: number): number {
  const x = a[high * n + high]!;
  for (let i = 0; i <= high; i++) a[i * n + i]! -= x;
  return x;
}

/** One implicit double-shift step on rows low … high. */
function francisStep(a: Float64Array, n: number, low: number, high: number, exceptional: boolean): void {
  let x = a[high * n + high]!;
  let y = a[(high - 1) * n + high - 1]!;
  let w = a[high * n + high - 1]! * a[(high - 1) * n + high]!;
  if (exceptional) {
    const size = Math.abs(a[high * n + high - 1]!) + Math.abs(a[(high - 1) * n + high - 2]!);
    x = 0.75 * size;
    y = x;
    w = -0.4375 * size * size;
  }
  // The step starts as far down as two small subdiagonal entries allow.
  let first = high - 2;
  let p = 0;
  let q = 0;
  let r = 0;
  for (; first >= low; first--) {
    const z = a[first * n + first]!;
    const rr = x - z;
    const ss = y - z;
    const below = a[(first + 1) * n + first]!;
    p = (rr * ss - w) / below + a[first * n + first + 1]!;
    q = a[(first + 1) * n + first + 1]! - z - rr - ss;
    r = a[(first + 2) * n + first + 1]!;
    const scale = Math.abs(p) + Math.abs(q) + Math.abs(r);
    p /= scale;
    q /= scale;
    r /= scale;
    if (first === low) break;
    const left = Math.abs(a[first * n + first - 1]!) * (Math.abs(q) + Math.abs(r));
    const around =
      Math.abs(p) *
      (Math.abs(a[(first - 1) * n + first - 1]!) + Math.abs(z) + Math.abs(a[(first + 1) * n + first + 1]!));
    if (left <= Number.EPSILON * around) break;
  }
  for (let i = first + 2; i <= high; i++) {
    a[i * n + i - 2] = 0;
    if (i > first + 2) a[i * n + i - 3] = 0;
  }
  for (let k = first; k < high; k++) {
    const last = k === high - 1;
    let scale = 1;
    if (k !== first) {
      p = a[k * n + k - 1]!;
      q = a[(k + 1) * n + k - 1]!;
      r = last ? 0 : a[(k + 2) * n + k - 1]!;
      scale = Math.abs(p) + Math.abs(q) + Math.abs(r);
      if (scale === 0) continue;
      p /= scale;
      q /= scale;
      r /= scale;
    }
    const length = Math.sqrt(p * p + q * q + r * r);
    const s = p < 0 ? -length : length;
    if (k === first) {
      if (low !== first) a[k * n + k - 1] = -a[k * n + k - 1]!;
    } else a[k * n + k - 1] = -s * scale;
    p += s;
    const hx = p / s;
    const hy = q / s;
    const hz = r / s;
    q /= p;
    r /= p;
    for (let j = k; j <= high; j++) {
      let t = a[k * n + j]! + q * a[(k + 1) * n + j]!;
      if (!last) {
        t += r * a[(k + 2) * n + j]!;
        a[(k + 2) * n + j]! -= t * hz;
      }
      a[(k + 1) * n + j]! -= t * hy;
      a[k * n + j]! -= t * hx;
    }
    const end = Math.min(high, k + 3);
    for (let i = low; i <= end; i++) {
      let t = hx * a[i * n + k]! + hy * a[i * n + k + 1]!;
      if (!last) {
        t += hz * a[i * n + k + 2]!;
        a[i * n + k + 2]! -= t * r;
      }
      a[i * n + k + 1]! -= t * q;
      a[i * n + k]! -= t;
    }
  }
}
