import { zeros } from "#core/complex-matrix";
import { eigenvalues } from "#core/eigenvalues";

/** Σ_k weight_k·decay_k^d, 0 ≤ decay ≤ 1, in place of d^−α. */
export interface ExponentialSum {
  readonly weights: Float64Array;
  readonly decays: Float64Array;
  /** Largest relative error over 1 ≤ d ≤ length. */
  readonly error: number;
}

/**
 * Sum of exponentials for d^−α, 1 ≤ d ≤ length, to a relative accuracy.
 *
 * Trapezoidal rule for Γ(α) d^−α = ∫ exp(αx − d·eˣ) dx, whose error falls as exp(−π²/h) with the step (Beylkin &
 * Monzón, Appl. Comput. Harmon. Anal. 28, 131 (2010)); the many terms that hardly decay over the length are
 * replaced by a few of the Gauss rule of their own measure. About (3 + ln length)·ln(1/tolerance)/π² terms.
 *
 * @param alpha - ≥ 0; 0 is one constant term
 * @param tolerance - relative; from about 1e-13 on rounding decides
 * @returns the sum with its error, measured at every small d and at 1/1000 spacing of ln d beyond; it can exceed
 *   the tolerance where that is out of reach
 */
export function exponentialSum(alpha: number, length: number, tolerance: number): ExponentialSum {
  if (alpha === 0) return { weights: Float64Array.of(1), decays: Float64Array.of(1), error: 0 };
  const asymptotic = Math.PI ** 2 / Math.log(2 / tolerance);
  let step = 1.4 * asymptotic;
  let best = measured(alpha, length, termsOf(alpha, length, step, tolerance));
  let since = 0;
  // The larger α, the finer; where finer steps do not help any more, rounding decides.
  while (best.error > tolerance && step > 0.15 * asymptotic && (since < 5 || best.error > 1e-11)) {
    step *= 0.93;
    const sum = measured(alpha, length, termsOf(alpha, length, step, tolerance));
    since = sum.error < 0.9 * best.error ? 0 : since + 1;
    if (sum.error < best.error) best = sum;
  }
  return best;
}

interface Terms {
  readonly rates: number[];
  readonly weights: number[];
}

function termsOf(alpha: number, length: number, step: number, tolerance: number): Terms {
  const rates: number[] = [];
  const weights: number[] = [];
  // Where the integrand at d = 1 has fallen far below Γ(α).
  const total = alpha < 1 ? -Math.log(alpha) : alpha * Math.log(alpha) - alpha;
  let last = Math.log(Math.max(alpha, 1));
  while (alpha * last - Math.exp(last) > total + Math.log(tolerance / 100)) last += 0.05;
  const turn = -Math.log(length);
  const steps = Math.ceil((last - turn) / step);
  for (let k = 0; k <= steps; k++) {
    const x = turn + k * step;
    rates.push(Math.exp(x));
    // Relative to the weight at the turn, which keeps them finite for every α.
    weights.push(Math.exp(alpha * k * step));
  }
  const slow = slowTerms(alpha, length, step, tolerance);
  return { rates: [...slow.rates, ...rates], weights: [...slow.weights, ...weights] };
}

/** The terms below the rate 1/length: a geometric series of weights, condensed. */
function slowTerms(alpha: number, length: number, step: number, tolerance: number): Terms {
  // Below ε²/length a rate does not differ from zero.
  const count = Math.min(4000, Math.ceil(80 / step), Math.ceil(60 / (alpha * step)) + 8);
  const rates: number[] = [];
  const weights: number[] = [];
  for (let k = 1; k < count; k++) {
    rates.push(Math.exp(-k * step) / length);
    weights.push(Math.exp(-alpha * k * step));
  }
  rates.push(0);
  weights.push(Math.exp(-alpha * count * step) / -Math.expm1(-alpha * step));
  let order = 2;
  let bound = 1 / 24 / 128;
  while (bound > tolerance / 20 && order < 9) {
    order++;
    bound /= 16 * (2 * order - 1) * 2 * order;
  }
  return gaussRule(rates, weights, Math.min(order, rates.length));
}

/** Gauss rule of a discrete measure: Lanczos on its nodes, then the eigenvalues of the tridiagonal matrix. */
function gaussRule(nodes: readonly number[], weights: readonly number[], order: number): Terms {
  const mass = weights.reduce((sum, w) => sum + w, 0);
  const scale = nodes[0]!;
  const basis: Float64Array[] = [Float64Array.from(weights, (w) => Math.sqrt(w / mass))];
  const diagonal: number[] = [];
  const beside: number[] = [];
  for (let k = 0; k < order; k++) {
    const next = Float64Array.from(basis[k]!, (v, i) => (v * nodes[i]!) / scale);
    // Twice: orthogonal to rounding.
    let along = 0;
    for (let pass = 0; pass < 2; pass++) {
      basis.forEach((vector, b) => {
        const overlap = vector.reduce((sum, v, i) => sum + v * next[i]!, 0);
        if (b === k) along += overlap;
        for (let i = 0; i < next.length; i++) next[i]! -= overlap * vector[i]!;
      });
    }
    diagonal.push(along);
    const norm = Math.sqrt(next.reduce((sum, v) => sum + v * v, 0));
    beside.push(norm);
    basis.push(next.map((v) => v / norm));
  }
  const tridiagonal = zeros(order);
  for (let k = 0; k < order; k++) {
    tridiagonal.re[k * order + k] = diagonal[k]!;
    if (k + 1 < order) {
      tridiagonal.re[k * order + k + 1] = beside[k]!;
      tridiagonal.re[(k + 1) * order + k] = beside[k]!;
    }
  }
  const rates: number[] = [];
  const masses: number[] = [];
  for (const { re: node } of eigenvalues(tridiagonal)) {
    // Weight: 1/Σ p_k² of the orthonormal polynomials at the node.
    let before = 0;
    let polynomial = 1;
    let squares = 1;
    for (let k = 0; k + 1 < order; k++) {
      const after =
        ((node - diagonal[k]!) * polynomial - (k === 0 ? 0 : beside[k - 1]!) * before) / beside[k]!;
      before = polynomial;
      polynomial = after;
      squares += polynomial * polynomial;
    }
    rates.push(Math.max(0, node) * scale);
    masses.push(mass / squares);
  }
  return { rates, weights: masses };
}

/** Scales the terms so that the error is even on both sides, and measures it with the decays as rounded. */
function measured(alpha: number, length: number, terms: Terms): ExponentialSum {
  const decays = Float64Array.from(terms.rates, (rate) => Math.exp(-rate));
  const logarithms = Float64Array.from(decays, (decay) => Math.log(decay));
  const first = valueAt(terms.weights, logarithms, 1);
  const relative = terms.weights.map((w) => w / first);
  let low = Infinity;
  let high = -Infinity;
  for (let d = 1; d <= length; d = nextSample(d, length)) {
    const ratio = valueAt(relative, logarithms, d) * d ** alpha;
    low = Math.min(low, ratio);
    high = Math.max(high, ratio);
  }
  const scale = 2 / (low + high);
  return {
    weights: Float64Array.from(relative, (w) => scale * w),
    decays,
    error: ((high - low) / (high + low)) * (1 + 1e-5) + 4 * Number.EPSILON,
  };
}

function valueAt(weights: readonly number[], logarithms: Float64Array, d: number): number {
  let sum = 0;
  for (let k = 0; k < weights.length; k++) sum += weights[k]! * Math.exp(d * logarithms[k]!);
  return sum;
}

function nextSample(d: number, length: number): number {
  const next = Math.max(d + 1, Math.floor(d * 1.001));
  return d < length ? Math.min(next, length) : next;
}
