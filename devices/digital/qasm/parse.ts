import { EntrainError, type Problem } from "#core/errors";
import type { Circuit, Instruction } from "../circuit/instructions.ts";

/** A program of our subset. */
export interface QasmProgram {
  readonly circuit: Circuit;
  readonly register: string;
  readonly dialect: "ibm" | "virtual";
}

/** What is valid OpenQASM 3 but nothing the service takes, and why. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [
    /^(for|while|switch|def|defcal|cal|box|let|const|output|extern)\b/,
    "the service does not take this statement",
  ],
  [/^if\b/, "feed-forward is not part of the subset"],
  [/^(ctrl|negctrl|inv|pow)\b/, "gate modifiers are not native"],
  [
    /^(U|id|h|cx|gphase|u1|u2|u3|y|z|s|sdg|t|tdg|rx|ry|rzz|swap|ccx)\b/,
    "not a native gate, and the service does not transpile",
  ],
  [
    /^(int|uint|float|angle|bool|complex|array|duration|stretch)\b/,
    "the service reads no declared variables",
  ],
];

const qubitPattern = String.raw`(?:\$(\d+)|([A-Za-z_]\w*)\[(\d+)\])`;
const one = new RegExp(`^(sx|x|reset)\\s+${qubitPattern}$`);
const rotation = new RegExp(`^rz\\(\\s*([^()]+?)\\s*\\)\\s*${qubitPattern}$`);
const pair = new RegExp(`^(cz|ecr)\\s+${qubitPattern}\\s*,\\s*${qubitPattern}$`);
const delay = new RegExp(`^delay\\[\\s*(\\d+)\\s*dt\\s*\\]\\s*${qubitPattern}$`);
const measurement = new RegExp(`^([A-Za-z_]\\w*)\\[(\\d+)\\]\\s*=\\s*measure\\s+${qubitPattern}$`);
const anyQubit = new RegExp(`^${qubitPattern}$`);

/**
 * Reads the text that `emitQasm` writes, and what others write in the same subset.
 *
 * @throws EntrainError `program.syntax` with the line of every statement that is not in the subset
 */
export function parseQasm(text: string): QasmProgram {
  const problems: Problem[] = [];
  const instructions: Instruction[] = [];
  let register: string | undefined;
  let bits = 0;
  let quantum: { name: string; size: number } | undefined;
  let physical = false;
  let highest = -1;
  let version = false;
  const source = text
    .replace(/\/\/[^\n]*/g, "")
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ""));
  let line = 1;
  const fail = (message: string, found: string, expected: string) => {
    problems.push({ path: `line ${line}`, message, found, expected });
    return -1;
  };
  const qubit = (number: string | undefined, name: string | undefined, index: string | undefined): number => {
    if (number !== undefined) {
      physical = true;
      highest = Math.max(highest, Number(number));
      return Number(number);
    }
    if (quantum === undefined || name !== quantum.name || Number(index) >= quantum.size) {
      return fail(`there is no qubit ${name}[${index}]`, `${name}[${index}]`, "a declared qubit or $k");
    }
    return Number(index);
  };
  const inputs = new Set<string>();
  const statement = (body: string): void => {
    let match = /^OPENQASM\s+3(?:\.\d+)?$/.exec(body);
    if (match) {
      version = true;
      return;
    }
    if (/^include\s+"stdgates\.inc"$/.test(body) || /^gate\s+ecr\b/.test(body)) return;
    match = /^bit\[\s*(\d+)\s*\]\s*([A-Za-z_]\w*)$/.exec(body);
    if (match) {
      if (register !== undefined) fail("a second classical register", body, "one register");
      bits = Number(match[1]);
      register = match[2]!;
      return;
    }
    match = /^qubit\[\s*(\d+)\s*\]\s*([A-Za-z_]\w*)$/.exec(body);
    if (match) {
      if (quantum !== undefined) fail("a second qubit register", body, "one register");
      quantum = { name: match[2]!, size: Number(match[1]) };
      return;
    }
    match = /^input\s+float\[\s*64\s*\]\s+([A-Za-z_]\w*)$/.exec(body);
    if (match) {
      inputs.add(match[1]!);
      return;
    }
    match = rotation.exec(body);
    if (match && inputs.has(match[1]!)) {
      const at = qubit(match[2], match[3], match[4]);
      instructions.push({ kind: "rz", qubit: at, angle: 0, input: match[1]! });
      return;
    }
    if (match) {
      const angle = Number(match[1]);
      if (!Number.isFinite(angle)) fail(`"${match[1]}" is not a number`, match[1]!, "an angle in rad");
      instructions.push({ kind: "rz", qubit: qubit(match[2], match[3], match[4]), angle });
      return;
    }
    match = one.exec(body);
    if (match) {
      instructions.push({
        kind: match[1] as "sx" | "x" | "reset",
        qubit: qubit(match[2], match[3], match[4]),
      });
      return;
    }
    match = pair.exec(body);
    if (match) {
      const a = qubit(match[2], match[3], match[4]);
      const b = qubit(match[5], match[6], match[7]);
      instructions.push({ kind: match[1] as "cz" | "ecr", qubits: [a, b] });
      return;
    }
    match = delay.exec(body);
    if (match) {
      instructions.push({
        kind: "delay",
        qubit: qubit(match[2], match[3], match[4]),
        ticks: Number(match[1]),
      });
      return;
    }
    match = measurement.exec(body);
    if (match) {
      const bit = Number(match[2]);
      if (match[1] !== register || bit >= bits) {
        fail(`there is no bit ${match[1]}[${bit}]`, `${match[1]}[${bit}]`, "a declared bit");
      }
      instructions.push({ kind: "measure", qubit: qubit(match[3], match[4], match[5]), bit });
      return;
    }
    if (/^barrier\b/.test(body)) {
      const qubits = body
        .slice("barrier".length)
        .split(",")
        .map((operand) => {
          const found = anyQubit.exec(operand.trim());
          return found ? qubit(found[1], found[2], found[3]) : fail("not a qubit", operand.trim(), "qubits");
        });
      instructions.push({ kind: "barrier", qubits });
      return;
    }
    const refusal = refusals.find(([pattern]) => pattern.test(body));
    fail(
      refusal?.[1] ?? "this statement is not in the subset",
      body.slice(0, 60),
      "rz, sx, x, cz, ecr, reset, barrier, delay[k dt], measure",
    );
  };
  // A gate definition is one statement: its inner semicolons are masked by taking braces first.
  const pattern = /\s*(?:(gate\s+[^{]*\{[^}]*\})|([^;{}]*(?:\{[^}]*\})?)(;|$))/gy;
  for (let at = 0; at < source.length; ) {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (!match || match[0].length === 0) break;
    const body = (match[1] ?? match[2] ?? "").trim();
    const lead = source.slice(at, at + match[0].length);
    line += (/^\s*/.exec(lead)![0].match(/\n/g) ?? []).length;
    if (body !== "") {
      if (match[3] !== ";" && !body.endsWith("}")) fail("the statement does not end", body.slice(0, 60), ";");
      else statement(body);
    }
    line += (lead.trimStart().match(/\n/g) ?? []).length;
    at += match[0].length;
  }
  if (!version)
    problems.push({
      path: "line 1",
      message: "no version",
      found: text.slice(0, 20),
      expected: "OPENQASM 3.0;",
    });
  if (physical && quantum !== undefined) {
    problems.push({
      path: "qubits",
      message: "hardware and declared qubits are mixed",
      found: quantum.name,
      expected: "one of the two",
    });
  }
  if (problems.length > 0) throw new EntrainError("program.syntax", problems);
  return {
    circuit: { qubits: quantum?.size ?? highest + 1, bits, instructions },
    register: register ?? "",
    dialect: quantum === undefined ? "ibm" : "virtual",
  };
}
