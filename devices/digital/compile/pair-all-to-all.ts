import { argument, type Complex, modulus } from "#core/complex";
import type { Instruction } from "../circuit/instructions.ts";
import { simplify } from "../circuit/simplify.ts";
import { dampingGate, exchangeGate, restingPhases, restToTriplet, tripletToRest } from "./blocks.ts";
import { type EncodedCircuit, type Preparation, prepare } from "./encoded.ts";
import type { CircuitSite } from "./site.ts";
import type { StepOrder } from "./step-order.ts";

/**
 * Two coupled oscillators where every qubit reaches every other: qubits a, b, c, d and one ancilla for each oscillator
 * (4, 5). No swaps: 24 cz a Lie step, 28 a Strang step.
 *
 * Inside a Strang step the exchange is itself symmetric: (ac, bd) by half, (ad, bc), (ac, bd) by half.
 */
export function compilePairAllToAll(problem: {
  readonly sites: readonly [CircuitSite, CircuitSite];
  readonly coupling: Complex;
  readonly dt: number;
  readonly steps: number;
  readonly order: StepOrder;
  readonly preparations?: readonly Preparation[];
}): EncodedCircuit {
  const { sites, coupling, dt, steps, order } = problem;
  const instructions: Instruction[] = [];
  const phi = modulus(coupling) * dt;
  const chi = argument(coupling);
  const everything = [0, 1, 2, 3, 4, 5];
  const pairs = (list: readonly (readonly [number, number])[], angle: number) => {
    for (const [p, q] of list) instructions.push(...exchangeGate(p, q, angle));
  };
  const straight = [
    [0, 2],
    [1, 3],
  ] as const;
  const crossed = [
    [0, 3],
    [1, 2],
  ] as const;
  const turn = (angle: number) => {
    if (angle === 0) return;
    for (const qubit of [0, 1]) instructions.push({ kind: "rz", qubit, angle });
  };
  const hop = () => {
    instructions.push(...restToTriplet(0, 1), ...restToTriplet(2, 3));
    turn(-chi);
    if (order === "lie") {
      pairs(straight, phi);
      pairs(crossed, phi);
    } else {
      pairs(straight, phi / 2);
      pairs(crossed, phi);
      pairs(straight, phi / 2);
    }
    turn(chi);
    instructions.push(...tripletToRest(0, 1), ...tripletToRest(2, 3));
  };
  const local = (time: number) => {
    sites.forEach((site, i) => {
      instructions.push(...restingPhases(2 * i, 2 * i + 1, site.detuning, site.asymmetry, time));
    });
    for (const role of [0, 1]) {
      sites.forEach((site, i) => {
        const rate = role === 0 ? site.loss : site.gain;
        instructions.push(...dampingGate(2 * i + role, 4 + i, rate * time));
      });
      instructions.push(
        { kind: "barrier", qubits: everything },
        { kind: "reset", qubit: 4 },
        { kind: "reset", qubit: 5 },
        { kind: "barrier", qubits: everything },
      );
    }
  };
  sites.forEach((_, i) => {
    instructions.push(...prepare(problem.preparations?.[i] ?? { kind: "middle" }, 2 * i, 2 * i + 1));
  });
  // On |1⟩ a local step does nothing.
  const dark = sites.every((_, i) => (problem.preparations?.[i]?.kind ?? "middle") === "middle");
  if (order === "strang" && !dark) local(dt / 2);
  for (let step = 0; step < steps; step++) {
    hop();
    local(order === "strang" && step === steps - 1 ? dt / 2 : dt);
  }
  return {
    circuit: simplify({ qubits: 6, bits: 0, instructions }),
    roles: [0, 1, 2, 3],
    time: steps * dt,
    steps,
    excess: 0,
  };
}
