import { EntrainError } from "#core/errors";
import type { Sequence } from "#ir/sequence";
import { readDocument } from "../read-document.ts";
import { type RunEvent, sequenceOfRuns } from "../unroll.ts";
import { type QibolabDocument, type QibolabOperation, qibolabSchema, qibolabVersion } from "./experiment.ts";

/**
 * Reads a Qibolab platform and experiment back into a sequence. Frequencies are those of the platform's parameters.
 *
 * @throws EntrainError `program.syntax`, `program.version`, `program.invalid`, `program.undefined`
 */
export function parseQibolab(text: string): Sequence {
  const document = readDocument(text, qibolabSchema, qibolabVersion);
  const { settings, configs } = document.parameters;
  const ticks = (ns: number) => {
    const value = (ns * document.clock_hz) / 1e9;
    return Math.abs(value - Math.round(value)) < 1e-6 ? Math.round(value) : value;
  };
  const origin = ticks(settings.relaxation_time);
  const frequencyOf = (channel: string): number | undefined => {
    const config = configs[channel];
    return config?.kind === "iq" ? config.frequency : config?.kind === "dc" ? 0 : undefined;
  };
  return sequenceOfRuns(
    {
      device: document.device,
      clock_hz: document.clock_hz,
      shots: settings.nshots,
      ports: document.ports,
      frames: document.frames.map(({ id, port, channel, probe, frequency_hz }) => ({
        id,
        port,
        frequency_hz: frequencyOf(probe ?? channel) ?? frequency_hz,
        phase_rad: 0,
      })),
      biases: Object.entries(document.static_flux).map(([port, flux_quanta]) => ({ port, flux_quanta })),
      axes: document.axes,
    },
    {
      swept: document.axes.find(({ name }) => name === document.swept) ?? null,
      origin,
      runs: document.runs.map((run) => ({
        at: run.at,
        end: origin + ticks(run.duration_ns),
        events: eventsOf(document, run, origin, ticks),
      })),
    },
  );
}

function eventsOf(
  { frames }: QibolabDocument,
  { sequence, sweepers }: QibolabDocument["runs"][number],
  origin: number,
  ticks: (ns: number) => number,
): RunEvent[] {
  const clocks = new Map<string, number>();
  const sweptValues = new Map(
    sweepers.flatMap(({ values, elements }) => elements.map((k) => [k, values] as const)),
  );
  const frameOf = (channel: string) => {
    const frame = frames.find((candidate) => candidate.channel === channel);
    if (frame) return frame;
    throw new EntrainError("program.undefined", {
      path: "runs",
      message: `no frame has the channel "${channel}"`,
      found: channel,
    });
  };
  const play = (
    frame: string,
    start: number,
    pulse: Extract<QibolabOperation, { kind: "pulse" }>,
    swept?: readonly number[],
  ): RunEvent => {
    const duration_ticks = ticks(pulse.duration);
    return {
      kind: "play",
      frame,
      start,
      phase_rad: pulse.relative_phase,
      amplitude: swept ?? pulse.amplitude,
      waveform:
        pulse.envelope.kind === "rectangular"
          ? { kind: "constant", duration_ticks }
          : { kind: "gaussian", duration_ticks, sigma_ticks: pulse.envelope.rel_sigma * duration_ticks },
    };
  };
  return sequence.flatMap(([channel, operation], k): RunEvent[] => {
    const frame = frameOf(channel);
    const start = clocks.get(channel) ?? origin;
    if (operation.kind !== "readout") {
      clocks.set(channel, start + ticks(operation.duration));
      return operation.kind === "pulse" ? [play(frame.id, start, operation, sweptValues.get(k))] : [];
    }
    const duration_ticks = ticks(operation.acquisition.duration);
    const flight = ticks(operation.time_of_flight);
    clocks.set(channel, start + duration_ticks + flight);
    const probe = frames.find((candidate) => candidate.channel === frame.probe);
    return [
      ...(probe ? [play(probe.id, start, operation.probe)] : []),
      { kind: "capture", frame: frame.id, start: start + flight, phase_rad: 0, duration_ticks },
    ];
  });
}
