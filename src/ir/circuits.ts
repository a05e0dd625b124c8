import { z } from "zod";
import type { Complex } from "#core/complex";
import { bitTermSchema } from "./bit-terms.ts";
import type { Point } from "./driver.ts";
import type { Finding } from "./finding.ts";
import type { Measurement, PlanEntry } from "./plan.ts";

/** One oscillator that circuits realise; any common unit of rate, time in its inverse. */
export interface CircuitOscillator {
  readonly detuning: number;
  readonly asymmetry: number;
  readonly gain: number;
  readonly loss: number;
}

/** What is to be known of a state: ⟨S⁺⟩ and populations, ρ₀₂ besides, or ⟨S⁺_iS⁻_j⟩ of all pairs. */
export type CircuitObservables = "single" | "single-and-harmonic" | "pairs";

/** A model that a circuit runs through from level 1. */
export interface CircuitRun {
  readonly sites: readonly CircuitOscillator[];
  /** J between neighbours of a chain. */
  readonly couplings: readonly number[];
  /** F of H = F·S⁺ + F*·S⁻ on a single oscillator. */
  readonly field: Complex;
  readonly time: number;
}

/** Mean-field loops: one oscillator in a field V⟨S⁻⟩ that is measured and fed forward, one loop for each coupling. */
export interface CircuitLoop {
  readonly loops: readonly { readonly site: CircuitOscillator; readonly coupling: number }[];
  readonly steps: number;
  readonly time_step: number;
  /** ω of the pulse exp[−iω(S⁺ + S⁻)] that seeds the coherence. */
  readonly seed_angle: number;
}

/** What a protocol wants a gate-model device to run. */
export type CircuitsWanted =
  | {
      readonly kind: "runs";
      /** One for each point of the scan, in order. */
      readonly runs: readonly CircuitRun[];
      readonly observables: CircuitObservables;
      /** Trotter steps; null for as many as the device is best with. */
      readonly steps: number | null;
    }
  /** Points: coupling (outer) and step (inner). */
  | { readonly kind: "loop"; readonly loop: CircuitLoop };

/** A circuit of a program: where it stands in the scan, and its text. */
export interface ProgramCircuit {
  readonly point: Point;
  /** Circuits of one stage are one job; the next stage may use what this one measured. */
  readonly stage: number;
  /** s, without initialisation and waiting between shots. */
  readonly duration_s: number;
  readonly qasm: string;
}

/** How a field follows from what was measured; part of the program, for whoever runs it must do it. */
export const feedSchema = z.strictObject({
  time_step: z.number(),
  /** Terms of ⟨S⁺⟩. */
  raising: z.strictObject({ re: z.array(bitTermSchema), im: z.array(bitTermSchema) }),
  loops: z.array(
    z.strictObject({
      point: z.record(z.string(), z.int()),
      coupling: z.number(),
      /** ⟨S⁺⟩ before the first step. */
      start: z.strictObject({ re: z.number(), im: z.number() }),
    }),
  ),
  /** Name of the axis that counts steps. */
  axis: z.string(),
});
export type Feed = z.infer<typeof feedSchema>;

export const circuitProgramHeadSchema = z.strictObject({
  device: z.string(),
  backend: z.string(),
  shots: z.int().min(1),
  /** Name of each bit of the register, c[0] first. */
  bits: z.array(z.string()).min(1),
  /** 2 × 2 per bit, rows assigned, columns prepared. */
  assignment: z.array(z.array(z.array(z.number()))),
  feed: feedSchema.nullable(),
});
export type CircuitProgramHead = z.infer<typeof circuitProgramHeadSchema>;

export interface CircuitProgram {
  readonly head: CircuitProgramHead;
  readonly circuits: readonly ProgramCircuit[];
}

/** Probabilities that the device is expected to return, and what is not known about them. */
export interface CircuitPrediction {
  readonly theory: string;
  /** [point][setting][group][outcome] with one group. */
  readonly probabilities: number[][][][];
  readonly nuisances: readonly { readonly name: string; readonly change: number[][][][] }[];
}

/** A scan laid out on a gate-model device. */
export interface CircuitDesign {
  readonly sites: readonly string[];
  readonly bonds: readonly (readonly [string, string])[];
  readonly positions: readonly (readonly [number, number])[];
  readonly knobs: unknown;
  readonly findings: readonly Finding[];
  readonly operating_point: readonly PlanEntry[];
  readonly measurement: Measurement;
  readonly program: CircuitProgram;
  /** Seconds of use that the service will charge. */
  readonly usage_s: number;
  /** What the model itself has, without device and steps: by point, for each observable of the measurement. */
  readonly ideal: readonly (readonly Complex[])[];
  predict(onProgress?: (done: number, of: number) => void): CircuitPrediction;
}

/** A kind of hardware that runs circuits. */
export interface CircuitPlatform<Profile> {
  readonly kind: string;
  readonly title: string;
  parseProfile(document: unknown, overrides: Record<string, unknown>): Profile;
  layout(profile: Profile): {
    readonly sites: readonly string[];
    readonly positions: readonly (readonly [number, number])[];
    readonly bonds: readonly (readonly [string, string])[];
  };
  assumptions(profile: Profile): { readonly name: string; readonly value: string; readonly source: string }[];
  /**
   * @param scan.points - of the protocol's axes, in order
   * @param scan.now - ms since 1970, to tell a stale calibration
   */
  design(
    profile: Profile,
    wanted: CircuitsWanted,
    scan: { readonly points: readonly Point[]; readonly shots: number; readonly now: number },
  ): CircuitDesign;
}
