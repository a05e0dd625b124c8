import { createHash } from "node:crypto";
import { parseWith } from "#core/schema";
import type { Program, ProgramFile } from "#ir/program";
import type { Sequence } from "#ir/sequence";
import { writeJson } from "../json-text.ts";
import { refuseErrors } from "../target.ts";
import { type Bundle, bundleSchema, q1asmVersion, type SequencerSettings } from "./bundle.ts";
import { checkPlan } from "./check.ts";
import { loaderText } from "./loader.ts";
import { type ClusterPlan, type PlannedSequencer, planCluster } from "./plan.ts";

/**
 * Writes a sequence for a Qblox Cluster: one document with the settings of every module and sequencer, and for each
 * sequencer the `sequence` it is loaded with, its Q1ASM a list of lines. `parseQ1asm` reads it back, `q1asmFiles`
 * takes it apart into the files that the stack loads.
 *
 * @throws EntrainError `target.unsupported` with everything that the Cluster could not do
 */
export function emitQ1asm(sequence: Sequence, settings?: unknown): Program {
  const plan = planCluster(sequence, settings);
  refuseErrors("qblox-q1asm", checkPlan(plan));
  const assumptions = assumptionsOf(plan);
  const text = `${writeJson(bundleOf(plan, assumptions))}\n`;
  return {
    target: "qblox-q1asm",
    target_version: q1asmVersion,
    file_name: "cluster.json",
    text,
    sha256: createHash("sha256").update(text).digest("hex"),
    quantisation: plan.quantiser.report,
    assumptions,
  };
}

function bundleOf({ sequence, wiring, sequencers, bins }: ClusterPlan, assumptions: string[]): Bundle {
  return {
    format: "entrain qblox-q1asm",
    version: q1asmVersion,
    device: sequence.device,
    assumptions,
    shots: sequence.shots,
    axes: sequence.axes.map(({ name, size }) => ({ name, size })),
    ports: [...sequence.ports],
    static_flux: Object.fromEntries(sequence.biases.map(({ port, flux_quanta }) => [port, flux_quanta])),
    frames: sequence.frames.map(({ id, port, frequency_hz }) => ({
      id,
      port,
      ...(wiring.idle.includes(id) ? { frequency_hz } : {}),
    })),
    modules: [...wiring.modules],
    sequencers: sequencers.map((planned) => ({
      name: planned.slot.name,
      module: planned.slot.module,
      index: planned.slot.index,
      plays: planned.slot.plays,
      captures: planned.slot.captures,
      settings: settingsOf(planned),
      sequence: {
        waveforms: Object.fromEntries(
          Object.entries(planned.waveforms).map(([name, { data, index }]) => [
            name,
            { data: [...data], index },
          ]),
        ),
        weights: {},
        acquisitions: Object.fromEntries(
          Array.from({ length: planned.captures }, (_, index) => [
            `capture_${index}`,
            { num_bins: bins, index },
          ]),
        ),
        program: [...planned.program.lines],
      },
    })),
  };
}

function settingsOf({ slot, integrations_ns }: PlannedSequencer): SequencerSettings {
  const connection = slot.type === "QCM" ? "I" : "IQ";
  const played = slot.plays === null ? "off" : connection;
  return {
    sync_en: true,
    mod_en_awg: true,
    nco_freq: slot.nco_hz,
    [`connect_out${slot.output}`]: played,
    ...(slot.captures === null
      ? {}
      : { connect_acq: "in0", demod_en_acq: true, integration_length_acq: integrations_ns[0]! }),
  };
}

function assumptionsOf({ sequence, wiring }: ClusterPlan): string[] {
  const rf = wiring.modules.some(({ type }) => type !== "QCM");
  return [
    "Ports are laid on the outputs of modules in the order of the sequence; `modules` and `sequencers` say where.",
    ...(rf
      ? [
          "Local oscillators are chosen by the emitter and share the Cluster's reference clock; upper sideband; mixers are calibrated.",
        ]
      : []),
    "Amplitude 1 is the full scale of a modulated sequencer (2^15 steps of gain or offset).",
    ...(sequence.biases.length > 0
      ? [
          "Static flux (`static_flux`, in flux quanta) is set by the laboratory's current sources before the run.",
        ]
      : []),
    ...(wiring.sequencers.some(({ captures }) => captures !== null)
      ? [
          "Acquisitions start with the tone they read; the time of flight is compensated by the module's propagation delay setting.",
          "Every shot has a bin of its own; levels are assigned from the integrated I and Q afterwards.",
        ]
      : []),
  ];
}

/** The files that the stack loads: one `sequence` document a sequencer, all settings, and a loader. */
export function q1asmFiles(program: Program): ProgramFile[] {
  const bundle = parseWith(bundleSchema, JSON.parse(program.text), "program.invalid");
  const settings = {
    version: bundle.version,
    device: bundle.device,
    assumptions: bundle.assumptions,
    static_flux: bundle.static_flux,
    shots: bundle.shots,
    axes: bundle.axes,
    modules: bundle.modules,
    sequencers: bundle.sequencers.map(({ name, module, index, plays, captures, settings: own }) => ({
      name,
      module,
      index,
      plays,
      captures,
      sequence: `sequences/${name}.json`,
      settings: own,
    })),
  };
  return [
    { name: "settings.json", text: `${writeJson(settings)}\n` },
    ...bundle.sequencers.map(({ name, sequence }) => ({
      name: `sequences/${name}.json`,
      text: `${writeJson({ ...sequence, program: `${sequence.program.join("\n")}\n` })}\n`,
    })),
    { name: "load.py", text: loaderText },
  ];
}
