import { createHash } from "node:crypto";
import { z } from "zod";
import { EntrainError } from "#core/errors";
import { parseWith } from "#core/schema";
import { type CircuitProgram, circuitProgramHeadSchema } from "#ir/circuits";
import type { Program, ProgramFile } from "#ir/program";

const version = "1";
const opening = `// entrain circuits ${version}`;
const headMark = "// head ";
const circuitMark = "// circuit ";

const circuitHeadSchema = z.strictObject({
  point: z.record(z.string(), z.int().min(0)),
  stage: z.int().min(0),
  duration_s: z.number().min(0),
});

/**
 * A program of circuits as one text: OpenQASM 3 programs one after another, each under a comment that says which point
 * of the scan it belongs to, and a comment with what all have in common. Each part between two marks is a program that
 * the service takes by itself, its `input` parameters filled in.
 */
export function emitCircuits({ head, circuits }: CircuitProgram): Program {
  const text = [
    opening,
    `${headMark}${JSON.stringify(head)}`,
    ...circuits.map(
      ({ qasm, point, stage, duration_s }) =>
        `${circuitMark}${JSON.stringify({ point, stage, duration_s })}\n${qasm}`,
    ),
  ].join("\n");
  return {
    target: "openqasm3",
    target_version: version,
    file_name: "circuits.qasm",
    text,
    sha256: createHash("sha256").update(text, "utf8").digest("hex"),
  };
}

/** @throws EntrainError `program.syntax` with the line of every fault */
export function parseCircuits(text: string): CircuitProgram {
  const lines = text.split("\n");
  const at = (line: number, message: string, found: string, expected: string) =>
    new EntrainError("program.syntax", { path: `line ${line + 1}`, message, found, expected });
  if (lines[0]?.trim() !== opening) throw at(0, "not a program of circuits", lines[0] ?? "", opening);
  if (!lines[1]?.startsWith(headMark)) throw at(1, "the head is missing", lines[1] ?? "", `${headMark}{…}`);
  const json = <S extends z.ZodType>(line: number, mark: string, schema: S): z.output<S> => {
    let value: unknown;
    try {
      value = JSON.parse(lines[line]!.slice(mark.length));
    } catch (error) {
      throw at(line, (error as Error).message, lines[line]!.slice(0, 60), "JSON");
    }
    return parseWith(schema, value, "program.syntax", `line ${line + 1}`);
  };
  const head = json(1, headMark, circuitProgramHeadSchema);
  const starts = lines.flatMap((line, k) => (line.startsWith(circuitMark) ? [k] : []));
  if (starts.length === 0) throw at(2, "there is no circuit", "", `${circuitMark}{…}`);
  return {
    head,
    circuits: starts.map((start, k) => ({
      ...json(start, circuitMark, circuitHeadSchema),
      // Keeps the line numbers of the whole text in what the circuit's own reader reports.
      qasm: lines.slice(start + 1, starts[k + 1] ?? lines.length).join("\n"),
    })),
  };
}

/** One file for each circuit, named by its place in the scan. */
export function circuitFiles(program: Program): ProgramFile[] {
  return parseCircuits(program.text).circuits.map(({ point, qasm }) => ({
    name: `circuits/${nameOf(point)}.qasm`,
    text: qasm,
  }));
}

/** `detuning-3_setting-1`. */
export function nameOf(point: Readonly<Record<string, number>>): string {
  return Object.entries(point)
    .map(([axis, index]) => `${axis}-${index}`)
    .join("_");
}
