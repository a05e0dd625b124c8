import { EntrainError } from "#core/errors";
import { fullTurn } from "#core/units";
import type { Point } from "#ir/driver";
import type { Sequence } from "#ir/sequence";
import { finding } from "./findings.ts";
import { amplitudeAt, pointsOf, scheduleOf } from "./schedule.ts";

/** A rectangular tone; the signal is cos 2π(f·t + phase), t since the shot began. */
export interface ToneSignal {
  readonly port: string;
  readonly frequency_hz: number;
  readonly amplitude: number;
  readonly phase_turns: number;
  readonly start_s: number;
  readonly duration_s: number;
}

export interface LevelSignal {
  readonly port: string;
  readonly start_s: number;
  readonly duration_s: number;
}

/** What happens in one shot, in the words of stacks that have tones, digital lines and counting windows. */
export interface ShotSignals {
  readonly at: Point;
  readonly duration_s: number;
  readonly tones: readonly ToneSignal[];
  /** Digital lines while they are high. */
  readonly lines: readonly LevelSignal[];
  readonly windows: readonly LevelSignal[];
}

export interface PortKinds {
  readonly tones: readonly string[];
  readonly lines: readonly string[];
  readonly counters: readonly string[];
}

/** Ports with a frequency are tones, those without are digital lines, those that are captured are counters. */
export function portKinds(sequence: Sequence): PortKinds {
  const has = (port: string, test: (frequency_hz: number) => boolean) =>
    sequence.frames.some((frame) => frame.port === port && test(frame.frequency_hz));
  const counters = new Set((sequence.counting ?? []).map(({ port }) => port));
  const tones = sequence.ports.filter((port) => has(port, (f) => f !== 0));
  return {
    tones,
    lines: sequence.ports.filter((port) => !tones.includes(port) && !counters.has(port)),
    counters: sequence.ports.filter((port) => counters.has(port)),
  };
}

/**
 * Every point of a sequence as rectangular signals; what follows on itself without a gap is one.
 *
 * @throws EntrainError `target.unsupported` for shaped pulses and sequences that do not say how they count
 */
export function shotSignals(sequence: Sequence): ShotSignals[] {
  if (sequence.counting === undefined) {
    throw unsupported("the sequence does not say how counts become levels", "a trapped-ion sequence");
  }
  const { lines: linePorts } = portKinds(sequence);
  const isLine = new Set(linePorts);
  return pointsOf(sequence.axes).map((at) => {
    const { events, end } = scheduleOf(sequence, at);
    const seconds = (ticks: number) => ticks / sequence.clock_hz;
    const tones: ToneSignal[] = [];
    const lines: LevelSignal[] = [];
    const windows: LevelSignal[] = [];
    for (const event of events) {
      const { port, frequency_hz } = event.frame;
      const place = { port, start_s: seconds(event.start), duration_s: seconds(event.duration) };
      if (event.kind === "capture") {
        windows.push(place);
        continue;
      }
      if (event.waveform.kind !== "constant") {
        throw unsupported(`${event.frame.id} plays a shaped pulse`, "rectangular pulses");
      }
      const amplitude = amplitudeAt(sequence, event.amplitude, at);
      if (amplitude === 0) continue;
      if (isLine.has(port)) {
        lines.push(place);
        continue;
      }
      const turns = event.phase_rad / fullTurn - frequency_hz * seconds(event.reference);
      tones.push({ ...place, frequency_hz, amplitude, phase_turns: turns - Math.floor(turns) });
    }
    return { at, duration_s: seconds(end), tones, lines: joined(lines, sequence.clock_hz), windows };
  });
}

/** Levels of one port that touch, as one. */
function joined(levels: readonly LevelSignal[], clock_hz: number): LevelSignal[] {
  const out: LevelSignal[] = [];
  for (const level of levels.toSorted((a, b) => a.port.localeCompare(b.port) || a.start_s - b.start_s)) {
    const before = out.at(-1);
    const touches =
      before?.port === level.port &&
      Math.abs(before.start_s + before.duration_s - level.start_s) < 0.5 / clock_hz;
    if (touches) out[out.length - 1] = { ...before, duration_s: before.duration_s + level.duration_s };
    else out.push(level);
  }
  return out;
}

function unsupported(message: string, expected: string): EntrainError {
  return new EntrainError("target.unsupported", { path: "C07", message, expected }, { kind: "infeasible" });
}

/** The same as a finding, for `check`. */
export function signalFindings(sequence: Sequence): ReturnType<typeof finding>[] {
  try {
    shotSignals(sequence);
    return [];
  } catch (error) {
    if (!(error instanceof EntrainError) || error.code !== "target.unsupported") throw error;
    return error.problems.map(({ message }) => finding("C07", "error", `${message}.`));
  }
}
