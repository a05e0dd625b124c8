import { EntrainError, type Problem } from "#core/errors";
import { createRandom } from "#core/random";
import {
  type Driver,
  type DriverDescription,
  type DryRun,
  type JobStatus,
  type Point,
  pointKey,
} from "#ir/driver";
import type { Program } from "#ir/program";
import type { Record as MeasurementRecord } from "#ir/record";
import { calibrationKinds, offsetNoise } from "../../digital/experiment/uncertainty.ts";
import type { Noise } from "../../digital/predict/noise.ts";
import { predictOutcomes } from "../../digital/predict/predict.ts";
import { sampleOutcomes } from "../../digital/predict/sample.ts";
import { type DigitalProfile, deviceNoise } from "../../digital/profile.ts";
import { verifyCircuit } from "../../digital/service/verify.ts";
import { StagedProgram } from "../circuits/staged-program.ts";

interface Job {
  readonly staged: StagedProgram;
  readonly noise: Noise;
  readonly seed: number;
  readonly skip: ReadonlySet<string>;
  fetched: number;
  state: JobStatus["state"];
}

export const circuitEmulatorDescription: DriverDescription = {
  kind: "emulator",
  title: "emulated gate-model machine, driven by the program's text",
  targets: ["openqasm3"],
  emulated: true,
  limits: [
    "Density matrix of the qubits a circuit uses, up to 10; gate errors are depolarising, waiting qubits relax with T1 and T2, resets and read-out have their assignment errors.",
    "The calibration is off by what the seed draws, within the plan's spread. No crosstalk, no coherent errors, no leakage out of the qubit.",
  ],
};

/** Runs programs of circuits on an emulated machine: reads the text, simulates every circuit, draws shots. */
export class CircuitEmulator implements Driver {
  readonly #profile: DigitalProfile;
  readonly #jobs = new Map<string, Job>();

  constructor(profile: DigitalProfile) {
    this.#profile = profile;
  }

  describe(): DriverDescription {
    return circuitEmulatorDescription;
  }

  async connect(): Promise<void> {}

  async close(): Promise<void> {
    this.#jobs.clear();
  }

  async check(program: Program): Promise<Problem[]> {
    try {
      const staged = this.#read(program);
      return staged.stages.flatMap((stage) =>
        staged.bound(stage, true).flatMap(({ point, circuit }) =>
          verifyCircuit(circuit, this.#profile).map((p) => ({
            ...p,
            path: `${pointKey(point)}: ${p.path}`,
          })),
        ),
      );
    } catch (error) {
      if (error instanceof EntrainError) return [...error.problems];
      throw error;
    }
  }

  async dryRun(program: Program): Promise<DryRun> {
    const staged = this.#read(program);
    const { circuits, head } = staged.program;
    return {
      points: staged.points,
      shots: head.shots,
      shot_s: Math.max(...circuits.map(({ duration_s }) => duration_s)),
      notes: [`${circuits.length} circuits in ${staged.stages.length} stages`],
    };
  }

  async snapshot(): Promise<Readonly<Record<string, unknown>>> {
    const { name, backend } = this.#profile;
    return { driver: circuitEmulatorDescription.kind, device: name, calibrated_at: backend.calibrated_at };
  }

  async submit(program: Program, options: { seed: number; skip: ReadonlySet<string> }): Promise<string> {
    const staged = this.#read(program);
    const random = createRandom(options.seed, "calibration");
    const offset = Object.fromEntries(calibrationKinds.map((kind) => [kind, random.normal()]));
    const id = `emulated-${this.#jobs.size + 1}`;
    this.#jobs.set(id, {
      staged,
      noise: offsetNoise(deviceNoise(this.#profile), offset),
      seed: options.seed,
      skip: options.skip,
      fetched: 0,
      state: "running",
    });
    return id;
  }

  async poll(id: string): Promise<JobStatus> {
    const { state, fetched, staged } = this.#job(id);
    return { state, fetched, total: staged.points.length };
  }

  async *fetch(id: string): AsyncIterable<MeasurementRecord> {
    const job = this.#job(id);
    const { staged, seed } = job;
    for (const stage of staged.stages) {
      for (const { point, circuit } of staged.bound(stage)) {
        if (job.state === "cancelled") return;
        const known = job.skip.has(pointKey(point));
        // What is on disk is simulated again only where a later stage needs it; a stream of its own gives the same bits.
        if (known && staged.program.head.feed === null) continue;
        const record = this.#run(job, point, circuit, seed);
        job.fetched++;
        if (!known) yield record;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    job.state = "done";
  }

  async cancel(id: string): Promise<void> {
    const job = this.#job(id);
    if (job.state === "running") job.state = "cancelled";
  }

  #run(
    { staged, noise }: Job,
    point: Point,
    circuit: Parameters<typeof predictOutcomes>[0],
    seed: number,
  ): MeasurementRecord {
    const random = createRandom(seed, `shots/${pointKey(point)}`);
    const bits = sampleOutcomes(predictOutcomes(circuit, noise), staged.program.head.shots, random);
    return staged.note(point, bits);
  }

  #job(id: string): Job {
    const job = this.#jobs.get(id);
    if (job) return job;
    throw new EntrainError("driver.unknown_job", {
      path: "job",
      message: `there is no job "${id}"`,
      found: id,
    });
  }

  #read(program: Program): StagedProgram {
    const staged = new StagedProgram(program);
    const { device } = staged.program.head;
    if (device === this.#profile.name) return staged;
    throw new EntrainError("program.device", {
      path: "device",
      message: "the program was compiled for another device",
      found: device,
      expected: this.#profile.name,
    });
  }
}
