import jstat from "jstat";

/** P(X ≥ x) for a gamma variable of the given mean and variance; a χ² variable when variance = 2·mean. */
export function gammaSurvival(x: number, mean: number, variance: number): number {
  if (!(x > 0)) return 1;
  const scale = variance / mean;
  const p = 1 - jstat.gamma.cdf(x, mean / scale, scale);
  // Far in the tail the difference cancels: bound by Chernoff, which is all that a verdict needs there.
  if (p > 1e-12) return p;
  const ratio = x / mean;
  return Math.exp(Math.min(0, -(mean / scale) * (ratio - 1 - Math.log(ratio))));
}

/** P(X ≥ x) for χ² with the given degrees of freedom. */
export function chiSquareSurvival(x: number, degreesOfFreedom: number): number {
  return gammaSurvival(x, degreesOfFreedom, 2 * degreesOfFreedom);
}

/** x with P(X ≤ x) = `p` for the standard normal distribution. */
export function normalQuantile(p: number): number {
  return jstat.normal.inv(p, 0, 1);
}
