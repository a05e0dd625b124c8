import { EntrainError } from "#core/errors";

/** A constant linear generator on interleaved complex vectors. */
export interface LinearGenerator {
  /** Length of the vectors, twice the dimension. */
  readonly length: number;
  /** Subtracted from the spectrum before the series: about half the fastest decay. */
  readonly shift: number;
  /** out = factor · (generator + shift)·x. */
  readonly apply: (x: Float64Array, out: Float64Array, factor: number) => void;
  /** Norm of a vector. */
  readonly norm: (x: Float64Array) => number;
}

/** A linear functional Σ weight·x[index], complex elements by position. */
export interface Functional {
  readonly index: Int32Array;
  readonly weight: Float64Array;
}

/**
 * One step of the propagation: every functional as a polynomial in the fraction θ of the step, times a decay.
 */
export interface TaylorStep {
  readonly start: number;
  readonly duration: number;
  /** Value of functional `f` at time start + θ·duration, as [re, im]. */
  readonly value: (f: number, theta: number) => [number, number];
}

/** Terms aimed at: more make steps longer, but terms larger against their sum. */
const targetDegree = 64;
const largestDegree = 110;
/** Largest term against the state: what the series may lose to cancellation. */
const largestGrowth = 1e3;

/**
 * Propagates x' = Gx by the Taylor series of exp(Gh) around the middle of its spectrum.
 *
 * The series gives dense output for nothing: the functionals of its terms are the coefficients of their polynomials.
 *
 * @param x - state at t = 0 on entry, at `end` on return
 * @param tolerance - of the norm, relative, per step
 * @param onStep - called for each accepted step; the functionals are valid during the call and after
 * @returns number of applications of the generator
 * @throws EntrainError `numerics.step_limit`
 */
export function propagate(
  generator: LinearGenerator,
  x: Float64Array,
  end: number,
  functionals: readonly Functional[],
  tolerance: number,
  firstStep: number,
  onStep: (step: TaylorStep) => void,
): number {
  const { length, shift, apply, norm } = generator;
  let term = new Float64Array(length);
  let next = new Float64Array(length);
  const sum = new Float64Array(length);
  let applications = 0;
  let t = 0;
  let h = Math.min(firstStep, end);
  while (t < end) {
    h = Math.min(h, end - t);
    // Two equal steps rather than a long one and a sliver.
    if (t + h < end && t + 2 * h > end) h = (end - t) / 2;
    if (!(h > 1e-12 * end)) {
      throw new EntrainError(
        "numerics.step_limit",
        { path: "times", message: `the series does not converge at t = ${t}` },
        { kind: "internal" },
      );
    }
    const size = norm(x);
    term.set(x);
    sum.set(x);
    const coefficients = [functionals.map((f) => evaluate(f, term))];
    let degree = 0;
    let small = 0;
    let largest = size;
    while (small < 2 && degree < largestDegree) {
      degree++;
      apply(term, next, h / degree);
      applications++;
      [term, next] = [next, term];
      for (let i = 0; i < length; i++) sum[i]! += term[i]!;
      coefficients.push(functionals.map((f) => evaluate(f, term)));
      const termSize = norm(term);
      largest = Math.max(largest, termSize);
      small = termSize <= tolerance * size ? small + 1 : 0;
    }
    const growth = largest === 0 ? 0 : Math.log((largest / size) * Math.exp(-shift * h));
    if (small < 2 || growth > 2 * Math.log(largestGrowth)) {
      h /= 2;
      continue;
    }
    const decay = Math.exp(-shift * h);
    for (let i = 0; i < length; i++) x[i] = decay * sum[i]!;
    onStep(stepOf(t, h, shift, coefficients));
    t = end - (t + h) < 1e-12 * end ? end : t + h;
    const room = growth > 0 ? Math.log(largestGrowth) / growth : 2;
    h *= Math.min(2, Math.max(0.5, Math.min(targetDegree / degree, room)));
  }
  return applications;
}

function evaluate({ index, weight }: Functional, x: Float64Array): [number, number] {
  let re = 0;
  let im = 0;
  for (let k = 0; k < index.length; k++) {
    const i = 2 * index[k]!;
    re += weight[k]! * x[i]!;
    im += weight[k]! * x[i + 1]!;
  }
  return [re, im];
}

function stepOf(
  start: number,
  duration: number,
  shift: number,
  coefficients: readonly (readonly [number, number])[][],
): TaylorStep {
  return {
    start,
    duration,
    value(f, theta) {
      let re = 0;
      let im = 0;
      for (let k = coefficients.length - 1; k >= 0; k--) {
        const [cr, ci] = coefficients[k]![f]!;
        re = re * theta + cr;
        im = im * theta + ci;
      }
      const decay = Math.exp(-shift * duration * theta);
      return [decay * re, decay * im];
    },
  };
}
