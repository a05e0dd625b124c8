import type { Measured } from "#ir/estimate";
import { leastSquares } from "./gauss-newton.ts";

/** Points of a decay below this many standard errors say nothing about its rate. */
const significant = 2;

/**
 * 1/e time of a decay R₀e^{−t/T}: weighted least squares over the points that clearly show something.
 *
 * @returns null when fewer than three do, or the signal does not decay
 */
export function fitLifetime(points: readonly (Measured & { readonly time: number })[]): Measured | null {
  const used = points.filter(({ value, error }) => value > significant * error);
  if (used.length < 3) return null;
  const [first, last] = [used[0]!, used.at(-1)!];
  const span = last.time - first.time;
  const guess = Math.log(first.value / last.value) / span;
  const fit = leastSquares(
    ([size, rate]) => used.map(({ time }) => size! * Math.exp(-rate! * (time - first.time))),
    used.map(({ value, error }) => ({ value, error: Math.max(error, 1e-9) })),
    [first.value, guess],
    [first.value, 1 / span],
  );
  if (fit === null) return null;
  const rate = fit.parameters[1]!;
  if (!(rate > 0)) return null;
  return { value: 1 / rate, error: fit.errors[1]! / rate ** 2 };
}
