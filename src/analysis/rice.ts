import jstat from "jstat";

/**
 * The modulus r of a complex number R e^{iφ} measured with the same normal error in both directions, here of unit
 * size: p(r | R) = r exp(−(r² + R²)/2) I₀(rR).
 */

/** I₀(x)e^{−x} for x ≥ 0; error below 2·10⁻⁷ (Abramowitz & Stegun 9.8.1, 9.8.2). */
function scaledI0(x: number): number {
  if (x < 3.75) {
    const t = (x / 3.75) ** 2;
    const sum =
      1 +
      t * (3.5156229 + t * (3.0899424 + t * (1.2067492 + t * (0.2659732 + t * (0.0360768 + t * 0.0045813)))));
    return sum * Math.exp(-x);
  }
  const t = 3.75 / x;
  const low = 0.39894228 + t * (0.01328592 + t * (0.00225319 + t * (-0.00157565 + t * 0.00916281)));
  const high = -0.02057706 + t * (0.02635537 + t * (-0.01647633 + t * 0.00392377));
  return (low + t ** 5 * high) / Math.sqrt(x);
}

/** I₁(x)e^{−x} for x ≥ 0; error below 2·10⁻⁷ (Abramowitz & Stegun 9.8.3, 9.8.4). */
function scaledI1(x: number): number {
  if (x < 3.75) {
    const t = (x / 3.75) ** 2;
    const sum =
      0.5 +
      t *
        (0.87890594 +
          t * (0.51498869 + t * (0.15084934 + t * (0.02658733 + t * (0.00301532 + t * 0.00032411)))));
    return x * sum * Math.exp(-x);
  }
  const t = 3.75 / x;
  const low = 0.39894228 + t * (-0.03988024 + t * (-0.00362018 + t * (0.00163801 + t * -0.01031555)));
  const high = 0.02282967 + t * (-0.02895312 + t * (0.01787654 + t * -0.00420059));
  return (low + t ** 5 * high) / Math.sqrt(x);
}

/** ln p(r | R) but for what does not depend on R. */
export function riceLogLikelihood(r: number, R: number): number {
  return Math.log(scaledI0(r * R)) + r * R - R ** 2 / 2;
}

/** Its derivative by R: r·I₁(rR)/I₀(rR) − R. */
export function riceScore(r: number, R: number): number {
  return (r * scaledI1(r * R)) / scaledI0(r * R) - R;
}

function root(decreasing: (x: number) => number, low: number, high: number): number {
  let [a, b] = [low, high];
  for (let k = 0; k < 50; k++) {
    const middle = (a + b) / 2;
    if (decreasing(middle) > 0) a = middle;
    else b = middle;
  }
  return (a + b) / 2;
}

/** The R under which r is most likely: 0 up to r = √2. */
export function riceEstimate(r: number): number {
  return r <= Math.SQRT2 ? 0 : root((R) => riceScore(r, R), 1e-6, r);
}

/** The r whose most likely R is the given one: what stands for a modulus without noise. */
export function riceExpectation(R: number): number {
  if (R < 1e-6) return Math.SQRT2;
  return root((r) => -riceScore(r, R), R, R + 2);
}

/** Above this the modulus is normal about √(R² + 1) to a per cent of its error. */
const nearlyNormal = 8;
const width = 6;
const stepR = 0.05;
const cell = 0.01;
const samples = Math.ceil((nearlyNormal + 1 + width) / cell);

let best: Float64Array | undefined;

/** Largest log-likelihood for every r of the table. */
function bestLikelihoods(): Float64Array {
  best ??= Float64Array.from({ length: samples }, (_, k) => {
    const r = (k + 0.5) * cell;
    return riceLogLikelihood(r, riceEstimate(r));
  });
  return best;
}

/** For one R: ln of p(r | R) over the largest p(r | ·), and P(below r), at (k + ½) steps of r. */
interface Row {
  readonly ratio: Float64Array;
  readonly below: Float64Array;
  readonly peak: number;
}

const rows = new Map<number, Row>();

function rowAt(index: number): Row {
  const known = rows.get(index);
  if (known) return known;
  const R = index * stepR;
  const most = bestLikelihoods();
  const ratio = new Float64Array(samples);
  const below = new Float64Array(samples);
  let mass = 0;
  let peak = 0;
  for (let k = 0; k < samples; k++) {
    const r = (k + 0.5) * cell;
    const log = riceLogLikelihood(r, R);
    const here = r * Math.exp(log - r ** 2 / 2) * cell;
    ratio[k] = log - most[k]!;
    below[k] = mass + here / 2;
    mass += here;
    if (ratio[k]! > ratio[peak]!) peak = k;
  }
  for (let k = 0; k < samples; k++) below[k]! /= mass;
  const row = { ratio, below, peak };
  rows.set(index, row);
  return row;
}

/** P(below r) where the ratio has fallen to `level` on one side of its peak; 0 or 1 where it never does. */
function crossing({ ratio, below, peak }: Row, level: number, side: -1 | 1): number {
  let [near, far] = [peak, side < 0 ? 0 : samples - 1];
  if (ratio[far]! >= level) return side < 0 ? 0 : 1;
  while (Math.abs(far - near) > 1) {
    const middle = (near + far) >> 1;
    if (ratio[middle]! >= level) near = middle;
    else far = middle;
  }
  const share = (ratio[near]! - level) / Math.max(ratio[near]! - ratio[far]!, 1e-300);
  return below[near]! + Math.min(1, Math.max(0, share)) * (below[far]! - below[near]!);
}

function pullInRow(row: Row, r: number): number {
  const at = Math.min(samples - 1.001, Math.max(0, r / cell - 0.5));
  const k = Math.floor(at);
  const level = row.ratio[k]! + (at - k) * (row.ratio[k + 1]! - row.ratio[k]!);
  // No R explains it better.
  if (level > -1e-6) return 0;
  const side = k < row.peak ? -1 : 1;
  const outside = 1 - crossing(row, level, 1) + crossing(row, level, -1);
  return -side * jstat.normal.inv(Math.min(0.5, Math.max(outside / 2, 1e-15)), 0, 1);
}

/**
 * How far a modulus r lies from what R predicts, as a signed normal deviate: the probability under R of an r whose
 * likelihood ratio p(r | R)/max p(r | ·) is as small is that of a normal number as far out. It is exactly 1σ with
 * 68 %, and no r excludes every R: one that is smaller than noise allows still agrees with R = 0.
 *
 * Tabulated up to R = 8 (error below 0.01), normal about √(R² + 1) beyond.
 *
 * @source Feldman & Cousins, Phys. Rev. D 57, 3873 (1998), for the ordering; Rice's distribution
 */
export function ricePull(r: number, R: number): number {
  if (R >= nearlyNormal || r >= nearlyNormal + width) return Math.sqrt(Math.max(0, r ** 2 - 1)) - R;
  const at = R / stepR;
  const index = Math.floor(at);
  const [low, high] = [pullInRow(rowAt(index), r), pullInRow(rowAt(index + 1), r)];
  return low + (at - index) * (high - low);
}

/** P(modulus below r | R), of the same accuracy; normal beyond R = 8. */
export function riceBelow(r: number, R: number): number {
  if (R >= nearlyNormal || r >= nearlyNormal + width) {
    return jstat.normal.cdf(Math.sqrt(Math.max(0, r ** 2 - 1)) - R, 0, 1);
  }
  const at = R / stepR;
  const index = Math.floor(at);
  const place = Math.min(samples - 1.001, Math.max(0, r / cell - 0.5));
  const k = Math.floor(place);
  const inRow = ({ below }: Row) => below[k]! + (place - k) * (below[k + 1]! - below[k]!);
  const low = inRow(rowAt(index));
  return low + (at - index) * (inRow(rowAt(index + 1)) - low);
}
