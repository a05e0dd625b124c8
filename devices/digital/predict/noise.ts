import type { Timing } from "../circuit/schedule.ts";

/** Errors of what a device does to each qubit. */
export interface Noise {
  readonly timing: Timing;
  /** Average gate infidelity of one pulse. */
  singleError(qubit: number): number;
  /** Average gate infidelity of the two-qubit gate. */
  pairError(a: number, b: number): number;
  /** s; Infinity for none. */
  t1(qubit: number): number;
  /** s, at most 2·T1. */
  t2(qubit: number): number;
  reset(qubit: number): Assignment;
  readout(qubit: number): Assignment;
}

/** Probabilities of a wrong assignment. */
export interface Assignment {
  /** 0 on |1⟩. */
  readonly missed: number;
  /** 1 on |0⟩. */
  readonly invented: number;
}

/** One set of numbers for all qubits; what is left out is perfect or takes no time. */
export interface UniformNoise {
  readonly single_error?: number;
  readonly pair_error?: number;
  readonly t1_s?: number;
  readonly t2_s?: number;
  readonly single_s?: number;
  readonly pair_s?: number;
  readonly reset_s?: number;
  readonly measure_s?: number;
  readonly reset?: Assignment;
  readonly readout?: Assignment;
}

const faultless: Assignment = { missed: 0, invented: 0 };

export function uniformNoise(numbers: UniformNoise = {}): Noise {
  const t1 = numbers.t1_s ?? Infinity;
  const t2 = Math.min(numbers.t2_s ?? Infinity, 2 * t1);
  return {
    timing: {
      single: () => numbers.single_s ?? 0,
      pair: () => numbers.pair_s ?? 0,
      reset: () => numbers.reset_s ?? 0,
      measure: () => numbers.measure_s ?? 0,
      tick_s: 0,
    },
    singleError: () => numbers.single_error ?? 0,
    pairError: () => numbers.pair_error ?? 0,
    t1: () => t1,
    t2: () => t2,
    reset: () => numbers.reset ?? faultless,
    readout: () => numbers.readout ?? faultless,
  };
}

/** Nothing goes wrong and nothing takes time. */
export const noiseless: Noise = uniformNoise();

/** The same noise seen from a circuit whose qubit q runs on `layout[q]`. */
export function placedNoise(noise: Noise, layout: readonly number[]): Noise {
  const at = (q: number) => layout[q]!;
  const { timing } = noise;
  return {
    timing: {
      single: (q) => timing.single(at(q)),
      pair: (a, b) => timing.pair(at(a), at(b)),
      reset: (q) => timing.reset(at(q)),
      measure: (q) => timing.measure(at(q)),
      tick_s: timing.tick_s,
    },
    singleError: (q) => noise.singleError(at(q)),
    pairError: (a, b) => noise.pairError(at(a), at(b)),
    t1: (q) => noise.t1(at(q)),
    t2: (q) => noise.t2(at(q)),
    reset: (q) => noise.reset(at(q)),
    readout: (q) => noise.readout(at(q)),
  };
}
