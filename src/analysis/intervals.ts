import jstat from "jstat";
import type { Interval, MeasuredInterval } from "#ir/estimate";
import { riceBelow, riceEstimate, ricePull } from "./rice.ts";

/** A number measured at several places, or its modulus: what came out, its 1σ error and whether it is a modulus. */
export interface Reading {
  /** As measured: a modulus is not corrected for what noise adds. */
  readonly value: number;
  readonly error: number;
  readonly modulus: boolean;
}

/** Normal deviates of 68.27 and 95 %. */
export const deviates = [1, 1.959964] as const;

const halvings = 30;

/**
 * Where a deviation that grows away from `centre` reaches a value: bounds of an interval. Null where it does not, up to
 * the ends of the range.
 *
 * @param deviation - ≥ 0, about 0 at the centre
 */
export function boundsWhere(
  deviation: (x: number) => number,
  centre: number,
  [from, to]: readonly [number, number],
  reached: number,
): Interval {
  const side = (end: number): number | null => {
    if (!(deviation(end) > reached)) return null;
    let [inside, outside] = [centre, end];
    for (let k = 0; k < halvings; k++) {
      const middle = (inside + outside) / 2;
      if (deviation(middle) > reached) outside = middle;
      else inside = middle;
    }
    return (inside + outside) / 2;
  };
  return [side(from), side(to)];
}

/** Both intervals of a quantity from a deviation in normal standard deviations. */
export function intervalsWhere(
  deviation: (x: number) => number,
  centre: number,
  range: readonly [number, number],
): MeasuredInterval {
  const [interval_68, interval_95] = deviates.map((z) => boundsWhere(deviation, centre, range, z)) as [
    Interval,
    Interval,
  ];
  return { interval_68, interval_95 };
}

/** Signed normal deviate of a reading from a true value. */
export function pullOf({ value, error, modulus }: Reading, truth: number): number {
  const sigma = Math.max(error, 1e-15);
  return modulus ? ricePull(value / sigma, Math.max(0, truth) / sigma) : (value - truth) / sigma;
}

const farthest = 9;

/** Range of true values that readings cannot lie outside of. */
function rangeOf(readings: readonly Reading[]): [number, number] {
  const low = Math.min(...readings.map(({ value, error }) => value - farthest * error));
  const high = Math.max(...readings.map(({ value, error }) => value + farthest * error));
  return readings.every(({ modulus }) => modulus) ? [0, high] : [low, high];
}

/** Interval of the true value behind one reading: that of Feldman and Cousins for a modulus. */
export function readingIntervals(reading: Reading): MeasuredInterval {
  const range = rangeOf([reading]);
  const centre = reading.modulus
    ? reading.error * riceEstimate(reading.value / Math.max(reading.error, 1e-15))
    : reading.value;
  return closed(
    intervalsWhere((x) => Math.abs(pullOf(reading, x)), Math.min(centre, range[1]), range),
    range[0],
  );
}

const closed = ({ interval_68, interval_95 }: MeasuredInterval, least: number): MeasuredInterval => ({
  interval_68: [interval_68[0] ?? least, interval_68[1]],
  interval_95: [interval_95[0] ?? least, interval_95[1]],
});

/** Readings so many errors below the largest one have no part in which is the largest. */
const apart = 4;

/** P(a reading below m) when the truth behind it is as given. */
function below({ error, modulus }: Reading, truth: number, m: number): number {
  const sigma = Math.max(error, 1e-15);
  return modulus
    ? riceBelow(Math.max(0, m) / sigma, Math.max(0, truth) / sigma)
    : jstat.normal.cdf((m - truth) / sigma, 0, 1);
}

/** Likely truth behind a reading. */
const truthOf = ({ value, error, modulus }: Reading) =>
  modulus ? Math.sqrt(Math.max(0, value ** 2 - error ** 2)) : value;

/**
 * Intervals of the largest of the true values behind several readings. What is the largest has been chosen by its noise:
 * under a largest truth θ the others are held at what they show, at most θ, and P(largest reading ≤ the one seen), a
 * product over the readings, is cut by equal tails.
 *
 * Normal readings of equal error, by simulation: 67–75 and 94–98 % whether one stands out, two or eleven are equal; too
 * wide rather than too narrow where the largest two are closer than their errors.
 */
export function largestIntervals(readings: readonly Reading[]): MeasuredInterval {
  const top = readings.reduce((a, b) => (b.value > a.value ? b : a));
  const rivals = readings.filter(
    (r) => r !== top && r.value > top.value - apart * Math.hypot(r.error, top.error),
  );
  const alone = readingIntervals(top);
  if (rivals.length === 0) return alone;
  const deviate = (theta: number): number => {
    const p = rivals.reduce(
      (product, rival) => product * below(rival, Math.min(truthOf(rival), theta), top.value),
      below(top, theta, top.value),
    );
    return jstat.normal.inv(Math.min(1 - 1e-15, Math.max(1e-15, p)), 0, 1);
  };
  const range = rangeOf([top, ...rivals]);
  // Falls with θ: its zero is in the middle.
  const [, middle] = boundsWhere((theta) => Math.max(0, -deviate(theta)), range[0], range, 1e-9);
  const found = intervalsWhere((theta) => Math.abs(deviate(theta)), middle ?? range[1], range);
  // Smaller than noise allows even where all are zero: the upper end is that of the reading alone.
  const empty = deviate(range[0]) < 0;
  return closed(
    {
      interval_68: [found.interval_68[0], empty ? alone.interval_68[1] : found.interval_68[1]],
      interval_95: [found.interval_95[0], empty ? alone.interval_95[1] : found.interval_95[1]],
    },
    range[0],
  );
}
