import type { Point } from "#ir/driver";
import type { Sequence, SequenceAxis, SequenceOperation, Waveform } from "#ir/sequence";
import { sequenceOfShots, type TimedEvent, type TimedShot } from "./normal-form.ts";
import { amplitudeAt, branchedAxes, pointsOf, scheduleOf } from "./schedule.ts";

/** The amplitude at every index of the swept axis. */
export type RunAmplitude = number | readonly number[];

/** A signal or capture of one run; the frame's phase is given at the run's origin. */
export type RunEvent = {
  readonly frame: string;
  readonly start: number;
  readonly phase_rad: number;
} & (
  | { readonly kind: "play"; readonly waveform: Waveform; readonly amplitude: RunAmplitude }
  | { readonly kind: "capture"; readonly duration_ticks: number }
);

/** What a stack that knows one loop runs at once: fixed indices of the other axes. */
export interface Run {
  readonly at: Point;
  readonly events: readonly RunEvent[];
  readonly end: number;
}

export interface UnrolledSequence {
  /** The axis that the stack loops over. */
  readonly swept: SequenceAxis | null;
  readonly runs: readonly Run[];
  /** Tick at which all phases are counted from. */
  readonly origin: number;
}

/** What every point of a sequence does, in numbers. */
export function timedShots(sequence: Sequence): TimedShot[] {
  return pointsOf(sequence.axes).map((point) => {
    const { events, end } = scheduleOf(sequence, point);
    return {
      duration_ticks: end,
      events: events.map((event): TimedEvent => {
        const { start, reference, phase_rad } = event;
        if (event.kind === "capture") {
          const frame = event.frame.id;
          return {
            kind: "capture",
            frame,
            start,
            reference: 0,
            phase_rad: 0,
            duration_ticks: event.duration,
          };
        }
        return {
          kind: "play",
          frame: event.frame.id,
          start,
          reference,
          phase_rad,
          waveform: event.waveform,
          amplitude: amplitudeAt(sequence, event.amplitude, point),
        };
      }),
    };
  });
}

/** Amplitude tables that the body plays along an axis. */
function tablesAlong(sequence: Sequence, axis: string): string[] {
  const names = new Set<string>();
  const visit = (operations: readonly SequenceOperation[]): void => {
    for (const operation of operations) {
      if (operation.kind === "branch") for (const body of operation.cases) visit(body);
      if (operation.kind !== "play" || typeof operation.amplitude === "number") continue;
      if (operation.amplitude.axis === axis) names.add(operation.amplitude.table);
    }
  };
  visit(sequence.body);
  return [...names];
}

/** Amplitudes from the first to the last in equal steps. */
export function evenly(from: number, to: number, size: number): number[] {
  return Array.from({ length: size }, (_, k) => (size === 1 ? from : from + ((to - from) * k) / (size - 1)));
}

/** True when every amplitude is within `tolerance` of equal steps from the first to the last. */
export function isEven(values: readonly number[], tolerance: number): boolean {
  return evenly(values[0]!, values.at(-1)!, values.length).every(
    (value, k) => Math.abs(value - values[k]!) <= tolerance,
  );
}

/**
 * Writes a sequence as runs of a stack that loops over shots and one axis: the first one that is not branched on and
 * whose tables `canSweep` accepts. Phases are counted from `origin` on, as stacks do that reset them once a shot.
 */
export function unroll(
  sequence: Sequence,
  origin: number,
  canSweep: (values: readonly number[]) => boolean,
): UnrolledSequence {
  const branched = new Set(branchedAxes(sequence).map(({ name }) => name));
  const swept =
    sequence.axes.find(
      ({ name }) =>
        !branched.has(name) &&
        tablesAlong(sequence, name).every((table) => canSweep(sequence.tables[table]!)),
    ) ?? null;
  const fixed = sequence.axes.filter((axis) => axis !== swept);
  const runs = pointsOf(fixed).map((at): Run => {
    const { events, end } = scheduleOf(sequence, at);
    return {
      at,
      end,
      events: events.map((event): RunEvent => {
        const { frame, start, duration, reference } = event;
        const turns = (frame.frequency_hz * (origin - reference)) / sequence.clock_hz;
        const place = {
          frame: frame.id,
          start,
          phase_rad: reduced(event.phase_rad + 2 * Math.PI * (turns - Math.round(turns))),
        };
        if (event.kind === "capture") return { ...place, kind: "capture", duration_ticks: duration };
        const { amplitude } = event;
        const values = typeof amplitude === "number" ? amplitude : sequence.tables[amplitude.table]!;
        return {
          ...place,
          kind: "play",
          waveform: event.waveform,
          amplitude:
            typeof amplitude === "number"
              ? amplitude
              : amplitude.axis === swept?.name
                ? (values as readonly number[])
                : (values as readonly number[])[at[amplitude.axis]!]!,
        };
      }),
    };
  });
  return { swept, runs, origin };
}

/** Counts the phases of shots from one tick on, for stacks that reset them once a shot. */
export function atOrigin(sequence: Sequence, shots: readonly TimedShot[], origin: number): TimedShot[] {
  const frequencies = new Map(sequence.frames.map(({ id, frequency_hz }) => [id, frequency_hz]));
  return shots.map((shot) => ({
    ...shot,
    events: shot.events.map((event) => {
      const turns = (frequencies.get(event.frame)! * (origin - event.reference)) / sequence.clock_hz;
      const phase_rad = reduced(event.phase_rad + 2 * Math.PI * (turns - Math.round(turns)));
      return event.kind === "capture" ? event : { ...event, reference: origin, phase_rad };
    }),
  }));
}

/** A phase between −π and π. */
function reduced(phase_rad: number): number {
  const turns = phase_rad / (2 * Math.PI);
  const near = Math.round(turns);
  return near === 0 ? phase_rad : (turns - near) * 2 * Math.PI;
}

/** The sequence that the runs play. */
export function sequenceOfRuns(
  head: Parameters<typeof sequenceOfShots>[0],
  { swept, runs, origin }: UnrolledSequence,
): Sequence {
  const shots = pointsOf(head.axes).map((point) => {
    const run = runs.find(({ at }) => Object.entries(at).every(([axis, index]) => point[axis] === index))!;
    const index = swept === null ? 0 : point[swept.name]!;
    return {
      duration_ticks: run.end,
      events: run.events.map((event): TimedEvent => {
        const place = {
          frame: event.frame,
          start: event.start,
          reference: origin,
          phase_rad: event.phase_rad,
        };
        if (event.kind === "capture") {
          return { ...place, kind: "capture", duration_ticks: event.duration_ticks };
        }
        const amplitude = typeof event.amplitude === "number" ? event.amplitude : event.amplitude[index]!;
        return { ...place, kind: "play", waveform: event.waveform, amplitude };
      }),
    };
  });
  return sequenceOfShots(head, shots);
}
