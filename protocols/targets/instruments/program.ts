import { createHash } from "node:crypto";
import { z } from "zod";
import { EntrainError } from "#core/errors";
import { parseWith } from "#core/schema";
import type { Finding } from "#ir/finding";
import type { Program } from "#ir/program";
import type { Sequence } from "#ir/sequence";
import { finding } from "../findings.ts";
import { Quantiser } from "../quantisation.ts";
import { readDocument } from "../read-document.ts";
import { portKinds, type ShotSignals, shotSignals, signalFindings } from "../signals.ts";
import { refuseErrors } from "../target.ts";
import { prawnBlasterLimits, prawnDoLimits } from "./boards.ts";
import { type CompiledChain, compileChain } from "./compile.ts";
import { chainSetupSchema, type InstrumentSequence } from "./sequence.ts";

export const instrumentsVersion = "1";

const count = z.int().min(0);
const word32 = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);

/** What the three boards are loaded with, point by point; rows as their tables hold them. */
export const instrumentProgramSchema = z.strictObject({
  format: z.literal("entrain instruments"),
  version: z.literal(instrumentsVersion),
  device: z.string().min(1),
  shots: z.int().min(1).max(1_000_000),
  setup: chainSetupSchema,
  /** What is wired to which output of the PrawnDO and channel of the synthesiser, for people; the wiring is the lab's. */
  outputs: z.array(z.string()).max(16),
  channels: z.array(z.string()).max(4),
  /** Line that gates the counters: its k-th pulse is the k-th window. */
  gate: z.string(),
  sites: z.array(
    z.strictObject({
      id: z.string(),
      threshold: count,
      bright_levels: z.array(z.int().min(0).max(2)),
      dark_level: z.int().min(0).max(2),
    }),
  ),
  axes: z.array(z.strictObject({ name: z.string(), size: z.int().min(1) })),
  points: z
    .array(
      z.strictObject({
        at: z.record(z.string(), count),
        duration_s: z.number().gt(0),
        /** PrawnBlaster: half-period, repetitions. */
        pulses: z.array(z.tuple([word32.min(prawnBlasterLimits.shortestHalf), word32.min(1)])),
        /** PrawnDO: word, cycles. */
        words: z.array(z.tuple([z.int().min(0).max(0xffff), word32.min(prawnDoLimits.shortestHold)])),
        /** DDS-sweeper: for each channel frequency, amplitude and phase word. */
        tones: z.array(z.array(z.tuple([word32, z.int().min(0).max(1023), z.int().min(0).max(0x3fff)]))),
      }),
    )
    .min(1),
});
export type InstrumentProgram = z.output<typeof instrumentProgramSchema>;

const settingsSchema = z.strictObject({
  setup: chainSetupSchema.prefault({}),
  gate: z.string().default("detect"),
});

function instrumentSequence(sequence: Sequence, shot: ShotSignals): InstrumentSequence {
  const { tones, lines } = portKinds(sequence);
  return {
    lines: lines.map((name, output) => ({
      name,
      output,
      edges: shot.lines
        .filter(({ port }) => port === name)
        .flatMap(({ start_s, duration_s }) => [
          { time_s: start_s, level: 1 as const },
          { time_s: start_s + duration_s, level: 0 as const },
        ]),
    })),
    tones: tones.map((name, channel) => ({ name, channel, segments: segmentsOf(shot, name) })),
  };
}

type Segment = InstrumentSequence["tones"][number]["segments"][number];

function segmentsOf(shot: ShotSignals, port: string): Segment[] {
  const played = shot.tones.filter((tone) => tone.port === port).toSorted((a, b) => a.start_s - b.start_s);
  return played.flatMap((tone, k): Segment[] => {
    const { frequency_hz, amplitude, phase_turns, start_s } = tone;
    const end_s = start_s + tone.duration_s;
    const next_s = played[k + 1]?.start_s;
    const on: Segment = { start_s, frequency_hz, amplitude, phase_turns, phase_reference: "coherent" };
    // A tone that follows at once takes over; anything else leaves a silence.
    if (next_s !== undefined && next_s - end_s < 1e-9) return [on];
    const off = { frequency_hz: 0, amplitude: 0, phase_turns: 0, phase_reference: "coherent" } as const;
    return [on, { ...off, start_s: end_s }];
  });
}

interface PlannedProgram {
  readonly shots: readonly ShotSignals[];
  readonly compiled: readonly CompiledChain[];
  readonly findings: readonly Finding[];
  readonly settings: z.output<typeof settingsSchema>;
}

function planned(sequence: Sequence, given: unknown): PlannedProgram {
  const settings = parseWith(settingsSchema, given ?? {}, "input.invalid", "target_settings");
  const unsuitable = signalFindings(sequence);
  if (unsuitable.length > 0) return { shots: [], compiled: [], findings: unsuitable, settings };
  const { tones, lines } = portKinds(sequence);
  const short: Finding[] = [];
  const limit = (kind: string, names: readonly string[], most: number) => {
    if (names.length > most) {
      const message = `The sequence has ${names.length} ${kind}; the boards have ${most}.`;
      short.push(finding("C03", "error", message, { where: [...names] }));
    }
  };
  limit("tones", tones, 4);
  limit("digital lines", lines, 16);
  if (!lines.includes(settings.gate)) {
    short.push(finding("C06", "error", `There is no line "${settings.gate}" to gate the counters.`));
  }
  const shots = shotSignals(sequence);
  if (short.length > 0) return { shots, compiled: [], findings: short, settings };
  const found = new Map<string, Finding>();
  const compiled: CompiledChain[] = [];
  for (const shot of shots) {
    try {
      const chain = compileChain(instrumentSequence(sequence, shot), settings.setup);
      compiled.push(chain);
      for (const one of chain.findings) if (!found.has(one.code)) found.set(one.code, one);
    } catch (error) {
      if (!(error instanceof EntrainError) || error.code !== "sequence.infeasible") throw error;
      const place = Object.entries(shot.at)
        .map(([axis, index]) => `${axis}=${index}`)
        .join(",");
      for (const { message, hint } of error.problems) {
        const code = message.includes("instructions") ? "C02" : "C01";
        if (found.has(message)) continue;
        found.set(message, finding(code, "error", `${message}.`, { help: hint ?? "", where: [place] }));
      }
    }
  }
  return { shots, compiled, findings: [...found.values()], settings };
}

/** Everything that the boards would refuse, round or be unsure of; each once, at the first point where it occurs. */
export function checkInstruments(sequence: Sequence, settings?: unknown): Finding[] {
  return [...planned(sequence, settings).findings];
}

/**
 * Writes a sequence as tables of the three boards.
 *
 * @throws EntrainError `target.unsupported` with everything that the boards could not do
 */
export function emitInstruments(sequence: Sequence, given?: unknown): Program {
  const { shots, compiled, findings, settings } = planned(sequence, given);
  refuseErrors("instruments", findings);
  const { tones, lines } = portKinds(sequence);
  const quantiser = new Quantiser();
  const document: InstrumentProgram = {
    format: "entrain instruments",
    version: instrumentsVersion,
    device: sequence.device,
    shots: sequence.shots,
    setup: compiled[0]!.setup,
    outputs: [...lines],
    channels: [...tones],
    gate: settings.gate,
    sites: sequence.counting!.map(({ site, threshold, bright_levels, dark_level }) => ({
      id: site,
      threshold,
      bright_levels: [...bright_levels],
      dark_level,
    })),
    axes: sequence.axes.map(({ name, size }) => ({ name, size })),
    points: compiled.map((chain, p) => {
      note(quantiser, chain);
      return {
        at: { ...shots[p]!.at },
        duration_s: chain.duration_s,
        pulses: chain.pulses.map(({ half, reps }) => [half, reps]),
        words: chain.words.map(({ word, cycles }) => [word, cycles]),
        tones: chain.tones.rows.map(({ channels }) => channels.map(({ ftw, asf, pow }) => [ftw, asf, pow])),
      };
    }),
  };
  const text = `${JSON.stringify(document)}\n`;
  return {
    target: "instruments",
    target_version: instrumentsVersion,
    file_name: "program.json",
    text,
    sha256: createHash("sha256").update(text).digest("hex"),
    quantisation: quantiser.report,
    assumptions: [
      `Outputs 0 to ${lines.length - 1} of the PrawnDO are wired to ${lines.join(", ")}.`,
      `Channels 0 to ${tones.length - 1} of the synthesiser are wired to ${tones.join(", ")}.`,
      `Photon counters are gated by ${settings.gate}.`,
    ],
  };
}

function note(quantiser: Quantiser, { edges, updates, grid }: CompiledChain): void {
  for (const { line, wanted_s, error_s } of edges) {
    quantiser.note("time", "s", grid.digitalTick_ps / 1e12, line, wanted_s, wanted_s + error_s);
  }
  for (const update of updates) {
    if (update.asf === 0) continue;
    quantiser.note("amplitude", "full scale", 1 / 1024, update.tone, 0, update.amplitude_error);
    quantiser.note("frequency", "Hz", 500e6 / 2 ** 32, update.tone, 0, update.error_hz);
    quantiser.note("phase", "turn", 2 ** -14, update.tone, 0, update.phase_error_turns);
  }
}

/** @throws EntrainError `program.syntax`, `program.version`, `program.invalid` */
export function readInstrumentProgram(text: string): InstrumentProgram {
  return readDocument(text, instrumentProgramSchema, instrumentsVersion);
}
