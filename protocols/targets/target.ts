import { EntrainError } from "#core/errors";
import type { CircuitProgram } from "#ir/circuits";
import type { Finding } from "#ir/finding";
import type { Program, ProgramFile } from "#ir/program";
import type { Sequence } from "#ir/sequence";

/**
 * A hardware stack that programs are written for; what it emits it can read.
 *
 * `settings` describe the laboratory's side (wiring, board, local oscillators); each target checks them with its own
 * schema and fills in stated assumptions where they are silent.
 */
export interface Target {
  readonly kind: string;
  readonly title: string;
  /** Everything about a sequence that the stack would refuse, bend or be strained by. */
  check(sequence: Sequence, settings?: unknown): Finding[];
  /** @throws EntrainError `target.unsupported` with the errors of `check` */
  emit(sequence: Sequence, settings?: unknown): Program;
  parse(text: string): Sequence;
  /** The separate files that the stack loads; without it, the program's text is the one file. */
  files?(program: Program): ProgramFile[];
}

/** A stack that takes circuits; its texts are read back by `protocols/targets/openqasm3`. */
export interface CircuitTarget {
  readonly kind: string;
  readonly title: string;
  emit(program: CircuitProgram): Program;
  parse(text: string): CircuitProgram;
  files?(program: Program): ProgramFile[];
}

/** All files of a program, its text first. */
export function programFiles(target: Pick<Target, "files">, program: Program): ProgramFile[] {
  return [{ name: program.file_name, text: program.text }, ...(target.files?.(program) ?? [])];
}

/** @throws EntrainError `target.unsupported` when a finding is an error */
export function refuseErrors(kind: string, findings: readonly Finding[]): void {
  const errors = findings.filter((finding) => finding.severity === "error");
  if (errors.length === 0) return;
  throw new EntrainError(
    "target.unsupported",
    errors.map(({ code, message, numbers, help, where }) => ({
      path: where.length === 0 ? code : `${code} ${where.join(", ")}`,
      message: `${kind}: ${message}`,
      found: numbers,
      ...(help === "" ? {} : { hint: help }),
    })),
    { kind: "infeasible" },
  );
}
