import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { adjoint, combine, product, trace, zeros } from "#core/complex-matrix";
import type { Instruction } from "#devices/digital/circuit/instructions";
import { simplify } from "#devices/digital/circuit/simplify";
import { squareMatrix } from "#devices/digital/predict/density-matrix";
import { noiseless, uniformNoise } from "#devices/digital/predict/noise";
import { predictOutcomes, predictState } from "#devices/digital/predict/predict";
import { traceDistance } from "#devices/digital/predict/reference";
import { emitQasm } from "#devices/digital/qasm/emit";
import { parseQasm } from "#devices/digital/qasm/parse";
import { circuitMatrix } from "../support/circuit-matrix.ts";

const qubits = 3;
const qubit = fc.nat(qubits - 1);
// + 0 turns −0 into 0: text has one zero.
const angle = fc.double({ min: -7, max: 7, noNaN: true }).map((x) => x + 0);
const distinct = fc
  .tuple(qubit, fc.integer({ min: 1, max: qubits - 1 }))
  .map(([a, d]): [number, number] => [a, (a + d) % qubits]);
const unitary: fc.Arbitrary<Instruction> = fc.oneof(
  fc.record({ kind: fc.constant("rz" as const), qubit, angle }),
  fc.record({ kind: fc.constantFrom("sx" as const, "x" as const), qubit }),
  fc.record({ kind: fc.constantFrom("cz" as const, "ecr" as const), qubits: distinct }),
);
const other: fc.Arbitrary<Instruction> = fc.oneof(
  fc.record({ kind: fc.constant("reset" as const), qubit }),
  fc.record({ kind: fc.constant("delay" as const), qubit, ticks: fc.nat(500) }),
  fc.record({ kind: fc.constant("barrier" as const), qubits: fc.constant([0, 1, 2]) }),
);
const gates = fc.array(unitary, { minLength: 1, maxLength: 25 });
const mixed = fc.array(fc.oneof({ weight: 4, arbitrary: unitary }, { weight: 1, arbitrary: other }), {
  maxLength: 30,
});
const circuit = (instructions: readonly Instruction[]) => ({ qubits, bits: 0, instructions });

const small = fc.double({ min: 0, max: 0.2, noNaN: true });
const noise = fc
  .record({
    single: small,
    pair: small,
    missed: small,
    invented: small,
    t1: fc.double({ min: 1, max: 100, noNaN: true }),
    ratio: fc.double({ min: 0.1, max: 2, noNaN: true }),
  })
  .map(({ single, pair, missed, invented, t1, ratio }) => {
    const base = uniformNoise({
      single_error: single,
      pair_error: pair,
      t1_s: t1 * 1e-6,
      t2_s: t1 * ratio * 1e-6,
      single_s: 32e-9,
      pair_s: 68e-9,
      reset_s: 2e-6,
      reset: { missed, invented },
      readout: { missed, invented },
    });
    return { ...base, timing: { ...base.timing, tick_s: 4e-9 } };
  });

describe("the predictor", () => {
  test("without noise agrees with products of full matrices", () => {
    fc.assert(
      fc.property(gates, (instructions) => {
        const u = circuitMatrix(qubits, instructions);
        const ground = zeros(8);
        ground.re[0] = 1;
        const expected = product(product(u, ground), adjoint(u));
        const found = squareMatrix(predictState(circuit(instructions), noiseless).rho);
        const difference = combine([1, found], [-1, expected]);
        expect(Math.max(...difference.re.map(Math.abs), ...difference.im.map(Math.abs))).toBeLessThan(1e-13);
      }),
      { numRuns: 100 },
    );
  });

  test("with noise keeps trace, Hermiticity and positivity", () => {
    fc.assert(
      fc.property(mixed, noise, (instructions, device) => {
        const rho = squareMatrix(predictState(circuit(instructions), device).rho);
        expect(trace(rho).re).toBeCloseTo(1, 12);
        const skew = combine([1, rho], [-1, adjoint(rho)]);
        expect(Math.max(...skew.re.map(Math.abs), ...skew.im.map(Math.abs))).toBeLessThan(1e-13);
        // Σ|λ| = Σλ = 1: no eigenvalue is negative.
        expect(2 * traceDistance(rho, zeros(8))).toBeCloseTo(1, 12);
      }),
      { numRuns: 60 },
    );
  });
});

const measurements: Instruction[] = [0, 1, 2].map((q) => ({ kind: "measure", qubit: q, bit: q }));

test("simplifying changes no outcome", () => {
  fc.assert(
    fc.property(mixed, (instructions) => {
      const long = { qubits, bits: 3, instructions: [...instructions, ...measurements] };
      const short = simplify(long);
      expect(short.instructions.length).toBeLessThanOrEqual(long.instructions.length + 5 * qubits);
      const expected = predictOutcomes(long).probabilities;
      predictOutcomes(short).probabilities.forEach((p, k) => {
        expect(p).toBeCloseTo(expected[k]!, 12);
      });
    }),
    { numRuns: 100 },
  );
});

test("text reads back as the same circuit", () => {
  fc.assert(
    fc.property(mixed, (instructions) => {
      const written = { qubits, bits: 3, instructions: [...instructions, ...measurements] };
      expect(parseQasm(emitQasm(written)).circuit).toEqual(written);
      const virtual = parseQasm(emitQasm(written, "virtual"));
      expect(virtual.dialect).toBe("virtual");
      expect(virtual.circuit.instructions).toEqual(written.instructions.filter((i) => i.kind !== "delay"));
    }),
    { numRuns: 100 },
  );
});
