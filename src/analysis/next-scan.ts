import { inverse, Matrix } from "ml-matrix";
import { normalQuantile, sufficientPower } from "./alternatives.ts";
import { informationOf, type LinearModel } from "./likelihood.ts";

/** What to measure next to decide one question. */
export interface NextScan {
  /** Points of the old scan that are worth repeating, the most telling per second first. */
  readonly points: readonly number[];
  /** Setting that alone tells most per second at the first of them. */
  readonly best_setting: number;
  /** Shots for each point and setting. */
  readonly shots: number;
  readonly duration_s: number;
  /** 1σ of the amount now, and after. */
  readonly error_now: number;
  readonly error_then: number;
  /** Time that repeating the whole scan would take for the same error, s; null where it cannot reach it. */
  readonly whole_scan_s: number | null;
}

const mostPoints = 3;
/** More shots than this at a point mean that counting is not the limit. */
const mostShots = 1e7;

/** Error of an amount at which a test of this significance has the sufficient power against 1. */
export function neededError(share: number): number {
  return 1 / (normalQuantile(1 - share / 2) + normalQuantile(sufficientPower));
}

/**
 * Cheapest further measurement that decides about the first coordinate of a model: Fisher information per second of
 * every point of the scan, what the other coordinates could equally explain left out. Points are chosen one by one, as
 * long as that makes the whole cheaper.
 *
 * @param shots - already taken at every point and setting
 * @param seconds - a shot of one setting takes, by point
 * @param target - 1σ of the first coordinate to be reached
 * @returns null when it is reached already, or no number of shots reaches it
 */
export function planNext(
  model: LinearModel,
  shots: number,
  seconds: readonly number[],
  target: number,
): NextScan | null {
  const settings = model.expected.probabilities[0]!.length;
  const size = model.responses.length;
  const zero = () => Matrix.zeros(size, size);
  const single = seconds.map((_, k) =>
    Array.from({ length: settings }, (_, s) => new Matrix(informationOf(model, k, s, shots))),
  );
  const perPoint = single.map((all) => all.reduce((sum, m) => sum.add(m), zero()));
  const prior = zero();
  model.priors.forEach((width, q) => {
    prior.set(q, q, width === null ? 1e-12 : 1 / width ** 2);
  });
  const whole = perPoint.reduce((sum, m) => Matrix.add(sum, m), zero());
  const now = Matrix.add(prior, Matrix.mul(whole, shots));
  const errorOf = (information: Matrix) => Math.sqrt(inverse(information).get(0, 0));
  const error_now = errorOf(now);
  if (error_now <= target) return null;
  const shotsFor = (information: Matrix): number | null => {
    const error = (m: number) => errorOf(Matrix.add(now, Matrix.mul(information, m)));
    if (error(mostShots) > target) return null;
    let [low, high] = [0, mostShots];
    for (let k = 0; k < 50 && high - low > 0.5; k++) {
      const middle = (low + high) / 2;
      if (error(middle) > target) low = middle;
      else high = middle;
    }
    return Math.ceil(high);
  };
  const costOf = (chosen: readonly number[]) => {
    const n = shotsFor(chosen.reduce((sum, k) => Matrix.add(sum, perPoint[k]!), zero()));
    if (n === null) return null;
    return { shots: n, duration_s: n * settings * chosen.reduce((sum, k) => sum + seconds[k]!, 0) };
  };
  const all = costOf(seconds.map((_, k) => k));
  let points: number[] = [];
  let best: { shots: number; duration_s: number } | null = null;
  for (let round = 0; round < mostPoints; round++) {
    const candidates = seconds.flatMap((_, k) => {
      if (points.includes(k)) return [];
      const cost = costOf([...points, k]);
      return cost === null ? [] : [{ k, cost }];
    });
    if (candidates.length === 0) break;
    const cheapest = candidates.reduce((a, b) => (b.cost.duration_s < a.cost.duration_s ? b : a));
    if (best !== null && cheapest.cost.duration_s >= best.duration_s) break;
    points = [...points, cheapest.k];
    best = cheapest.cost;
  }
  if (best === null) {
    if (all === null) return null;
    points = seconds.map((_, k) => k);
    best = all;
  }
  const gain = (s: number) => -errorOf(Matrix.add(now, Matrix.mul(single[points[0]!]![s]!, shots)));
  const best_setting = Array.from({ length: settings }, (_, s) => s).reduce((a, b) =>
    gain(b) > gain(a) ? b : a,
  );
  const added = points.reduce((sum, k) => Matrix.add(sum, perPoint[k]!), zero());
  return {
    points,
    best_setting,
    ...best,
    error_now,
    error_then: errorOf(Matrix.add(now, Matrix.mul(added, best.shots))),
    whole_scan_s: all?.duration_s ?? null,
  };
}
