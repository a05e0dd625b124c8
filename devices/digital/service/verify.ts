import type { Problem } from "#core/errors";
import { type Circuit, countOf, type Instruction, qubitsOf } from "../circuit/instructions.ts";
import { type DigitalProfile, edgesByPair, pairKey } from "../profile.ts";
import { controlWeight, initialisationWeight, pythonKeywords, serviceLimits } from "./limits.ts";

/** Register into which emitted circuits measure. */
export const registerName = "c";

/**
 * Everything in a circuit that the device would refuse after queueing and charging for it: unknown instructions, pairs
 * without a gate, qubits and edges out of service, malformed registers, per-circuit limits. Empty when it may be sent.
 *
 * @param circuit - on the device's qubit numbers
 * @param register - name of the classical register
 * @source the service's rule that nothing is transpiled (error 1517), and `serviceLimits`
 */
export function verifyCircuit(circuit: Circuit, profile: DigitalProfile, register = registerName): Problem[] {
  const problems: Problem[] = [];
  const edges = edgesByPair(profile);
  const supported = new Set([...profile.instructions, "barrier"]);
  const written = new Set<number>();
  const done = new Set<number>();
  const report = (k: number, message: string, found: unknown, expected: string) =>
    problems.push({ path: `instructions[${k}]`, message, found, expected });
  const shown = (qubits: readonly number[]) => `(${qubits.join(", ")}${qubits.length === 1 ? "," : ""})`;

  circuit.instructions.forEach((instruction, k) => {
    if (instruction.kind === "mark") return;
    const qubits = qubitsOf(instruction);
    const { kind } = instruction;
    const outside = qubits.filter((q) => !(Number.isInteger(q) && q >= 0 && q < profile.sites.length));
    if (outside.length > 0) {
      report(
        k,
        `${profile.backend.name} has no qubit ${outside.join(", ")}`,
        outside,
        `0 to ${profile.sites.length - 1}`,
      );
      return;
    }
    const unsupported = () =>
      report(
        k,
        `the instruction ${kind} on qubits ${shown(qubits)} is not supported by the target system`,
        `${kind} ${qubits.join(" ")}`,
        `one of ${[...supported].join(", ")} on the coupling map`,
      );
    if (!supported.has(kind)) {
      unsupported();
      return;
    }
    for (const q of qubits) {
      if (kind === "barrier") continue;
      const { faults } = profile.sites[q]!;
      if (faults.length > 0)
        report(k, `qubit ${q} is out of service: ${faults.join(", ")}`, q, "a qubit in service");
      if (done.has(q)) {
        report(k, `${kind} on qubit ${q} after its measurement`, q, "measurements at the end of a circuit");
      }
    }
    verifyOperands(instruction, k);
  });

  function verifyOperands(instruction: Instruction, k: number) {
    switch (instruction.kind) {
      case "cz":
      case "ecr": {
        const [a, b] = instruction.qubits;
        const edge = edges.get(pairKey(a, b));
        const wrongWay = instruction.kind === "ecr" && edge !== undefined && edge.qubits[0] !== a;
        if (a === b || edge === undefined || wrongWay || instruction.kind !== profile.pair_gate) {
          report(
            k,
            `the instruction ${instruction.kind} on qubits (${a}, ${b}) is not supported by the target system`,
            `${a}, ${b}`,
            wrongWay ? `the direction ${b}, ${a}` : "an edge of the coupling map",
          );
        } else if (edge.faults.length > 0) {
          report(
            k,
            `edge ${a}-${b} is out of service: ${edge.faults.join(", ")}`,
            `${a}-${b}`,
            "an edge in service",
          );
        }
        return;
      }
      case "rz":
        if (!Number.isFinite(instruction.angle))
          report(k, "the angle is not finite", instruction.angle, "rad");
        return;
      case "delay":
        if (!Number.isInteger(instruction.ticks) || instruction.ticks < 0) {
          report(k, "a delay lasts a whole number of ticks", instruction.ticks, "an integer, at least 0");
        }
        return;
      case "reset":
        if (profile.sites[instruction.qubit]!.reset_s === null) {
          report(k, `qubit ${instruction.qubit} has no reset`, instruction.qubit, "a qubit with a reset");
        }
        return;
      case "measure": {
        const { bit } = instruction;
        if (!(Number.isInteger(bit) && bit >= 0 && bit < circuit.bits)) {
          report(k, `the register has no bit ${bit}`, bit, `0 to ${circuit.bits - 1}`);
        } else if (written.has(bit)) report(k, `bit ${bit} is written twice`, bit, "one measurement a bit");
        written.add(bit);
        done.add(instruction.qubit);
      }
    }
  }

  if (circuit.bits < 1) {
    problems.push({
      path: "bits",
      message: "a circuit without a register returns nothing",
      found: circuit.bits,
      expected: "at least 1",
    });
  } else if (written.size < circuit.bits) {
    problems.push({
      path: "bits",
      message: `${circuit.bits - written.size} bits of the register are never written`,
      found: written.size,
      expected: String(circuit.bits),
    });
  }
  if (!/^[A-Za-z_]\w*$/.test(register) || pythonKeywords.has(register)) {
    problems.push({
      path: "register",
      message: `"${register}" cannot name a register`,
      found: register,
      expected: "an identifier that is no Python keyword",
    });
  }
  const limit = (path: string, found: number, most: number) => {
    if (found > most) {
      problems.push({ path, message: `${found} ${path} in one circuit`, found, expected: `at most ${most}` });
    }
  };
  limit("rz gates", countOf(circuit, "rz"), serviceLimits.rotations);
  limit("sx and x gates", countOf(circuit, "sx") + countOf(circuit, "x"), serviceLimits.pulses);
  limit("two-qubit gates", countOf(circuit, "cz") + countOf(circuit, "ecr"), serviceLimits.pairGates);
  return problems;
}

/** Control instructions of a circuit on its busiest qubit, weighted as the service does. */
export function controlInstructions(circuit: Circuit): number {
  const load = new Float64Array(circuit.qubits);
  const used = new Set<number>();
  for (const instruction of circuit.instructions) {
    for (const q of qubitsOf(instruction)) {
      load[q]! += controlWeight[instruction.kind];
      used.add(q);
    }
  }
  for (const q of used) load[q]! += initialisationWeight;
  return load.reduce((most, value) => Math.max(most, value), 0);
}

/**
 * Limits of a whole job.
 *
 * @param texts - program of each circuit
 * @param seconds - predicted usage
 */
export function verifyJob(
  circuits: readonly Circuit[],
  texts: readonly string[],
  shots: number,
  seconds: number,
): Problem[] {
  const problems: Problem[] = [];
  const limit = (path: string, message: string, found: number, most: number) => {
    if (found > most) problems.push({ path, message, found, expected: `at most ${most}` });
  };
  if (!Number.isInteger(shots) || shots < 1) {
    problems.push({
      path: "shots",
      message: "a job needs shots",
      found: shots,
      expected: "an integer, at least 1",
    });
  }
  const executions = circuits.length * shots;
  limit("shots", `${executions} executions in one job`, executions, serviceLimits.executions);
  const control = circuits.reduce((sum, circuit) => sum + controlInstructions(circuit), 0);
  limit(
    "circuits",
    `${control} control instructions on one qubit`,
    control,
    serviceLimits.controlInstructions,
  );
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  limit("circuits", `${bytes} bytes of programs`, bytes, serviceLimits.inputBytes);
  limit("shots", `the job would run for ${Math.round(seconds)} s`, seconds, serviceLimits.jobSeconds);
  return problems;
}
