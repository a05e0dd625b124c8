import { type FluxBias, fluxAmplitude, pumpShifts } from "./reservoir/pump-shifts.ts";
import { purcellRate } from "./reservoir/purity.ts";
import type { ChargeTone } from "./reservoir/stark.ts";
import type { Pump } from "./reservoir/tones.ts";
import type { TransmonAssumptions, TransmonProfile, TransmonSite } from "./schema.ts";
import { type Ancilla, type SidebandTone, toneOnLadder } from "./sidebands.ts";
import { isKerrElement } from "./site-schema.ts";
import { circuitFromLevels, type TransmonLevels } from "./spectrum.ts";

/** What a site's levels and rates become while gain and loss tones are on. */

export type Reservoir = "gain" | "loss";

export function ancilla(assumptions: TransmonAssumptions, reservoir: Reservoir): Ancilla {
  return {
    frequency_hz: assumptions[`${reservoir}_ancilla_frequency_hz`].value,
    linewidth_hz: assumptions[`${reservoir}_ancilla_linewidth_hz`].value,
    thermal_population: assumptions[`${reservoir}_ancilla_thermal_population`].value,
  };
}

/** A tone for one of a site's two ancillas; `frequency_hz` is that of its sideband, see `tonePhotons`. */
export interface ReservoirTone extends SidebandTone {
  readonly reservoir: Reservoir;
}

/** How the tone of a reservoir acts when it makes a sideband of g/2π = `sideband_hz`. */
export function pumpOf(assumptions: TransmonAssumptions, reservoir: Reservoir, sideband_hz: number): Pump {
  const pump = assumptions[`${reservoir}_pump`]?.value ?? { kind: "coupler" as const };
  if (pump.kind !== "charge") return pump;
  const share = sideband_hz / assumptions[`${reservoir}_sideband_per_amplitude_hz`].value;
  return { kind: "charge", rabi_hz: pump.rabi_hz * Math.sqrt(share) };
}

/** Photons of the tone in one event of its sideband: 2 for charge tones and for flux tones at a sweet spot. */
export function tonePhotons(assumptions: TransmonAssumptions, reservoir: Reservoir): 1 | 2 {
  const pump = assumptions[`${reservoir}_pump`]?.value;
  return pump?.kind === "charge" || (pump?.kind === "flux" && pump.lever === "curvature") ? 2 : 1;
}

/** The loop of a site at its bias; undefined for an element that no flux tunes. */
export function fluxBias(
  profile: TransmonProfile,
  site: TransmonSite,
  flux_quanta: number,
): FluxBias | undefined {
  if (isKerrElement(site)) return undefined;
  return {
    atZero: circuitFromLevels(site),
    squidAsymmetry: profile.assumptions.squid_asymmetry.value,
    flux_quanta,
  };
}

/** Rungs that ancillas act on: the third, 2↔3, moves level 2. */
const squared = [1, 2, 3];
/** Elements of the rungs among which a charge tone mixes levels. */
const chargeElements = [1, 2, 3, 4, 5, 6].map(Math.sqrt);

/** Levels and rates of the two rungs of the model under tones. */
export interface DressedSite {
  /** f₀₁ and f₁₂ with everything on. */
  readonly transitions_hz: readonly [number, number];
  readonly up01: number;
  readonly down10: number;
  readonly up12: number;
  readonly down21: number;
  /** True when a charge tone mixes levels by a quarter or more; shifts are then those of second order. */
  readonly mixed: boolean;
}

/**
 * Shifts and rates by all tones: those of their pumps (rectification, AC Stark), then those of the eliminated
 * ancillas at the levels so shifted, light shifts included. A flux pump beyond its reach rectifies nothing here;
 * the design refuses it.
 */
export function dressSite(
  profile: TransmonProfile,
  site: TransmonSite,
  flux_quanta: number,
  bare: TransmonLevels,
  tones: readonly ReservoirTone[],
): DressedSite {
  const bare_hz = chargeElements.map((_, m) => bare.frequency_hz + m * bare.anharmonicity_hz);
  const pumped = pumpedTransitions(profile, site, flux_quanta, bare_hz, tones);
  const pumped_hz = pumped.transitions_hz.slice(0, squared.length);
  const lit = (at_hz: readonly number[]) => {
    const effects = tones.map((tone) =>
      toneOnLadder(tone, ancilla(profile.assumptions, tone.reservoir), at_hz, squared),
    );
    const sum = (pick: (e: (typeof effects)[number]) => number) => effects.reduce((s, e) => s + pick(e), 0);
    return {
      transitions_hz: pumped_hz.map((f, m) => f + sum((e) => e.levelShift_hz[m + 1]! - e.levelShift_hz[m]!)),
      up: [0, 1].map((m) => sum((e) => e.up[m]!)),
      down: [0, 1].map((m) => sum((e) => e.down[m]!)),
    };
  };
  // A tone meets its transition where the other tone has moved it: once more at the shifted levels.
  const { transitions_hz, up, down } =
    tones.length === 0 ? lit(pumped_hz) : lit(lit(pumped_hz).transitions_hz);
  return {
    transitions_hz: [transitions_hz[0]!, transitions_hz[1]!],
    up01: up[0]!,
    down10: down[0]!,
    up12: up[1]!,
    down21: down[1]!,
    mixed: pumped.mixed,
  };
}

function pumpedTransitions(
  profile: TransmonProfile,
  site: TransmonSite,
  flux_quanta: number,
  bare_hz: readonly number[],
  tones: readonly ReservoirTone[],
): { readonly transitions_hz: readonly number[]; readonly mixed: boolean } {
  const amplitudes: number[] = [];
  const charges: ChargeTone[] = [];
  let bias: FluxBias | undefined;
  for (const { reservoir, sideband_hz, frequency_hz } of tones) {
    const pump = pumpOf(profile.assumptions, reservoir, sideband_hz);
    if (pump.kind === "charge") charges.push({ frequency_hz: frequency_hz / 2, rabi_hz: pump.rabi_hz });
    if (pump.kind !== "flux") continue;
    bias ??= fluxBias(profile, site, flux_quanta);
    const amplitude =
      bias && fluxAmplitude(bias, reservoir === "gain" ? 0 : 1, pump, sideband_hz, frequency_hz);
    if (amplitude !== null && amplitude !== undefined) amplitudes.push(amplitude);
  }
  if (amplitudes.length === 0 && charges.length === 0) return { transitions_hz: bare_hz, mixed: false };
  const { rectification, stark, mixed } = pumpShifts(bare_hz, chargeElements, bias, amplitudes, charges);
  return { transitions_hz: bare_hz.map((f, m) => f + rectification[m]! + stark[m]!), mixed };
}

/** Coupling g_s/2π to an ancilla that is there whether or not the tone is on, Hz. */
export function staticCoupling(assumptions: TransmonAssumptions, reservoir: Reservoir): number {
  return assumptions[`${reservoir}_pump`]?.value.static_hz ?? 0;
}

/** Rate |1⟩ → |0⟩ through the static couplings to both ancillas, 1/s; the profile's T1 does not hold it. */
export function purcellDecay(assumptions: TransmonAssumptions, frequency_hz: number): number {
  return (["gain", "loss"] as const).reduce((sum, reservoir) => {
    const mode = ancilla(assumptions, reservoir);
    const coupling = staticCoupling(assumptions, reservoir);
    return sum + purcellRate(1, coupling, frequency_hz - mode.frequency_hz, mode.linewidth_hz);
  }, 0);
}
