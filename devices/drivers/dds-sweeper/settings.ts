import type { Problem } from "#core/errors";
import { ddsSweeperLimits as limits } from "#protocols/targets/instruments/boards";

/** What may come out of a channel; a channel without an entry stays silent. */
export interface ToneLimit {
  readonly channel: number;
  /** Of full scale, 0…1. */
  readonly largestAmplitude: number;
  readonly lowest_hz: number;
  readonly highest_hz: number;
}

export interface DdsSweeperSettings {
  readonly channels: readonly ToneLimit[];
  readonly reference: {
    readonly source: "internal" | "external";
    readonly frequency_hz: number;
    /** Of the AD9959's PLL: 1 (off) or 4…20. */
    readonly multiplier: number;
  };
}

/** No channel may sound until limits are given. */
export const ddsSweeperDefaults: DdsSweeperSettings = {
  channels: [],
  reference: { source: "internal", frequency_hz: limits.boardClock_hz, multiplier: 4 },
};

export function systemClock_hz({ reference }: DdsSweeperSettings): number {
  return reference.frequency_hz * reference.multiplier;
}

export function settingsProblems(settings: DdsSweeperSettings): Problem[] {
  const problems: Problem[] = [];
  const { frequency_hz, multiplier, source } = settings.reference;
  const system_hz = systemClock_hz(settings);
  if (multiplier !== 1 && !(Number.isInteger(multiplier) && multiplier >= 4 && multiplier <= 20)) {
    problems.push({
      path: "reference.multiplier",
      message: "no such multiplier",
      found: multiplier,
      expected: "1 or 4 to 20",
    });
  }
  // The board takes clocks it cannot run at; its timing assumes 125 MHz.
  if (source === "internal" && frequency_hz !== limits.boardClock_hz) {
    problems.push({
      path: "reference.frequency_hz",
      message: "the board's own clock is the reference",
      found: frequency_hz,
      expected: `${limits.boardClock_hz} Hz`,
    });
  }
  if (!(system_hz > 0) || system_hz > limits.highestSystem_hz) {
    problems.push({
      path: "reference",
      message: `system clock of ${system_hz} Hz`,
      found: system_hz,
      expected: `at most ${limits.highestSystem_hz} Hz`,
    });
  }
  for (const [k, limit] of settings.channels.entries()) {
    const path = `channels[${k}]`;
    if (!Number.isInteger(limit.channel) || limit.channel < 0 || limit.channel >= limits.channels) {
      problems.push({ path, message: `channel ${limit.channel}`, found: limit.channel, expected: "0 to 3" });
    }
    if (!(limit.largestAmplitude >= 0) || limit.largestAmplitude > 1) {
      problems.push({ path, message: "amplitude limit", found: limit.largestAmplitude, expected: "0 to 1" });
    }
    // The board has no such check: above half the system clock the tone comes out at its mirror frequency.
    if (
      !(limit.lowest_hz > 0) ||
      !(limit.highest_hz >= limit.lowest_hz) ||
      limit.highest_hz >= system_hz / 2
    ) {
      problems.push({
        path,
        message: "the frequency range must end below half the system clock",
        found: `${limit.lowest_hz} to ${limit.highest_hz} Hz`,
        expected: `above 0 and below half the system clock, ${system_hz / 2} Hz`,
      });
    }
  }
  return problems;
}
