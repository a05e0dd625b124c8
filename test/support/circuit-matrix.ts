import { type ComplexMatrix, combine, fromRows, identity, kronecker, product } from "#core/complex-matrix";
import type { Instruction } from "#devices/digital/circuit/instructions";

const r = Math.SQRT1_2;
export const pauli = {
  I: identity(2),
  X: fromRows([
    [0, 1],
    [1, 0],
  ]),
  Y: fromRows([
    [0, { re: 0, im: -1 }],
    [{ re: 0, im: 1 }, 0],
  ]),
  Z: fromRows([
    [1, 0],
    [0, -1],
  ]),
  H: fromRows([
    [r, r],
    [r, -r],
  ]),
} as const;

/** Operator on n qubits, qubit 0 the least significant (last) factor. */
export function onQubits(n: number, factors: Readonly<Record<number, ComplexMatrix>>): ComplexMatrix {
  return Array.from({ length: n }, (_, k) => factors[n - 1 - k] ?? pauli.I).reduce((joint, f) =>
    kronecker(joint, f),
  );
}

/** e^{−iθP} of an operator with P² = 1. */
export function rotation(p: ComplexMatrix, theta: number): ComplexMatrix {
  return combine([Math.cos(theta), identity(p.rows)], [{ re: 0, im: -Math.sin(theta) }, p]);
}

function gateMatrix(n: number, instruction: Instruction): ComplexMatrix {
  switch (instruction.kind) {
    case "rz":
      return rotation(onQubits(n, { [instruction.qubit]: pauli.Z }), instruction.angle / 2);
    case "sx":
      // (1 + i)/2·1 + (1 − i)/2·X
      return combine(
        [{ re: 0.5, im: 0.5 }, identity(2 ** n)],
        [{ re: 0.5, im: -0.5 }, onQubits(n, { [instruction.qubit]: pauli.X })],
      );
    case "x":
      return onQubits(n, { [instruction.qubit]: pauli.X });
    case "cz": {
      const [a, b] = instruction.qubits;
      return combine(
        [0.5, identity(2 ** n)],
        [0.5, onQubits(n, { [a]: pauli.Z })],
        [0.5, onQubits(n, { [b]: pauli.Z })],
        [-0.5, onQubits(n, { [a]: pauli.Z, [b]: pauli.Z })],
      );
    }
    case "ecr": {
      // (X_a + Y_a X_b·(−1))/√2: IX − XY with the target first.
      const [a, b] = instruction.qubits;
      return combine([r, onQubits(n, { [a]: pauli.X })], [-r, onQubits(n, { [a]: pauli.Y, [b]: pauli.X })]);
    }
    default:
      throw new Error(`${instruction.kind} is no unitary gate`);
  }
}

/** Product of a circuit's gates, as full matrices. */
export function circuitMatrix(n: number, instructions: readonly Instruction[]): ComplexMatrix {
  return instructions.reduce((u, instruction) => product(gateMatrix(n, instruction), u), identity(2 ** n));
}

/** Largest |a − e^{iα}b|, α the phase that fits best. */
export function distanceUpToPhase(a: ComplexMatrix, b: ComplexMatrix): number {
  let re = 0;
  let im = 0;
  for (let k = 0; k < a.re.length; k++) {
    re += a.re[k]! * b.re[k]! + a.im[k]! * b.im[k]!;
    im += a.im[k]! * b.re[k]! - a.re[k]! * b.im[k]!;
  }
  const size = Math.hypot(re, im);
  const c = re / size;
  const s = im / size;
  let worst = 0;
  for (let k = 0; k < a.re.length; k++) {
    const x = a.re[k]! - (c * b.re[k]! - s * b.im[k]!);
    const y = a.im[k]! - (c * b.im[k]! + s * b.re[k]!);
    worst = Math.max(worst, Math.hypot(x, y));
  }
  return worst;
}
