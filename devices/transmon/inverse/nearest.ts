import { angularFromHz, hzFromAngular } from "#core/units";
import type { DesignTarget, NearestPoint } from "#ir/design";
import type { GraphFactors } from "./graph.ts";
import type { Interval, Reach } from "./reach.ts";

/** Ways of making K that are worked out in full. */
export type Making = "natural" | "k-synthesis";

/** Everything that bounds a model on a device, SI units. */
export interface Bounds {
  readonly gain_per_s: Interval;
  readonly loss_per_s: Interval;
  readonly asymmetry_hz: Interval;
  /** Largest |V/2π|, V_AB/V given. */
  readonly coupling_hz: number;
  readonly detuning_hz: Interval;
}

/** Largest J/2π of a bond by the way K is made: K-synthesis spends J₁ = 2J₀ of it on the modulation. */
export function exchangeLimit(reach: Reach, making: Making): number {
  return making === "natural" ? reach.exchange_hz : reach.synthesis.exchange_hz / 2;
}

export function boundsOf(reach: Reach, factors: GraphFactors, making: Making, interCoupling: number): Bounds {
  const exchange = exchangeLimit(reach, making);
  const alpha = reach.asymmetry_hz;
  const within = factors.within === 0 ? Number.POSITIVE_INFINITY : exchange * factors.within;
  const between =
    factors.between === 0 || interCoupling === 0
      ? Number.POSITIVE_INFINITY
      : (exchange * factors.between) / Math.abs(interCoupling);
  const coupling = Math.min(within, between);
  return {
    gain_per_s: reach.rate_per_s.gain,
    loss_per_s: reach.rate_per_s.loss,
    asymmetry_hz: making === "natural" ? { low: alpha, high: alpha } : reach.synthesis.asymmetry_hz,
    coupling_hz: coupling === Number.POSITIVE_INFINITY ? 0 : coupling,
    detuning_hz: reach.detuning_hz,
  };
}

const clamp = (value: number, { low, high }: Interval) =>
  Math.min(Math.max(value, Math.min(low, high)), high);

/** Distances that count as none. */
const nothing = 1e-9;
const gridPoints = 600;

/** From Γ = 0.16κ to 0.094κ, where 4G/κ stays below 0.6. */
const headroom = 1.7;

/**
 * The model nearest to a target that lies within the bounds, by a search over γ₋, at each of which every other
 * quantity has its own interval.
 *
 * Distance: root of the sum of squares of ln(γ₊/γ₋) and of asinh of K/γ₋, V/γ₋ and δ/γ₋, each against the wanted
 * value: relative where a number is large, absolute in units of γ₋ where it is small. Quantities that the target
 * leaves open cost nothing. Of several γ₋ at the same distance the largest is taken that leaves `headroom` below the
 * end of the interval, where there is one.
 *
 * @param fixedLoss_per_s - γ₋ when it is not free
 */
export function nearestPoint(target: DesignTarget, bounds: Bounds, fixedLoss_per_s?: number): NearestPoint {
  const from = clamp(fixedLoss_per_s ?? bounds.loss_per_s.low, bounds.loss_per_s);
  const to = clamp(fixedLoss_per_s ?? bounds.loss_per_s.high, bounds.loss_per_s);
  const grid = (low: number, high: number) =>
    Array.from({ length: gridPoints + 1 }, (_, k) => low * (high / low) ** (k / gridPoints));
  const search = (candidates: readonly number[]) => {
    const points = candidates.map((x) => pointAt(target, bounds, x));
    const best = Math.min(...points.map((p) => p.distance));
    const equal = points.filter((p) => p.distance <= best + nothing);
    const roomy = equal.filter((p) => p.loss_rate_per_s <= to / headroom);
    return (roomy.length > 0 ? roomy : equal).at(-1)!;
  };
  // Where K is fixed, the γ₋ that makes K/γ₋ what is wanted is a point of its own.
  const exact =
    target.asymmetry === undefined || target.asymmetry === 0
      ? []
      : [bounds.asymmetry_hz.low, bounds.asymmetry_hz.high]
          .map((k) => angularFromHz(k) / target.asymmetry!)
          .filter((x) => x >= from && x <= to);
  const coarse = search([...grid(from, to), ...exact].toSorted((a, b) => a - b));
  if (coarse.distance <= nothing || from === to) return coarse;
  const step = (to / from) ** (1 / gridPoints);
  return search(
    [
      ...grid(Math.max(from, coarse.loss_rate_per_s / step), Math.min(to, coarse.loss_rate_per_s * step)),
      coarse.loss_rate_per_s,
    ].toSorted((a, b) => a - b),
  );
}

/** The model at one γ₋: every quantity where its interval comes nearest to the wanted one. */
function pointAt(target: DesignTarget, bounds: Bounds, loss: number): NearestPoint {
  const inUnits = (hz: number) => angularFromHz(hz) / loss;
  const within = ({ low, high }: Interval): Interval => ({ low: inUnits(low), high: inUnits(high) });
  const gain = clamp(target.gain ?? 1, {
    low: bounds.gain_per_s.low / loss,
    high: bounds.gain_per_s.high / loss,
  });
  const asymmetry = clamp(target.asymmetry ?? inUnits(bounds.asymmetry_hz.low), within(bounds.asymmetry_hz));
  const most = inUnits(bounds.coupling_hz);
  const coupling = clamp(target.coupling ?? 0, { low: -most, high: most });
  const detuning = clamp(target.detuning ?? 0, within(bounds.detuning_hz));
  const parts: [string, number][] = [
    ["γ+/γ−", target.gain === undefined ? 0 : Math.log(gain / target.gain)],
    ["K/γ−", target.asymmetry === undefined ? 0 : Math.asinh(asymmetry) - Math.asinh(target.asymmetry)],
    ["V/γ−", Math.asinh(coupling) - Math.asinh(target.coupling ?? coupling)],
    ["δ/γ−", Math.asinh(detuning) - Math.asinh(target.detuning ?? detuning)],
  ];
  return {
    loss_rate_per_s: loss,
    gain,
    asymmetry,
    coupling,
    detuning,
    inter_coupling: target.inter_coupling ?? 1,
    distance: Math.hypot(...parts.map(([, d]) => d)),
    changed: parts.filter(([, d]) => Math.abs(d) > nothing).map(([name]) => name),
  };
}

/** V/2π in Hz of a point. */
export function couplingHz(point: { readonly coupling: number; readonly loss_rate_per_s: number }): number {
  return hzFromAngular(point.coupling * point.loss_rate_per_s);
}
