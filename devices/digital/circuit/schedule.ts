import type { Circuit, Instruction } from "./instructions.ts";
import { qubitsOf } from "./instructions.ts";

/** How long instructions take on each qubit, s. */
export interface Timing {
  single(qubit: number): number;
  pair(a: number, b: number): number;
  reset(qubit: number): number;
  measure(qubit: number): number;
  /** One tick of a delay. */
  readonly tick_s: number;
}

/** An instruction with its start and, for each of its qubits, the time waited since the one before, s. */
export interface ScheduledInstruction {
  readonly instruction: Instruction;
  readonly start_s: number;
  readonly idle_s: readonly number[];
}

export interface Schedule {
  readonly instructions: readonly ScheduledInstruction[];
  /** From the first instruction to the end of the last, s. */
  readonly duration_s: number;
}

/** Time an instruction takes, s. */
export function durationOf(instruction: Instruction, timing: Timing): number {
  switch (instruction.kind) {
    case "sx":
    case "x":
      return timing.single(instruction.qubit);
    case "cz":
    case "ecr":
      return timing.pair(instruction.qubits[0], instruction.qubits[1]);
    case "reset":
      return timing.reset(instruction.qubit);
    case "measure":
      return timing.measure(instruction.qubit);
    case "delay":
      return instruction.ticks * timing.tick_s;
    default:
      return 0;
  }
}

/** Every instruction as soon as its qubits are free, in the circuit's order; a barrier aligns its qubits. */
export function scheduleOf(circuit: Circuit, timing: Timing): Schedule {
  const free = new Float64Array(circuit.qubits);
  let end = 0;
  const instructions = circuit.instructions.map((instruction): ScheduledInstruction => {
    const qubits = qubitsOf(instruction);
    const start_s = qubits.reduce((latest, q) => Math.max(latest, free[q]!), 0);
    const idle_s = qubits.map((q) => start_s - free[q]!);
    const until = start_s + durationOf(instruction, timing);
    for (const q of qubits) free[q] = until;
    end = Math.max(end, until);
    return { instruction, start_s, idle_s };
  });
  return { instructions, duration_s: end };
}
