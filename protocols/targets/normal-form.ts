import type { Sequence, SequenceAxis, SequenceOperation, Waveform } from "#ir/sequence";
import { factorPoints, type Part } from "./factor.ts";

/**
 * A signal or capture with everything in numbers, in ticks since the shot began. Reference and phase as in
 * `FrameEvent`.
 */
export type TimedEvent = {
  readonly frame: string;
  readonly start: number;
  readonly reference: number;
  readonly phase_rad: number;
} & (
  | { readonly kind: "play"; readonly waveform: Waveform; readonly amplitude: number }
  | { readonly kind: "capture"; readonly duration_ticks: number }
);

/** What one shot at one point does. */
export interface TimedShot {
  readonly events: readonly TimedEvent[];
  readonly duration_ticks: number;
}

/**
 * The sequence that plays the given shots: no barriers, each frame with its own delays, branches and tables only
 * where points differ. Shots that are equal give sequences that are equal.
 *
 * @param shots - one for each point of the axes, last axis fastest
 */
export function sequenceOfShots(
  head: Pick<Sequence, "device" | "clock_hz" | "shots" | "ports" | "frames" | "biases" | "axes" | "counting">,
  shots: readonly TimedShot[],
): Sequence {
  const tables = new TableNames();
  const firsts = shots.flatMap(({ events }) =>
    events.map((event) => (event.reference > 0 ? Math.min(event.reference, event.start) : event.start)),
  );
  const reset = Math.min(...shots.map((shot) => shot.duration_ticks), ...firsts);
  const body: SequenceOperation[] = [{ kind: "reset", duration_ticks: reset }];
  for (const { id } of head.frames) {
    const lists = shots.map((shot) =>
      frameOperations(
        id,
        shot.events.filter((event) => event.frame === id),
        reset,
      ),
    );
    const join = (steps: readonly SequenceOperation[], axes: readonly SequenceAxis[]) =>
      joinOperations(steps, axes, tables);
    body.push(...asOperations(factorPoints(head.axes, lists, join)));
  }
  body.push(...ending(head, shots, reset));
  return { ...head, tables: tables.tables, body };
}

/** A frame's operations after the reset, from its events in order of time. */
function frameOperations(frame: string, events: readonly TimedEvent[], reset: number): SequenceOperation[] {
  const operations: SequenceOperation[] = [];
  let clock = reset;
  let reference = 0;
  let phase_rad = 0;
  const waitUntil = (tick: number) => {
    if (tick > clock) operations.push({ kind: "delay", frames: [frame], duration_ticks: tick - clock });
    clock = Math.max(clock, tick);
  };
  for (const event of events.toSorted((a, b) => a.start - b.start)) {
    if (event.reference !== reference) {
      waitUntil(event.reference);
      operations.push({ kind: "set_phase", frame, phase_rad: event.phase_rad });
      ({ reference, phase_rad } = event);
    }
    waitUntil(event.start);
    if (event.phase_rad !== phase_rad) {
      operations.push({ kind: "shift_phase", frame, phase_rad: event.phase_rad - phase_rad });
      ({ phase_rad } = event);
    }
    if (event.kind === "play") {
      operations.push({ kind: "play", frame, waveform: event.waveform, amplitude: event.amplitude });
      clock += event.waveform.duration_ticks;
    } else {
      operations.push({ kind: "capture", frame, duration_ticks: event.duration_ticks });
      clock += event.duration_ticks;
    }
  }
  return operations;
}

/** Brings all frames together and waits for the end of the shot, where there is something left to wait for. */
function ending(
  { frames, axes }: Pick<Sequence, "frames" | "axes">,
  shots: readonly TimedShot[],
  reset: number,
): SequenceOperation[] {
  if (frames.length === 0) return [];
  const ids = frames.map((frame) => frame.id);
  const rests = shots.map(({ events, duration_ticks }) => {
    const last = Math.max(
      reset,
      ...events.map((e) => e.start + (e.kind === "play" ? e.waveform.duration_ticks : e.duration_ticks)),
    );
    const rest = duration_ticks - last;
    return rest > 0 ? [{ kind: "delay" as const, frames: ids, duration_ticks: rest }] : [];
  });
  const parts = asOperations(factorPoints<SequenceOperation>(axes, rests, (s, a) => joinOperations(s, a)));
  return [{ kind: "barrier", frames: ids }, ...parts];
}

function asOperations(parts: readonly Part<SequenceOperation>[]): SequenceOperation[] {
  return parts.map((part) =>
    part.kind === "step"
      ? part.step
      : { kind: "branch", axis: part.axis, cases: part.cases.map((c) => asOperations(c)) },
  );
}

/** One operation for all points: the same everywhere, or plays whose amplitudes follow one axis. */
function joinOperations(
  steps: readonly SequenceOperation[],
  axes: readonly SequenceAxis[],
  tables?: TableNames,
): SequenceOperation | undefined {
  const first = steps[0]!;
  const texts = steps.map((step) => JSON.stringify(step));
  if (texts.every((text) => text === texts[0])) return first;
  if (first.kind !== "play" || tables === undefined) return undefined;
  const bare = (step: SequenceOperation) => JSON.stringify({ ...step, amplitude: 0 });
  if (steps.some((step) => bare(step) !== bare(first))) return undefined;
  const amplitudes = steps.map((step) => (step.kind === "play" ? step.amplitude : 0));
  let inner = 1;
  for (const axis of axes.toReversed()) {
    const values = Array.from({ length: axis.size }, (_, k) => amplitudes[k * inner]!);
    const stride = inner;
    if (amplitudes.every((a, p) => a === values[Math.floor(p / stride) % axis.size])) {
      return {
        ...first,
        amplitude: { table: tables.nameOf(axis.name, values as number[]), axis: axis.name },
      };
    }
    inner *= axis.size;
  }
  return undefined;
}

/** Names tables by their axis: `exchange_amplitude`, `exchange_amplitude_2`, … */
class TableNames {
  readonly tables: Record<string, readonly number[]> = {};

  nameOf(axis: string, values: readonly number[]): string {
    const text = JSON.stringify(values);
    for (let k = 1; ; k++) {
      const name = k === 1 ? `${axis}_amplitude` : `${axis}_amplitude_${k}`;
      const known = this.tables[name];
      if (known === undefined) this.tables[name] = values;
      if (known === undefined || JSON.stringify(known) === text) return name;
    }
  }
}
