import { createHash } from "node:crypto";
import { z } from "zod";
import { parseWith } from "#core/schema";
import type { Program, ProgramFile } from "#ir/program";
import type { Frame, Sequence } from "#ir/sequence";
import { writeJson } from "../json-text.ts";
import { sequenceOfShots, type TimedShot } from "../normal-form.ts";
import { readDocument } from "../read-document.ts";
import { pointsOf } from "../schedule.ts";

/** Version of the documents of the dialects; raised when a reader of older text would misunderstand them. */
export const dialectVersion = "1";

const name = z.string().min(1);

/** A batch of OpenPulse programs, one for each point, and what the dialect has no words for. */
export const batchSchema = z.strictObject({
  format: z.enum(["entrain openpulse-braket", "entrain openpulse-laboneq"]),
  version: z.string(),
  device: z.string(),
  assumptions: z.array(z.string()),
  clock_hz: z.number().gt(0),
  shots: z.int().min(1),
  axes: z.array(z.strictObject({ name, size: z.int().min(1) })),
  ports: z.array(name),
  static_flux: z.record(name, z.number()),
  frames: z.array(
    z.strictObject({
      id: name,
      port: name,
      frequency_hz: z.number(),
      /** Length of its captures, where it has any: that of the device's or laboratory's own read-out. */
      capture_ns: z.number().gt(0).optional(),
      /** The tone that a capture reads, where the dialect leaves it to the read-out operation. */
      tone: z.strictObject({ frame: name, amplitude: z.number() }).optional(),
    }),
  ),
  programs: z.array(z.strictObject({ at: z.record(name, z.int().min(0)), text: z.array(z.string()) })).min(1),
});
export type Batch = z.infer<typeof batchSchema>;

/** The parts of a batch that do not depend on the dialect. */
export function batchHead(sequence: Sequence): Omit<Batch, "format" | "assumptions" | "frames" | "programs"> {
  return {
    version: dialectVersion,
    device: sequence.device,
    clock_hz: sequence.clock_hz,
    shots: sequence.shots,
    axes: sequence.axes.map(({ name: axis, size }) => ({ name: axis, size })),
    ports: [...sequence.ports],
    static_flux: Object.fromEntries(sequence.biases.map(({ port, flux_quanta }) => [port, flux_quanta])),
  };
}

export function batchProgram(target: string, batch: Batch): Program {
  const text = `${writeJson(batch)}\n`;
  return {
    target,
    target_version: dialectVersion,
    file_name: "batch.json",
    text,
    sha256: createHash("sha256").update(text).digest("hex"),
    assumptions: batch.assumptions,
  };
}

/** One file for each program of a batch: `program_exchange_0_setting_1.qasm`. */
export function batchFiles(program: Program): ProgramFile[] {
  const batch = parseWith(batchSchema, JSON.parse(program.text), "program.invalid");
  return batch.programs.map(({ at, text }) => ({
    name: `${["program", ...Object.entries(at).flatMap(([axis, k]) => [axis, String(k)])].join("_")}.qasm`,
    text: `${text.join("\n")}\n`,
  }));
}

/**
 * Reads a batch back into a sequence.
 *
 * @param read - what one program does
 * @throws EntrainError `program.syntax`, `program.version`, `program.invalid`, `program.undefined`
 */
export function parseBatch(
  text: string,
  format: Batch["format"],
  read: (
    lines: readonly string[],
    batch: Batch,
  ) => { shot: TimedShot; frequencies: ReadonlyMap<string, number> },
): Sequence {
  const batch = readDocument(text, batchSchema.extend({ format: z.literal(format) }), dialectVersion);
  const programs = batch.programs.map(({ at, text: lines }) => ({ at, ...read(lines, batch) }));
  const shots = pointsOf(batch.axes).map((point) => {
    const program = programs.find(({ at }) => Object.entries(point).every(([axis, k]) => at[axis] === k));
    return program?.shot ?? { events: [], duration_ticks: 0 };
  });
  const first = programs[0]!;
  return sequenceOfShots(
    {
      device: batch.device,
      clock_hz: batch.clock_hz,
      shots: batch.shots,
      ports: batch.ports,
      frames: batch.frames.map(
        ({ id, port, frequency_hz }): Frame => ({
          id,
          port,
          frequency_hz: first.frequencies.get(id) ?? frequency_hz,
          phase_rad: 0,
        }),
      ),
      biases: Object.entries(batch.static_flux).map(([port, flux_quanta]) => ({ port, flux_quanta })),
      axes: batch.axes,
    },
    shots,
  );
}

/** Shortest text that reads back as the same number; always with a point or an exponent. */
export function real(value: number): string {
  const text = String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
