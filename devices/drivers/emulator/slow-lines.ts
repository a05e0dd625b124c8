import type { Signal } from "./timeline.ts";

/** A signal with the part of its amplitude that arrives, on average over a stretch of time. */
export interface Acting extends Signal {
  readonly level: number;
}

/** After an edge, in time constants of the line: between them the level counts as constant, after the last as reached. */
const slices = [0, 0.15, 0.3, 0.5, 0.75, 1, 1.3, 1.7, 2.2, 3, 4, 6, 9] as const;

const settled = slices.at(-1)!;

/** Ticks at which what a signal does changes, on a line that follows with a time constant of `rise` ticks. */
export function edgesOf({ start, waveform }: Signal, rise: number): number[] {
  const end = start + waveform.duration_ticks;
  if (rise === 0) return [start, end];
  return [start, end].flatMap((edge) => slices.map((slice) => edge + slice * rise));
}

/**
 * What a line of first order makes of a square of height one, averaged from tick `from` to `to`: 1 − e^{−t/τ} while it
 * lasts, its last value times e^{−t/τ} afterwards.
 *
 * @param rise - τ in ticks; 0 for a line that follows at once
 */
export function meanLevel({ start, waveform }: Signal, rise: number, from: number, to: number): number {
  const length = waveform.duration_ticks;
  if (rise === 0) return start <= from && start + length > from ? 1 : 0;
  const [a, b] = [(from - start) / rise, (to - start) / rise];
  const last = length / rise;
  if (a < 0 || a >= last + settled) return 0;
  // A shape is played by a line that is fast enough for it.
  if (waveform.kind !== "constant") return a < last ? 1 : 0;
  if (a < last) return a >= settled ? 1 : 1 - (Math.exp(-a) - Math.exp(-b)) / (b - a);
  const reached = 1 - Math.exp(-last);
  return (reached * (Math.exp(last - a) - Math.exp(last - b))) / (b - a);
}
