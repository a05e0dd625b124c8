import { type Circuit, type Instruction, inputsOf, renumber, usedQubits } from "../circuit/instructions.ts";
import { registerName } from "../service/verify.ts";

/**
 * `ibm` names the device's qubits `$k`; `virtual` declares a register `q` of the qubits that are used, for programs that
 * know no hardware qubits, and has no delays.
 */
export type Dialect = "ibm" | "virtual";

const ecrDefinition = "gate ecr a, b { h b; cx a, b; rz(pi/2) b; cx a, b; h b; x a; }";

/** Shortest text that reads back as the same number. */
function number(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/**
 * A circuit as OpenQASM 3. Only what the service takes unchanged is written: rz, sx, x, cz, reset, barrier, delay,
 * measure, and ecr with its definition.
 *
 * @param circuit - on the device's qubits for `ibm`
 */
export function emitQasm(circuit: Circuit, dialect: Dialect = "ibm", register = registerName): string {
  const used = usedQubits(circuit);
  const compact = new Map(used.map((q, k) => [q, k]));
  const source =
    dialect === "ibm"
      ? circuit
      : renumber(
          circuit,
          Array.from({ length: circuit.qubits }, (_, q) => compact.get(q) ?? -1),
          used.length,
        );
  const name = (q: number) => (dialect === "ibm" ? `$${q}` : `q[${q}]`);
  const list = (qubits: readonly number[]) => qubits.map(name).join(", ");
  const lines = ["OPENQASM 3.0;", 'include "stdgates.inc";'];
  if (source.instructions.some((instruction) => instruction.kind === "ecr")) lines.push(ecrDefinition);
  lines.push(...inputsOf(source).map((input) => `input float[64] ${input};`));
  lines.push(`bit[${source.bits}] ${register};`);
  if (dialect === "virtual") lines.push(`qubit[${used.length}] q;`);
  const write = (instruction: Instruction): string[] => {
    switch (instruction.kind) {
      case "rz":
        return [`rz(${instruction.input ?? number(instruction.angle)}) ${name(instruction.qubit)};`];
      case "sx":
      case "x":
      case "reset":
        return [`${instruction.kind} ${name(instruction.qubit)};`];
      case "cz":
      case "ecr":
        return [`${instruction.kind} ${list(instruction.qubits)};`];
      case "barrier":
        return [`barrier ${list(instruction.qubits)};`];
      case "delay":
        return dialect === "ibm" ? [`delay[${instruction.ticks}dt] ${name(instruction.qubit)};`] : [];
      case "measure":
        return [`${register}[${instruction.bit}] = measure ${name(instruction.qubit)};`];
      case "mark":
        return [];
    }
  };
  lines.push(...source.instructions.flatMap(write));
  return `${lines.join("\n")}\n`;
}
