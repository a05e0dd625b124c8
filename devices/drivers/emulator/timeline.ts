import { EntrainError } from "#core/errors";
import { fullTurn } from "#core/units";
import type { Point } from "#ir/driver";
import type { Amplitude, Sequence, SequenceOperation, Waveform } from "#ir/sequence";

/** A signal on a port from `start` on, in ticks since the shot began. */
export interface Signal {
  readonly port: string;
  readonly frequency_hz: number;
  /** Phase at the start: the signal is Re[amplitude·envelope·e^{i(phase + 2πf(t − start))}]. */
  readonly phase_rad: number;
  readonly amplitude: number;
  readonly waveform: Waveform;
  readonly start: number;
}

export interface Capture {
  readonly port: string;
  readonly frequency_hz: number;
  readonly start: number;
  readonly duration: number;
}

/** What happens on the ports in one shot at one point of the sweep. */
export interface Timeline {
  readonly signals: readonly Signal[];
  readonly captures: readonly Capture[];
  /** Ticks of passive reset at the beginning. */
  readonly reset: number;
  readonly end: number;
}

interface FrameState {
  clock: number;
  /** Phase at tick `since`. */
  phase_rad: number;
  since: number;
}

/** Every point of a sequence's axes, in the order of its loops. */
export function pointsOf(sequence: Sequence): Point[] {
  return sequence.axes.reduce<Record<string, number>[]>(
    (points, axis) =>
      points.flatMap((point) => Array.from({ length: axis.size }, (_, k) => ({ ...point, [axis.name]: k }))),
    [{}],
  );
}

/**
 * Plays a sequence on paper: which signals stand on which port, when, with which phase.
 *
 * Frames keep their own clocks, which barriers bring together; a frame's phase turns at its frequency since it was
 * last set.
 *
 * @throws EntrainError `emulator.amplitude` when a signal exceeds full scale
 */
export function timelineOf(sequence: Sequence, point: Point): Timeline {
  const byId = new Map(sequence.frames.map((frame) => [frame.id, frame]));
  const states = new Map<string, FrameState>(
    sequence.frames.map((frame) => [frame.id, { clock: 0, phase_rad: frame.phase_rad, since: 0 }]),
  );
  const signals: Signal[] = [];
  const captures: Capture[] = [];
  let reset = 0;

  const stateOf = (id: string) => states.get(id)!;
  const phaseAt = (id: string, tick: number) => {
    const state = stateOf(id);
    const turns = byId.get(id)!.frequency_hz * ((tick - state.since) / sequence.clock_hz);
    return state.phase_rad + fullTurn * (turns - Math.floor(turns));
  };
  const amplitudeOf = (amplitude: Amplitude) =>
    typeof amplitude === "number" ? amplitude : sequence.tables[amplitude.table]![point[amplitude.axis]!]!;

  const run = (operations: readonly SequenceOperation[]): void => {
    for (const operation of operations) {
      switch (operation.kind) {
        case "reset":
          for (const state of states.values()) state.clock += operation.duration_ticks;
          reset = operation.duration_ticks;
          break;
        case "barrier": {
          const latest = Math.max(...operation.frames.map((id) => stateOf(id).clock));
          for (const id of operation.frames) stateOf(id).clock = latest;
          break;
        }
        case "delay":
          for (const id of operation.frames) stateOf(id).clock += operation.duration_ticks;
          break;
        case "set_phase": {
          const state = stateOf(operation.frame);
          state.phase_rad = operation.phase_rad;
          state.since = state.clock;
          break;
        }
        case "shift_phase":
          stateOf(operation.frame).phase_rad += operation.phase_rad;
          break;
        case "play": {
          const state = stateOf(operation.frame);
          const frame = byId.get(operation.frame)!;
          signals.push({
            port: frame.port,
            frequency_hz: frame.frequency_hz,
            phase_rad: phaseAt(operation.frame, state.clock),
            amplitude: amplitudeOf(operation.amplitude),
            waveform: operation.waveform,
            start: state.clock,
          });
          state.clock += operation.waveform.duration_ticks;
          break;
        }
        case "capture": {
          const state = stateOf(operation.frame);
          const frame = byId.get(operation.frame)!;
          captures.push({
            port: frame.port,
            frequency_hz: frame.frequency_hz,
            start: state.clock,
            duration: operation.duration_ticks,
          });
          state.clock += operation.duration_ticks;
          break;
        }
        case "branch":
          run(operation.cases[point[operation.axis]!] ?? []);
          break;
      }
    }
  };
  run(sequence.body);
  for (const signal of signals) {
    if (Math.abs(signal.amplitude) > 1) {
      throw new EntrainError(
        "emulator.amplitude",
        {
          path: signal.port,
          message: `an amplitude of ${signal.amplitude} exceeds full scale`,
          found: signal.amplitude,
          expected: "between −1 and 1",
        },
        { kind: "device" },
      );
    }
  }
  return { signals, captures, reset, end: Math.max(0, ...[...states.values()].map((state) => state.clock)) };
}
