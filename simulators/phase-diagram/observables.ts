import { fullTurn } from "#core/units";

/** What is read off a long-time state of one point, averages over time. */
export interface Observables {
  /** Mean |⟨A†⟩| per group. */
  readonly amplitudes: readonly number[];
  /** Mean |Σ⟨A†⟩|/M. */
  readonly orderParameter: number;
  /** Mean rotation rate per group. */
  readonly frequencies: readonly number[];
  /** Frequency of the strongest line in the spectrum of ⟨A†⟩, per group. */
  readonly lines: readonly number[];
  /** Standard deviation of |⟨A†⟩| over its mean, the largest of the groups. */
  readonly spread: number;
  /** arg of the mean of ⟨A†⟩₀⟨A⟩₁: how far group 0 is ahead of group 1; null with one group. */
  readonly relativePhase: number | null;
}

/** Turns that are multiplied at most before their angle is taken: the product gets small with the amplitude. */
const multiplied = 16;

/**
 * Averages over one period of a relative periodic orbit.
 *
 * @param samples - [re, im] of every group at `count` even times, the last one a period after the first
 */
export function orbitObservables(
  samples: Float64Array,
  count: number,
  groups: number,
  period: number,
): Observables {
  const steps = count - 1;
  const amplitudes: number[] = [];
  const frequencies: number[] = [];
  const lines: number[] = [];
  let spread = 0;
  for (let g = 0; g < groups; g++) {
    let sum = 0;
    let squares = 0;
    let winding = 0;
    // Product of turns by less than an eighth, whose angle is taken when it is more than that itself.
    let turnRe = 1;
    let turnIm = 0;
    for (let k = 0; k < steps; k++) {
      const o = 2 * (k * groups + g);
      const p = o + 2 * groups;
      const re = samples[o]!;
      const im = samples[o + 1]!;
      const nextRe = samples[p]!;
      const nextIm = samples[p + 1]!;
      const square = re * re + im * im;
      sum += Math.sqrt(square);
      squares += square;
      const stepRe = re * nextRe + im * nextIm;
      const stepIm = re * nextIm - im * nextRe;
      const wide = stepRe <= Math.abs(stepIm);
      if (wide) winding += Math.atan2(stepIm, stepRe);
      else {
        const next = turnRe * stepRe - turnIm * stepIm;
        turnIm = turnRe * stepIm + turnIm * stepRe;
        turnRe = next;
      }
      if (turnRe > Math.abs(turnIm) && k % multiplied !== 0) continue;
      winding += Math.atan2(turnIm, turnRe);
      turnRe = 1;
      turnIm = 0;
    }
    winding += Math.atan2(turnIm, turnRe);
    const mean = sum / steps;
    amplitudes.push(mean);
    frequencies.push(winding / period);
    lines.push(strongestLine(samples, steps, groups, g, winding, period));
    spread = Math.max(spread, Math.sqrt(Math.max(0, squares / steps - mean * mean)) / mean);
  }
  return { amplitudes, frequencies, lines, spread, ...joint(samples, steps, groups) };
}

/** Order parameter and relative phase from the first `steps` samples, all of one weight. */
function joint(samples: Float64Array, steps: number, groups: number) {
  let order = 0;
  let alignedRe = 0;
  let alignedIm = 0;
  for (let k = 0; k < steps; k++) {
    let re = 0;
    let im = 0;
    for (let g = 0; g < groups; g++) {
      re += samples[2 * (k * groups + g)]!;
      im += samples[2 * (k * groups + g) + 1]!;
    }
    order += Math.sqrt(re * re + im * im);
    if (groups < 2) continue;
    const o = 2 * k * groups;
    alignedRe += samples[o]! * samples[o + 2]! + samples[o + 1]! * samples[o + 3]!;
    alignedIm += samples[o + 1]! * samples[o + 2]! - samples[o]! * samples[o + 3]!;
  }
  return {
    orderParameter: order / steps / groups,
    relativePhase: groups < 2 ? null : Math.atan2(alignedIm, alignedRe),
  };
}

/** Lines on either side of the mean rotation that can be the strongest. */
const lineReach = 8;

/**
 * ⟨A†⟩ is e^{iωt} times a periodic function, ω the mean rotation: its lines are a comb, the strongest is taken.
 * Lines are looked at from the middle outwards until what is left of the mean square could not hold a stronger one.
 */
function strongestLine(
  samples: Float64Array,
  steps: number,
  groups: number,
  g: number,
  winding: number,
  period: number,
): number {
  let left = 0;
  for (let k = 0; k < steps; k++) {
    const o = 2 * (k * groups + g);
    left += (samples[o]! ** 2 + samples[o + 1]! ** 2) / steps;
  }
  let best = 0;
  let strength = -1;
  for (let n = 0; n <= 2 * lineReach && strength < left; n++) {
    const line = n % 2 === 0 ? -n / 2 : (n + 1) / 2;
    // e^{−i(winding + 2π·line)k/steps} by repeated rotation
    const angle = -(winding + fullTurn * line) / steps;
    const c = Math.cos(angle);
    const s = Math.sin(angle);
    let turnRe = 1 / steps;
    let turnIm = 0;
    let re = 0;
    let im = 0;
    for (let k = 0; k < steps; k++) {
      const o = 2 * (k * groups + g);
      re += samples[o]! * turnRe - samples[o + 1]! * turnIm;
      im += samples[o]! * turnIm + samples[o + 1]! * turnRe;
      const next = turnRe * c - turnIm * s;
      turnIm = turnRe * s + turnIm * c;
      turnRe = next;
    }
    const size = re * re + im * im;
    left -= size;
    if (size > strength) {
      strength = size;
      best = line;
    }
  }
  return (winding + fullTurn * best) / period;
}
