/** Part of the change between the ends below which a value without a neighbour counts as the root. */
const singular = 1e-6;

/**
 * Zero of a continuous function between two points at which it has opposite signs: false position with the Illinois
 * halving, and bisection whenever that does not shrink the bracket by half in three steps.
 *
 * @returns the end of the last bracket with the smaller value, a few ε of `b − a` from the zero; undefined without a
 *   change of sign or when the function is NaN on the way, unless it has all but vanished there
 */
export function rootBetween(f: (x: number) => number, a: number, b: number): number | undefined {
  let low = a;
  let high = b;
  let atLow = f(a);
  let atHigh = f(b);
  if (atLow === 0) return low;
  if (atHigh === 0) return high;
  if (!(atLow * atHigh < 0)) return undefined;
  const scale = Math.abs(atLow - atHigh);
  // Weights of the two ends in the false position; halved when an end stays twice.
  let weightLow = atLow;
  let weightHigh = atHigh;
  let lastSide = 0;
  let width = high - low;
  for (let iteration = 1; iteration <= 120; iteration++) {
    if (Math.abs(high - low) <= 4 * Number.EPSILON * Math.max(Math.abs(low), Math.abs(high))) break;
    let x = (low * weightHigh - high * weightLow) / (weightHigh - weightLow);
    if (iteration % 3 === 0) {
      if (Math.abs(high - low) > 0.5 * Math.abs(width)) x = low + (high - low) / 2;
      width = high - low;
    }
    if (!(x > Math.min(low, high) && x < Math.max(low, high))) x = low + (high - low) / 2;
    if (x === low || x === high) break;
    const value = f(x);
    // Next to a singular point f may be without a value: the nearer end is as far as it goes.
    if (Number.isNaN(value)) {
      if (!(Math.min(Math.abs(atLow), Math.abs(atHigh)) < singular * scale)) return undefined;
      break;
    }
    if (value === 0) return x;
    if (value * atLow > 0) {
      low = x;
      atLow = value;
      weightLow = value;
      if (lastSide === -1) weightHigh /= 2;
      lastSide = -1;
    } else {
      high = x;
      atHigh = value;
      weightHigh = value;
      if (lastSide === 1) weightLow /= 2;
      lastSide = 1;
    }
  }
  return Math.abs(atLow) < Math.abs(atHigh) ? low : high;
}
