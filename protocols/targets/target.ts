import type { Program } from "#ir/program";
import type { Sequence } from "#ir/sequence";

/** A hardware stack that programs are written for; what it emits it can read. */
export interface Target {
  readonly kind: string;
  readonly title: string;
  emit(sequence: Sequence): Program;
  parse(text: string): Sequence;
}
