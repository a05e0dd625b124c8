import type { Problem } from "#core/errors";
import { shortestToneStep } from "./boards.ts";
import type { ChainSetup } from "./sequence.ts";

const perSecond = 10n ** 12n;

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

const lcm = (a: bigint, b: bigint): bigint => (a / gcd(a, b)) * b;

/** Steps of time that the three boards can agree on, ps. Time counts from the pseudoclock's first rising edge. */
export interface TimeGrid {
  readonly pulseTick_ps: number;
  readonly digitalTick_ps: number;
  readonly toneCycle_ps: number;
  readonly systemTick_ps: number;
  /** Updates of tones fall on multiples of this: even pulse ticks, board cycles and SYNC_CLK at once. */
  readonly update_ps: number;
  /** Shortest time between two updates, ps. */
  readonly shortestUpdate_ps: number;
  /** Time of the trigger that belongs to time 0 of the sequence. */
  readonly lead_ps: number;
  /** Time 0 at the digital outputs in ticks of the PrawnDO's run. */
  readonly digitalLead: number;
  /** How much later than the tones the digital outputs are, ps; what rounding of the delays leaves. */
  readonly misalignment_ps: number;
}

/** The grid of a set-up with this many active channels; problems where clocks do not fit picoseconds. */
export function timeGrid(setup: ChainSetup, channels: number): TimeGrid | Problem[] {
  const clocks = ["pulse_clock_hz", "digital_clock_hz", "tone_board_clock_hz", "tone_system_hz"] as const;
  const odd = clocks.filter((name) => perSecond % BigInt(setup[name]) !== 0n);
  if (odd.length > 0) {
    return odd.map((name) => ({
      path: name,
      message: "the period must be a whole number of picoseconds",
      found: setup[name],
      expected: "a frequency such as 100 MHz, 125 MHz or 500 MHz",
    }));
  }
  const period = (frequency_hz: number) => perSecond / BigInt(frequency_hz);
  const pulse = period(setup.pulse_clock_hz);
  const digital = period(setup.digital_clock_hz);
  const board = period(setup.tone_board_clock_hz);
  const system = period(setup.tone_system_hz);
  // A pseudoclock's rising edges are an even number of ticks apart; SYNC_CLK is a quarter of the system clock.
  const update = lcm(lcm(2n * pulse, board), 4n * system);
  const shortest = BigInt(shortestToneStep(channels)) * board;
  const atLeast = channels === 0 ? 10n ** 6n : shortest;
  const lead = ((atLeast + update - 1n) / update) * update;
  const wanted_ps = Number(lead) + (setup.tone_delay_s - setup.digital_delay_s) * 1e12;
  const digitalLead = Math.round(wanted_ps / Number(digital));
  return {
    pulseTick_ps: Number(pulse),
    digitalTick_ps: Number(digital),
    toneCycle_ps: Number(board),
    systemTick_ps: Number(system),
    update_ps: Number(update),
    shortestUpdate_ps: Number(shortest),
    lead_ps: Number(lead),
    digitalLead,
    misalignment_ps: digitalLead * Number(digital) - wanted_ps,
  };
}

/** The nearest multiple of a step to a time in s, and how far it is from it. */
export function quantise(
  time_s: number,
  step_ps: number,
): { readonly steps: number; readonly error_s: number } {
  const steps = Math.round((time_s * 1e12) / step_ps);
  return { steps, error_s: (steps * step_ps) / 1e12 - time_s };
}
