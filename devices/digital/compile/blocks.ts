import type { Instruction } from "../circuit/instructions.ts";

/**
 * The model's blocks in native gates, every angle in closed form. Qubit arguments are positions; P(α) = diag(1, e^{iα})
 * is rz(α) up to a phase.
 */
export type Block = Instruction[];

const half = Math.PI / 2;

const rz = (qubit: number, angle: number): Instruction => ({ kind: "rz", qubit, angle });
const sx = (qubit: number): Instruction => ({ kind: "sx", qubit });
const cz = (a: number, b: number): Instruction => ({ kind: "cz", qubits: [a, b] });

/** Hadamard. */
export function hadamard(q: number): Block {
  return [rz(q, half), sx(q), rz(q, half)];
}

/** exp[−iφ(XX + YY)/2]; 2 cz. */
export function exchangeGate(a: number, b: number, phi: number): Block {
  const middle = (q: number) => [rz(q, half), sx(q), rz(q, phi - Math.PI), sx(q), rz(q, half)];
  return [
    sx(a),
    rz(b, half),
    sx(b),
    rz(b, Math.PI),
    cz(a, b),
    ...middle(a),
    ...middle(b),
    cz(a, b),
    rz(a, Math.PI),
    sx(a),
    rz(a, Math.PI),
    sx(b),
    rz(b, half),
  ];
}

/** SWAP·exp[−iφ(XX + YY)/2]; 3 cz. */
export function exchangeAndSwap(a: number, b: number, phi: number): Block {
  return [...exchangeGate(a, b, phi + half), rz(a, half), rz(b, half), cz(a, b)];
}

/** Exchange of two qubits that are never both |1⟩; 2 cz. */
export function swapWithoutPair(a: number, b: number): Block {
  return [...exchangeGate(a, b, half), rz(a, half), rz(b, half)];
}

/**
 * Amplitude damping of `qubit` by e^{−exponent}: exchange with an ancilla in |0⟩ by θ = asin √(1 − e^{−exponent}), the
 * reset left to the caller; 2 cz.
 */
export function dampingGate(qubit: number, ancilla: number, exponent: number): Block {
  return exchangeGate(qubit, ancilla, Math.asin(Math.sqrt(-Math.expm1(-exponent))));
}

/**
 * W: triplet code to rest code, |00⟩ → |0⟩, (|01⟩ + |10⟩)/√2 → |1⟩, |11⟩ → |2⟩, singlet → 11; 2 cz. Afterwards the
 * qubit given first has the role a.
 */
export function tripletToRest(a: number, b: number): Block {
  return [rz(a, half), ...exchangeGate(a, b, Math.PI / 4), rz(a, -half), { kind: "x", qubit: b }];
}

/** W†. */
export function restToTriplet(a: number, b: number): Block {
  return [{ kind: "x", qubit: b }, rz(a, half), ...exchangeGate(a, b, -Math.PI / 4), rz(a, -half)];
}

/** exp(−iω(X + Z)/√2), up to a phase. */
function tilted(q: number, omega: number): Block {
  const s = Math.sin(omega) / Math.SQRT2;
  const chi = Math.atan2(s, Math.cos(omega));
  return [rz(q, chi + half), sx(q), rz(q, 2 * Math.asin(s) + Math.PI), sx(q), rz(q, chi + half)];
}

/**
 * exp[−iω(S⁺e^{−iϕ} + h.c.)] on the rest code: exact there for any ω; 2 cz.
 *
 * S^x of the rest code falls into two commuting parts that one cz between Hadamards turns into rotations of single
 * qubits.
 */
export function driveGate(a: number, b: number, omega: number, phase: number): Block {
  return [
    rz(a, phase),
    rz(b, -phase),
    ...hadamard(a),
    ...hadamard(b),
    cz(a, b),
    ...tilted(a, omega),
    ...tilted(b, omega),
    cz(a, b),
    ...hadamard(a),
    ...hadamard(b),
    rz(a, -phase),
    rz(b, phase),
  ];
}

/** Values of a drive's parameters: those of `driveGate(a, b, omega, phase)`. */
export function driveInputs(prefix: string, omega: number, phase: number): Record<string, number> {
  const s = Math.sin(omega) / Math.SQRT2;
  return {
    [`${prefix}_p`]: phase,
    [`${prefix}_n`]: -phase,
    [`${prefix}_c`]: Math.atan2(s, Math.cos(omega)) + half,
    [`${prefix}_t`]: 2 * Math.asin(s) + Math.PI,
  };
}

/** `driveGate` with its angles as parameters. */
export function driveByInputs(a: number, b: number, prefix: string): Block {
  const turn = (qubit: number, name: string): Instruction => ({
    kind: "rz",
    qubit,
    angle: 0,
    input: `${prefix}_${name}`,
  });
  const middle = (q: number) => [turn(q, "c"), sx(q), turn(q, "t"), sx(q), turn(q, "c")];
  return [
    turn(a, "p"),
    turn(b, "n"),
    ...hadamard(a),
    ...hadamard(b),
    cz(a, b),
    ...middle(a),
    ...middle(b),
    cz(a, b),
    ...hadamard(a),
    ...hadamard(b),
    turn(a, "n"),
    turn(b, "p"),
  ];
}

/** exp(−iH t) of H = δS^z + K|2⟩⟨2| on the rest code, virtual. */
export function restingPhases(a: number, b: number, detuning: number, asymmetry: number, t: number): Block {
  return [rz(a, -(detuning + asymmetry) * t), rz(b, detuning * t)];
}
