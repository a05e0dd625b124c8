import { angularFromHz, fullTurn } from "#core/units";
import type { Tones } from "#ir/operations";
import type { Conditions } from "#ir/platform";
import { type CouplingEntry, createCoupling, type Network } from "#model/network";
import { bosonLadder, type Oscillator } from "#model/oscillator";
import { dressSite, purcellDecay, type Reservoir, type ReservoirTone, tonePhotons } from "./dressing.ts";
import type { TransmonAssumptions, TransmonProfile, TransmonSite } from "./schema.ts";
import { isKerrElement } from "./site-schema.ts";
import { levelsAtFlux, type TransmonLevels } from "./spectrum.ts";

export { ancilla, type Reservoir, type ReservoirTone, tonePhotons } from "./dressing.ts";

/** The Fock state that gain and loss stabilise: levels 0, 1, 2 of the model are those of the transmon. */
export const fockState = 1;
export const ladder = bosonLadder(fockState);
export const squaredElements: readonly [number, number] = [fockState, fockState + 1];

/** f₀₁ and α of a site at its flux bias. */
export function biasedLevels(
  profile: TransmonProfile,
  site: TransmonSite,
  flux_quanta: number,
): TransmonLevels {
  const measured = { frequency_hz: site.frequency_hz, anharmonicity_hz: site.anharmonicity_hz };
  if (flux_quanta === 0 || isKerrElement(site)) return measured;
  const atFlux = levelsAtFlux(measured, profile.assumptions.squid_asymmetry.value, flux_quanta);
  const atZero = levelsAtFlux(measured, profile.assumptions.squid_asymmetry.value, 0);
  // The series reproduces the measured pair only to its own accuracy: move by the difference.
  return {
    frequency_hz: site.frequency_hz + atFlux.frequency_hz - atZero.frequency_hz,
    anharmonicity_hz: site.anharmonicity_hz + atFlux.anharmonicity_hz - atZero.anharmonicity_hz,
  };
}

/**
 * The model oscillator that a biased transmon is while the given tones are on.
 *
 * Rates in 1/s, energies in rad/s; detuning relative to `reference_hz`. T1 is a real |1⟩ → |0⟩ channel, not an
 * error to be ignored; dephasing follows from 1/T2 = 1/(2T1) + 1/Tφ.
 *
 * @param frequency_error_hz - deviation of f₀₁ from what the bias should give
 */
export function siteOscillator(
  profile: TransmonProfile,
  site: TransmonSite,
  state: {
    readonly flux_quanta: number;
    readonly tones: readonly ReservoirTone[];
    readonly reference_hz: number;
    readonly frequency_error_hz?: number;
  },
): Oscillator {
  const assumptions = profile.assumptions;
  const bare = biasedLevels(profile, site, state.flux_quanta);
  const moved = { ...bare, frequency_hz: bare.frequency_hz + (state.frequency_error_hz ?? 0) };
  const dressed = dressSite(profile, site, state.flux_quanta, moved, state.tones);
  const [f01, f12] = dressed.transitions_hz;
  const relaxation = 1 / site.t1_s;
  const purcell = purcellDecay(assumptions, moved.frequency_hz);
  const ratio = assumptions.relaxation_ratio_21.value;
  const thermal = assumptions.thermal_population.value;
  const boltzmann = thermal / (1 - thermal);
  const t2 = state.flux_quanta === 0 ? site.t2_s : Math.min(site.t2_s, assumptions.t2_tuned_s.value);
  const pureDephasing = Math.max(0, 1 / t2 - relaxation / 2);
  return {
    gain: dressed.up01,
    loss: dressed.down21,
    asymmetry: angularFromHz(f12 - f01),
    detuning: angularFromHz(f01 - state.reference_hz),
    ladder,
    channels: {
      relaxation10: dressed.down10 + relaxation + purcell,
      relaxation21: relaxation * ratio + 2 * purcell,
      heating01: relaxation * boltzmann,
      heating12: dressed.up12 + relaxation * ratio * boltzmann,
      dephasing: 2 * pureDephasing,
    },
  };
}

/** Settings of one site. Amplitudes are fractions of full scale. */
export interface SiteKnobs {
  readonly site: string;
  readonly flux_quanta: number;
  /** Carriers of the drive frames. */
  readonly drive01_hz: number;
  readonly drive12_hz: number;
  /** What the generators send: the sideband's frequency over the photons that it takes. */
  readonly gain_tone_hz: number;
  readonly gain_amplitude: number;
  readonly loss_tone_hz: number;
  readonly loss_amplitude: number;
}

/** Settings of a transmon array for one scan of the exchange. */
export interface TransmonKnobs {
  /** Common rotating frame of the array. */
  readonly reference_hz: number;
  readonly sites: readonly SiteKnobs[];
  readonly exchange_hz: readonly number[];
  /** Full-scale fraction of every coupler, one entry for each exchange. */
  readonly exchange_amplitude: readonly number[];
  /** Settings of the sites while tones or couplers are on, by index of an axis and site. */
  readonly stepped?: SteppedKnobs;
  /** Swing of every coupler beside its exchange, J₁ cos(2πf·t) since the drive frames were zeroed. */
  readonly modulation?: CouplerModulation;
}

/** Settings that change along an axis of the scan; with `detuning` the sites' flux is pulsed too. */
export interface SteppedKnobs {
  readonly axis: "detuning" | "ratio";
  readonly sites: readonly (readonly SiteKnobs[])[];
}

export interface CouplerModulation {
  readonly frequency_hz: number;
  /** J₁/2π and the fraction of full scale that makes it. */
  readonly exchange_hz: number;
  readonly amplitude: number;
}

/** g/2π of a tone of the given amplitude. */
export function sidebandStrength(
  assumptions: TransmonAssumptions,
  reservoir: Reservoir,
  amplitude: number,
): number {
  return amplitude * assumptions[`${reservoir}_sideband_per_amplitude_hz`].value;
}

export function reservoirTones(
  profile: TransmonProfile,
  knobs: SiteKnobs,
  which: Tones = "both",
): ReservoirTone[] {
  const both: ReservoirTone[] = [
    {
      reservoir: "gain",
      frequency_hz: knobs.gain_tone_hz * tonePhotons(profile.assumptions, "gain"),
      sideband_hz: sidebandStrength(profile.assumptions, "gain", knobs.gain_amplitude),
    },
    {
      reservoir: "loss",
      frequency_hz: knobs.loss_tone_hz * tonePhotons(profile.assumptions, "loss"),
      sideband_hz: sidebandStrength(profile.assumptions, "loss", knobs.loss_amplitude),
    },
  ];
  return both.filter(({ reservoir }) => which === "both" || which === reservoir);
}

/** J_ij in rad/s for one exchange on all bonds, or on those given. */
export function exchangeEntries(
  profile: TransmonProfile,
  exchange_hz: number,
  only: readonly (readonly [string, string])[] = profile.bonds,
): CouplingEntry[] {
  const index = new Map(profile.sites.map((site, i) => [site.id, i]));
  return only.map(([a, b]) => ({
    i: index.get(a)!,
    j: index.get(b)!,
    re: angularFromHz(exchange_hz),
    im: 0,
  }));
}

/** The network that a set of knobs realises. */
export function transmonNetwork(
  profile: TransmonProfile,
  knobs: TransmonKnobs,
  conditions: Conditions,
): Network {
  const { tones, exchange_hz, point } = conditions;
  const working = tones !== "none" || exchange_hz !== 0;
  const at = knobs.stepped === undefined ? undefined : point?.[knobs.stepped.axis];
  const stepped = working && at !== undefined ? knobs.stepped?.sites[at] : undefined;
  const sites = profile.sites.map((site, i) => {
    const settings = (stepped ?? knobs.sites)[i]!;
    return siteOscillator(profile, site, {
      flux_quanta: settings.flux_quanta,
      tones: reservoirTones(profile, settings, tones),
      reference_hz: knobs.reference_hz,
      frequency_error_hz: conditions.frequency_error_hz?.[i] ?? 0,
    });
  });
  const coupled = (exchange: number) =>
    createCoupling(sites.length, exchange === 0 ? [] : exchangeEntries(profile, exchange, conditions.bonds));
  const { modulation } = knobs;
  if (modulation === undefined || exchange_hz === 0) return { sites, coupling: coupled(exchange_hz) };
  const turned = modulation.frequency_hz * (conditions.start_s ?? 0);
  return {
    sites,
    coupling: coupled(exchange_hz),
    modulations: [
      {
        coupling: coupled(modulation.exchange_hz),
        rate: angularFromHz(modulation.frequency_hz),
        phase: fullTurn * (turned - Math.floor(turned)),
      },
    ],
  };
}
