import { angularFromHz } from "#core/units";
import type { DesignTarget } from "#ir/design";
import type { GraphFactors } from "./graph.ts";
import { type Bounds, boundsOf } from "./nearest.ts";
import type { Interval, Reach } from "./reach.ts";

/**
 * The loss rates at which a device makes a model, 1/s; null when there is none. Every bound is an interval of γ₋, so
 * that no search is needed: `nearestPoint` has distance 0 exactly where this is not null.
 */
export function lossInterval(target: DesignTarget, bounds: Bounds): Interval | null {
  const gain = target.gain ?? 1;
  let low = Math.max(bounds.loss_per_s.low, bounds.gain_per_s.low / gain);
  let high = Math.min(bounds.loss_per_s.high, bounds.gain_per_s.high / gain);
  const within = (inUnits: number | undefined, hz: Interval) => {
    if (inUnits === undefined) return;
    const [from, to] = [angularFromHz(hz.low), angularFromHz(hz.high)];
    if (inUnits === 0) {
      if (from > 0 || to < 0) high = Number.NEGATIVE_INFINITY;
    } else if (inUnits > 0) {
      low = Math.max(low, from / inUnits);
      high = Math.min(high, to / inUnits);
    } else {
      low = Math.max(low, to / inUnits);
      high = Math.min(high, from / inUnits);
    }
  };
  within(target.asymmetry, bounds.asymmetry_hz);
  within(target.coupling, { low: -bounds.coupling_hz, high: bounds.coupling_hz });
  within(target.detuning, bounds.detuning_hz);
  // An exact K leaves one γ₋, which rounding must not lose.
  return low <= high * (1 + 1e-12) ? { low, high: Math.max(low, high) } : null;
}

/**
 * True when rates, couplers, flux and the ways to make K that `inverseDesign` tries bring a model within reach. What
 * findings say about the knobs for it is not asked.
 *
 * @param strategy - `natural`: by the sites' own K alone
 */
export function isWithinReach(
  target: DesignTarget,
  reach: Reach,
  factors: GraphFactors,
  strategy: "any" | "natural" = "any",
): boolean {
  const ratio = target.inter_coupling ?? 1;
  const { asymmetry } = target;
  const natural = boundsOf(reach, factors, "natural", ratio);
  if (asymmetry === undefined) return lossInterval(target, natural) !== null;
  const opposite = asymmetry * reach.asymmetry_hz < 0;
  const asked = opposite ? mirrored(target) : target;
  const selective = Math.abs(asymmetry) >= reach.smallestRatio;
  if (selective && lossInterval(asked, natural) !== null) return true;
  if (strategy === "natural") return false;
  const synthesis = boundsOf(reach, factors, "k-synthesis", ratio);
  const edge = reach.smallestAsymmetry_hz / 2;
  const { low, high } = synthesis.detuning_hz;
  return (
    lossInterval(target, {
      ...synthesis,
      detuning_hz: { low: Math.max(low, -edge), high: Math.min(high, edge) },
    }) !== null
  );
}

function mirrored(target: DesignTarget): DesignTarget {
  const { asymmetry, coupling, detuning } = target;
  return {
    ...target,
    ...(asymmetry === undefined ? {} : { asymmetry: 0 - asymmetry }),
    ...(coupling === undefined ? {} : { coupling: 0 - coupling }),
    ...(detuning === undefined ? {} : { detuning: 0 - detuning }),
  };
}
