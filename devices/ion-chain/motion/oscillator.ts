import { angularFromHz } from "#core/units";
import { hbar_js } from "../constants.ts";

/** x₀ = √(ħ/2mω) in m: ⟨0|x²|0⟩^½, so that x = x₀(a + a†). */
export function zeroPointLength(mass_kg: number, frequency_hz: number): number {
  return Math.sqrt(hbar_js / (2 * mass_kg * angularFromHz(frequency_hz)));
}

/**
 * Lamb–Dicke parameter η = k·x₀·cos(angle)·participation.
 *
 * @param waveNumber_rad_per_m - of the light, or of the difference of two Raman beams
 * @param angle_rad - between the wave vector and the motion
 * @param participation - of the ion in a collective mode; 1 for a local one
 */
export function lambDicke(
  waveNumber_rad_per_m: number,
  zeroPoint_m: number,
  angle_rad = 0,
  participation = 1,
): number {
  return waveNumber_rad_per_m * zeroPoint_m * Math.abs(Math.cos(angle_rad) * participation);
}
