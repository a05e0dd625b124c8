import type { Point } from "#ir/driver";
import type { Amplitude, Frame, Sequence, SequenceAxis, SequenceOperation, Waveform } from "#ir/sequence";

/**
 * A signal or a capture of one frame, in ticks since the shot began. The frame's phase at tick t is
 * `phase_rad` + 2πf(t − reference).
 */
export type FrameEvent = {
  readonly frame: Frame;
  readonly start: number;
  readonly duration: number;
  /** Tick at which the frame's phase was last set; 0 when it never was. */
  readonly reference: number;
  readonly phase_rad: number;
} & (
  | { readonly kind: "play"; readonly waveform: Waveform; readonly amplitude: Amplitude }
  | { readonly kind: "capture" }
);

export interface Schedule {
  /** In the order of the program; of one frame, in order of time. */
  readonly events: readonly FrameEvent[];
  readonly end: number;
}

/** Every combination of indices of the given axes, the last axis fastest. */
export function pointsOf(axes: readonly SequenceAxis[]): Point[] {
  return axes.reduce<Record<string, number>[]>(
    (points, axis) =>
      points.flatMap((point) => Array.from({ length: axis.size }, (_, k) => ({ ...point, [axis.name]: k }))),
    [{}],
  );
}

/** Axes on which the sequence branches, in the order of its loops. */
export function branchedAxes(sequence: Sequence): SequenceAxis[] {
  const names = new Set<string>();
  const visit = (operations: readonly SequenceOperation[]): void => {
    for (const operation of operations) {
      if (operation.kind !== "branch") continue;
      names.add(operation.axis);
      for (const body of operation.cases) visit(body);
    }
  };
  visit(sequence.body);
  return sequence.axes.filter((axis) => names.has(axis.name));
}

/**
 * Resolves barriers, delays and branches of one point of the branched axes into times and phases. Frames keep their
 * own clocks; barriers bring them together.
 */
export function scheduleOf(sequence: Sequence, point: Point): Schedule {
  const clocks = new Map(sequence.frames.map((frame) => [frame.id, 0]));
  const phases = new Map(
    sequence.frames.map((frame) => [frame.id, { reference: 0, phase_rad: frame.phase_rad }]),
  );
  const frames = new Map(sequence.frames.map((frame) => [frame.id, frame]));
  const events: FrameEvent[] = [];
  const advance = (id: string, ticks: number) => clocks.set(id, clocks.get(id)! + ticks);

  const run = (operations: readonly SequenceOperation[]): void => {
    for (const operation of operations) {
      switch (operation.kind) {
        case "reset":
          for (const id of clocks.keys()) advance(id, operation.duration_ticks);
          break;
        case "barrier": {
          const latest = Math.max(...operation.frames.map((id) => clocks.get(id)!));
          for (const id of operation.frames) clocks.set(id, latest);
          break;
        }
        case "delay":
          for (const id of operation.frames) advance(id, operation.duration_ticks);
          break;
        case "set_phase":
          phases.set(operation.frame, {
            reference: clocks.get(operation.frame)!,
            phase_rad: operation.phase_rad,
          });
          break;
        case "shift_phase": {
          const { reference, phase_rad } = phases.get(operation.frame)!;
          phases.set(operation.frame, { reference, phase_rad: phase_rad + operation.phase_rad });
          break;
        }
        case "play":
        case "capture": {
          const place = {
            frame: frames.get(operation.frame)!,
            start: clocks.get(operation.frame)!,
            ...phases.get(operation.frame)!,
          };
          const duration =
            operation.kind === "play" ? operation.waveform.duration_ticks : operation.duration_ticks;
          events.push(
            operation.kind === "play"
              ? {
                  ...place,
                  kind: "play",
                  duration,
                  waveform: operation.waveform,
                  amplitude: operation.amplitude,
                }
              : { ...place, kind: "capture", duration },
          );
          advance(operation.frame, duration);
          break;
        }
        case "branch":
          run(operation.cases[point[operation.axis]!] ?? []);
          break;
      }
    }
  };
  run(sequence.body);
  return { events, end: Math.max(0, ...clocks.values()) };
}

/** Value of an amplitude at a point. */
export function amplitudeAt(sequence: Sequence, amplitude: Amplitude, point: Point): number {
  return typeof amplitude === "number"
    ? amplitude
    : sequence.tables[amplitude.table]![point[amplitude.axis]!]!;
}
