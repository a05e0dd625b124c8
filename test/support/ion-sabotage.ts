import { frequencyWord } from "#protocols/targets/instruments/compile-tones";
import type { InstrumentProgram } from "#protocols/targets/instruments/program";

/** Changes to what the boards are loaded with; outputs and channels as wired: blue, red, drive01, drive12. */
export const ionSabotages: Record<string, (program: InstrumentProgram) => void> = {
  "gain tone on the red sideband": (p) => retune(p, 0, frequencyWord(80e6 - 2.048704e6, 500e6)),
  "loss tone on the blue sideband": (p) => retune(p, 1, frequencyWord(76e6 + 2.038735e6, 500e6)),
  "gain tone 2 kHz off": (p) => shift(p, 0, 2000),
  "drive of 0↔1 500 Hz off": (p) => shift(p, 2, 500),
  "blue amplitude 15 % low": (p) => eachWord(p, 0, (word) => [word[0], Math.round(word[1] * 0.85), word[2]]),
  "drive of 1↔2 at two thirds": (p) =>
    eachWord(p, 3, (word) => [word[0], Math.round(word[1] * 0.67), word[2]]),
  "analysis of 1↔2 a quarter turn ahead": (p) => {
    for (const point of p.points) {
      // The seed comes first; what is played after a long hold is the analysis.
      const played = point.tones.flatMap((row, k) => (row[3]![1] > 0 ? [k] : []));
      for (const k of played.slice(1)) {
        if (k > played[0]! + 1) point.tones[k]![3]![2] = (point.tones[k]![3]![2] + 4096) % 16384;
      }
    }
  },
  "no repump": (p) => eachLineWord(p, (word) => word & ~2),
  "repump and detection light swapped": (p) => eachLineWord(p, (word) => swapBits(word, 1, 2)),
  "two lines of the exchange swapped": (p) => eachLineWord(p, (word) => swapBits(word, 8, 10)),
  "no exchange": (p) => eachLineWord(p, (word) => word & 7),
  "beams' channels swapped": (p) => {
    for (const { tones } of p.points) for (const row of tones) [row[0], row[1]] = [row[1]!, row[0]!];
  },
  "time base 10 % slow": (p) => {
    for (const point of p.points) {
      point.pulses = point.pulses.map(([half, reps]) => [Math.round(half * 1.1), reps]);
      point.words = point.words.map(([word, cycles]) => [word, Math.round(cycles * 1.1)]);
    }
  },
  "shelving pulses at half their power": (p) => {
    for (const { tones } of p.points) {
      const rows = tones.flatMap((row, k) => (row[1]![1] > 0 ? [k] : []));
      const last = tones[rows.at(-1)!]!;
      last[1] = [last[1]![0], Math.round(last[1]![1] / Math.SQRT2), last[1]![2]];
    }
  },
};

type Word = [number, number, number];

export function eachWord(program: InstrumentProgram, channel: number, change: (word: Word) => Word): void {
  for (const { tones } of program.points) {
    for (const row of tones) if (row[channel]![1] > 0) row[channel] = change(row[channel]!);
  }
}

/** The frequency word of the first tone on a channel, wherever it stands. */
function retune(program: InstrumentProgram, channel: number, ftw: number): void {
  const first = program.points[0]!.tones.find((row) => row[channel]![1] > 0)![channel]![0];
  eachWord(program, channel, (word) => [word[0] === first ? ftw : word[0], word[1], word[2]]);
}

function shift(program: InstrumentProgram, channel: number, by_hz: number): void {
  const first = program.points[0]!.tones.find((row) => row[channel]![1] > 0)![channel]![0];
  retune(program, channel, first + frequencyWord(by_hz, 500e6));
}

export function eachLineWord(program: InstrumentProgram, change: (word: number) => number): void {
  for (const point of program.points)
    point.words = point.words.map(([word, cycles]) => [change(word), cycles]);
}

function swapBits(word: number, a: number, b: number): number {
  const [x, y] = [(word >> a) & 1, (word >> b) & 1];
  return x === y ? word : word ^ ((1 << a) | (1 << b));
}
