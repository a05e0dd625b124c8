import type { Problem } from "#core/errors";
import { formatQuantity } from "#core/units";
import { ddsSweeperLimits as limits, prawnBlasterLimits, type ToneRow, type ToneWord } from "./boards.ts";
import type { InstrumentSequence } from "./sequence.ts";
import { quantise, type TimeGrid } from "./time-grid.ts";

export interface PlannedTone extends ToneWord {
  readonly tone: string;
  readonly channel: number;
  readonly wanted_s: number;
  /** Steps of the update grid after time 0. */
  readonly step: number;
  /** Emitted minus wanted: time, frequency, amplitude, phase. */
  readonly error_s: number;
  readonly error_hz: number;
  readonly amplitude_error: number;
  readonly phase_error_turns: number;
  /** Phase by which the segment's own frequency error has moved it at its end, turns; 0 for the last. */
  readonly drift_turns: number;
}

export interface CompiledTones {
  readonly channels: number;
  readonly rows: ToneRow[];
  /** Time of the trigger of each row, ps after the first. */
  readonly triggers_ps: number[];
  readonly tones: PlannedTone[];
}

type Tone = InstrumentSequence["tones"][number];

const accumulator = 2n ** 32n;
/** The phase word is the top 14 of the accumulator's 32 bits. */
const droppedBits = 18n;
const silence: ToneWord = { ftw: 0, asf: 0, pow: 0 };
/** Longest interval between two pulses, ticks. */
const longestInterval = 2 * prawnBlasterLimits.longestHalf;

const modulo = (value: bigint): bigint => ((value % accumulator) + accumulator) % accumulator;
const time = (seconds: number) => formatQuantity(seconds, "time", 7);

/** f · 2³² / f_sys, rounded. */
export function frequencyWord(frequency_hz: number, system_hz: number): number {
  return Math.round((frequency_hz * 2 ** 32) / system_hz);
}

export function amplitudeWord(amplitude: number): number {
  return Math.min(Math.round(1024 * amplitude), limits.largestAsf);
}

/** The phase word for a phase in units of the accumulator, rounded to its 14 bits; 14 bits wrap by themselves. */
export function phaseWord(phase: bigint): number {
  return Number(((modulo(phase) + (1n << (droppedBits - 1n))) >> droppedBits) & 0x3fffn);
}

/**
 * Phase word that makes a hop coherent: FTW·N − Σ FTW_j ΔN_j, what an oscillator of this frequency that started at
 * time 0 is ahead of the synthesiser's accumulator, which only ever goes on from where it is.
 *
 * @param elapsed - system-clock ticks since time 0
 * @param accumulated - of the tones before, modulo 2³²
 */
export function coherentPhase(ftw: number, elapsed: bigint, accumulated: bigint): bigint {
  return modulo(BigInt(ftw) * elapsed - accumulated);
}

/** Tones as rows of words, one row a trigger; every constraint that is broken is added to `problems`. */
export function compileTones(
  { tones }: Pick<InstrumentSequence, "tones">,
  system_hz: number,
  grid: TimeGrid,
  problems: Problem[],
): CompiledTones {
  const channels = Math.max(0, ...tones.map(({ channel }) => channel + 1));
  const planned = tones.flatMap((tone, k) => planTone(tone, `tones[${k}]`, system_hz, grid, problems));
  const owners = new Map<number, string>();
  for (const [k, { channel, name }] of tones.entries()) {
    const other = owners.get(channel);
    if (other !== undefined) {
      const message = `${name} and ${other} are both on channel ${channel}`;
      problems.push({ path: `tones[${k}].channel`, message, found: channel, expected: "one tone a channel" });
    }
    owners.set(channel, name);
  }
  const byStep = new Map<number, PlannedTone[]>();
  for (const tone of planned) {
    const list = byStep.get(tone.step);
    if (list === undefined) byStep.set(tone.step, [tone]);
    else list.push(tone);
  }
  const steps = [...byStep.keys()].sort((a, b) => a - b);
  checkSpacing(steps, byStep, grid, problems);
  const rows: ToneRow[] = [{ channels: Array.from({ length: channels }, () => silence) }];
  const triggers_ps = [0];
  for (const step of steps) {
    const words = [...rows.at(-1)!.channels];
    for (const { channel, ftw, asf, pow } of byStep.get(step)!) {
      words[channel] = { ftw, asf, pow };
    }
    const at = grid.lead_ps + step * grid.update_ps;
    fillHold(rows, triggers_ps, at, grid);
    rows.push({ channels: words });
    triggers_ps.push(at);
  }
  return { channels, rows: channels === 0 ? [] : rows, triggers_ps, tones: planned };
}

/** A hold longer than one pulse interval gets pulses in between, which repeat the words in force. */
function fillHold(rows: ToneRow[], triggers_ps: number[], until_ps: number, grid: TimeGrid) {
  const longest_ps = Math.floor((longestInterval * grid.pulseTick_ps) / grid.update_ps) * grid.update_ps;
  const room_ps =
    Math.ceil(Math.max(grid.shortestUpdate_ps, grid.update_ps) / grid.update_ps) * grid.update_ps;
  for (let from = triggers_ps.at(-1)!; until_ps - from > longest_ps; from = triggers_ps.at(-1)!) {
    rows.push(rows.at(-1)!);
    triggers_ps.push(from + Math.min(longest_ps, until_ps - from - room_ps));
  }
}

function planTone(
  tone: Tone,
  path: string,
  system_hz: number,
  grid: TimeGrid,
  problems: Problem[],
): PlannedTone[] {
  const ticksPerStep = BigInt(grid.update_ps / grid.systemTick_ps);
  let accumulated = 0n;
  let phase = 0n;
  let before: { readonly ftw: number; readonly step: number } | undefined;
  const planned = tone.segments.map((segment, k): PlannedTone => {
    const at = `${path}.segments[${k}]`;
    const { steps: step, error_s } = quantise(segment.start_s, grid.update_ps);
    if (before !== undefined && step <= before.step) {
      problems.push({
        path: at,
        message: `${tone.name} at ${time(segment.start_s)} does not come after the segment before it`,
        found: step - before.step,
        expected: `at least one step of ${time(grid.update_ps / 1e12)}`,
      });
    }
    checkFrequency(tone, segment.frequency_hz, segment.amplitude, at, system_hz, problems);
    const ftw = frequencyWord(segment.frequency_hz, system_hz);
    const elapsed = BigInt(step) * ticksPerStep;
    if (before !== undefined) {
      accumulated = modulo(accumulated + BigInt(before.ftw) * BigInt(step - before.step) * ticksPerStep);
    }
    const own = BigInt(Math.round(segment.phase_turns * 2 ** 32));
    phase =
      segment.phase_reference === "coherent" ? coherentPhase(ftw, elapsed, accumulated) + own : phase + own;
    const pow = phaseWord(phase);
    const asf = amplitudeWord(segment.amplitude);
    const error_hz = (ftw * system_hz) / 2 ** 32 - segment.frequency_hz;
    const next = tone.segments[k + 1]?.start_s ?? segment.start_s;
    before = { ftw, step };
    return {
      ...{
        tone: tone.name,
        channel: tone.channel,
        wanted_s: segment.start_s,
        step,
        ftw,
        asf,
        pow,
        error_s,
        error_hz,
      },
      amplitude_error: asf / 1024 - segment.amplitude,
      phase_error_turns: phaseError(pow, phase),
      drift_turns: error_hz * (next - segment.start_s),
    };
  });
  const last = tone.segments.at(-1);
  if (last !== undefined && last.amplitude !== 0) {
    problems.push({
      path,
      message: `${tone.name} is still on at the end`,
      found: last.amplitude,
      expected: "a last segment of amplitude 0",
    });
  }
  return planned;
}

/** Emitted minus wanted phase, turns in (−½, ½]. */
function phaseError(pow: number, phase: bigint): number {
  const difference = modulo((BigInt(pow) << droppedBits) - phase);
  return Number(difference > accumulator / 2n ? difference - accumulator : difference) / 2 ** 32;
}

function checkFrequency(
  tone: Tone,
  frequency_hz: number,
  amplitude: number,
  path: string,
  system_hz: number,
  problems: Problem[],
) {
  if (amplitude === 0 || (frequency_hz > 0 && frequency_hz < system_hz / 2)) return;
  problems.push({
    path,
    message: `${tone.name} cannot be at ${formatQuantity(frequency_hz, "frequency")}`,
    found: frequency_hz,
    expected: `above 0 and below half the system clock, ${formatQuantity(system_hz / 2, "frequency")}`,
  });
}

function checkSpacing(
  steps: readonly number[],
  byStep: ReadonlyMap<number, readonly PlannedTone[]>,
  grid: TimeGrid,
  problems: Problem[],
) {
  steps.slice(1).forEach((step, k) => {
    const gap_ps = (step - steps[k]!) * grid.update_ps;
    if (gap_ps >= grid.shortestUpdate_ps) return;
    const at = (which: number) => byStep.get(which)!;
    const names = (which: number) =>
      at(which)
        .map(({ tone }) => tone)
        .join(", ");
    problems.push({
      path: "tones",
      message: `${names(steps[k]!)} at ${time(at(steps[k]!)[0]!.wanted_s)} and ${names(step)} at ${time(at(step)[0]!.wanted_s)} are ${time(gap_ps / 1e12)} apart`,
      found: gap_ps / 1e12,
      expected: `0 or at least ${time(grid.shortestUpdate_ps / 1e12)}: the synthesiser's words take that long to send`,
      hint: `${time((grid.shortestUpdate_ps - gap_ps) / 1e12)} are missing. Fewer channels are quicker: 2 µs each.`,
    });
  });
}
