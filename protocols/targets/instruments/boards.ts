/**
 * What the three boards can do, as their published firmware has it: PrawnBlaster 1.1.1, PrawnDO 1.3.1 and DDS-sweeper
 * 0.4.0, each on an RP2040. Compiler and drivers hold programs to the same numbers.
 */

/** A pseudoclock's instruction: `reps` periods, high for `half` ticks, then low for `half` ticks. */
export interface PulseRow {
  readonly half: number;
  readonly reps: number;
}

/** Sixteen outputs for a number of ticks; 0 cycles waits for a trigger, twice 0 ends. */
export interface WordRow {
  readonly word: number;
  readonly cycles: number;
}

/** Words of one synthesiser channel: frequency ftw·f_sys/2³², amplitude asf/1024, phase pow/2¹⁴ turns. */
export interface ToneWord {
  readonly ftw: number;
  readonly asf: number;
  readonly pow: number;
}

/** One update of all active channels. */
export interface ToneRow {
  readonly channels: readonly ToneWord[];
}

const largestWord = 2 ** 32 - 1;

export const prawnBlasterLimits = {
  /** Instructions of all pseudoclocks together, stops included. */
  instructions: 30_000,
  clocks: 4,
  /** Shortest half-period, ticks. */
  shortestHalf: 5,
  longestHalf: largestWord,
  mostReps: largestWord,
  highestClock_hz: 133_000_000,
} as const;

export const prawnDoLimits = {
  instructions: 30_000,
  outputs: 16,
  shortestHold: 5,
  longestHold: largestWord,
  highestClock_hz: 133_000_000,
} as const;

export const ddsSweeperLimits = {
  channels: 4,
  boardClock_hz: 125_000_000,
  highestSystem_hz: 500_000_000,
  largestAsf: 1023,
  /** Rows of a table of single tones with external triggers, for 1, 2, 3, 4 channels. */
  externalRows: [16_656, 8615, 5810, 4383],
  /** The same with internal timing. */
  internalRows: [5000, 5000, 5000, 4032],
} as const;

/** Cycles of the board's clock between two updates of single tones, at least. */
export function shortestToneStep(channels: number): number {
  return 250 + 250 * channels;
}

/** Instructions that each of `clocks` pseudoclocks may hold, its stop included. */
export function pulseRowsPerClock(clocks: number): number {
  return Math.floor(prawnBlasterLimits.instructions / clocks);
}
