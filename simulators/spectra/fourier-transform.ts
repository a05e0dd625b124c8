import { fullTurn } from "#core/units";

/** Complex numbers as two arrays of one length. */
export interface ComplexSeries {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** A transform of one length, its tables worked out once. */
export type FourierTransform = (series: ComplexSeries) => ComplexSeries;

/**
 * Discrete Fourier transform X_k = Σ_n x_n e^{−2πikn/N} of any length: radix 2 for powers of two, otherwise
 * Bluestein's chirp convolution (IEEE Trans. Audio Electroacoust. 18, 451 (1970)).
 *
 * @param length - N ≥ 1
 * @accuracy a few ε·log₂N·‖x‖ (test/unit/simulators/spectra.test.ts)
 */
export function fourierTransform(length: number): FourierTransform {
  return (length & (length - 1)) === 0 ? powerOfTwoTransform(length) : chirpTransform(length);
}

function powerOfTwoTransform(length: number): FourierTransform {
  const table = twiddles(length);
  return ({ re, im }) => {
    const result = { re: Float64Array.from(re), im: Float64Array.from(im) };
    transformInPlace(result.re, result.im, table);
    return result;
  };
}

/** e^{−2πik/N} for k < N/2. */
function twiddles(length: number): ComplexSeries {
  const half = length >> 1;
  const re = new Float64Array(half);
  const im = new Float64Array(half);
  for (let k = 0; k < half; k++) {
    re[k] = Math.cos((fullTurn * k) / length);
    im[k] = -Math.sin((fullTurn * k) / length);
  }
  return { re, im };
}

function transformInPlace(re: Float64Array, im: Float64Array, table: ComplexSeries): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      const keptRe = re[i]!;
      const keptIm = im[i]!;
      re[i] = re[j]!;
      im[i] = im[j]!;
      re[j] = keptRe;
      im[j] = keptIm;
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const half = size >> 1;
    const stride = n / size;
    for (let start = 0; start < n; start += size) {
      for (let k = 0; k < half; k++) {
        const wr = table.re[k * stride]!;
        const wi = table.im[k * stride]!;
        const lower = start + k;
        const upper = lower + half;
        const xr = re[upper]! * wr - im[upper]! * wi;
        const xi = re[upper]! * wi + im[upper]! * wr;
        re[upper] = re[lower]! - xr;
        im[upper] = im[lower]! - xi;
        re[lower]! += xr;
        im[lower]! += xi;
      }
    }
  }
}

function chirpTransform(length: number): FourierTransform {
  let size = 1;
  while (size < 2 * length - 1) size *= 2;
  const table = twiddles(size);
  const chirpRe = new Float64Array(length);
  const chirpIm = new Float64Array(length);
  for (let n = 0; n < length; n++) {
    // n² mod 2N keeps the angle small: e^{−iπn²/N} has that period.
    const angle = (fullTurn * ((n * n) % (2 * length))) / (2 * length);
    chirpRe[n] = Math.cos(angle);
    chirpIm[n] = -Math.sin(angle);
  }
  const kernelRe = new Float64Array(size);
  const kernelIm = new Float64Array(size);
  for (let n = 0; n < length; n++) {
    for (const place of n === 0 ? [0] : [n, size - n]) {
      kernelRe[place] = chirpRe[n]!;
      kernelIm[place] = -chirpIm[n]!;
    }
  }
  transformInPlace(kernelRe, kernelIm, table);
  return ({ re, im }) => {
    const a = new Float64Array(size);
    const b = new Float64Array(size);
    for (let n = 0; n < length; n++) {
      a[n] = re[n]! * chirpRe[n]! - im[n]! * chirpIm[n]!;
      b[n] = re[n]! * chirpIm[n]! + im[n]! * chirpRe[n]!;
    }
    transformInPlace(a, b, table);
    for (let k = 0; k < size; k++) {
      const productRe = a[k]! * kernelRe[k]! - b[k]! * kernelIm[k]!;
      const productIm = a[k]! * kernelIm[k]! + b[k]! * kernelRe[k]!;
      a[k] = productRe;
      // The inverse transform is the conjugate of the transform of the conjugate.
      b[k] = -productIm;
    }
    transformInPlace(a, b, table);
    const result = { re: new Float64Array(length), im: new Float64Array(length) };
    for (let k = 0; k < length; k++) {
      const convolutionRe = a[k]! / size;
      const convolutionIm = -b[k]! / size;
      result.re[k] = convolutionRe * chirpRe[k]! - convolutionIm * chirpIm[k]!;
      result.im[k] = convolutionRe * chirpIm[k]! + convolutionIm * chirpRe[k]!;
    }
    return result;
  };
}
