/**
 * Zero of a continuous function between two points at which it has opposite signs: false position with the Illinois
 * halving, and bisection whenever that does not shrink the bracket by half in three steps.
 *
 * @returns the end of the last bracket with the smaller value, a few ε of `b − a` from the zero; undefined without a
 *   change of sign or when the function is NaN on the way
 */
export function rootBetween(f: (x: number) => number, a: number, b: number): number | undefined {
  let low = a;
  let high = b;
  let atLow = f(a);
  let atHigh = f(b);
  if (atLow === 0) return low;
  if (atHigh === 0) return high;
  if (!(atLow * atHigh < 0)) return undefined;
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
    if (Number.isNaN(value)) return undefined;
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
