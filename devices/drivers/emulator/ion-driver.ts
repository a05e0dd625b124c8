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
import type { Sequence } from "#ir/sequence";
import { findTarget } from "#protocols/targets/registry";
import type { IonProfile } from "../../ion-chain/schema.ts";
import { drawCounts, levelsOfCounts } from "./ion-counts.ts";
import { ionShotOf } from "./ion-shot.ts";
import { EmulatedIonTrap } from "./ion-trap.ts";
import { pointsOf, timelineOf } from "./timeline.ts";

/** Programs that reach a trap of ions. */
export const ionTargets: readonly string[] = ["artiq", "instruments"];

interface Job {
  readonly sequence: Sequence;
  readonly trap: EmulatedIonTrap;
  readonly seed: number;
  readonly points: readonly Point[];
  readonly total: number;
  fetched: number;
  state: JobStatus["state"];
}

/** Runs programs on emulated ions: reads the text, works out tones, lines and windows, simulates, draws photons. */
export class IonEmulatorDriver implements Driver {
  readonly #profile: IonProfile;
  readonly #description: DriverDescription;
  readonly #jobs = new Map<string, Job>();

  constructor(profile: IonProfile, description: DriverDescription) {
    this.#profile = profile;
    this.#description = description;
  }

  describe(): DriverDescription {
    return this.#description;
  }

  async connect(): Promise<void> {}

  async close(): Promise<void> {
    this.#jobs.clear();
  }

  async check(program: Program): Promise<Problem[]> {
    try {
      this.#read(program);
      return [];
    } catch (error) {
      if (error instanceof EntrainError) return [...error.problems];
      throw error;
    }
  }

  async dryRun(program: Program): Promise<DryRun> {
    const sequence = this.#read(program);
    const points = pointsOf(sequence);
    const first = timelineOf(sequence, points[0]!);
    return {
      points,
      shots: sequence.shots,
      shot_s: first.end / sequence.clock_hz,
      notes: [`${first.signals.length} signals a shot`],
    };
  }

  async snapshot(): Promise<Readonly<Record<string, unknown>>> {
    const { name, ions } = this.#profile;
    return { driver: this.#description.kind, device: name, sites: ions.groups.length };
  }

  async submit(program: Program, options: { seed: number; skip: ReadonlySet<string> }): Promise<string> {
    const sequence = this.#read(program);
    const all = pointsOf(sequence);
    const points = all.filter((point) => !options.skip.has(pointKey(point)));
    const id = `emulated-${this.#jobs.size + 1}`;
    this.#jobs.set(id, {
      sequence,
      trap: new EmulatedIonTrap(this.#profile, options.seed),
      seed: options.seed,
      points,
      total: all.length,
      fetched: all.length - points.length,
      state: "running",
    });
    return id;
  }

  async poll(id: string): Promise<JobStatus> {
    const { state, fetched, total } = this.#job(id);
    return { state, fetched, total };
  }

  async *fetch(id: string): AsyncIterable<MeasurementRecord> {
    const job = this.#job(id);
    const { trap, sequence } = job;
    const { shots, clock_hz, counting } = sequence;
    for (const point of job.points) {
      if (job.state === "cancelled") return;
      const shot = ionShotOf(this.#profile, timelineOf(sequence, point), clock_hz, trap.notes);
      const ready = trap.ready(shot);
      // A stream for each point: a resumed run draws the same shots.
      const random = createRandom(job.seed, `shots/${pointKey(point)}`);
      const levels = new Uint8Array(shots * trap.sites.length);
      for (let k = 0; k < shots; k++) {
        levels.set(levelsOfCounts(drawCounts(ready, random), counting![0]!), k * trap.sites.length);
      }
      job.fetched++;
      yield { point, shots, sites: trap.sites, levels: Buffer.from(levels).toString("base64") };
      // Lets timers and signals in between points.
      await new Promise((resolve) => setImmediate(resolve));
    }
    job.state = "done";
  }

  async cancel(id: string): Promise<void> {
    const job = this.#job(id);
    if (job.state === "running") job.state = "cancelled";
  }

  /** Remarks about a job's program, e.g. tones that reach nothing. */
  notes(id: string): string[] {
    return [...this.#job(id).trap.notes];
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

  #read(program: Program): Sequence {
    if (!ionTargets.includes(program.target)) {
      throw new EntrainError("driver.target", {
        path: "target",
        message: `emulated ions do not read programs for "${program.target}"`,
        found: program.target,
        expected: `one of ${ionTargets.join(", ")}`,
      });
    }
    const sequence = findTarget(program.target).parse(program.text);
    if (sequence.device !== this.#profile.name) {
      throw new EntrainError("program.device", {
        path: "device",
        message: "the program was compiled for another device",
        found: sequence.device,
        expected: this.#profile.name,
      });
    }
    if (sequence.counting?.length !== this.#profile.ions.groups.length) {
      throw new EntrainError("program.invalid", {
        path: "sites",
        message: "the program does not read every ion",
        found: sequence.counting?.length ?? 0,
        expected: `${this.#profile.ions.groups.length} ions`,
      });
    }
    return sequence;
  }
}
