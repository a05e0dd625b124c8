import { describe, expect, test } from "vitest";
import { adjoint, type ComplexMatrix, combine, entry, fromRows, product } from "#core/complex-matrix";
import { placeCircuit } from "#devices/digital/circuit/place";
import { simplify } from "#devices/digital/circuit/simplify";
import {
  dampingGate,
  driveGate,
  exchangeAndSwap,
  exchangeGate,
  hadamard,
  restingPhases,
  restToTriplet,
  swapWithoutPair,
  tripletToRest,
} from "#devices/digital/compile/blocks";
import { bareHamiltonian, noChannels, raisingOperator, spinOneLadder } from "#model/oscillator";
import {
  circuitMatrix,
  distanceUpToPhase,
  onQubits,
  pauli,
  rotation,
} from "../../../support/circuit-matrix.ts";

const angles = [0, 0.3, -1.1, Math.PI / 4, 2.9];
const two = (p: ComplexMatrix, q: ComplexMatrix) => onQubits(2, { 0: p, 1: q });

/** exp[−iφ(XX + YY)/2]: the two parts commute. */
const exchange = (phi: number) =>
  product(rotation(two(pauli.X, pauli.X), phi / 2), rotation(two(pauli.Y, pauli.Y), phi / 2));
const swap = combine(
  [0.5, two(pauli.I, pauli.I)],
  [0.5, two(pauli.X, pauli.X)],
  [0.5, two(pauli.Y, pauli.Y)],
  [0.5, two(pauli.Z, pauli.Z)],
);

/** e^{−iHt} by its series. */
function exponential(h: ComplexMatrix, t: number): ComplexMatrix {
  let term = combine([0, h]);
  for (let k = 0; k < h.rows; k++) term.re[k * h.rows + k] = 1;
  let sum = term;
  for (let k = 1; k < 60; k++) {
    term = combine([{ re: 0, im: -t / k }, product(h, term)]);
    sum = combine([1, sum], [1, term]);
  }
  return sum;
}

/** 4 × 3: the rest code's words as columns 0, 1, 2; a is qubit 0, b is qubit 1. */
const restCode = fromRows([
  [0, 1, 0],
  [0, 0, 1],
  [1, 0, 0],
  [0, 0, 0],
]);
const tripletCode = fromRows([
  [1, 0, 0],
  [0, Math.SQRT1_2, 0],
  [0, Math.SQRT1_2, 0],
  [0, 0, 1],
]);

describe("blocks against matrix exponentials", () => {
  test.each(angles)("XY(%f) and SWAP·XY", (phi) => {
    expect(distanceUpToPhase(circuitMatrix(2, exchangeGate(0, 1, phi)), exchange(phi))).toBeLessThan(2e-15);
    const both = circuitMatrix(2, exchangeAndSwap(0, 1, phi));
    expect(distanceUpToPhase(both, product(swap, exchange(phi)))).toBeLessThan(3e-15);
  });

  test("Hadamard, and the swap of two qubits that are never both excited", () => {
    expect(distanceUpToPhase(circuitMatrix(1, hadamard(0)), pauli.H)).toBeLessThan(1e-15);
    const columns = fromRows([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 0],
    ]);
    const found = product(circuitMatrix(2, swapWithoutPair(0, 1)), columns);
    expect(distanceUpToPhase(found, product(swap, columns))).toBeLessThan(2e-15);
  });

  test("damping with an ancilla has the Kraus operators of amplitude damping", () => {
    const exponent = 0.37;
    const u = circuitMatrix(2, dampingGate(0, 1, exponent));
    // Ancilla (qubit 1) from |0⟩: K_m = ⟨m|U|0⟩.
    const kraus = [0, 1].map((m) => {
      const at = (i: number, j: number) => entry(u, 2 * m + i, j);
      return fromRows([
        [at(0, 0), at(0, 1)],
        [at(1, 0), at(1, 1)],
      ]);
    });
    const channel = (rho: ComplexMatrix) =>
      combine(...kraus.map((k) => [1, product(product(k, rho), adjoint(k))] as const));
    const rho = fromRows([
      [0.4, { re: 0.2, im: 0.1 }],
      [{ re: 0.2, im: -0.1 }, 0.6],
    ]);
    const keep = Math.exp(-exponent);
    const expected = fromRows([
      [1 - 0.6 * keep, { re: 0.2 * Math.sqrt(keep), im: 0.1 * Math.sqrt(keep) }],
      [{ re: 0.2 * Math.sqrt(keep), im: -0.1 * Math.sqrt(keep) }, 0.6 * keep],
    ]);
    const found = channel(rho);
    found.re.forEach((x, k) => {
      expect(x).toBeCloseTo(expected.re[k]!, 14);
      expect(found.im[k]).toBeCloseTo(expected.im[k]!, 14);
    });
  });

  test("W takes the triplet code to the rest code with one phase for all, and W† back", () => {
    const w = circuitMatrix(2, tripletToRest(0, 1));
    expect(distanceUpToPhase(product(w, tripletCode), restCode)).toBeLessThan(2e-15);
    const back = circuitMatrix(2, restToTriplet(0, 1));
    expect(distanceUpToPhase(product(back, restCode), tripletCode)).toBeLessThan(2e-15);
    // The singlet goes to 11.
    const singlet = fromRows([[0], [Math.SQRT1_2], [-Math.SQRT1_2], [0]]);
    const image = product(w, singlet);
    expect(Math.hypot(image.re[3]!, image.im[3]!)).toBeCloseTo(1, 14);
  });

  test.each(angles)("drive by ω = %f is the spin-1 rotation on the rest code", (omega) => {
    for (const phase of [0, 0.7, -2.2]) {
      const up = combine([{ re: Math.cos(phase), im: -Math.sin(phase) }, raisingOperator(spinOneLadder)]);
      const exact = exponential(combine([1, up], [1, adjoint(up)]), omega);
      const found = product(circuitMatrix(2, driveGate(0, 1, omega, phase)), restCode);
      expect(distanceUpToPhase(found, product(restCode, exact))).toBeLessThan(1e-14);
    }
  });

  test("phases are those of δS^z + K|2⟩⟨2|", () => {
    const site = {
      detuning: 0.7,
      asymmetry: -1.3,
      gain: 0,
      loss: 0,
      ladder: spinOneLadder,
      channels: noChannels,
    };
    const exact = exponential(bareHamiltonian(site), 0.9);
    const found = product(circuitMatrix(2, restingPhases(0, 1, 0.7, -1.3, 0.9)), restCode);
    expect(distanceUpToPhase(found, product(restCode, exact))).toBeLessThan(2e-15);
  });

  test("in the triplet code V(S⁺S⁻ + h.c.) is the sum of four XX + YY", () => {
    const raising = raisingOperator(spinOneLadder);
    const up = [0, 1].map((i) => {
      // Σ over the two qubits of |1⟩⟨0|; the sum acts inside the triplet space.
      const one = combine([0.5, pauli.X], [{ re: 0, im: -0.5 }, pauli.Y]);
      return combine([1, onQubits(4, { [2 * i]: one })], [1, onQubits(4, { [2 * i + 1]: one })]);
    });
    const single = product(
      adjoint(tripletCode),
      product(
        combine(
          [1, two(combine([0.5, pauli.X], [{ re: 0, im: -0.5 }, pauli.Y]), pauli.I)],
          [1, two(pauli.I, combine([0.5, pauli.X], [{ re: 0, im: -0.5 }, pauli.Y]))],
        ),
        tripletCode,
      ),
    );
    expect(distanceUpToPhase(single, raising)).toBeLessThan(1e-15);
    const hop = product(up[0]!, adjoint(up[1]!));
    const direct = combine([1, hop], [1, adjoint(hop)]);
    const pairs = [
      [0, 2],
      [0, 3],
      [1, 2],
      [1, 3],
    ].flatMap(([p, q]) => [
      [0.5, onQubits(4, { [p!]: pauli.X, [q!]: pauli.X })] as const,
      [0.5, onQubits(4, { [p!]: pauli.Y, [q!]: pauli.Y })] as const,
    ]);
    const sum = combine(...pairs);
    sum.re.forEach((x, k) => {
      expect(x).toBeCloseTo(direct.re[k]!, 14);
    });
  });
});

describe("simplifying and lowering keep the unitary", () => {
  test("a drive between two exchanges, away from |0⟩", () => {
    const start = [
      { kind: "sx", qubit: 0 },
      { kind: "cz", qubits: [0, 1] },
    ] as const;
    const body = [
      ...start,
      ...exchangeGate(0, 1, 0.4),
      ...driveGate(0, 1, 0.8, 0.3),
      ...exchangeGate(1, 0, -0.2),
    ];
    const short = simplify({ qubits: 2, bits: 0, instructions: body }).instructions;
    // At most two pulses on each qubit before each of the seven cz and after the last.
    expect(short.filter((i) => i.kind === "sx" || i.kind === "x").length).toBeLessThanOrEqual(2 * 2 * 8);
    expect(short.filter((i) => i.kind === "cz")).toHaveLength(7);
    // The start is |00⟩: rotations that only turn its phase are gone.
    const ground = fromRows([[1], [0], [0], [0]]);
    const found = product(circuitMatrix(2, short), ground);
    expect(distanceUpToPhase(found, product(circuitMatrix(2, body), ground))).toBeLessThan(1e-13);
  });

  test("cz in terms of ecr, either direction", () => {
    for (const qubits of [
      [0, 1],
      [1, 0],
    ] as const) {
      const circuit = {
        qubits: 2,
        bits: 0,
        instructions: [...hadamard(0), ...hadamard(1), ...exchangeGate(0, 1, 0.9)],
      };
      const lowered = placeCircuit(circuit, [0, 1], 2, () => ({ gate: "ecr", qubits }));
      expect(lowered.instructions.some((i) => i.kind === "cz")).toBe(false);
      const ground = fromRows([[1], [0], [0], [0]]);
      const found = product(circuitMatrix(2, lowered.instructions), ground);
      const wanted = product(circuitMatrix(2, circuit.instructions), ground);
      expect(distanceUpToPhase(found, wanted)).toBeLessThan(1e-13);
    }
  });
});
