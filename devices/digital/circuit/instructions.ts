import { EntrainError } from "#core/errors";

/** A gate, reset, measurement or timing mark on numbered qubits. Angles in rad, times in s. */
export type Instruction =
  | {
      readonly kind: "rz";
      readonly qubit: number;
      readonly angle: number;
      /** Name of a parameter that takes the place of the angle before the circuit is run. */
      readonly input?: string;
    }
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

/** Parameters of a circuit, in the order in which they occur. */
export function inputsOf(circuit: Circuit): string[] {
  const names = circuit.instructions.flatMap((i) =>
    i.kind === "rz" && i.input !== undefined ? [i.input] : [],
  );
  return [...new Set(names)];
}

/**
 * The circuit with its parameters filled in.
 *
 * @throws EntrainError `program.inputs` naming those without a value
 */
export function bindInputs(circuit: Circuit, values: Readonly<Record<string, number>>): Circuit {
  const missing = inputsOf(circuit).filter((name) => !Number.isFinite(values[name]));
  if (missing.length > 0) {
    throw new EntrainError("program.inputs", {
      path: "inputs",
      message: "the circuit has parameters without a value",
      found: missing.join(", "),
      expected: "a number for each",
    });
  }
  return {
    ...circuit,
    instructions: circuit.instructions.map((i) =>
      i.kind === "rz" && i.input !== undefined ? { kind: "rz", qubit: i.qubit, angle: values[i.input]! } : i,
    ),
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
