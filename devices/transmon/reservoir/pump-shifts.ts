import { EntrainError } from "#core/errors";
import type { CircuitEnergies } from "../circuit/charge-basis.ts";
import { type FluxDerivatives, fluxResponse } from "../circuit/flux.ts";
import type { EnergyLadder } from "../circuit/ladder.ts";
import { levelsFromCircuit, squidJosephson } from "../spectrum.ts";
import {
  amplitudeForExcursion,
  cycleAverage,
  excursionForSideband,
  type FluxLever,
} from "./flux-modulation.ts";
import { type ChargeTone, dressedShifts, starkShifts } from "./stark.ts";

/** The loop of a tunable site and where it is biased. */
export interface FluxBias {
  /** Energies at zero flux. */
  readonly atZero: CircuitEnergies;
  readonly squidAsymmetry: number;
  readonly flux_quanta: number;
}

/** Flux derivatives of f_{m,m+1} = f₀₁ + mα. */
function rungResponse({ atZero, squidAsymmetry, flux_quanta }: FluxBias, m: number): FluxDerivatives {
  const { frequency, anharmonicity } = fluxResponse(atZero, squidAsymmetry, flux_quanta);
  return {
    value_hz: frequency.value_hz + m * anharmonicity.value_hz,
    slope_hz: frequency.slope_hz + m * anharmonicity.slope_hz,
    curvature_hz: frequency.curvature_hz + m * anharmonicity.curvature_hz,
  };
}

/** A sideband by modulating the flux of the site itself. */
export interface FluxPump {
  readonly static_hz: number;
  readonly lever: FluxLever;
}

/**
 * Φ_ac in Φ₀ that gives a sideband on rung m; null when it is more than modulation can make of the static
 * coupling, or when the lever has no length at this bias.
 */
export function fluxAmplitude(
  bias: FluxBias,
  m: number,
  pump: FluxPump,
  sideband_hz: number,
  frequency_hz: number,
): number | null {
  const excursion = excursionForSideband(pump.static_hz, sideband_hz, frequency_hz);
  return excursion === null ? null : amplitudeForExcursion(rungResponse(bias, m), pump.lever, excursion);
}

/** What the pumps of all tones do to the levels. */
export interface PumpShifts {
  /** Shift of each transition's mean, Hz. */
  readonly rectification: readonly number[];
  /** AC Stark shift of each transition, Hz; 0 where the topmost level's is not known. */
  readonly stark: readonly number[];
  /** True when a charge tone mixes levels by a quarter or more; its shifts are then those of second order. */
  readonly mixed: boolean;
}

/**
 * Shifts of all transitions by flux tones (exact cycle average of the closed form) and charge tones (dressed
 * ladder, without counter-rotating terms).
 *
 * @param bare_hz - undriven f_{m,m+1}
 */
export function pumpShifts(
  bare_hz: readonly number[],
  elements: readonly number[],
  bias: FluxBias | undefined,
  fluxAmplitudes_quanta: readonly number[],
  charges: readonly ChargeTone[],
): PumpShifts {
  const rectification = rectifiedBy(bias, fluxAmplitudes_quanta, bare_hz.length);
  const ladder = ladderOf(
    bare_hz.map((f, m) => f + rectification[m]!),
    elements,
  );
  let mixed = false;
  const levels = charges.map((tone) => {
    try {
      return dressedShifts(ladder, tone);
    } catch (error) {
      if (!(error instanceof EntrainError) || error.code !== "transmon.strong_drive") throw error;
      mixed = true;
      return starkShifts(ladder, tone);
    }
  });
  return { rectification, stark: bare_hz.map((_, m) => differenceAt(levels, m)), mixed };
}

/** Shift of each transition's mean under flux tones of these amplitudes, over all their phases. */
function rectifiedBy(
  bias: FluxBias | undefined,
  amplitudes: readonly number[],
  rungs: number,
): readonly number[] {
  if (bias === undefined || amplitudes.length === 0) return Array.from({ length: rungs }, () => 0);
  const shift = (level: "frequency_hz" | "anharmonicity_hz") => {
    const still = (flux: number) =>
      levelsFromCircuit({
        ...bias.atZero,
        josephson_hz: squidJosephson(bias.atZero.josephson_hz, bias.squidAsymmetry, flux),
      })[level];
    const average = amplitudes.reduce<(flux: number) => number>(
      (inner, amplitude) => (flux) => cycleAverage(inner, flux, amplitude),
      still,
    );
    return average(bias.flux_quanta) - still(bias.flux_quanta);
  };
  const [frequency, anharmonicity] = [shift("frequency_hz"), shift("anharmonicity_hz")];
  return Array.from({ length: rungs }, (_, m) => frequency + m * anharmonicity);
}

function ladderOf(transitions: readonly number[], elements: readonly number[]): EnergyLadder {
  const energies_hz = [0];
  for (const f of transitions) energies_hz.push(energies_hz.at(-1)! + f);
  return { energies_hz, elements };
}

/** Σ over causes of shift(m+1) − shift(m); 0 where the topmost level's is not known. */
export function differenceAt(levels: readonly (readonly number[])[], m: number): number {
  return levels.reduce((sum, shift) => sum + ((shift[m + 1] ?? shift[m] ?? 0) - (shift[m] ?? 0)), 0);
}
