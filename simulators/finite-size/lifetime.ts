import { EntrainError } from "#core/errors";
import { type IntegrationOptions, integrate, type RightHandSide } from "../kernel/dormand-prince.ts";

/**
 * First time at which a smooth function falls to `level`, from samples and an evaluator that is exact between them.
 *
 * A dip between two samples is found when the parabola through three of them reaches the level.
 *
 * @param times - ascending, closer than the features of the function
 * @param evaluate - the function at any time within [times[k], times[k + 1]]
 * @returns null when it stays above
 * @accuracy that of `evaluate`, to about 1e-14 relative in time
 */
export function firstCrossing(
  times: ArrayLike<number>,
  values: ArrayLike<number>,
  level: number,
  evaluate: (t: number, interval: number) => number,
): number | null {
  for (let k = 0; k < times.length; k++) {
    if (values[k]! <= level) {
      if (k === 0) return times[0]!;
      return fallBetween(times[k - 1]!, times[k]!, level, (t) => evaluate(t, k - 1));
    }
    // The dip may lie on either side of the middle sample; both lie before sample k + 1.
    if (k === 0 || k + 1 >= times.length || values[k + 1]! <= level) continue;
    const dip = parabolaMinimum(times, values, k);
    if (dip === null || dip.value > level) continue;
    const interval = dip.t < times[k]! ? k - 1 : k;
    if (evaluate(dip.t, interval) <= level)
      return fallBetween(times[interval]!, dip.t, level, (t) => evaluate(t, interval));
  }
  return null;
}

function parabolaMinimum(times: ArrayLike<number>, values: ArrayLike<number>, k: number) {
  const left = times[k]! - times[k - 1]!;
  const right = times[k + 1]! - times[k]!;
  if (!(left > 0 && right > 0)) return null;
  const slopeLeft = (values[k]! - values[k - 1]!) / left;
  const slopeRight = (values[k + 1]! - values[k]!) / right;
  const bend = (slopeRight - slopeLeft) / (left + right);
  if (!(bend > 0)) return null;
  const slope = (slopeLeft * right + slopeRight * left) / (left + right);
  const shift = -slope / (2 * bend);
  if (shift <= -left || shift >= right) return null;
  return { t: times[k]! + shift, value: values[k]! + slope * shift + bend * shift * shift };
}

/** Root of f − level with f(low) > level ≥ f(high): false position (Illinois), bisection where it stalls. */
function fallBetween(low: number, high: number, level: number, f: (t: number) => number): number {
  let a = low;
  let b = high;
  let fa = f(a) - level;
  let fb = f(b) - level;
  if (fa <= 0) return a;
  for (let step = 0; step < 100 && b - a > 2e-15 * Math.abs(b); step++) {
    let t = step % 8 === 7 || !(fb < 0) ? (a + b) / 2 : (a * fb - b * fa) / (fb - fa);
    if (!(t > a && t < b)) t = (a + b) / 2;
    if (t === a || t === b) break;
    const ft = f(t) - level;
    if (ft === 0) return t;
    if (ft > 0) {
      a = t;
      fa = ft;
      fb /= 2;
    } else {
      b = t;
      fb = ft;
      fa /= 2;
    }
  }
  return b;
}

/**
 * Time at which |⟨A†⟩| of an initial value problem first falls to 1/e of its initial value.
 *
 * @param y0 - state at t = 0
 * @param end - null is returned when it has not fallen until then
 * @param spacing - of the samples between which a fall is looked for
 */
export function integratedLifetime(
  f: RightHandSide,
  y0: Float64Array,
  end: number,
  amplitude: (y: Float64Array) => number,
  spacing: number,
  options: IntegrationOptions,
): number | null {
  const initial = amplitude(y0);
  if (!(initial > 0)) return null;
  const level = initial / Math.E;
  const chunk = 128;
  let times = [0];
  let values = [initial];
  let states = [Float64Array.from(y0)];
  for (let from = 0; times[times.length - 1]! < end; from += chunk) {
    const grid = Array.from({ length: chunk }, (_, k) => Math.min(end, (from + k + 1) * spacing)).filter(
      (t, k, list) => k === 0 || t > list[k - 1]!,
    );
    const start = times[times.length - 1]!;
    const y = Float64Array.from(states[states.length - 1]!);
    integrate(
      f,
      start,
      y,
      grid,
      (_, t, state) => {
        times.push(t);
        values.push(amplitude(state));
        states.push(Float64Array.from(state));
      },
      options,
    );
    const evaluate = (t: number, interval: number) => {
      const probe = Float64Array.from(states[interval]!);
      if (t > times[interval]!) integrate(f, times[interval]!, probe, [t], () => {}, options);
      return amplitude(probe);
    };
    const crossing = firstCrossing(times, values, level, evaluate);
    if (crossing !== null) return crossing;
    // Two samples stay, so that a dip at the seam is seen.
    times = times.slice(-2);
    values = values.slice(-2);
    states = states.slice(-2);
  }
  return null;
}

/** Refuses what would take more than about a minute of steps. */
export function refuseEndless(end: number, fastest: number, limit: number): void {
  const longest = limit / fastest;
  if (end <= longest) return;
  throw new EntrainError("simulate.too_large", {
    path: "times",
    message: `with rates, energies and fields up to ${fastest.toPrecision(3)} this would take more than a minute`,
    found: end,
    expected: `times up to ${longest.toPrecision(3)}`,
  });
}
