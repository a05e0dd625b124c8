import { createHash } from "node:crypto";
import { parseWith } from "#core/schema";
import type { Program, ProgramFile } from "#ir/program";
import type { Sequence } from "#ir/sequence";
import { writeJson } from "../json-text.ts";
import { refuseErrors } from "../target.ts";
import type { Run, RunEvent } from "../unroll.ts";
import { checkQibolabPlan } from "./check.ts";
import { type QibolabDocument, type QibolabOperation, qibolabSchema, qibolabVersion } from "./experiment.ts";
import { channelOf, planQibolab, type QibolabPlan } from "./plan.ts";
import { platformText, runnerText } from "./runner.ts";

/**
 * Writes a sequence for Qibolab: the parameters of a platform and an experiment on it, whose sequences have the form of
 * `PulseSequence.load`. The passive wait at the beginning of a shot is the relaxation time; one axis is swept by the
 * controller, every index of the others is a run.
 *
 * @throws EntrainError `target.unsupported` with everything that Qibolab has no words for
 */
export function emitQibolab(sequence: Sequence, settings?: unknown): Program {
  const plan = planQibolab(sequence, settings);
  refuseErrors("qibolab", checkQibolabPlan(plan));
  const text = `${writeJson(documentOf(plan))}\n`;
  return {
    target: "qibolab",
    target_version: qibolabVersion,
    file_name: "qibolab.json",
    text,
    sha256: createHash("sha256").update(text).digest("hex"),
    quantisation: plan.quantiser.report,
    assumptions: plan.assumptions,
  };
}

function documentOf(plan: QibolabPlan): QibolabDocument {
  const { sequence, unrolled, probes } = plan;
  const channel = (id: string) => channelOf(sequence, id);
  const configs: QibolabDocument["parameters"]["configs"] = {};
  for (const { id, frequency_hz } of sequence.frames) {
    if (probes.has(id)) {
      configs[channel(id)] = {
        kind: "acquisition",
        delay: 0,
        smearing: 0,
        threshold: null,
        iq_angle: null,
        kernel: null,
      };
    } else if (frequency_hz === 0) configs[channel(id)] = { kind: "dc", offset: 0 };
    else configs[channel(id)] = { kind: "iq", frequency: frequency_hz };
  }
  return {
    format: "entrain qibolab",
    version: qibolabVersion,
    device: sequence.device,
    assumptions: plan.assumptions,
    clock_hz: sequence.clock_hz,
    axes: sequence.axes.map(({ name, size }) => ({ name, size })),
    ports: [...sequence.ports],
    static_flux: Object.fromEntries(sequence.biases.map(({ port, flux_quanta }) => [port, flux_quanta])),
    frames: sequence.frames.map(({ id, port, frequency_hz }) => {
      const probe = probes.get(id);
      return {
        id,
        port,
        channel: channel(id),
        frequency_hz,
        ...(probe === undefined ? {} : { probe: channel(probe) }),
      };
    }),
    parameters: {
      settings: { nshots: sequence.shots, relaxation_time: plan.ns(unrolled.origin) },
      configs,
      native_gates: { single_qubit: {}, coupler: {}, two_qubit: {} },
    },
    swept: unrolled.swept?.name ?? null,
    runs: unrolled.runs.map((run) => runOf(plan, run)),
  };
}

/** Channels one after another, each with its own delays. */
function runOf({ sequence, unrolled, probes, ns }: QibolabPlan, run: Run): QibolabDocument["runs"][number] {
  const list: [string, QibolabOperation][] = [];
  const swept = new Map<string, { values: readonly number[]; elements: number[] }>();
  const probing = new Set(probes.values());
  for (const { id } of sequence.frames) {
    if (probing.has(id)) continue;
    const name = channelOf(sequence, id);
    let clock = unrolled.origin;
    const own = run.events.filter((event) => event.frame === id).toSorted((a, b) => a.start - b.start);
    for (const event of own) {
      if (event.start > clock) list.push([name, { kind: "delay", duration: ns(event.start - clock) }]);
      clock = event.start;
      if (event.kind === "play") {
        if (typeof event.amplitude !== "number") {
          const key = JSON.stringify(event.amplitude);
          const entry = swept.get(key) ?? { values: event.amplitude, elements: [] };
          entry.elements.push(list.length);
          swept.set(key, entry);
        }
        list.push([name, pulseOf(event, ns)]);
        clock += event.waveform.duration_ticks;
      } else {
        const probe = run.events.find(
          (other) => other.frame === probes.get(id) && other.start === event.start,
        )!;
        list.push([
          name,
          {
            kind: "readout",
            acquisition: { kind: "acquisition", duration: ns(event.duration_ticks) },
            probe: pulseOf(probe as Extract<RunEvent, { kind: "play" }>, ns),
            time_of_flight: 0,
          },
        ]);
        clock += event.duration_ticks;
      }
    }
  }
  return {
    at: { ...run.at },
    duration_ns: ns(run.end - unrolled.origin),
    sequence: list,
    sweepers: [...swept.values()].map(({ values, elements }) => ({
      parameter: "amplitude" as const,
      values: [...values],
      elements,
    })),
  };
}

function pulseOf(
  { waveform, amplitude, phase_rad }: Extract<RunEvent, { kind: "play" }>,
  ns: (ticks: number) => number,
): Extract<QibolabOperation, { kind: "pulse" }> {
  return {
    kind: "pulse",
    duration: ns(waveform.duration_ticks),
    amplitude: typeof amplitude === "number" ? amplitude : amplitude[0]!,
    envelope:
      waveform.kind === "constant"
        ? { kind: "rectangular" }
        : { kind: "gaussian", rel_sigma: waveform.sigma_ticks / waveform.duration_ticks },
    relative_phase: phase_rad,
  };
}

/** The files of a platform folder, and what runs the experiment. */
export function qibolabFiles(program: Program): ProgramFile[] {
  const { parameters, ...experiment } = parseWith(qibolabSchema, JSON.parse(program.text), "program.invalid");
  return [
    { name: "parameters.json", text: `${writeJson(parameters)}\n` },
    { name: "experiment.json", text: `${writeJson(experiment)}\n` },
    { name: "platform.py", text: platformText },
    { name: "run.py", text: runnerText },
  ];
}
