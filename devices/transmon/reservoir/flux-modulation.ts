import { fullTurn } from "#core/units";
import type { FluxDerivatives } from "../circuit/flux.ts";

/**
 * Sidebands by modulating a site's own flux: f(t) = f̄ + ε cos(2πf_m t) makes the static coupling to the ancilla
 * reach the k-th sideband with J_k(ε/f_m). The curvature of f(Φ) moves f̄.
 */

/**
 * Bessel function J_k(x) = (1/2π)∮cos(kτ − x sin τ)dτ of integer order, by the trapezoidal rule, which converges
 * exponentially on a period.
 *
 * @accuracy 1e-15 absolute for |k| + |x| ≤ 40 (test/unit/devices/transmon/reservoir/flux-modulation.test.ts)
 */
export function besselJ(order: number, x: number): number {
  const points = 128;
  let sum = 0;
  for (let j = 0; j < points; j++) {
    const angle = (fullTurn * j) / points;
    sum += Math.cos(order * angle - x * Math.sin(angle));
  }
  return sum / points;
}

/** Where J₁ has its maximum, the first zero of J₁'. */
const firstMaximum = 1.8411837813406593;

/** x in [0, 1.84] with J₁(x) = value; null when the value is outside [0, 0.5819]. */
export function inverseBesselJ1(value: number): number | null {
  if (!(value >= 0) || value > besselJ(1, firstMaximum)) return null;
  let low = 0;
  let high = firstMaximum;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (besselJ(1, middle) < value) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * How a flux tone acts: through the slope of f(Φ), at the tone's own frequency, or, at a sweet spot where the
 * slope vanishes, through the curvature, at twice it: the tone then is to be sent at half the sideband frequency.
 */
export type FluxLever = "slope" | "curvature";

/** Frequency excursion ε in Hz of a flux amplitude in Φ₀: |f'|Φ_ac, or ¼|f''|Φ_ac² at a sweet spot. */
export function excursion(response: FluxDerivatives, lever: FluxLever, amplitude_quanta: number): number {
  return lever === "slope"
    ? Math.abs(response.slope_hz * amplitude_quanta)
    : Math.abs(response.curvature_hz) * (amplitude_quanta ** 2 / 4);
}

/** Φ_ac in Φ₀ for a frequency excursion: inverse of `excursion`; null where the lever has no length. */
export function amplitudeForExcursion(
  response: FluxDerivatives,
  lever: FluxLever,
  excursion_hz: number,
): number | null {
  const amplitude =
    lever === "slope"
      ? excursion_hz / Math.abs(response.slope_hz)
      : Math.sqrt((4 * excursion_hz) / Math.abs(response.curvature_hz));
  return Number.isFinite(amplitude) ? amplitude : null;
}

/**
 * g/2π of the first sideband, g_s·J₁(ε/f), before matrix elements.
 *
 * @param static_hz - g_s/2π, bare coupling to the ancilla
 * @param sideband_hz - f, the frequency at which the transition is modulated
 * @source Strand et al., Phys. Rev. B 87, 220505 (2013), arXiv:1301.0535
 */
export function fluxSideband(static_hz: number, excursion_hz: number, sideband_hz: number): number {
  return static_hz * besselJ(1, excursion_hz / sideband_hz);
}

/** ε in Hz for a wanted g/2π; null when it exceeds 0.58 g_s. */
export function excursionForSideband(
  static_hz: number,
  wanted_hz: number,
  sideband_hz: number,
): number | null {
  const index = inverseBesselJ1(wanted_hz / static_hz);
  return index === null ? null : index * sideband_hz;
}

/** Static coupling that is left while the tone is on: g_s·J₀(ε/f). */
export function residualCoupling(static_hz: number, excursion_hz: number, sideband_hz: number): number {
  return static_hz * besselJ(0, excursion_hz / sideband_hz);
}

/**
 * Shift of the mean frequency under Φ(t) = Φ_dc + Φ_ac cos: ¼f''Φ_ac², in Hz.
 *
 * @accuracy the next order is f''''Φ_ac⁴/64; `cycleAverage` is exact
 */
export function rectificationShift({ curvature_hz }: FluxDerivatives, amplitude_quanta: number): number {
  return (curvature_hz * amplitude_quanta ** 2) / 4;
}

/** Mean of f over one period of Φ_dc + Φ_ac cos τ. */
export function cycleAverage(
  frequency: (flux_quanta: number) => number,
  flux_quanta: number,
  amplitude_quanta: number,
): number {
  const points = 32;
  let sum = 0;
  for (let j = 0; j < points; j++) {
    sum += frequency(flux_quanta + amplitude_quanta * Math.cos((fullTurn * (j + 0.5)) / points));
  }
  return sum / points;
}

/**
 * γ₊ over the Purcell rate when the same static coupling serves both: 4J₁(ε/f)²(Δ/κ)². Below about 10 the ancilla
 * empties the site almost as fast as the tone fills it, and a filter or a modulated coupler is needed.
 *
 * @param detuning_hz - Δ/2π, site to ancilla
 * @param linewidth_hz - κ/2π
 */
export function gainOverPurcell(modulationIndex: number, detuning_hz: number, linewidth_hz: number): number {
  return 4 * besselJ(1, modulationIndex) ** 2 * (detuning_hz / linewidth_hz) ** 2;
}
