import { hzFromAngular } from "#core/units";
import { exchangeMatrix, motionDirection } from "../crystal/exchange.ts";
import { ionPositions } from "../forward.ts";
import type { IonControl, IonProfile } from "../schema.ts";
import { findSpecies, ionMass } from "../species.ts";

/**
 * The exchange as the stored sets of voltages make it. The motion turns about the axis of the light, so that η, the
 * lattice's shift and K stay what they are, from the magic angle (cos² = 1/3, no exchange between any two ions of a line)
 * to across the line; J goes as 1 − 3cos², and the sets are spaced evenly in it.
 */

export function largestWord({ exchange_bits }: IonControl): number {
  return 2 ** exchange_bits - 1;
}

/** J in rad/s of all pairs with the motion across the line, for modes at `mode_hz`. */
export function fullExchange(profile: IonProfile, mode_hz: number): number[][] {
  const { geometry } = profile;
  const spacing_m = geometry.kind === "array" ? geometry.spacing_min_m : null;
  const axial_hz = geometry.kind === "chain" ? geometry.axial_frequency_max_hz : null;
  const positions = ionPositions(profile, { spacing_m, axial_hz });
  const mass = ionMass(findSpecies(profile.ions.species));
  return exchangeMatrix(
    positions,
    motionDirection(Math.PI / 2),
    mass,
    positions.map(() => mode_hz),
  );
}

/** J/2π of the closest pair in set `word`, Hz. */
export function exchangeOfWord(
  profile: IonProfile,
  control: IonControl,
  mode_hz: number,
  word: number,
): number {
  const largest = Math.max(...fullExchange(profile, mode_hz).flat());
  return (hzFromAngular(largest) * word) / largestWord(control);
}

/** The set that comes nearest to an exchange; negative ones and those beyond the last are clipped. */
export function wordOfExchange(
  profile: IonProfile,
  control: IonControl,
  mode_hz: number,
  exchange_hz: number,
): number {
  const step = exchangeOfWord(profile, control, mode_hz, 1);
  return Math.min(largestWord(control), Math.max(0, Math.round(exchange_hz / step)));
}

/** The number in two's complement that comes nearest to a detuning of the wells; those beyond its range are clipped. */
export function wordOfDetuning({ well_bits, well_step_hz }: IonControl, detuning_hz: number): number {
  if (well_bits === undefined || well_step_hz === undefined) return 0;
  const half = 2 ** (well_bits - 1);
  const number = Math.min(half - 1, Math.max(-half, Math.round(detuning_hz / well_step_hz)));
  return number < 0 ? number + 2 * half : number;
}

/** δ/2π that a word makes, Hz: first ion up by half of it, second down. */
export function detuningOfWord({ well_bits, well_step_hz }: IonControl, word: number): number {
  if (well_bits === undefined || well_step_hz === undefined) return 0;
  return (word >= 2 ** (well_bits - 1) ? word - 2 ** well_bits : word) * well_step_hz;
}

/** Shift of each ion's mode by the wells' detuning, Hz. */
export function wellShifts(detuning_hz: number, ions: number): number[] {
  return Array.from({ length: ions }, (_, i) => (i === 0 ? detuning_hz / 2 : i === 1 ? -detuning_hz / 2 : 0));
}
