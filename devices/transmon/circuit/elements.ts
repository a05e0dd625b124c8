import { fullTurn } from "#core/units";

/** From capacitances and critical currents to energies, and back. SI units; exact constants of the 2019 SI. */

const elementaryCharge_c = 1.602176634e-19;
const planck_js = 6.62607015e-34;

/**
 * E_C/h = e²/(2C_Σh) in Hz: 19.37 GHz for 1 fF.
 *
 * @source Koch et al., Phys. Rev. A 76, 042319 (2007)
 */
export function chargingEnergy(capacitance_f: number): number {
  return elementaryCharge_c ** 2 / (2 * capacitance_f * planck_js);
}

/** C_Σ in F for E_C/h in Hz. */
export function capacitanceFor(charging_hz: number): number {
  return elementaryCharge_c ** 2 / (2 * charging_hz * planck_js);
}

/** E_J/h = Φ₀I_c/(2πh) = I_c/(4πe) in Hz: 0.4967 GHz for 1 nA. */
export function josephsonEnergy(criticalCurrent_a: number): number {
  return criticalCurrent_a / (2 * fullTurn * elementaryCharge_c);
}

/** I_c in A for E_J/h in Hz. */
export function criticalCurrentFor(josephson_hz: number): number {
  return 2 * fullTurn * elementaryCharge_c * josephson_hz;
}

/** One side of a capacitive coupling: f₀₁ and the total capacitance to ground. */
export interface CapacitiveSite {
  readonly frequency_hz: number;
  readonly capacitance_f: number;
}

/**
 * J/2π = ½√(f₁f₂)·C_g/√((C₁+C_g)(C₂+C_g)) of two transmons joined by a capacitance, in Hz.
 *
 * @source linear circuit theory with weak C_g; as in Krantz et al., Appl. Phys. Rev. 6, 021318 (2019)
 */
export function capacitiveExchange(a: CapacitiveSite, b: CapacitiveSite, coupling_f: number): number {
  return (
    (0.5 * Math.sqrt(a.frequency_hz * b.frequency_hz) * coupling_f) /
    Math.sqrt((a.capacitance_f + coupling_f) * (b.capacitance_f + coupling_f))
  );
}
