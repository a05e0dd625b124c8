/**
 * Constants of the step control, as binary logarithms of squared errors and of growth factors:
 * log growth = safety + present·log error + past·log lastError, within [lowest, highest].
 */
export interface StepControl {
  readonly safety: number;
  readonly present: number;
  readonly past: number;
  readonly lowest: number;
  readonly highest: number;
  /** Smallest squared error that counts; one over it is the largest, and what no number counts as. */
  readonly errorFloor: number;
  /** Smallest logarithm that counts of the last step's squared error, and the one to begin with. */
  readonly pastFloor: number;
}

/**
 * PI controller: growth = 0.9·error^−α·lastError^β within [0.2, 5]. At the stability limit, where locked states in
 * their own frame are, the second factor keeps the step from swinging.
 *
 * @source Gustafsson; α = 1/order − 3β/4 and β = 0.04 of Hairer & Wanner II, §IV.2; β = 0.02 at order 8 by trial
 */
export function stepControl(order: number): StepControl {
  const past = order > 5 ? 0.02 : 0.04;
  const present = 1 / order - 0.75 * past;
  return {
    safety: Math.log2(0.9),
    present: -present / 2,
    past: past / 2,
    lowest: Math.log2(0.2),
    highest: Math.log2(5),
    errorFloor: 1e-30,
    pastFloor: 2 * Math.log2(1e-4),
  };
}

/**
 * Accepted states are rounded to multiples of 2⁻⁵² of this: products of such numbers do not get into the range of
 * denormal ones, which are slow.
 */
export const flushLevel = 2 ** -300;

/** A double's exponent and mantissa as one number, in steps of 2⁻⁴⁰ of a power of two. */
export const stepsPerOctave = 2 ** 40;
export const exponentOffset = 1023;
/** Integers below this are the mantissa's bits when they are added to it. */
export const integerOffset = 2 ** 52;

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);
const highHalf = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

/**
 * Binary logarithm, linear between powers of two and so at most 0.09 too small: a step control does not mind, and
 * every back end gets the same bits.
 */
export function roughLogarithm(value: number): number {
  double[0] = value;
  const steps = halves[highHalf]! * 2 ** 20 + (halves[1 - highHalf]! >>> 12);
  return steps * (1 / stepsPerOctave) - exponentOffset;
}

/** Inverse of `roughLogarithm`. */
export function roughExponential(value: number): number {
  const steps = (value + exponentOffset) * stepsPerOctave + integerOffset - integerOffset;
  const high = Math.floor(steps / 2 ** 20);
  halves[highHalf] = high;
  halves[1 - highHalf] = (steps - high * 2 ** 20) * 2 ** 12;
  return double[0]!;
}
