import type { MeasuredResult } from "#ir/estimate";
import { intervalsWhere } from "./intervals.ts";
import { riceLogLikelihood, riceScore } from "./rice.ts";
import { smoothErrors } from "./slope.ts";

/** A modulus, not corrected for what noise adds, with its 1σ error after a time. */
interface DecayPoint {
  readonly time: number;
  readonly value: number;
  readonly error: number;
}

/** 2 ln(L/L without any signal) of noise alone is above this once in a hundred: χ² of two degrees of freedom. */
const significant = 9.21;
/** Rates that are searched, in units of 1/span: from growth to a signal that is gone before the second point. */
const slowest = -5;
const gridPoints = 60;

/**
 * 1/e time of a decay R₀e^{−t/T} seen in moduli: maximum of the likelihood of Rice's distribution over all points, those
 * lost in noise included; phases are free. Intervals from the profile likelihood ratio over R₀; the upper end of T is
 * open where the data agree with no decay.
 *
 * @returns null for fewer than three points, no signal beyond noise, or one that does not decay
 */
export function fitLifetime(points: readonly DecayPoint[]): MeasuredResult | null {
  if (points.length < 3) return null;
  const start = Math.min(...points.map(({ time }) => time));
  const span = Math.max(...points.map(({ time }) => time)) - start;
  const gaps = points.map(({ time }) => time - start).filter((t) => t > 0);
  const fastest = (10 * span) / Math.min(...gaps);
  const readings = smoothErrors(points, ({ time }) => time).map(({ time, value, error }) => {
    const sigma = Math.max(error, 1e-9);
    return { t: (time - start) / span, r: value / sigma, sigma };
  });
  const profile = (rate: number) => profiled(readings, rate);

  let rate = 0;
  let best = -Infinity;
  // Evenly spaced in asinh(rate).
  const [from, to] = [Math.asinh(slowest), Math.asinh(fastest)];
  for (let k = 0; k <= gridPoints; k++) {
    const at = Math.sinh(from + ((to - from) * k) / gridPoints);
    const value = profile(at);
    if (value > best) [rate, best] = [at, value];
  }
  const step = (to - from) / gridPoints;
  rate = maximum(profile, Math.sinh(Math.asinh(rate) - step), Math.sinh(Math.asinh(rate) + step));
  best = profile(rate);
  if (!(rate > 0) || 2 * best < significant) return null;
  const deviation = (x: number) => Math.sqrt(Math.max(0, 2 * (best - profile(x))));
  const { interval_68, interval_95 } = intervalsWhere(deviation, rate, [slowest, fastest]);
  const inverted = ([low, high]: typeof interval_68): typeof interval_68 => [
    high === null ? 0 : span / high,
    low === null || low <= 0 ? null : span / low,
  ];
  const [low, high] = inverted(interval_68);
  const value = span / rate;
  return {
    value,
    error: high === null ? value - low! : (high - low!) / 2,
    interval_68: inverted(interval_68),
    interval_95: inverted(interval_95),
  };
}

/** ln(L/L without signal) at a rate, at the best size of the signal. */
function profiled(
  readings: readonly { readonly t: number; readonly r: number; readonly sigma: number }[],
  rate: number,
): number {
  const shape = readings.map(({ t, sigma }) => Math.exp(-rate * t) / sigma);
  const slope = (size: number) =>
    readings.reduce((sum, { r }, k) => sum + shape[k]! * riceScore(r, size * shape[k]!), 0);
  // Of least squares without noise: above the likeliest size, since noise only adds.
  let high =
    readings.reduce((sum, { r }, k) => sum + r * shape[k]!, 0) / shape.reduce((sum, x) => sum + x * x, 0);
  let low = 0;
  let size = high;
  for (let k = 0; k < 30 && high - low > 1e-7 * high; k++) {
    if (slope(size) > 0) low = size;
    else high = size;
    size = (low + high) / 2;
  }
  return readings.reduce((sum, { r }, k) => sum + riceLogLikelihood(r, size * shape[k]!), 0);
}

const golden = (Math.sqrt(5) - 1) / 2;

function maximum(f: (x: number) => number, from: number, to: number): number {
  let [a, b] = [from, to];
  let [c, d] = [b - golden * (b - a), a + golden * (b - a)];
  let [fc, fd] = [f(c), f(d)];
  for (let k = 0; k < 30; k++) {
    if (fc > fd) {
      [b, d, fd] = [d, c, fc];
      c = b - golden * (b - a);
      fc = f(c);
    } else {
      [a, c, fc] = [c, d, fd];
      d = a + golden * (b - a);
      fd = f(d);
    }
  }
  return (a + b) / 2;
}
