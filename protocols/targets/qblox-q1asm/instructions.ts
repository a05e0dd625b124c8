import { EntrainError } from "#core/errors";
import { limits } from "./limits.ts";

/**
 * Operands of each mnemonic: R a register, N a number, L a label; the last register of arithmetic is written.
 * Instruction set of the Q1 sequence processor (docs.qblox.com, version 1, and the comparisons of version 2);
 * feedback and triggers are left out.
 */
const operandsOf = {
  stop: [],
  nop: [],
  jmp: ["NRL"],
  jlt: ["R", "N", "NRL"],
  jge: ["R", "N", "NRL"],
  jz: ["NRL"],
  jnz: ["NRL"],
  loop: ["R", "NRL"],
  move: ["NRL", "R"],
  not: ["NR", "R"],
  add: ["R", "NR", "R"],
  sub: ["R", "NR", "R"],
  cmp: ["R", "NR"],
  test: ["R", "NR"],
  and: ["R", "NR", "R"],
  or: ["R", "NR", "R"],
  xor: ["R", "NR", "R"],
  asl: ["R", "NR", "R"],
  asr: ["R", "NR", "R"],
  lsl: ["R", "NR", "R"],
  lsr: ["R", "NR", "R"],
  set_mrk: ["NR"],
  set_freq: ["NR"],
  reset_ph: [],
  set_ph: ["NR"],
  set_ph_delta: ["NR"],
  set_awg_gain: ["NR", "NR"],
  set_awg_offs: ["NR", "NR"],
  upd_param: ["NR"],
  play: ["NR", "NR", "N"],
  acquire: ["N", "NR", "N"],
  wait: ["NR"],
  wait_sync: ["NR"],
} as const;
export type Mnemonic = keyof typeof operandsOf;

/** Known to the processor, but not to this reader. */
const unsupported = new Set([
  "illegal",
  "set_cond",
  "acquire_weighed",
  "acquire_weighted",
  "acquire_ttl",
  "set_latch_en",
  "latch_rst",
  "wait_trigger",
]);

export type Operand =
  | { readonly kind: "register"; readonly value: number }
  | { readonly kind: "number"; readonly value: number }
  /** Index of the instruction behind the label. */
  | { readonly kind: "label"; readonly value: number };

export interface Instruction {
  readonly mnemonic: Mnemonic;
  readonly operands: readonly Operand[];
  /** Line of the program, from 1. */
  readonly line: number;
}

export interface Assembled {
  readonly instructions: readonly Instruction[];
  readonly labels: ReadonlyMap<string, number>;
}

/** @param where - name of the sequencer */
export function asmError(
  code: string,
  where: string,
  line: number,
  message: string,
  found?: unknown,
  expected?: string,
): EntrainError {
  return new EntrainError(`program.${code}`, {
    path: `${where}, line ${line}`,
    message,
    ...(found === undefined ? {} : { found }),
    ...(expected === undefined ? {} : { expected }),
  });
}

/**
 * Reads Q1ASM.
 *
 * @throws EntrainError `program.syntax` with sequencer and line; `program.unsupported` for instructions that this
 * reader does not know; `program.undefined` for a missing label
 */
export function assemble(lines: readonly string[], where: string): Assembled {
  const labels = new Map<string, number>();
  const raw: { mnemonic: Mnemonic; texts: string[]; line: number }[] = [];
  lines.forEach((source, i) => {
    const line = i + 1;
    const bare = source.replace(/#.*$/, "").trim();
    const match = /^(?:([A-Za-z_]\w*):)?\s*(?:([a-z_0-9]+)(?:\s+(.*))?)?$/.exec(bare);
    if (!match)
      throw asmError("syntax", where, line, `"${bare}" is not Q1ASM`, bare, "label: mnemonic a,b,c");
    const [, label, mnemonic, rest] = match;
    if (label !== undefined) {
      if (labels.has(label)) {
        throw asmError("syntax", where, line, `the label "${label}" stands twice`, label);
      }
      labels.set(label, raw.length);
    }
    if (mnemonic === undefined) return;
    if (unsupported.has(mnemonic)) {
      throw asmError("unsupported", where, line, `the instruction "${mnemonic}" is not supported`, mnemonic);
    }
    if (!(mnemonic in operandsOf)) {
      throw asmError("syntax", where, line, `there is no instruction "${mnemonic}"`, mnemonic);
    }
    raw.push({
      mnemonic: mnemonic as Mnemonic,
      texts: rest === undefined ? [] : rest.split(",").map((text) => text.trim()),
      line,
    });
  });
  const instructions = raw.map(({ mnemonic, texts, line }): Instruction => {
    const kinds: readonly string[] = operandsOf[mnemonic];
    if (texts.length !== kinds.length) {
      throw asmError("syntax", where, line, `${mnemonic} takes ${kinds.length} operands`, texts.length);
    }
    const operands = texts.map((text, k) => operandOf(text, kinds[k]!, labels, where, line));
    checkMix(mnemonic, operands, where, line);
    return { mnemonic, operands, line };
  });
  return { instructions, labels };
}

/** Operands of signals are all registers or all numbers. */
function checkMix(mnemonic: Mnemonic, operands: readonly Operand[], where: string, line: number): void {
  const pair = { set_awg_gain: 2, set_awg_offs: 2, play: 2 }[mnemonic as string];
  if (pair === undefined || operands[0]!.kind === operands[1]!.kind) return;
  throw asmError("syntax", where, line, `${mnemonic} takes two registers or two numbers`);
}

function operandOf(
  text: string,
  allowed: string,
  labels: ReadonlyMap<string, number>,
  where: string,
  line: number,
): Operand {
  if (text.startsWith("@") && allowed.includes("L")) {
    const value = labels.get(text.slice(1));
    if (value === undefined) {
      throw asmError("undefined", where, line, `there is no label "${text.slice(1)}"`, text);
    }
    return { kind: "label", value };
  }
  const register = /^R(\d+)$/.exec(text);
  if (register && allowed.includes("R") && Number(register[1]) < limits.registers) {
    return { kind: "register", value: Number(register[1]) };
  }
  if (/^-?\d+$/.test(text) && allowed.includes("N")) {
    const value = Number(text);
    if (value >= -(2 ** 31) && value < 2 ** 32) return { kind: "number", value };
  }
  const expected = { R: "a register", N: "a whole number" }[allowed] ?? "a number, register or label";
  throw asmError("syntax", where, line, `"${text}" cannot stand here`, text, expected);
}
