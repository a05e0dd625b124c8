import type { Complex } from "#core/complex";
import { EntrainError, type Problem } from "#core/errors";
import type { CircuitProgram, ProgramCircuit } from "#ir/circuits";
import { type Point, pointKey } from "#ir/driver";
import type { Program } from "#ir/program";
import type { Record as MeasurementRecord } from "#ir/record";
import { parseCircuits } from "#protocols/targets/openqasm3/program";
import { bindInputs, type Circuit } from "../../digital/circuit/instructions.ts";
import { fieldsOf, inputValues, raisingFrom } from "../../digital/experiment/feed-forward.ts";
import { parseQasm } from "../../digital/qasm/parse.ts";

/** Circuits of a stage, their parameters filled in. */
export interface BoundCircuit {
  readonly point: Point;
  readonly duration_s: number;
  readonly circuit: Circuit;
}

const targetKind = "openqasm3";

/**
 * A program of circuits, stage by stage: what a stage needs of those before it is worked out from their bits as the
 * program itself says. Nothing but its text is known.
 */
export class StagedProgram {
  readonly program: CircuitProgram;
  readonly stages: readonly number[];
  readonly #circuits: ReadonlyMap<string, Circuit>;
  /** Relative frequencies by point. */
  readonly #frequencies = new Map<string, number[]>();

  /** @throws EntrainError `driver.target`, `program.syntax`, `program.point` */
  constructor(program: Program) {
    if (program.target !== targetKind) {
      throw new EntrainError("driver.target", {
        path: "target",
        message: `this device runs circuits, not programs for "${program.target}"`,
        found: program.target,
        expected: targetKind,
      });
    }
    this.program = parseCircuits(program.text);
    const problems: Problem[] = [];
    const circuits = new Map<string, Circuit>();
    for (const { point, qasm } of this.program.circuits) {
      const key = pointKey(point);
      if (circuits.has(key)) problems.push({ path: key, message: "two circuits for one point", found: key });
      try {
        circuits.set(key, parseQasm(qasm).circuit);
      } catch (error) {
        if (!(error instanceof EntrainError)) throw error;
        problems.push(...error.problems.map((p) => ({ ...p, path: `${key}: ${p.path}` })));
      }
    }
    const bits = this.program.head.bits.length;
    for (const [key, circuit] of circuits) {
      if (circuit.bits === bits) continue;
      problems.push({
        path: key,
        message: "the register is not the one that the program announces",
        found: circuit.bits,
        expected: String(bits),
      });
    }
    if (problems.length > 0) throw new EntrainError("program.syntax", problems);
    this.#circuits = circuits;
    this.stages = [...new Set(this.program.circuits.map(({ stage }) => stage))].toSorted((a, b) => a - b);
  }

  get points(): Point[] {
    return this.program.circuits.map(({ point }) => point);
  }

  circuitsOf(stage: number): readonly ProgramCircuit[] {
    return this.program.circuits.filter((circuit) => circuit.stage === stage);
  }

  /** @param unknown - values to use where a stage before has not been measured: for checks and estimates */
  bound(stage: number, unknown = false): BoundCircuit[] {
    return this.circuitsOf(stage).map(({ point, duration_s }) => {
      const circuit = this.#circuits.get(pointKey(point))!;
      const values = unknown ? this.#zeros(circuit) : this.#valuesAt(point);
      return { point, duration_s, circuit: bindInputs(circuit, values) };
    });
  }

  /** Takes the bits of a circuit, shot by shot, and gives the record of its point. */
  note(point: Point, bits: Uint8Array): MeasurementRecord {
    const { head } = this.program;
    const count = head.bits.length;
    const shots = bits.length / count;
    const frequencies = new Array<number>(2 ** count).fill(0);
    for (let shot = 0; shot < shots; shot++) {
      let outcome = 0;
      for (let k = 0; k < count; k++) outcome = 2 * outcome + bits[shot * count + k]!;
      frequencies[outcome]! += 1 / shots;
    }
    this.#frequencies.set(pointKey(point), frequencies);
    return {
      point: { ...point },
      shots,
      sites: [...head.bits],
      levels: Buffer.from(bits).toString("base64"),
    };
  }

  #zeros(circuit: Circuit): Record<string, number> {
    return Object.fromEntries(
      circuit.instructions.flatMap((i) => (i.kind === "rz" && i.input !== undefined ? [[i.input, 0]] : [])),
    );
  }

  #valuesAt(point: Point): Record<string, number> {
    const { feed } = this.program.head;
    if (feed === null) return {};
    const loop = feed.loops.find(({ point: of }) =>
      Object.entries(of).every(([axis, k]) => point[axis] === k),
    );
    const steps = point[feed.axis];
    if (loop === undefined || steps === undefined) {
      throw new EntrainError("program.feed", {
        path: pointKey(point),
        message: "the program does not say what is fed forward to this circuit",
        found: pointKey(point),
        expected: `one of ${feed.loops.length} loops, and an index of ${feed.axis}`,
      });
    }
    const raising: Complex[] = [loop.start];
    for (let k = 0; k < steps; k++) raising.push(this.#raisingAt({ ...loop.point, [feed.axis]: k }));
    return inputValues(fieldsOf(loop.coupling, raising), feed.time_step);
  }

  #raisingAt(point: Point): Complex {
    const { head } = this.program;
    const { raising } = head.feed!;
    const settings = [...raising.re, ...raising.im].map(({ setting }) => setting);
    const frequencies = Array.from({ length: Math.max(...settings) + 1 }, (_, setting): number[] => {
      const found = this.#frequencies.get(pointKey({ ...point, setting }));
      if (found !== undefined || !settings.includes(setting)) return found ?? [];
      throw new EntrainError("program.feed", {
        path: pointKey({ ...point, setting }),
        message: "a circuit needs what this one measures, and it has not been run before it",
        found: "no outcome",
        expected: "an earlier stage",
      });
    });
    return raisingFrom(head, raising, frequencies);
  }
}
