import { createHash } from "node:crypto";
import { parseWith } from "#core/schema";
import type { Program, ProgramFile } from "#ir/program";
import type { Sequence } from "#ir/sequence";
import { writeJson } from "../json-text.ts";
import { readDocument } from "../read-document.ts";
import { refuseErrors } from "../target.ts";
import { evenly, sequenceOfRuns } from "../unroll.ts";
import { checkQickPlan } from "./check.ts";
import { type QickProgramConfig, qickConfigSchema, qickVersion } from "./config.ts";
import { planQick, type QickPlan } from "./plan.ts";
import { runnerText } from "./runner.ts";

/**
 * Writes a sequence for a QICK board: a configuration with every pulse, its time and phase, which the program
 * `program.py` (an AveragerProgramV2 a run) plays. Shots and one evenly spaced axis loop on the board; every index of
 * the other axes is a run of its own.
 *
 * @throws EntrainError `target.unsupported` with everything that the board could not do
 */
export function emitQick(sequence: Sequence, settings?: unknown): Program {
  const plan = planQick(sequence, settings);
  refuseErrors("qick", checkQickPlan(plan));
  const text = `${writeJson(configOf(plan))}\n`;
  return {
    target: "qick",
    target_version: qickVersion,
    file_name: "config.json",
    text,
    sha256: createHash("sha256").update(text).digest("hex"),
    quantisation: plan.quantiser.report,
    assumptions: plan.assumptions,
  };
}

function configOf(plan: QickPlan): QickProgramConfig {
  const { sequence, unrolled } = plan;
  const ns = (ticks: number) => (ticks * 1e9) / sequence.clock_hz;
  return {
    format: "entrain qick",
    version: qickVersion,
    device: sequence.device,
    assumptions: [...plan.assumptions],
    clock_hz: sequence.clock_hz,
    shots: sequence.shots,
    axes: sequence.axes.map(({ name, size }) => ({ name, size })),
    ports: [...sequence.ports],
    static_flux: Object.fromEntries(sequence.biases.map(({ port, flux_quanta }) => [port, flux_quanta])),
    frames: sequence.frames.map(({ id, port, frequency_hz }) => ({ id, port, frequency_hz })),
    trigger_offset_ns: plan.settings.trigger_offset_ns,
    generators: plan.generators.map(({ port, ch, nqz, external_lo_hz }) => ({
      port,
      ch,
      nqz,
      external_lo_hz,
    })),
    readouts: plan.readouts.map(({ frame, ch, generator, lengths }) => ({
      frame,
      ch,
      generator,
      length_ns: ns(lengths[0]!),
    })),
    swept: unrolled.swept?.name ?? null,
    runs: unrolled.runs.map((run) => ({
      at: { ...run.at },
      shot_ns: ns(run.end),
      events: run.events.map((event) => {
        const place = { frame: event.frame, start_ns: ns(event.start), phase_rad: event.phase_rad };
        if (event.kind === "capture") {
          return { kind: "capture", ...place, duration_ns: ns(event.duration_ticks) };
        }
        const { waveform } = event;
        const amplitude =
          typeof event.amplitude === "number"
            ? event.amplitude
            : { from: event.amplitude[0]!, to: event.amplitude.at(-1)! };
        return waveform.kind === "constant"
          ? { kind: "constant", ...place, duration_ns: ns(waveform.duration_ticks), amplitude }
          : {
              kind: "gaussian",
              ...place,
              duration_ns: ns(waveform.duration_ticks),
              sigma_ns: ns(waveform.sigma_ticks),
              amplitude,
            };
      }),
    })),
  };
}

/**
 * Reads a configuration back into a sequence.
 *
 * @throws EntrainError `program.syntax`, `program.version`, `program.invalid`, `program.undefined`
 */
export function parseQick(text: string): Sequence {
  const config = readDocument(text, qickConfigSchema, qickVersion);
  const ticks = (ns: number) => {
    const value = (ns * config.clock_hz) / 1e9;
    return Math.abs(value - Math.round(value)) < 1e-6 ? Math.round(value) : value;
  };
  const size = config.axes.find(({ name }) => name === config.swept)?.size ?? 1;
  return sequenceOfRuns(
    {
      device: config.device,
      clock_hz: config.clock_hz,
      shots: config.shots,
      ports: config.ports,
      frames: config.frames.map((frame) => ({ ...frame, phase_rad: 0 })),
      biases: Object.entries(config.static_flux).map(([port, flux_quanta]) => ({ port, flux_quanta })),
      axes: config.axes,
    },
    {
      swept: config.axes.find(({ name }) => name === config.swept) ?? null,
      origin: 0,
      runs: config.runs.map(({ at, shot_ns, events }) => ({
        at,
        end: ticks(shot_ns),
        events: events.map((event) => {
          const place = { frame: event.frame, start: ticks(event.start_ns), phase_rad: event.phase_rad };
          const duration_ticks = ticks(event.duration_ns);
          if (event.kind === "capture") return { ...place, kind: "capture", duration_ticks };
          const amplitude =
            typeof event.amplitude === "number"
              ? event.amplitude
              : evenly(event.amplitude.from, event.amplitude.to, size);
          return {
            ...place,
            kind: "play",
            amplitude,
            waveform:
              event.kind === "constant"
                ? { kind: "constant", duration_ticks }
                : { kind: "gaussian", duration_ticks, sigma_ticks: ticks(event.sigma_ns) },
          };
        }),
      })),
    },
  );
}

/** The program that plays the configuration. */
export function qickFiles(program: Program): ProgramFile[] {
  parseWith(qickConfigSchema, JSON.parse(program.text), "program.invalid");
  return [{ name: "program.py", text: runnerText }];
}
