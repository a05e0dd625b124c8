/** Where three populations in a row go, each change the same part of the one before: Aitken's rule. */
export function limitOf(first: Float64Array, second: Float64Array, third: Float64Array): Float64Array {
  return third.map((value, k) => {
    const [before, change] = [second[k]! - first[k]!, value - second[k]!];
    const part = before === 0 ? 0 : change / before;
    // A part of one or more goes nowhere.
    return Math.abs(part) < 0.9 ? value + (change * part) / (1 - part) : value;
  });
}
