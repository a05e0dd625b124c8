import { angularFromHz, hzFromAngular } from "#core/units";
import type { AchievedModel, NearestPoint } from "#ir/design";
import { createCoupling, type Network } from "#model/network";
import { type Oscillator, uncoupledPopulations } from "#model/oscillator";
import { couplerForExchange } from "../circuit/coupler.ts";
import { sidebandFor, siteKnobs } from "../design.ts";
import type { Synthesis } from "../finding-rule.ts";
import { biasedLevels, reservoirTones, type SiteKnobs, siteOscillator } from "../forward.ts";
import type { TransmonProfile } from "../schema.ts";
import { bondsOf, type GraphFactors } from "./graph.ts";
import { couplingHz, type Making } from "./nearest.ts";
import { fluxFor, type Groups, groupRange, type Reach } from "./reach.ts";

/** Settings of one coupler. */
export interface BondKnobs {
  readonly bond: readonly [string, string];
  readonly between: boolean;
  readonly exchange_hz: number;
  /** Fraction of full scale. */
  readonly amplitude: number;
  /** Where the coupler stands, when the profile knows its circuit and the exchange is within it; else null. */
  readonly coupler_hz: number | null;
  /** K-synthesis: J₁ and its amplitude at ω_m, the same clock and phase on all couplers. */
  readonly modulation: {
    readonly frequency_hz: number;
    readonly exchange_hz: number;
    readonly amplitude: number;
  } | null;
}

/** All settings of a design. */
export interface InverseKnobs {
  readonly reference_hz: number;
  readonly sites: readonly SiteKnobs[];
  readonly bonds: readonly BondKnobs[];
  readonly synthesis: Synthesis | null;
  /** κ/2π that the ancillas must have; those of the profile unless they are free. */
  readonly linewidth_hz: Readonly<Record<"gain" | "loss", number>>;
}

/** The profile with the linewidths that a design settled on. */
export function withLinewidths(
  profile: TransmonProfile,
  linewidth_hz: Readonly<Record<"gain" | "loss", number>>,
): TransmonProfile {
  const changed = (reservoir: "gain" | "loss") => {
    const field = profile.assumptions[`${reservoir}_ancilla_linewidth_hz`];
    const value = linewidth_hz[reservoir];
    return field.value === value ? field : { value, source: "chosen by the design" };
  };
  return {
    ...profile,
    assumptions: {
      ...profile.assumptions,
      gain_ancilla_linewidth_hz: changed("gain"),
      loss_ancilla_linewidth_hz: changed("loss"),
    },
  };
}

/**
 * Knobs for a model: order of solution as in docs/design.md. Frequencies first (as high as all sites of a group
 * allow, so that most stay near their sweet spot), then sideband strengths, settled tones, couplers.
 */
export function knobsFor(
  profile: TransmonProfile,
  groups: Groups,
  reach: Reach,
  factors: GraphFactors,
  making: Making,
  point: NearestPoint,
): InverseKnobs {
  const detuning_hz = hzFromAngular(point.detuning * point.loss_rate_per_s);
  const common_hz = commonFrequency(profile, groups, detuning_hz);
  const strengths = {
    gain: sidebandFor(profile, "gain", point.gain * point.loss_rate_per_s),
    loss: sidebandFor(profile, "loss", point.loss_rate_per_s),
  };
  const inB = new Set(groups.b);
  const sites = profile.sites.map((site, i) => {
    const target_hz = common_hz + (inB.has(i) ? -detuning_hz / 2 : groups.b.length > 0 ? detuning_hz / 2 : 0);
    return siteKnobs(profile, site, fluxFor(profile, site, target_hz), strengths);
  });
  const v = couplingHz(point);
  const perAmplitude = profile.assumptions.exchange_per_amplitude_hz.value;
  const oscillators = profile.sites.map((_, i) => oscillatorOf(profile, sites[i]!, i, common_hz));
  const dressed_hz = mean(oscillators.map((site) => hzFromAngular(site.asymmetry)));
  const wanted_hz = hzFromAngular(point.asymmetry * point.loss_rate_per_s);
  const modulation_hz = Math.abs(wanted_hz - dressed_hz);
  const bonds = bondsOf(profile, groups).map(({ i, j, between }): BondKnobs => {
    const factor = between ? factors.between : factors.within;
    const share = between ? v * point.inter_coupling : v;
    const exchange_hz = factor === 0 ? 0 : share / factor;
    return {
      bond: [profile.sites[i]!.id, profile.sites[j]!.id],
      between,
      exchange_hz,
      amplitude: exchange_hz / perAmplitude,
      coupler_hz: couplerFrequency(profile, [sites[i]!, sites[j]!], exchange_hz),
      modulation:
        making === "k-synthesis"
          ? {
              frequency_hz: modulation_hz,
              exchange_hz: 2 * exchange_hz,
              amplitude: (2 * exchange_hz) / perAmplitude,
            }
          : null,
    };
  });
  const strongest = bonds.reduce((most, b) => Math.max(most, Math.abs(b.exchange_hz)), 0);
  return {
    reference_hz: common_hz,
    sites,
    bonds,
    synthesis:
      making === "k-synthesis"
        ? { modulation_hz, static_hz: strongest, modulated_hz: 2 * strongest, asymmetry_hz: wanted_hz }
        : null,
    linewidth_hz: reach.linewidth_hz,
  };
}

/** f̄ of the array: groups stand at f̄ ± δ/2. */
function commonFrequency(profile: TransmonProfile, groups: Groups, detuning_hz: number): number {
  if (groups.b.length === 0) return groupRange(profile, groups.a).high;
  return Math.min(
    groupRange(profile, groups.a).high - detuning_hz / 2,
    groupRange(profile, groups.b).high + detuning_hz / 2,
  );
}

function couplerFrequency(
  profile: TransmonProfile,
  [a, b]: readonly [SiteKnobs, SiteKnobs],
  exchange_hz: number,
): number | null {
  const circuit = profile.assumptions.coupler_circuit?.value;
  if (circuit === undefined) return null;
  const { below, above } = couplerForExchange(
    {
      sites_hz: [a.drive01_hz, b.drive01_hz],
      mediated_hz: circuit.mediated_hz,
      direct_hz: circuit.direct_hz,
      ...(circuit.mediated_at_hz === undefined ? {} : { mediated_at_hz: circuit.mediated_at_hz }),
    },
    exchange_hz,
    { lowest_hz: circuit.lowest_hz, highest_hz: circuit.highest_hz },
  );
  return above?.coupler_hz ?? below?.coupler_hz ?? null;
}

function oscillatorOf(
  profile: TransmonProfile,
  knobs: SiteKnobs,
  i: number,
  reference_hz: number,
): Oscillator {
  return siteOscillator(profile, profile.sites[i]!, {
    flux_quanta: knobs.flux_quanta,
    tones: reservoirTones(profile, knobs),
    reference_hz,
  });
}

/**
 * The network that the knobs make: all unwanted channels, light shifts and scatter included. With K-synthesis each
 * site has K_eff,i = α_i + ω_m in the frame of the modulation and J₀ on its bonds (J₁ = 2J₀ makes both rungs alike).
 */
export function designNetwork(profile: TransmonProfile, knobs: InverseKnobs): Network {
  const index = new Map(profile.sites.map((site, i) => [site.id, i]));
  const sites = profile.sites.map((_, i) => {
    const site = oscillatorOf(profile, knobs.sites[i]!, i, knobs.reference_hz);
    if (knobs.synthesis === null) return site;
    const sign = site.asymmetry <= 0 ? 1 : -1;
    return { ...site, asymmetry: site.asymmetry + sign * angularFromHz(knobs.synthesis.modulation_hz) };
  });
  const entries = knobs.bonds.map(({ bond: [a, b], exchange_hz }) => ({
    i: index.get(a)!,
    j: index.get(b)!,
    re: angularFromHz(exchange_hz),
    im: 0,
  }));
  return { sites, coupling: createCoupling(sites.length, entries) };
}

const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
const halfRange = (values: readonly number[]) =>
  values.length === 0 ? 0 : (Math.max(...values) - Math.min(...values)) / 2;

/** Mean values of a network and their spread over the sites. */
export function achievedModel(
  profile: TransmonProfile,
  knobs: InverseKnobs,
  network: Network,
  groups: Groups,
  factors: GraphFactors,
): AchievedModel {
  const { sites } = network;
  const of = (pick: (site: Oscillator) => number, group?: readonly number[]) =>
    (group === undefined ? sites : group.map((i) => sites[i]!)).map(pick);
  const loss = mean(of((s) => s.loss));
  const gain = mean(of((s) => s.gain));
  const asymmetry = mean(of((s) => s.asymmetry));
  const detuning =
    groups.b.length === 0 ? 0 : mean(of((s) => s.detuning, groups.a)) - mean(of((s) => s.detuning, groups.b));
  const exchange = (between: boolean) => knobs.bonds.find((b) => b.between === between)?.exchange_hz ?? 0;
  const within_hz = exchange(false) * factors.within;
  const between_hz = exchange(true) * factors.between;
  const coupling_hz = factors.within === 0 ? between_hz : within_hz;
  const frequencies = (group: readonly number[]) =>
    group.map((i) => biasedLevels(profile, profile.sites[i]!, knobs.sites[i]!.flux_quanta).frequency_hz);
  const populations = sites.map(uncoupledPopulations);
  return {
    loss_rate_per_s: loss,
    gain_rate_per_s: gain,
    gain: gain / loss,
    asymmetry: asymmetry / loss,
    coupling: angularFromHz(coupling_hz) / loss,
    detuning: detuning / loss,
    inter_coupling: groups.b.length === 0 || coupling_hz === 0 ? 0 : between_hz / coupling_hz,
    asymmetry_hz: hzFromAngular(asymmetry),
    detuning_hz: hzFromAngular(detuning),
    coupling_hz,
    spread: {
      asymmetry_hz: hzFromAngular(halfRange(of((s) => s.asymmetry))),
      frequency_hz: Math.max(halfRange(frequencies(groups.a)), halfRange(frequencies(groups.b))),
      gain: halfRange(of((s) => s.gain)) / gain,
      loss: halfRange(of((s) => s.loss)) / loss,
    },
    populations: [0, 1, 2].map((m) => mean(populations.map((p) => p[m]!))) as [number, number, number],
    channels: Object.fromEntries(
      (["relaxation10", "relaxation21", "heating01", "heating12", "dephasing"] as const).map((name) => [
        name,
        mean(of((s) => s.channels[name])),
      ]),
    ),
  };
}
