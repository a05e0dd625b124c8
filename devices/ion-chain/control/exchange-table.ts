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
