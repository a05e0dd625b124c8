import { quantile } from "./statistics.ts";

/** One measurement of one contestant. */
export interface Contestant {
  readonly name: string;
  /** Does the work once and says how many processor seconds it took. */
  readonly run: () => Promise<number> | number;
}

export interface RoundsResult {
  /** Seconds of each contestant, one a kept round, in the order of the contestants. */
  readonly seconds: readonly (readonly number[])[];
  /** Rounds left out because the calibration loop ran at another speed. */
  readonly noisyRounds: number;
  /** True when more than half of the rounds were noisy: then all are kept. */
  readonly noisy: boolean;
}

/** A round is noisy when its calibration strays from the median by more than this. */
const calibrationTolerance = 0.15;

/**
 * Measures all contestants in turn, round after round, each round starting with another one. A calibration loop
 * before and after each round tells whether the machine kept its speed.
 *
 * @param calibrate - seconds of a fixed piece of work; the default is a chain of multiplications and additions
 */
export async function measureRounds(
  contestants: readonly Contestant[],
  rounds: number,
  calibrate: () => number = calibrationLoop,
): Promise<RoundsResult> {
  const seconds: number[][] = [];
  const speeds: number[] = [];
  // The first call also compiles the loop.
  calibrate();
  for (let round = 0; round < rounds; round++) {
    const before = calibrate();
    const times = new Array<number>(contestants.length);
    for (let k = 0; k < contestants.length; k++) {
      const turn = (k + round) % contestants.length;
      times[turn] = await contestants[turn]!.run();
    }
    seconds.push(times);
    speeds.push(Math.max(before, calibrate()));
  }
  const typical = quantile(
    speeds.toSorted((a, b) => a - b),
    0.5,
  );
  const calm = speeds.map((speed) => Math.abs(speed / typical - 1) <= calibrationTolerance);
  const noisyRounds = calm.filter((is) => !is).length;
  const noisy = 2 * noisyRounds > rounds;
  const kept = seconds.filter((_, round) => noisy || calm[round]);
  return { seconds: contestants.map((_, k) => kept.map((times) => times[k]!)), noisyRounds, noisy };
}

/** Processor seconds of this process, all its threads, while `work` runs. */
export function processorSeconds<T>(work: () => T): { readonly seconds: number; readonly value: T } {
  const started = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(started);
  return { seconds: (user + system) / 1e6, value };
}

/** As `processorSeconds`, of asynchronous work. */
export async function processorSecondsOf<T>(
  work: () => Promise<T>,
): Promise<{ readonly seconds: number; readonly value: T }> {
  const started = process.cpuUsage();
  const value = await work();
  const { user, system } = process.cpuUsage(started);
  return { seconds: (user + system) / 1e6, value };
}

/** Seconds of a few milliseconds of dependent arithmetic, the shortest of three. */
function calibrationLoop(): number {
  const once = () =>
    processorSeconds(() => {
      let x = 0.5;
      for (let k = 0; k < 2_000_000; k++) x = x * 0.999_999 + 1e-6;
      return x;
    }).seconds;
  return Math.min(once(), once(), once());
}
