import type { Circuit } from "../circuit/instructions.ts";
import { qubitsOf } from "../circuit/instructions.ts";
import { scheduleOf } from "../circuit/schedule.ts";
import type { Noise } from "../predict/noise.ts";

/**
 * For each damping event of a circuit, in order, the decay exponent Σ idle/T1 that its role suffers in the rest code
 * since its damping before: what T1 does already and the ancilla need not do again.
 *
 * @param noise - on the circuit's own qubits
 */
export function absorbedExponents(circuit: Circuit, noise: Noise): number[] {
  const idle = new Float64Array(circuit.qubits);
  const roles = new Map<number, number>();
  const events: number[] = [];
  for (const { instruction, idle_s } of scheduleOf(circuit, noise.timing).instructions) {
    if (instruction.kind !== "mark") {
      qubitsOf(instruction).forEach((q, k) => {
        idle[q]! += idle_s[k]!;
      });
      if (instruction.kind === "delay") idle[instruction.qubit]! += instruction.ticks * noise.timing.tick_s;
      continue;
    }
    const { qubit, role, action } = instruction;
    if (action !== "discard") {
      roles.set(role, (roles.get(role) ?? 0) + idle[qubit]! / noise.t1(qubit));
    }
    idle[qubit] = 0;
    if (action === "damp") {
      events.push(roles.get(role)!);
      roles.set(role, 0);
    }
  }
  return events;
}

/** Exponent left for the ancilla, γ·dt minus what T1 does; 0 where T1 does more (`short`). */
export function remainingExponent(wanted: number, absorbed: number): { exponent: number; short: number } {
  const exponent = wanted - absorbed;
  return exponent >= 0 ? { exponent, short: 0 } : { exponent: 0, short: -exponent };
}
