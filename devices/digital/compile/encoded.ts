import type { Circuit, Instruction } from "../circuit/instructions.ts";
import { simplify } from "../circuit/simplify.ts";
import { driveGate, hadamard, restToTriplet, tripletToRest } from "./blocks.ts";

/** How an oscillator starts: in |1⟩, |1⟩ turned by exp[−iω(S⁺e^{−iϕ} + h.c.)], or the spin-coherent state along x. */
export type Preparation =
  | { readonly kind: "middle" }
  | { readonly kind: "pulse"; readonly angle: number; readonly phase: number }
  | { readonly kind: "coherent" };

/**
 * A circuit that ends in the rest code, nothing measured yet: level |1⟩ of oscillator i is 00 of its qubits
 * `roles[2i]` (a) and `roles[2i + 1]` (b), |0⟩ is 01, |2⟩ is 10; 11 is outside.
 */
export interface EncodedCircuit {
  readonly circuit: Circuit;
  readonly roles: readonly number[];
  /** Time of the model that the circuit runs through. */
  readonly time: number;
  readonly steps: number;
  /** Largest T1 exponent in excess of the model's own damping; 0 when all of it is absorbed. */
  readonly excess: number;
}

/** From |00⟩ of the rest code, which is |1⟩. */
export function prepare(preparation: Preparation, a: number, b: number): Instruction[] {
  switch (preparation.kind) {
    case "middle":
      return [];
    case "pulse":
      return driveGate(a, b, preparation.angle, preparation.phase);
    case "coherent":
      return [...hadamard(a), ...hadamard(b), ...tripletToRest(a, b)];
  }
}

/** Axis in which a qubit is measured. */
export type Axis = "X" | "Y" | "Z";

function towards(q: number, axis: Axis): Instruction[] {
  if (axis === "Z") return [];
  if (axis === "X") return hadamard(q);
  return [{ kind: "rz", qubit: q, angle: -Math.PI / 2 }, ...hadamard(q)];
}

/** What a circuit's last layer is: one axis for each role, in the rest code or, by W†, in the triplet code. */
export interface Setting {
  readonly code: "rest" | "triplet";
  /** One letter a role. */
  readonly axes: readonly Axis[];
}

/** `XZ` → axes. */
export function axesOf(text: string): Axis[] {
  return [...text].map((letter) => (letter === "X" || letter === "Y" ? letter : "Z"));
}

/** The circuit with a setting's measurement, role k into bit k, simplified. */
export function measured(encoded: EncodedCircuit, setting: Setting): Circuit {
  const { circuit, roles } = encoded;
  const instructions: Instruction[] = [...circuit.instructions];
  if (setting.code === "triplet") {
    for (let i = 0; i < roles.length; i += 2) {
      instructions.push(...restToTriplet(roles[i]!, roles[i + 1]!));
    }
  }
  roles.forEach((q, k) => {
    instructions.push(...towards(q, setting.axes[k]!));
  });
  instructions.push({ kind: "barrier", qubits: roles });
  roles.forEach((qubit, bit) => {
    instructions.push({ kind: "measure", qubit, bit });
  });
  return simplify({ ...circuit, bits: roles.length, instructions });
}
