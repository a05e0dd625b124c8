import { invalidInput } from "#core/errors";
import { bindInputs, type Circuit, type Instruction, renumber, usedQubits } from "../circuit/instructions.ts";
import { scheduleOf } from "../circuit/schedule.ts";
import { multiplyUnitary, pauliX, squareRootOfX, type Unitary, zRotation } from "../circuit/single-qubit.ts";
import {
  applyControlledZ,
  applyQubitMap,
  composeMaps,
  type DensityMatrix,
  depolarisingMap,
  groundState,
  populations,
  type QubitMap,
  relaxationMap,
  resetMap,
  unitaryMap,
} from "./density-matrix.ts";
import { type Noise, noiseless, placedNoise } from "./noise.ts";

/** What a circuit leaves behind before anything is measured. */
export interface PredictedState {
  readonly rho: DensityMatrix;
  /** Length of the circuit with its measurements, s. */
  readonly duration_s: number;
}

const xMap = unitaryMap(pauliX);
const sxMap = unitaryMap(squareRootOfX);
const hadamard: Unitary = multiplyUnitary(
  zRotation(Math.PI / 2),
  multiplyUnitary(squareRootOfX, zRotation(Math.PI / 2)),
);

/** Weight of the maximally mixed state in a depolarising channel of average gate infidelity `error`. */
export function depolarisingWeight(error: number, qubits: 1 | 2): number {
  const d = 2 ** qubits;
  return (error * d) / (d - 1);
}

/**
 * Density matrix after a circuit, gate by gate.
 *
 * A pulse or two-qubit gate is its unitary and a depolarising channel whose average infidelity is the calibrated gate
 * error; whatever time a qubit waits, it relaxes with T1 and T2; a reset is a measurement with the read-out's
 * assignment errors and a flip. Not in it: crosstalk, leakage out of the qubit, coherent errors, drift.
 *
 * @throws EntrainError `digital.too_large`; `digital.measured` when a qubit is used after its measurement
 * @accuracy rounding (test/property/digital-circuits.test.ts, against matrix products)
 */
export function predictState(circuit: Circuit, noise: Noise = noiseless): PredictedState {
  const rho = groundState(circuit.qubits);
  const pending: (QubitMap | undefined)[] = new Array<undefined>(circuit.qubits).fill(undefined);
  const measured = new Set<number>();
  const add = (q: number, map: QubitMap) => {
    const before = pending[q];
    pending[q] = before === undefined ? map : composeMaps(map, before);
  };
  const flush = (q: number) => {
    const map = pending[q];
    if (map === undefined) return;
    applyQubitMap(rho, q, map);
    pending[q] = undefined;
  };
  const pulse = (q: number, map: QubitMap) => {
    add(q, map);
    const error = noise.singleError(q);
    if (error > 0) add(q, depolarisingMap(depolarisingWeight(error, 1)));
  };
  const schedule = scheduleOf(circuit, noise.timing);
  const touch = (instruction: Instruction, qubits: readonly number[], idle: readonly number[]) => {
    qubits.forEach((q, k) => {
      if (measured.has(q) && instruction.kind !== "barrier") {
        throw invalidInput(
          {
            path: `qubit ${q}`,
            message: `${instruction.kind} on qubit ${q} comes after its measurement`,
            found: instruction.kind,
            expected: "measurements at the end",
          },
          "digital.measured",
        );
      }
      const wait = idle[k]!;
      if (wait > 0 && noise.t1(q) < Infinity) add(q, relaxationMap(wait / noise.t1(q), wait / noise.t2(q)));
      else if (wait > 0 && noise.t2(q) < Infinity) add(q, relaxationMap(0, wait / noise.t2(q)));
    });
  };
  for (const { instruction, idle_s } of schedule.instructions) {
    switch (instruction.kind) {
      case "mark":
        break;
      case "rz":
        if (instruction.input !== undefined) bindInputs({ ...circuit, instructions: [instruction] }, {});
        touch(instruction, [instruction.qubit], idle_s);
        add(instruction.qubit, unitaryMap(zRotation(instruction.angle)));
        break;
      case "sx":
      case "x":
        touch(instruction, [instruction.qubit], idle_s);
        pulse(instruction.qubit, instruction.kind === "x" ? xMap : sxMap);
        break;
      case "cz":
      case "ecr": {
        const [a, b] = instruction.qubits;
        touch(instruction, instruction.qubits, idle_s);
        if (instruction.kind === "ecr") add(b, unitaryMap(hadamard));
        flush(a);
        flush(b);
        applyControlledZ(rho, a, b, depolarisingWeight(noise.pairError(a, b), 2));
        if (instruction.kind === "ecr") {
          // ecr = X_a·H_b·rz_a(π/2)·rz_b(π/2)·cz·H_b, up to a phase.
          add(a, unitaryMap(multiplyUnitary(pauliX, zRotation(Math.PI / 2))));
          add(b, unitaryMap(multiplyUnitary(hadamard, zRotation(Math.PI / 2))));
        }
        break;
      }
      case "reset": {
        const { missed, invented } = noise.reset(instruction.qubit);
        touch(instruction, [instruction.qubit], idle_s);
        add(instruction.qubit, resetMap(missed, invented));
        break;
      }
      case "delay": {
        const wait = instruction.ticks * noise.timing.tick_s;
        touch(instruction, [instruction.qubit], [wait]);
        break;
      }
      case "barrier":
        touch(instruction, instruction.qubits, idle_s);
        break;
      case "measure":
        touch(instruction, [instruction.qubit], idle_s);
        measured.add(instruction.qubit);
    }
  }
  for (let q = 0; q < circuit.qubits; q++) flush(q);
  return { rho, duration_s: schedule.duration_s };
}

/** Outcome probabilities; bit k of the index is c[k]. */
export interface Prediction {
  readonly bits: number;
  readonly probabilities: Float64Array;
  readonly duration_s: number;
}

/**
 * Probabilities of what the register holds after a circuit on a device's own qubit numbers. Only the qubits that are
 * used are simulated.
 *
 * @throws EntrainError as `predictState`
 */
export function predictOutcomes(circuit: Circuit, noise: Noise = noiseless): Prediction {
  const used = usedQubits(circuit);
  const to = new Array<number>(circuit.qubits).fill(-1);
  used.forEach((q, k) => {
    to[q] = k;
  });
  const compact = renumber(circuit, to, used.length);
  const placed = placedNoise(noise, used);
  const { rho, duration_s } = predictState(compact, placed);
  let probabilities = populations(rho);
  const sources: number[] = [];
  for (const instruction of compact.instructions) {
    if (instruction.kind !== "measure") continue;
    sources[instruction.bit] = instruction.qubit;
    probabilities = misread(probabilities, instruction.qubit, placed);
  }
  const outcome = new Float64Array(2 ** circuit.bits);
  probabilities.forEach((p, state) => {
    let index = 0;
    sources.forEach((q, bit) => {
      if ((state >> q) & 1) index |= 1 << bit;
    });
    outcome[index]! += p;
  });
  return { bits: circuit.bits, probabilities: outcome, duration_s };
}

/** Populations as a read-out with assignment errors of one qubit shows them. */
function misread(p: Float64Array, qubit: number, noise: Noise): Float64Array {
  const { missed, invented } = noise.readout(qubit);
  const bit = 1 << qubit;
  return p.map((_, state) => {
    const zero = p[state & ~bit]!;
    const one = p[state | bit]!;
    return state & bit ? invented * zero + (1 - missed) * one : (1 - invented) * zero + missed * one;
  });
}
