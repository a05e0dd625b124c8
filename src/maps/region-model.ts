import { angularFromHz, hzFromAngular } from "#core/units";
import { graphFactors, oneGroup, twoGroups } from "#devices/transmon/inverse/graph";
import { inverseDesign } from "#devices/transmon/inverse/inverse-design";
import { boundsOf } from "#devices/transmon/inverse/nearest";
import { deviceReach, type Interval } from "#devices/transmon/inverse/reach";
import type { TransmonProfile } from "#devices/transmon/schema";
import { type MapRequest, parseMapRequest } from "#ir/map";
import { synchronizationThresholds } from "#model/thresholds";
import { meanOscillator } from "#planning/inverse/group-model";

/** What a region is drawn for. */
export interface RegionOptions {
  /** γ₊/γ₋. */
  readonly gain: number;
  readonly ladder: "boson" | "spin-1";
  readonly leakage: number;
  /** Points of an edge of the maps behind. */
  readonly points: number;
}

/** One γ₋ of the device at its natural K. */
export interface RegionRow {
  readonly loss_hz: number;
  /** K/γ₋. */
  readonly asymmetry: number;
  /** Largest V/2π by the natural K, and the threshold of the mean site there; null where it never synchronizes. */
  readonly reach_hz: number;
  readonly threshold_hz: number | null;
  /** Largest V/2π by K-synthesis. */
  readonly synthesis_hz: number;
}

/** Reachable models of a device. */
export interface Region {
  readonly rows: readonly RegionRow[];
  /** γ₋/2π, Hz: from the T1 floor to the ceiling of bath and full scale; and the one that designs choose. */
  readonly loss_hz: Interval;
  readonly chosen_hz: number;
  /** Two groups, Hz: δ by flux, V and V_AB by K-synthesis, K_eff. */
  readonly detuning_hz: Interval;
  readonly coupling_hz: number;
  readonly interCoupling_hz: number;
  readonly asymmetry_hz: Interval;
  /** Of the sites as they are. */
  readonly natural_hz: number;
}

const rowCount = 120;

/** What a device reaches, over its whole range of γ₋, gain in proportion. */
export function reachableRegion(profile: TransmonProfile, { gain, leakage }: RegionOptions): Region {
  const single = oneGroup(profile);
  const reach = deviceReach(profile, single, leakage, "given");
  const factors = graphFactors(profile, single);
  const natural = boundsOf(reach, factors, "natural", 1);
  const synthesis = boundsOf(reach, factors, "k-synthesis", 1);
  const rates = reach.rate_per_s;
  // Both rates within their range.
  const low = Math.max(rates.loss.low, rates.gain.low / gain);
  const high = Math.min(rates.loss.high, rates.gain.high / gain);
  const target = { gain, fock_state: 1 };
  const quiet = inverseDesign(profile, { target, leakage, strategy: "natural" }).chosen;
  // Unwanted rates that do not follow γ₋ are those of the design; leakage, heat of the ancillas follow it.
  const unit = quiet.achieved.loss_rate_per_s;
  const site = meanOscillator(quiet.network.sites, 1);
  const thresholdAt = (loss: number): number | null => {
    const scale = loss / unit;
    const { critical, criticalNegative } = synchronizationThresholds({
      ...site,
      gain: site.gain * scale,
      loss: site.loss * scale,
    });
    const sizes = [critical, criticalNegative].flatMap((v) => (v === null ? [] : [Math.abs(v)]));
    const leading = reach.asymmetry_hz <= 0 ? critical : criticalNegative;
    const bipartite = factors.lowest < -(1 - 1e-6) * factors.within;
    const value =
      bipartite && sizes.length > 0 ? Math.min(...sizes) : leading === null ? null : Math.abs(leading);
    return value === null ? null : hzFromAngular(value);
  };
  const rows = Array.from({ length: rowCount }, (_, k): RegionRow => {
    const loss = low * (high / low) ** (k / (rowCount - 1));
    return {
      loss_hz: hzFromAngular(loss),
      asymmetry: angularFromHz(reach.asymmetry_hz) / loss,
      reach_hz: natural.coupling_hz,
      threshold_hz: thresholdAt(loss),
      synthesis_hz: synthesis.coupling_hz,
    };
  });
  const groups = profile.sites.length > 1 ? twoGroups(profile, undefined) : single;
  const pair = deviceReach(profile, groups, leakage, "given");
  const pairFactors = graphFactors(profile, groups);
  const j0 = pair.synthesis.exchange_hz / 2;
  return {
    rows,
    loss_hz: { low: hzFromAngular(low), high: hzFromAngular(high) },
    chosen_hz: hzFromAngular(quiet.nearest.loss_rate_per_s),
    detuning_hz: pair.detuning_hz,
    coupling_hz: j0 * pairFactors.within,
    interCoupling_hz: j0 * pairFactors.between,
    asymmetry_hz: pair.synthesis.asymmetry_hz,
    natural_hz: reach.asymmetry_hz,
  };
}

/** The two diagrams of the paper that lie behind: δ and V_AB at K = 0 (Fig. 3d), δ and K at V_AB = V (Fig. 4). */
export function paperMaps({ gain, ladder, points }: RegionOptions): readonly [MapRequest, MapRequest] {
  const common = {
    gain,
    loss: 1,
    coupling: 1,
    groups: 2,
    ladder: ladder === "boson" ? { boson: 1 } : [Math.SQRT2, Math.SQRT2],
  };
  const axis = (parameter: string, from: number, to: number) => ({ parameter, from, to, points });
  return [
    parseMapRequest({
      ...common,
      x: axis("detuning", -6, 6),
      y: axis("inter_coupling", 0, 3),
    }),
    parseMapRequest({
      ...common,
      inter_coupling: 1,
      x: axis("detuning", -15, 15),
      y: axis("asymmetry", -15, 15),
    }),
  ];
}
