import type { Sequence } from "#ir/sequence";
import { Quantiser } from "../quantisation.ts";
import { evenly, isEven, type Run, type UnrolledSequence, unroll } from "../unroll.ts";
import { parseQickSettings, type QickBoard, type QickSettings, qickLimits, supposedBoard } from "./board.ts";

export interface PlannedGenerator {
  readonly port: string;
  readonly ch: number;
  readonly nqz: 1 | 2;
  readonly external_lo_hz: number;
  /** Frames on the port and the frequencies that the converter has to make. */
  readonly frames: readonly { readonly id: string; readonly hz: number }[];
}

export interface PlannedReadout {
  readonly frame: string;
  readonly ch: number;
  /** Generator of the tone that it listens to. */
  readonly generator: number | null;
  /** Distinct lengths of its captures, ticks. */
  readonly lengths: readonly number[];
}

/** A sequence laid out on a board, whether or not the board could carry it. */
export interface QickPlan {
  readonly sequence: Sequence;
  readonly settings: QickSettings;
  readonly board: QickBoard;
  readonly unrolled: UnrolledSequence;
  readonly generators: readonly PlannedGenerator[];
  readonly readouts: readonly PlannedReadout[];
  readonly assumptions: string[];
  readonly quantiser: Quantiser;
}

/** Ports become generators, captured frames readouts, in the order of the sequence. */
export function planQick(sequence: Sequence, given: unknown): QickPlan {
  const settings = parseQickSettings(given);
  const board = settings.board ?? supposedBoard();
  const step = 1 / (board.gens[0]?.maxv ?? 1);
  const raw = unroll(sequence, 0, (values) => isEven(values, step / 2));
  // The board counts sweeps up from their ends.
  const unrolled: UnrolledSequence = { ...raw, runs: raw.runs.map((run) => evenRun(run)) };
  const events = unrolled.runs.flatMap((run) => run.events);
  const playing = new Set(events.flatMap((event) => (event.kind === "play" ? [event.frame] : [])));
  const ports = [...new Set(sequence.frames.filter(({ id }) => playing.has(id)).map(({ port }) => port))];
  const generators = ports.map((port, ch): PlannedGenerator => {
    const external_lo_hz = settings.external_lo_hz[port] ?? 0;
    const frames = sequence.frames
      .filter((frame) => frame.port === port && playing.has(frame.id))
      .map(({ id, frequency_hz }) => ({ id, hz: frequency_hz - external_lo_hz }));
    const half_hz = ((board.gens[ch] ?? board.gens[0])?.fs ?? 0) * 0.5e6;
    return { port, ch, nqz: frames.some(({ hz }) => Math.abs(hz) > half_hz) ? 2 : 1, external_lo_hz, frames };
  });
  const captured = sequence.frames.filter(({ id }) =>
    events.some((event) => event.kind === "capture" && event.frame === id),
  );
  const readouts = captured.map(({ id, frequency_hz }, ch): PlannedReadout => {
    const lengths = events.flatMap((e) => (e.kind === "capture" && e.frame === id ? [e.duration_ticks] : []));
    // The tone at the same frequency that is declared next before the capture.
    const at = sequence.frames.findIndex((frame) => frame.id === id);
    const tone = sequence.frames
      .slice(0, at)
      .findLast((frame) => frame.frequency_hz === frequency_hz && playing.has(frame.id));
    const generator = generators.find(({ port }) => port === tone?.port)?.ch ?? null;
    return { frame: id, ch, generator, lengths: [...new Set(lengths)] };
  });
  const plan = { sequence, settings, board, unrolled, generators, readouts };
  return { ...plan, assumptions: assumptionsOf(plan), quantiser: quantise(plan) };
}

function evenRun(run: Run): Run {
  return {
    ...run,
    events: run.events.map((event) =>
      event.kind === "play" && typeof event.amplitude !== "number"
        ? {
            ...event,
            amplitude: evenly(event.amplitude[0]!, event.amplitude.at(-1)!, event.amplitude.length),
          }
        : event,
    ),
  };
}

type Layout = Omit<QickPlan, "assumptions" | "quantiser">;

function assumptionsOf({ settings, generators, sequence, readouts }: Layout): string[] {
  return [
    ...(settings.board
      ? []
      : ["The board is supposed to be like a ZCU216 with 16 generators (signal_gen_v6) and 8 readouts."]),
    "Ports are laid on generators and captured frames on readouts in the order of the sequence; `generators` and `readouts` say where.",
    ...(generators.some(({ external_lo_hz }) => external_lo_hz > 0)
      ? ["External mixers pass the upper sideband; their oscillators share the board's reference clock."]
      : []),
    ...(generators.some(({ frames }) => frames.some(({ hz }) => hz === 0))
      ? ["Generators that play at 0 Hz have DC-coupled outputs."]
      : []),
    ...(readouts.length > 0 && settings.trigger_offset_ns === 0
      ? ["The time of flight from generator to readout is taken as zero (trigger_offset_ns)."]
      : []),
    ...(sequence.biases.length > 0
      ? [
          "Static flux (`static_flux`, in flux quanta) is set by the laboratory's current sources before the run.",
        ]
      : []),
  ];
}

/** What the board's grids make of the numbers; qick rounds times to the nearest cycle and gains towards zero. */
function quantise({ board, unrolled, generators, sequence }: Layout): Quantiser {
  const quantiser = new Quantiser();
  const time_hz = board.tprocs[0]!.f_time * 1e6;
  const near = (value: number, step: number) => Math.round(value / step) * step;
  for (const { frames, ch } of generators) {
    const gen = board.gens[ch];
    if (!gen) continue;
    const step = (gen.f_dds * 1e6) / 2 ** gen.b_dds;
    for (const { id, hz } of frames) quantiser.note("frequency", "Hz", step, id, hz, near(hz, step));
  }
  for (const event of unrolled.runs.flatMap((run) => run.events)) {
    const frame = sequence.frames.find(({ id }) => id === event.frame)!;
    const start_s = event.start / sequence.clock_hz;
    quantiser.note("time", "s", 1 / time_hz, event.frame, start_s, near(start_s, 1 / time_hz));
    const gen = board.gens[generators.find(({ port }) => port === frame.port)?.ch ?? -1];
    if (event.kind === "capture" || !gen) continue;
    const turns = event.phase_rad / (2 * Math.PI);
    const phaseStep = 2 ** -(gen.b_phase ?? gen.b_dds);
    quantiser.note("phase", "turn", phaseStep, event.frame, turns, near(turns, phaseStep));
    const duration_s = event.waveform.duration_ticks / sequence.clock_hz;
    const cycle = 1 / (gen.f_fabric * 1e6);
    quantiser.note("duration", "s", cycle, event.frame, duration_s, near(duration_s, cycle));
    for (const amplitude of [event.amplitude].flat()) {
      quantiser.note(
        "amplitude",
        "full scale",
        1 / gen.maxv,
        event.frame,
        amplitude,
        Math.trunc(amplitude * gen.maxv) / gen.maxv,
      );
    }
  }
  return quantiser;
}

/** Cycles of a generator's fabric clock. */
export function cyclesOf(plan: Pick<QickPlan, "sequence" | "board">, ch: number, ticks: number): number {
  const fabric = plan.board.gens[ch]?.f_fabric ?? 0;
  return Math.round((ticks / plan.sequence.clock_hz) * fabric * 1e6);
}

/** Pieces that a long tone is played in. */
export function piecesOf(cycles: number): number {
  return Math.max(1, Math.ceil(cycles / qickLimits.max_cycles));
}
