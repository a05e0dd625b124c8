import { pumpedRate } from "./pumped-sideband.ts";

/** Mean square of cos(angle) of a scattered photon against the motion. */
export const emissionPattern = {
  isotropic: 1 / 3,
  /** A σ or π dipole with its favoured direction along the motion. */
  along: 2 / 5,
} as const;

/** One pumping cycle, seen by the motion. */
export interface Scattering {
  /** η of the scattered photon's wavelength. */
  readonly eta: number;
  /** α, mean of cos² over the emission. */
  readonly pattern: number;
  /** η of the absorbed repump photon, its angle included; 0 when it comes across the motion. */
  readonly absorbedEta: number;
  /** Photons scattered until the ion is back in |g⟩. */
  readonly photons: number;
}

/**
 * Probability that the photons of one cycle move the motion from |n⟩ to |n + 1⟩ and to |n − 1⟩, to first order:
 * (αη² + η_abs²)·photons·(n + 1) and the same with n.
 */
export function recoilProbability(
  scattering: Scattering,
  n: number,
): { readonly up: number; readonly down: number; readonly total: number } {
  const kick = (scattering.pattern * scattering.eta ** 2 + scattering.absorbedEta ** 2) * scattering.photons;
  return { up: kick * (n + 1), down: kick * n, total: kick * (2 * n + 1) };
}

/** A line that a tone drives without being meant to. */
export interface OffResonantLine {
  readonly line: "neighbour" | "second neighbour" | "carrier" | "opposite sideband" | "other mode";
  /** Tone minus transition, rad/s. */
  readonly detuning_rad_per_s: number;
  /** Rate of pumping through it, 1/s. */
  readonly rate_per_s: number;
}

/** What decides the off-resonant lines of one tone, angular frequencies in rad/s. */
export interface ToneContext {
  readonly tone: "blue" | "red";
  /** Carrier Rabi frequency Ω₀. */
  readonly carrier: number;
  readonly repump: number;
  /** ω of the local mode. */
  readonly mode: number;
  /** K, with its sign. */
  readonly asymmetry: number;
  /** Elements |⟨m|e^{iη(a+a†)}|n⟩| of the next Fock transition, the one after it, and the opposite sideband. */
  readonly elements: {
    readonly neighbour: number;
    readonly second: number;
    readonly opposite: number;
    readonly carrier: number;
  };
  /** Other modes that the beam can drive: ω and the element of their first sideband. */
  readonly others: readonly { readonly mode: number; readonly element: number }[];
}

/** All lines that a tone on a first sideband also drives, each as a pumped line of its own. */
export function offResonantLines(context: ToneContext): OffResonantLine[] {
  const { carrier, repump, mode, asymmetry, elements } = context;
  const side = context.tone === "blue" ? 1 : -1;
  const line = (name: OffResonantLine["line"], detuning: number, element: number): OffResonantLine => ({
    line: name,
    detuning_rad_per_s: detuning,
    rate_per_s: pumpedRate({ rabi: carrier * element, repump, detuning }),
  });
  return [
    // Blue: ω₀₁ − ω₁₂. Red: −ω₁₂ + ω₀₁.
    line("neighbour", -asymmetry, elements.neighbour),
    line("second neighbour", -2 * asymmetry, elements.second),
    line("carrier", side * mode, elements.carrier),
    line("opposite sideband", 2 * side * mode, elements.opposite),
    ...context.others.map((other) => line("other mode", side * (mode - other.mode), other.element)),
  ];
}

/**
 * Shift of the internal transition by a tone that far from its carrier, −Ω₀²/(2Δ), in rad/s: a blue tone (Δ = +ω)
 * lowers it, a red one raises it. Every sideband shifts with it.
 *
 * @param detuning_rad_per_s - tone minus carrier
 * @accuracy relative Ω₀²/(4Δ²) (test/unit/devices/ion-chain/reservoir/side-effects.test.ts)
 */
export function carrierStarkShift(carrier_rad_per_s: number, detuning_rad_per_s: number): number {
  return -(carrier_rad_per_s ** 2) / (2 * detuning_rad_per_s);
}
