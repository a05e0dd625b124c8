import fc from "fast-check";
import type { Sequence, SequenceOperation, Waveform } from "#ir/sequence";

const frames = ["a_f01", "a_f12", "b_gain", "c_j", "a_tx", "a_rx"] as const;

/** What a generated sequence may contain. */
export interface SequenceLimits {
  /** All times are multiples of it, in ticks. */
  readonly grid: number;
  readonly clock_hz: number;
  readonly longest: number;
  /** Length of the capture at the end, in ticks. */
  readonly capture: number;
}

/** Sequences with branches, swept amplitudes, phases, barriers and captures, amplitudes within full scale. */
export function anySequence({ grid, clock_hz, longest, capture }: SequenceLimits): fc.Arbitrary<Sequence> {
  const ticks = fc.integer({ min: 1, max: Math.floor(longest / grid) }).map((n) => n * grid);
  const amplitude = fc.oneof(
    fc.double({ noNaN: true, min: -1, max: 1 }),
    fc.constantFrom({ table: "even", axis: "outer" }, { table: "uneven", axis: "outer" }),
  );
  const waveform: fc.Arbitrary<Waveform> = fc.oneof(
    fc.record({ kind: fc.constant("constant" as const), duration_ticks: ticks }),
    fc.record({
      kind: fc.constant("gaussian" as const),
      duration_ticks: fc.integer({ min: 2, max: 30 }).map((n) => n * grid),
      sigma_ticks: fc.oneof(fc.integer({ min: 3, max: 60 }), fc.double({ noNaN: true, min: 3, max: 60 })),
    }),
  );
  const played = fc.constantFrom(...frames.slice(0, 4));
  const phase = fc.double({ noNaN: true, min: -10, max: 10 });
  const plain: fc.Arbitrary<SequenceOperation> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("play" as const), frame: played, waveform, amplitude }),
    },
    fc.record({
      kind: fc.constant("delay" as const),
      frames: fc.subarray([...frames], { minLength: 1 }),
      duration_ticks: ticks,
    }),
    fc.record({ kind: fc.constant("barrier" as const), frames: fc.subarray([...frames], { minLength: 1 }) }),
    fc.record({
      kind: fc.constantFrom("set_phase" as const, "shift_phase" as const),
      frame: played,
      phase_rad: phase,
    }),
  );
  const branch = fc.record({
    kind: fc.constant("branch" as const),
    axis: fc.constant("inner"),
    cases: fc.array(fc.array(plain, { maxLength: 3 }), { minLength: 3, maxLength: 3 }),
  });
  const values = fc.array(fc.double({ noNaN: true, min: -1, max: 1 }), { minLength: 4, maxLength: 4 });
  return fc
    .record({
      reset: ticks,
      before: fc.array(plain, { maxLength: 6 }),
      branch: fc.option(branch),
      after: fc.array(plain, { maxLength: 4 }),
      frequency: fc.double({ noNaN: true, min: 3e9, max: 9e9 }),
      uneven: values,
      from: fc.double({ noNaN: true, min: -0.5, max: 0.5 }),
      step: fc.double({ noNaN: true, min: -0.1, max: 0.1 }),
      shots: fc.integer({ min: 1, max: 2000 }),
    })
    .map(({ reset, before, branch, after, frequency, uneven, from, step, shots }) => ({
      device: "any",
      clock_hz,
      shots,
      ports: ["a", "b", "c", "d_in", "d_out", "bias"],
      frames: [
        { id: "a_f01", port: "a", frequency_hz: frequency, phase_rad: 0 },
        { id: "a_f12", port: "a", frequency_hz: frequency - 2e8, phase_rad: 0.25 },
        { id: "b_gain", port: "b", frequency_hz: frequency + 1e9, phase_rad: 0 },
        { id: "c_j", port: "c", frequency_hz: 0, phase_rad: 0 },
        { id: "a_tx", port: "d_in", frequency_hz: 6.9e9, phase_rad: 0 },
        { id: "a_rx", port: "d_out", frequency_hz: 6.9e9, phase_rad: 0 },
      ],
      biases: [{ port: "bias", flux_quanta: -0.125 }],
      axes: [
        { name: "outer", size: 4 },
        { name: "inner", size: 3 },
      ],
      tables: { uneven, even: [0, 1, 2, 3].map((k) => from + k * step) },
      body: [
        { kind: "reset", duration_ticks: reset },
        ...before,
        ...(branch === null ? [] : [branch]),
        ...after,
        { kind: "barrier", frames: [...frames] },
        {
          kind: "play",
          frame: "a_tx",
          waveform: { kind: "constant", duration_ticks: capture },
          amplitude: 0.15,
        },
        { kind: "capture", frame: "a_rx", duration_ticks: capture },
      ],
    }));
}

/** The part of a sequence that acts on some sites and couplers. */
export function restrict(sequence: Sequence, keep: (frame: string) => boolean): Sequence {
  const frames = sequence.frames.filter(({ id }) => keep(id));
  const kept = new Set(frames.map(({ id }) => id));
  const filter = (operations: readonly SequenceOperation[]): SequenceOperation[] =>
    operations.flatMap((operation): SequenceOperation[] => {
      if (operation.kind === "branch") return [{ ...operation, cases: operation.cases.map(filter) }];
      if ("frame" in operation) return kept.has(operation.frame) ? [operation] : [];
      if (!("frames" in operation)) return [operation];
      const own = operation.frames.filter((id) => kept.has(id));
      return own.length === 0 ? [] : [{ ...operation, frames: own }];
    });
  const ports = sequence.ports.filter(
    (port) => port.endsWith("_flux") || frames.some((f) => f.port === port),
  );
  return { ...sequence, frames, ports, body: filter(sequence.body) };
}
