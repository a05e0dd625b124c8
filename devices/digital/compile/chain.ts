import { argument, type Complex, modulus } from "#core/complex";
import { invalidInput } from "#core/errors";
import type { Instruction } from "../circuit/instructions.ts";
import { simplify } from "../circuit/simplify.ts";
import { remainingExponent } from "./absorption.ts";
import {
  dampingGate,
  exchangeAndSwap,
  exchangeGate,
  restingPhases,
  restToTriplet,
  swapWithoutPair,
  tripletToRest,
} from "./blocks.ts";
import { type EncodedCircuit, type Preparation, prepare } from "./encoded.ts";
import type { CircuitSite } from "./site.ts";
import type { StepOrder } from "./step-order.ts";

/** Which of its pair's two row qubits an ancilla hangs on. */
export type Attachment = "left" | "right";

export interface ChainProblem {
  readonly sites: readonly CircuitSite[];
  /** J_{i,i+1} of H = Σ_i (J A†_i A_{i+1} + h.c.). */
  readonly couplings: readonly Complex[];
  readonly dt: number;
  readonly steps: number;
  readonly order: StepOrder;
  readonly preparations?: readonly Preparation[];
  /** One ancilla a pair; a pair of oscillators has them at the ends of its line when absent. */
  readonly attachments?: readonly Attachment[];
  readonly absorbed?: readonly number[];
}

/**
 * Qubits of a chain: the row is 0 … 2N − 1, pair k of it holds one oscillator, its ancilla is 2N + k.
 */
export function chainQubits(count: number): { readonly row: number; readonly total: number } {
  return { row: 2 * count, total: 3 * count };
}

/**
 * A chain of coupled oscillators, two qubits of a row and one ancilla each.
 *
 * A step is W†, exchange, W and local damping; in the triplet code the exchange of two oscillators is four XY gates. For
 * two oscillators they also swap the two along the row (12 cz), and which qubit has which role is tracked; 32 cz a step.
 * In a longer chain every exchange keeps the order (20 cz): 10N + 20(N − 1) cz a step. Strang: half local steps at the
 * ends, and the order of the exchanges reversed in every other step, so that two steps read the same backwards.
 *
 * @throws EntrainError `input.invalid` when couplings or attachments do not fit the sites
 */
export function compileChain(problem: ChainProblem): EncodedCircuit {
  const { sites, couplings, dt, steps, order, absorbed } = problem;
  const n = sites.length;
  const attachments: readonly Attachment[] =
    problem.attachments ?? sites.map((_, k) => (k === 0 ? "left" : "right"));
  if (n < 2 || couplings.length !== n - 1 || attachments.length !== n) {
    throw invalidInput({
      path: "couplings",
      message: "a chain of N oscillators has N − 1 couplings and N ancillas",
      found: { sites: n, couplings: couplings.length, ancillas: attachments.length },
      expected: "N ≥ 2, N − 1 couplings, N attachments",
    });
  }
  const { row, total } = chainQubits(n);
  const everything = Array.from({ length: total }, (_, q) => q);
  const instructions: Instruction[] = [];
  /** Role (2i or 2i + 1) on each row qubit. */
  const roleAt = Array.from({ length: row }, (_, q) => q);
  const positionOf = (role: number) => roleAt.indexOf(role);
  const ancillaOf = (slot: number) => row + slot;
  const mark = (action: "collect" | "discard" | "damp", qubit: number) =>
    instructions.push({ kind: "mark", action, qubit, role: roleAt[qubit]! });
  /** Order of a slot's qubits with role a first. */
  const rolesOf = (slot: number): [a: number, b: number] => {
    const [p, q] = [2 * slot, 2 * slot + 1];
    return roleAt[p]! % 2 === 0 ? [p, q] : [q, p];
  };
  let event = 0;
  let excess = 0;

  const local = (time: number) => {
    for (let slot = 0; slot < n; slot++) {
      const [a, b] = rolesOf(slot);
      const site = sites[roleAt[a]! >> 1]!;
      instructions.push(...restingPhases(a, b, site.detuning, site.asymmetry, time));
    }
    for (const round of [0, 1]) {
      for (let slot = 0; slot < n; slot++) {
        const near = 2 * slot + (attachments[slot] === "left" ? 0 : 1);
        const far = 4 * slot + 1 - near;
        if (round === 1) {
          mark("collect", near);
          mark("collect", far);
          instructions.push(...swapWithoutPair(near, far));
          [roleAt[near], roleAt[far]] = [roleAt[far]!, roleAt[near]!];
          mark("discard", near);
          mark("discard", far);
        }
        const role = roleAt[near]!;
        const site = sites[role >> 1]!;
        const wanted = (role % 2 === 0 ? site.loss : site.gain) * time;
        const { exponent, short } = remainingExponent(wanted, absorbed?.[event++] ?? 0);
        excess = Math.max(excess, short);
        instructions.push(...dampingGate(near, ancillaOf(slot), exponent));
        mark("damp", near);
      }
      instructions.push({ kind: "barrier", qubits: everything });
      for (let slot = 0; slot < n; slot++) instructions.push({ kind: "reset", qubit: ancillaOf(slot) });
      // The system waits for the resets in the rest code, where T1 is gain and loss.
      instructions.push({ kind: "barrier", qubits: everything });
    }
  };

  const turn = (slot: number, angle: number) => {
    for (const qubit of [2 * slot, 2 * slot + 1]) instructions.push({ kind: "rz", qubit, angle });
  };
  const exchange = (left: number, time: number) => {
    const first = roleAt[2 * left]! >> 1;
    const second = roleAt[2 * left + 2]! >> 1;
    const coupling = couplings[Math.min(first, second)]!;
    const phi = modulus(coupling) * time;
    const chi = first < second ? argument(coupling) : -argument(coupling);
    const p = 2 * left;
    if (chi !== 0) turn(left, -chi);
    if (n === 2) {
      instructions.push(
        ...exchangeAndSwap(p + 1, p + 2, phi),
        ...exchangeAndSwap(p, p + 1, phi),
        ...exchangeAndSwap(p + 2, p + 3, phi),
        ...exchangeAndSwap(p + 1, p + 2, phi),
      );
      const [w, x, y, z] = roleAt.slice(p, p + 4);
      roleAt.splice(p, 4, y!, z!, w!, x!);
      if (chi !== 0) turn(left + 1, chi);
      return;
    }
    const inner = exchangeAndSwap(p + 1, p + 2, phi / 2);
    const outer = [...exchangeAndSwap(p, p + 1, phi / 2), ...exchangeAndSwap(p + 2, p + 3, phi / 2)];
    instructions.push(...inner, ...outer, ...exchangeGate(p + 1, p + 2, phi), ...outer, ...inner);
    if (chi !== 0) turn(left, chi);
  };

  const hop = (step: number) => {
    for (let q = 0; q < row; q++) mark("collect", q);
    for (let slot = 0; slot < n; slot++) instructions.push(...restToTriplet(...rolesOf(slot)));
    const bonds = couplings.map((_, k) => k);
    for (const left of step % 2 === 1 && order === "strang" ? bonds.toReversed() : bonds) exchange(left, dt);
    for (let slot = 0; slot < n; slot++) instructions.push(...tripletToRest(...rolesOf(slot)));
    for (let q = 0; q < row; q++) mark("discard", q);
  };

  sites.forEach((_, i) => {
    instructions.push(...prepare(problem.preparations?.[i] ?? { kind: "middle" }, 2 * i, 2 * i + 1));
  });
  const dark = sites.every((_, i) => (problem.preparations?.[i]?.kind ?? "middle") === "middle");
  // Level 1 neither turns nor decays: a local step on it does nothing.
  if (order === "strang" && !dark) local(dt / 2);
  for (let step = 0; step < steps; step++) {
    hop(step);
    local(order === "strang" && step === steps - 1 ? dt / 2 : dt);
  }
  return {
    circuit: simplify({ qubits: total, bits: 0, instructions }),
    roles: Array.from({ length: row }, (_, role) => positionOf(role)),
    time: steps * dt,
    steps,
    excess,
  };
}
