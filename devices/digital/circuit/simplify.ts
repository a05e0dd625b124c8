import type { Circuit, Instruction } from "./instructions.ts";
import {
  identityUnitary,
  multiplyUnitary,
  pauliX,
  pulseForm,
  squareRootOfX,
  type Unitary,
  zRotation,
} from "./single-qubit.ts";

/** Virtual rotations smaller than this are left out. */
const rounding = 1e-14;

interface Wire {
  unitary: Unitary;
  /** Still |0⟩ up to a phase: a leading rz does nothing. */
  ground: boolean;
}

/**
 * The same circuit with every run of single-qubit gates as at most two pulses: rz goes through cz and delays, is
 * dropped on |0⟩, before a reset and before a measurement. What no measurement can see is left out when there is one.
 */
export function simplify(circuit: Circuit): Circuit {
  const out: Instruction[] = [];
  const wires: Wire[] = Array.from({ length: circuit.qubits }, () => ({
    unitary: identityUnitary,
    ground: true,
  }));
  /** Writes the pulses that are due on a qubit and keeps the rz after them. */
  const flush = (qubit: number, keepRotation: boolean) => {
    const wire = wires[qubit]!;
    const { pulses, angles } = pulseForm(wire.unitary);
    pulses.forEach((pulse, k) => {
      const angle = angles[k]!;
      if (Math.abs(angle) > rounding && !(wire.ground && k === 0)) out.push({ kind: "rz", qubit, angle });
      out.push({ kind: pulse, qubit });
    });
    if (pulses.length > 0) wire.ground = false;
    const rest = angles[pulses.length]!;
    wire.unitary = identityUnitary;
    if (wire.ground || Math.abs(rest) <= rounding) return;
    if (keepRotation) wire.unitary = zRotation(rest);
    else out.push({ kind: "rz", qubit, angle: rest });
  };
  const apply = (qubit: number, gate: Unitary) => {
    const wire = wires[qubit]!;
    wire.unitary = multiplyUnitary(gate, wire.unitary);
  };
  for (const instruction of circuit.instructions) {
    switch (instruction.kind) {
      case "rz":
        if (instruction.input !== undefined) {
          flush(instruction.qubit, true);
          if (!wires[instruction.qubit]!.ground) out.push(instruction);
          break;
        }
        apply(instruction.qubit, zRotation(instruction.angle));
        break;
      case "sx":
        apply(instruction.qubit, squareRootOfX);
        break;
      case "x":
        apply(instruction.qubit, pauliX);
        break;
      case "cz":
        for (const q of instruction.qubits) {
          flush(q, true);
          wires[q]!.ground = false;
        }
        out.push(instruction);
        break;
      case "ecr":
        for (const q of instruction.qubits) {
          flush(q, false);
          wires[q]!.ground = false;
        }
        out.push(instruction);
        break;
      case "reset":
        wires[instruction.qubit] = { unitary: identityUnitary, ground: true };
        out.push(instruction);
        break;
      case "measure":
        flush(instruction.qubit, true);
        wires[instruction.qubit] = { unitary: identityUnitary, ground: false };
        out.push(instruction);
        break;
      case "barrier":
        for (const q of instruction.qubits) flush(q, true);
        out.push(instruction);
        break;
      case "delay":
        flush(instruction.qubit, true);
        out.push(instruction);
        break;
      case "mark":
        out.push(instruction);
    }
  }
  wires.forEach((_, q) => {
    flush(q, false);
  });
  return {
    ...circuit,
    instructions: out.some((i) => i.kind === "measure") ? seen(out, circuit.qubits) : out,
  };
}

/** Leaves out what comes after the last measurement that it could change. */
function seen(instructions: readonly Instruction[], qubits: number): Instruction[] {
  const live = new Array<boolean>(qubits).fill(false);
  const kept = instructions.toReversed().filter((instruction) => {
    switch (instruction.kind) {
      case "mark":
        return true;
      case "barrier":
        return instruction.qubits.some((q) => live[q]);
      case "measure":
        live[instruction.qubit] = true;
        return true;
      case "cz":
      case "ecr": {
        const [a, b] = instruction.qubits;
        const needed = live[a]! || live[b]!;
        if (needed) {
          live[a] = true;
          live[b] = true;
        }
        return needed;
      }
      case "reset": {
        const needed = live[instruction.qubit]!;
        live[instruction.qubit] = false;
        return needed;
      }
      default:
        return live[instruction.qubit]!;
    }
  });
  return kept.toReversed();
}
