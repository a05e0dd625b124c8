import { z } from "zod";

/**
 * Timed signals on named ports, in integer ticks of one clock: what a platform lowers operations to, and what a
 * target writes down and reads back.
 */

const tableReference = z.strictObject({ table: z.string(), axis: z.string() });
/** A fixed amplitude as a fraction of full scale, or the entry of a table at the current index of an axis. */
export const amplitudeSchema = z.union([z.number(), tableReference]);
export type Amplitude = z.infer<typeof amplitudeSchema>;

export const waveformSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("constant"), duration_ticks: z.int().min(1) }),
  /** exp[−(t − T/2)²/2σ²] on [0, T]. */
  z.strictObject({
    kind: z.literal("gaussian"),
    duration_ticks: z.int().min(1),
    sigma_ticks: z.number().gt(0),
  }),
]);
export type Waveform = z.infer<typeof waveformSchema>;

export const frameSchema = z.strictObject({
  id: z.string(),
  port: z.string(),
  frequency_hz: z.number(),
  phase_rad: z.number(),
});
export type Frame = z.infer<typeof frameSchema>;

export type SequenceOperation =
  /** Passive wait of all frames for the sites to relax; the shot begins here. */
  | { readonly kind: "reset"; readonly duration_ticks: number }
  /** Each frame's clock moves to the latest one's. */
  | { readonly kind: "barrier"; readonly frames: readonly string[] }
  | { readonly kind: "delay"; readonly frames: readonly string[]; readonly duration_ticks: number }
  /** The frame's phase, as if it had just been made. */
  | { readonly kind: "set_phase"; readonly frame: string; readonly phase_rad: number }
  | { readonly kind: "shift_phase"; readonly frame: string; readonly phase_rad: number }
  | {
      readonly kind: "play";
      readonly frame: string;
      readonly waveform: Waveform;
      readonly amplitude: Amplitude;
    }
  /** Records the site that the frame's port reads. */
  | { readonly kind: "capture"; readonly frame: string; readonly duration_ticks: number }
  /** One of the cases, by the current index of the axis. */
  | {
      readonly kind: "branch";
      readonly axis: string;
      readonly cases: readonly (readonly SequenceOperation[])[];
    };

export interface SequenceAxis {
  readonly name: string;
  readonly size: number;
}

/**
 * How counts of photons become a level: the first window with at least `threshold` counts gives its level, `dark_level`
 * when there is none.
 */
export interface Counting {
  readonly site: string;
  readonly port: string;
  readonly threshold: number;
  /** One for each window of a shot, in their order. */
  readonly bright_levels: readonly number[];
  readonly dark_level: number;
}

export interface Sequence {
  readonly device: string;
  readonly clock_hz: number;
  readonly shots: number;
  /** Ids; what a port drives is the platform's to read from them. */
  readonly ports: readonly string[];
  readonly frames: readonly Frame[];
  /** Static flux through the port's loop, in flux quanta. */
  readonly biases: readonly { readonly port: string; readonly flux_quanta: number }[];
  /** Outermost first. */
  readonly axes: readonly SequenceAxis[];
  readonly tables: Readonly<Record<string, readonly number[]>>;
  readonly body: readonly SequenceOperation[];
  /** Of devices that count photons. */
  readonly counting?: readonly Counting[];
}
