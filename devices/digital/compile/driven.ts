import { argument, type Complex, modulus } from "#core/complex";
import type { Instruction } from "../circuit/instructions.ts";
import { simplify } from "../circuit/simplify.ts";
import { remainingExponent } from "./absorption.ts";
import { dampingGate, driveByInputs, driveGate, restingPhases } from "./blocks.ts";
import { type EncodedCircuit, type Preparation, prepare } from "./encoded.ts";
import type { CircuitSite } from "./site.ts";
import type { StepOrder } from "./step-order.ts";

/** Line of qubits of one oscillator: loss ancilla, a, b, gain ancilla. */
export const drivenQubits = { lossAncilla: 0, a: 1, b: 2, gainAncilla: 3, count: 4 } as const;

export interface DrivenProblem {
  readonly site: CircuitSite;
  /** F of each step, H = F·S⁺ + F*·S⁻: Ωe^{−iϕ}, or V⟨S⁻⟩ of the mean field. */
  readonly fields: readonly Complex[];
  /** Time of one step, in the inverse unit of the rates. */
  readonly dt: number;
  readonly order: StepOrder;
  readonly preparation?: Preparation;
  /** What T1 does at each damping event (`absorbedExponents`); nothing when absent. */
  readonly absorbed?: readonly number[];
  /** Drives by parameter instead of by field: prefix of the names of each, the half one at the end included. */
  readonly driveInputs?: (drive: number) => string;
}

/**
 * One driven or mean-field oscillator as a circuit on four qubits in a line: drive (2 cz), phases (virtual), gain and
 * loss by ancilla and reset (2 cz each), all in the rest code. Phases, gain and loss commute and are exact for any dt.
 * Strang: half drives at both ends, neighbours merged with the mean of their fields.
 */
export function compileDriven(problem: DrivenProblem): EncodedCircuit {
  const { site, fields, dt, order, absorbed } = problem;
  const { a, b, lossAncilla, gainAncilla, count } = drivenQubits;
  const all = [0, 1, 2, 3];
  const instructions: Instruction[] = [...prepare(problem.preparation ?? { kind: "middle" }, a, b)];
  let drives = 0;
  const drive = (field: Complex, time: number) => {
    if (problem.driveInputs !== undefined) {
      instructions.push(...driveByInputs(a, b, problem.driveInputs(drives++)));
      return;
    }
    const omega = modulus(field) * time;
    if (omega !== 0) instructions.push(...driveGate(a, b, omega, -argument(field)));
  };
  let event = 0;
  let excess = 0;
  const damp = (qubit: number, ancilla: number, rate: number, role: number) => {
    const { exponent, short } = remainingExponent(rate * dt, absorbed?.[event++] ?? 0);
    excess = Math.max(excess, short);
    instructions.push(...dampingGate(qubit, ancilla, exponent), {
      kind: "mark",
      action: "damp",
      qubit,
      role,
    });
  };
  const local = () => {
    instructions.push(...restingPhases(a, b, site.detuning, site.asymmetry, dt));
    damp(a, lossAncilla, site.loss, 0);
    damp(b, gainAncilla, site.gain, 1);
    // T1 during the resets acts in the rest code, where it is gain and loss.
    instructions.push(
      { kind: "barrier", qubits: all },
      { kind: "reset", qubit: lossAncilla },
      { kind: "reset", qubit: gainAncilla },
      { kind: "barrier", qubits: all },
    );
  };
  fields.forEach((field, k) => {
    if (order === "lie") drive(field, dt);
    else {
      const before = fields[k - 1];
      drive(before === undefined ? { re: field.re / 2, im: field.im / 2 } : mean(before, field), dt);
    }
    local();
  });
  const last = fields[fields.length - 1];
  if (order === "strang" && last !== undefined) drive(last, dt / 2);
  return {
    circuit: simplify({ qubits: count, bits: 0, instructions }),
    roles: [a, b],
    time: fields.length * dt,
    steps: fields.length,
    excess,
  };
}

function mean(x: Complex, y: Complex): Complex {
  return { re: (x.re + y.re) / 2, im: (x.im + y.im) / 2 };
}
