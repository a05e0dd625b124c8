import type { InstructionTable, TableShape } from "./fake-table.ts";

export interface DdsQuirks {
  /** Debug messages are on after power-up. */
  readonly debugAtBoot: boolean;
  /** `set` and `seti` end with `ok` whatever happened. */
  readonly okAfterErrors: boolean;
  /** Step times below the minimum are lengthened without a word. */
  readonly clampsTimes: boolean;
  /** An abort within the first two milliseconds is forgotten. */
  readonly losesEarlyAbort: boolean;
  /** A payload that reaches the stop makes the board forget it. */
  readonly payloadForgetsStop: boolean;
  /** The busy message is cut at 127 bytes, without a terminator. */
  readonly busyIsCut: boolean;
}

export const genuineQuirks: DdsQuirks = {
  debugAtBoot: true,
  okAfterErrors: true,
  clampsTimes: true,
  losesEarlyAbort: true,
  payloadForgetsStop: true,
  busyIsCut: true,
};

export const ddsStatus = {
  stopped: 0,
  transitionToRunning: 1,
  running: 2,
  aborting: 3,
  aborted: 4,
  transitionToStopped: 5,
} as const;

export const modeNames = [
  "Single Steps",
  "Amplitude Sweeps",
  "Frequency Sweeps",
  "Phase Sweeps",
  "Amplitude2 Sweeps",
  "Frequency2 Sweeps",
  "Phase2 Sweeps",
];

/** Registers of all channels set to nought, as `reset` writes them. */
export const clearBytes = [
  0, 0xf2, 3, 0, 3, 4, 4, 0, 0, 0, 0, 5, 0, 0, 6, 0, 0, 0, 7, 0, 0, 8, 0, 0, 0, 0, 9, 0, 0, 0, 0, 10, 0, 0, 0,
  0, 2, 0, 0,
];

export function frequencyWord(frequency_hz: number, system_hz: number): number {
  return Math.min(Math.max(Math.round((frequency_hz * 2 ** 32) / system_hz), 0), 2 ** 32 - 1);
}

export function amplitudeWord(amplitude: number): number {
  return Math.min(Math.max(Math.round(1024 * amplitude), 0), 1023);
}

/** The firmware divides by one too few: a whole turn becomes one step, and less than nought becomes nought. */
export function phaseWord(phase_deg: number): number {
  return Math.max(Math.round((phase_deg / 360) * 16_384), 0) % 16_383;
}

/** What `set` and `seti` have to say about their arguments; undefined when nothing. */
export function rowComplaint(
  table: InstructionTable,
  shape: TableShape,
  words: readonly number[],
  integers: boolean,
): string | undefined {
  const [channel, address] = words;
  const { mode, internalTiming } = shape;
  if (words.length <= 1) return "Missing Argument - expected: set <channel:int> ... \n";
  if (channel! > 5) {
    return "Invalid Channel - expected 0-3 for channels or 4/5 for stop/repeat instruction\n";
  }
  const stepped = mode >= 4 ? 2 : 0;
  const needed = (mode === 0 || integers ? 5 : 4) + (mode === 0 ? 0 : integers ? 1 : 1) + stepped;
  if (channel! < 4 && words.length < needed + (internalTiming ? 1 : 0)) {
    if (mode !== 0) {
      const kind = integers ? "int> <rate:int" : "double> <sweep rate:double";
      return `Missing Argument - expected: set <channel:int> <addr:int> <start_point:${kind}>\n`;
    }
    const kinds = integers
      ? "<ftw:int32> <asf:int16> <pow:int16> (<time:int>)"
      : "<frequency:double> <amplitude:double> <phase:double> (<time:float>)";
    return `Missing Argument - expected: set <channel:int> <addr:int> ${kinds}\n`;
  }
  if (table.offset(shape, channel! < 4 ? channel! : 0, address!) < 0) {
    const what = channel === 4 ? "stop instruction" : channel === 5 ? "repeat instruction" : "instruction";
    return `Insufficient space for ${what}\n`;
  }
  return undefined;
}
