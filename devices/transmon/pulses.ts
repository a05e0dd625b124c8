import { fullTurn } from "#core/units";
import type { Transition } from "#ir/operations";
import { squaredElements } from "./forward.ts";
import type { TransmonAssumptions } from "./schema.ts";

/** Flux through a loop at full scale of its bias line, in flux quanta: half a period to either side of a bias. */
export const fluxPerAmplitude_quanta = 1;

/** Envelope exp[−(t − T/2)²/2σ²] on [0, T], at t in s. */
export function gaussianEnvelope(t_s: number, duration_s: number, sigma_s: number): number {
  const x = (t_s - duration_s / 2) / sigma_s;
  return Math.exp((-x * x) / 2);
}

/** ∫ of the Gaussian envelope over [from, to] within [0, T], in s; Simpson's rule, below 1e-12 for T ≤ 20σ. */
function envelopeArea(from_s: number, to_s: number, duration_s: number, sigma_s: number): number {
  const intervals = 400;
  const h = (to_s - from_s) / intervals;
  let sum = gaussianEnvelope(from_s, duration_s, sigma_s) + gaussianEnvelope(to_s, duration_s, sigma_s);
  for (let k = 1; k < intervals; k++) {
    sum += (k % 2 === 1 ? 4 : 2) * gaussianEnvelope(from_s + k * h, duration_s, sigma_s);
  }
  return (sum * h) / 3;
}

/** ∫ of the Gaussian envelope over [0, T], in s: σ√(2π)·erf(T/(2√2σ)). */
export function gaussianArea(duration_s: number, sigma_s: number): number {
  return envelopeArea(0, duration_s, duration_s, sigma_s);
}

/** Part of a pulse's angle in each of 16 equal slices of time. */
export function pulseSlices(duration_s: number, sigma_s: number): number[] {
  const count = 16;
  const total = gaussianArea(duration_s, sigma_s);
  return Array.from(
    { length: count },
    (_, k) =>
      envelopeArea((k * duration_s) / count, ((k + 1) * duration_s) / count, duration_s, sigma_s) / total,
  );
}

/** Peak Rabi frequency Ω in rad/s of a drive of the given amplitude, matrix element of the transition included. */
export function rabiFrequency(
  assumptions: TransmonAssumptions,
  transition: Transition,
  amplitude: number,
): number {
  const element = Math.sqrt(squaredElements[transition === "01" ? 0 : 1] / squaredElements[0]);
  return fullTurn * assumptions.drive_rabi_per_amplitude_hz.value * element * amplitude;
}

/** Amplitude that turns by `angle_rad` with the given envelope area. */
export function amplitudeForAngle(
  assumptions: TransmonAssumptions,
  transition: Transition,
  angle_rad: number,
  area_s: number,
): number {
  return angle_rad / (rabiFrequency(assumptions, transition, 1) * area_s);
}
