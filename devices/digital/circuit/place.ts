import type { Circuit, Instruction } from "./instructions.ts";
import { renumber } from "./instructions.ts";
import { simplify } from "./simplify.ts";

/** Which two-qubit gate a pair of device qubits has, and in which direction. */
export interface NativePair {
  readonly gate: "cz" | "ecr";
  readonly qubits: readonly [number, number];
}

/**
 * A circuit on a device's qubits: qubit q runs on `layout[q]`, cz becomes the pair's native gate, marks are dropped.
 *
 * @param native - of a pair of device qubits
 * @source cz = rz_a(−π/2)·rz_b(−π/2)·H_b·X_a·ecr·H_b, up to a phase
 */
export function placeCircuit(
  circuit: Circuit,
  layout: readonly number[],
  qubits: number,
  native: (a: number, b: number) => NativePair,
): Circuit {
  const placed = renumber(circuit, layout, qubits);
  let lowered = false;
  const instructions = placed.instructions.flatMap((instruction): Instruction[] => {
    if (instruction.kind === "mark") return [];
    if (instruction.kind !== "cz") return [instruction];
    const pair = native(...instruction.qubits);
    if (pair.gate === "cz") return [instruction];
    lowered = true;
    const [a, b] = pair.qubits;
    const hadamard: Instruction[] = [
      { kind: "rz", qubit: b, angle: Math.PI / 2 },
      { kind: "sx", qubit: b },
      { kind: "rz", qubit: b, angle: Math.PI / 2 },
    ];
    return [
      ...hadamard,
      { kind: "ecr", qubits: [a, b] },
      { kind: "x", qubit: a },
      ...hadamard,
      { kind: "rz", qubit: a, angle: -Math.PI / 2 },
      { kind: "rz", qubit: b, angle: -Math.PI / 2 },
    ];
  });
  const result = { ...placed, instructions };
  return lowered ? simplify(result) : result;
}
