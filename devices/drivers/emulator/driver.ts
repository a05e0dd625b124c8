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
import { exactSites } from "#simulators/index";
import type { TransmonProfile } from "../../transmon/schema.ts";
import { drawLevels, spreadNormals } from "./draw-levels.ts";
import { ionTargets } from "./ion-driver.ts";
import { pointsOf, timelineOf } from "./timeline.ts";
import { EmulatedTransmonArray } from "./transmon.ts";

interface Job {
  readonly sequence: Sequence;
  /** One for each batch of shots: frequencies wander between them. */
  readonly arrays: readonly EmulatedTransmonArray[];
  readonly seed: number;
  readonly points: readonly Point[];
  readonly total: number;
  fetched: number;
  state: JobStatus["state"];
}

const transmonTargets = ["openpulse", "qblox-q1asm"];

export const emulatorDescription: DriverDescription = {
  kind: "emulator",
  title: "emulated transmon array or line of trapped ions, driven by the program's text",
  targets: [...transmonTargets, ...ionTargets],
  emulated: true,
  limits: [
    `Arrays of more than ${exactSites} sites are simulated in product states (mean field on the device's graph), without correlations between sites; smaller ones by their master equation. Three levels a site.`,
    "Read-out is the profile's assignment matrix; pulses address one transition each.",
    "Ions: gain and loss are effective rates of every line at its detuning, without memory; three levels; the trap's voltages follow their lines at once.",
    "Reservoirs are flat over the coupling's bandwidth; charge jumps enter through T2 only. Residual exchange, rise of the lines, cross-talk and wander of the frequencies as the profile states them, none where it does not.",
  ],
};

/** Batches of shots between which frequencies wander. */
const batches = 32;

/** The device as it is in every batch of shots: once for all where nothing wanders. */
function specimens(profile: TransmonProfile, sequence: Sequence, seed: number): EmulatedTransmonArray[] {
  const wander_hz = profile.assumptions.frequency_wander_hz?.value ?? 0;
  if (wander_hz === 0) return [new EmulatedTransmonArray(profile, sequence, seed)];
  const count = Math.min(batches, sequence.shots);
  const bySite = profile.sites.map(({ id }) => spreadNormals(count, createRandom(seed, `wander/${id}`)));
  return Array.from({ length: count }, (_, batch) => {
    const offsets = bySite.map((values) => wander_hz * values[batch]!);
    return new EmulatedTransmonArray(profile, sequence, seed, offsets);
  });
}

/** Runs programs on an emulated device: reads the text, works out the signals, simulates, draws shots. */
export class EmulatorDriver implements Driver {
  readonly #profile: TransmonProfile;
  readonly #jobs = new Map<string, Job>();

  constructor(profile: TransmonProfile) {
    this.#profile = profile;
  }

  describe(): DriverDescription {
    return emulatorDescription;
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
    const first = timelineOf(sequence, points[0] ?? {});
    return {
      points,
      shots: sequence.shots,
      shot_s: first.end / sequence.clock_hz,
      notes: [`${first.signals.length} signals on ${sequence.ports.length} ports a shot`],
    };
  }

  async snapshot(): Promise<Readonly<Record<string, unknown>>> {
    return {
      driver: emulatorDescription.kind,
      device: this.#profile.name,
      sites: this.#profile.sites.length,
    };
  }

  async submit(program: Program, options: { seed: number; skip: ReadonlySet<string> }): Promise<string> {
    const sequence = this.#read(program);
    const all = pointsOf(sequence);
    const id = `emulated-${this.#jobs.size + 1}`;
    this.#jobs.set(id, {
      sequence,
      arrays: specimens(this.#profile, sequence, options.seed),
      seed: options.seed,
      points: all.filter((point) => !options.skip.has(pointKey(point))),
      total: all.length,
      fetched: all.length - all.filter((point) => !options.skip.has(pointKey(point))).length,
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
    const sites = this.#profile.sites.map((site) => site.id);
    for (const point of job.points) {
      if (job.state === "cancelled") return;
      const timeline = timelineOf(job.sequence, point);
      const { groups } = job.arrays[0]!;
      const probabilities = job.arrays.map((array) => array.probabilities(timeline));
      const missing = groups.flatMap((group, g) =>
        probabilities[0]![g] === null ? group.map((s) => sites[s]!) : [],
      );
      if (missing.length > 0) {
        job.state = "failed";
        throw new EntrainError(
          "emulator.not_captured",
          {
            path: "program",
            message: `the program never captures ${missing.join(", ")}`,
            found: `${sites.length - missing.length} captures`,
            expected: `${sites.length} captures`,
          },
          { kind: "device" },
        );
      }
      // A stream for each point: a resumed run draws the same shots.
      const random = createRandom(job.seed, `shots/${pointKey(point)}`);
      const { shots } = job.sequence;
      const levels = Buffer.concat(
        probabilities.map((batch, k) => {
          const [first, next] = [k, k + 1].map((b) => Math.floor((b * shots) / probabilities.length));
          return drawLevels(batch as number[][], groups, next! - first!, random);
        }),
      );
      job.fetched++;
      yield { point, shots, sites, levels: levels.toString("base64") };
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
    return [...new Set(this.#job(id).arrays.flatMap(({ notes }) => [...notes]))];
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
    if (!transmonTargets.includes(program.target)) {
      throw new EntrainError("driver.target", {
        path: "target",
        message: `the emulator does not read programs for "${program.target}"`,
        found: program.target,
        expected: `one of ${transmonTargets.join(", ")}`,
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
    new EmulatedTransmonArray(this.#profile, sequence, 0);
    return sequence;
  }
}
