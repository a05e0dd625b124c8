/** A gate, reset, measurement or timing mark on numbered qubits. Angles in rad, times in s. */
export type Instruction =
  | { readonly kind: "rz"; readonly qubit: number; readonly angle: number }
  | { readonly kind: "sx"; readonly qubit: number }
  | { readonly kind: "x"; readonly qubit: number }
  | { readonly kind: "cz"; readonly qubits: readonly [number, number] }
  /** Echoed cross-resonance; directed, control first. */
  | { readonly kind: "ecr"; readonly qubits: readonly [number, number] }
  | { readonly kind: "reset"; readonly qubit: number }
  | { readonly kind: "measure"; readonly qubit: number; readonly bit: number }
  | { readonly kind: "barrier"; readonly qubits: readonly number[] }
  | { readonly kind: "delay"; readonly qubit: number; readonly ticks: number }
  | Mark;

/**
 * Bookkeeping of where a role of the encoding sits, for T1 absorption; never emitted. `collect` adds what the qubit
 * idled since its last mark to the role, `discard` forgets it, `damp` collects and hands the role's sum to the next
 * damping event.
 */
export interface Mark {
  readonly kind: "mark";
  readonly action: "collect" | "discard" | "damp";
  readonly qubit: number;
  readonly role: number;
}

/** A circuit: qubits 0 … qubits − 1 start in |0⟩; one classical register of `bits` bits. */
export interface Circuit {
  readonly qubits: number;
  readonly bits: number;
  readonly instructions: readonly Instruction[];
}

/** Qubits an instruction acts on; a mark acts on none. */
export function qubitsOf(instruction: Instruction): readonly number[] {
  switch (instruction.kind) {
    case "cz":
    case "ecr":
    case "barrier":
      return instruction.qubits;
    case "mark":
      return [];
    default:
      return [instruction.qubit];
  }
}

/** The same circuit on other qubits: `to[q]` takes the place of q. */
export function renumber(circuit: Circuit, to: readonly number[], qubits = circuit.qubits): Circuit {
  const at = (q: number) => to[q]!;
  return {
    qubits,
    bits: circuit.bits,
    instructions: circuit.instructions.map((instruction): Instruction => {
      switch (instruction.kind) {
        case "cz":
        case "ecr":
          return { ...instruction, qubits: [at(instruction.qubits[0]), at(instruction.qubits[1])] };
        case "barrier":
          return { ...instruction, qubits: instruction.qubits.map(at) };
        default:
          return { ...instruction, qubit: at(instruction.qubit) };
      }
    }),
  };
}

/** Qubits on which anything is done, ascending. */
export function usedQubits(circuit: Circuit): number[] {
  return [...new Set(circuit.instructions.flatMap(qubitsOf))].toSorted((a, b) => a - b);
}

/** How often each kind of instruction occurs. */
export function countOf(circuit: Circuit, kind: Instruction["kind"]): number {
  return circuit.instructions.reduce((sum, instruction) => sum + (instruction.kind === kind ? 1 : 0), 0);
}
