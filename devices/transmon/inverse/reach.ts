import { angularFromHz } from "#core/units";
import { ancilla, biasedLevels, fockState, type Reservoir, squaredElements } from "../forward.ts";
import { defaultCouplerBand } from "../intent-findings.ts";
import { leakageRatio, linewidthForLeakage, smallestAsymmetryRatio } from "../reservoir/purity.ts";
import type { TransmonProfile, TransmonSite } from "../schema.ts";
import { couplingForRate, eliminateAncilla } from "../sidebands.ts";
import { isKerrElement } from "../site-schema.ts";
import { fluxForFrequency } from "../spectrum.ts";

/** Largest rate over κ: beyond, the ancilla is no longer a memoryless bath (4G/κ = 0.73). */
export const bathEfficiency = 0.16;

/** Fewest lifetimes of 1/γ in T1, by Fock state: p_{n−1} ≤ 5 %. */
const lifetimesPerRate = 20;

/** Sites of a chip in groups; one group when `b` is empty. */
export interface Groups {
  readonly a: readonly number[];
  readonly b: readonly number[];
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** What a device reaches, in SI units, before any target is named. */
export interface Reach {
  /** α at the common bias, Hz: mean over the sites, and the one smallest in size. */
  readonly asymmetry_hz: number;
  readonly smallestAsymmetry_hz: number;
  /** κ/2π; those of the profile, or the widest that selectivity allows. */
  readonly linewidth_hz: Readonly<Record<Reservoir, number>>;
  /** Strength of a sideband on the neighbouring rung. */
  readonly leakage: Readonly<Record<Reservoir, number>>;
  /** Rates, 1/s: below, T1 takes over; above, bath or full scale ends. */
  readonly rate_per_s: Readonly<Record<Reservoir, Interval>>;
  /** Largest |J/2π| of a bond: couplers, and |α|/10. */
  readonly exchange_hz: number;
  readonly couplers_hz: number;
  /** δ/2π between the groups. */
  readonly detuning_hz: Interval;
  /** K_eff/2π by K-synthesis, and its largest J₁/2π. */
  readonly synthesis: { readonly asymmetry_hz: Interval; readonly exchange_hz: number };
  /** Smallest |K|/γ₋ that single-pole ancillas allow at this leakage, whatever κ. */
  readonly smallestRatio: number;
  readonly worstT1_s: number;
}

/**
 * What a profile reaches.
 *
 * @param leakage - tolerated strength of a sideband on the neighbouring rung
 * @param ancillas - `free`: linewidths are chosen as wide as the leakage allows
 */
export function deviceReach(
  profile: TransmonProfile,
  groups: Groups,
  leakage: number,
  ancillas: "given" | "free",
): Reach {
  const { assumptions } = profile;
  const common = commonFrequency(profile);
  const alphas = profile.sites.map((site) => levelsNear(profile, site, common).anharmonicity_hz);
  const smallest = Math.min(...alphas.map(Math.abs));
  const linewidth = (reservoir: Reservoir) =>
    ancillas === "free" && smallest > 0
      ? linewidthForLeakage(leakage, smallest)
      : ancilla(assumptions, reservoir).linewidth_hz;
  const linewidth_hz = { gain: linewidth("gain"), loss: linewidth("loss") };
  const worstT1_s = Math.min(...profile.sites.map((site) => site.t1_s));
  const low = (lifetimesPerRate * fockState) / worstT1_s;
  const rates = (reservoir: Reservoir): Interval => {
    const kappa_hz = linewidth_hz[reservoir];
    const element = Math.sqrt(squaredElements[reservoir === "gain" ? 0 : 1]);
    const full_hz = element * assumptions[`${reservoir}_sideband_per_amplitude_hz`].value;
    const bath = bathEfficiency * angularFromHz(kappa_hz);
    const needed_hz = couplingForRate(bath, kappa_hz) ?? Number.POSITIVE_INFINITY;
    return { low, high: full_hz >= needed_hz ? bath : eliminateAncilla(full_hz, 0, kappa_hz).rate_per_s };
  };
  const couplers_hz = Math.min(
    assumptions.exchange_max_hz.value,
    assumptions.exchange_per_amplitude_hz.value,
  );
  const [bandLow, bandHigh] = assumptions.coupler_band_hz?.value ?? defaultCouplerBand;
  const asymmetry_hz = alphas.reduce((sum, a) => sum + a, 0) / alphas.length;
  const edges = [
    asymmetry_hz + bandLow,
    asymmetry_hz + bandHigh,
    asymmetry_hz - bandLow,
    asymmetry_hz - bandHigh,
  ];
  return {
    asymmetry_hz,
    smallestAsymmetry_hz: smallest,
    linewidth_hz,
    leakage: {
      gain: leakageRatio(linewidth_hz.gain, smallest),
      loss: leakageRatio(linewidth_hz.loss, smallest),
    },
    rate_per_s: { gain: rates("gain"), loss: rates("loss") },
    exchange_hz: Math.min(couplers_hz, smallest / 10),
    couplers_hz,
    detuning_hz: detuningReach(profile, groups),
    synthesis: {
      asymmetry_hz:
        asymmetry_hz <= 0 ? { low: edges[0]!, high: edges[1]! } : { low: edges[3]!, high: edges[2]! },
      exchange_hz: Math.min(couplers_hz, smallest / 20),
    },
    smallestRatio: smallestAsymmetryRatio(leakage, bathEfficiency),
    worstT1_s,
  };
}

/** Lowest f₀₁ at zero flux, to which the others are tuned. */
function commonFrequency(profile: TransmonProfile): number {
  return Math.min(...profile.sites.map((site) => site.frequency_hz));
}

function levelsNear(profile: TransmonProfile, site: TransmonSite, target_hz: number) {
  return biasedLevels(profile, site, fluxFor(profile, site, target_hz));
}

/** Lowest and highest f₀₁ of a site. */
export function tuningRange(profile: TransmonProfile, site: TransmonSite): Interval {
  const high = site.frequency_hz;
  const range = profile.assumptions.flux_tuning_range_hz.value;
  if (range === 0 || isKerrElement(site)) return { low: high, high };
  const d = profile.assumptions.squid_asymmetry.value;
  if (fluxForFrequency(site, d, high - range) !== null) return { low: high - range, high };
  let [below, above] = [high - range, high];
  for (let i = 0; i < 40; i++) {
    const middle = (below + above) / 2;
    if (fluxForFrequency(site, d, middle) === null) below = middle;
    else above = middle;
  }
  return { low: above, high };
}

/** Flux that brings a site nearest to a frequency. */
export function fluxFor(profile: TransmonProfile, site: TransmonSite, target_hz: number): number {
  const { low, high } = tuningRange(profile, site);
  if (low === high) return 0;
  const reachable = Math.min(high, Math.max(low, target_hz));
  return fluxForFrequency(site, profile.assumptions.squid_asymmetry.value, reachable) ?? 0;
}

/** Frequencies that all sites of a group reach. */
export function groupRange(profile: TransmonProfile, group: readonly number[]): Interval {
  const ranges = group.map((i) => tuningRange(profile, profile.sites[i]!));
  return { low: Math.max(...ranges.map((r) => r.low)), high: Math.min(...ranges.map((r) => r.high)) };
}

function detuningReach(profile: TransmonProfile, { a, b }: Groups): Interval {
  if (b.length === 0) return { low: 0, high: 0 };
  const [rangeA, rangeB] = [groupRange(profile, a), groupRange(profile, b)];
  return { low: rangeA.low - rangeB.high, high: rangeA.high - rangeB.low };
}
