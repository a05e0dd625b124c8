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
import { type InstrumentProgram, readInstrumentProgram } from "#protocols/targets/instruments/program";
import type { IonProfile } from "../../ion-chain/schema.ts";
import { levelsOfCounts } from "../emulator/ion-counts.ts";
import type { LoadedChain } from "../instrument/trigger-chain.ts";
import { laboratoryOf, type SerialLaboratory } from "./laboratory.ts";

export const serialDescription: DriverDescription = {
  kind: "serial",
  title: "PrawnBlaster, PrawnDO and DDS-sweeper on serial ports, one trigger line",
  targets: ["instruments"],
  emulated: false,
  limits: [
    "`control.boards` of the profile says where the boards are; `emulated` are three in memory with emulated ions at their outputs.",
    "Emulated boards run once a point: what comes out of them is the same in every shot, and photons are drawn from it.",
    "Boards at real ports are identified, loaded, checked and made safe; measuring with them needs a photon counter, and none has a driver.",
    "Outputs beyond the profile's lines and tones outside their bands are refused before anything is sent.",
  ],
};

interface Job {
  readonly program: InstrumentProgram;
  readonly seed: number;
  readonly points: readonly InstrumentProgram["points"][number][];
  fetched: number;
  state: JobStatus["state"];
}

/** Loads a program's tables into the three boards, point by point, runs them, and reads the photon counters. */
export class SerialDriver implements Driver {
  readonly #profile: IonProfile;
  readonly #laboratory: SerialLaboratory;
  readonly #jobs = new Map<string, Job>();
  #connected = false;

  constructor(profile: IonProfile, laboratory: SerialLaboratory = laboratoryOf(profile)) {
    this.#profile = profile;
    this.#laboratory = laboratory;
  }

  describe(): DriverDescription {
    return { ...serialDescription, emulated: this.#laboratory.emulated };
  }

  /** Opens, identifies and makes safe all three. */
  async connect(): Promise<void> {
    await this.#laboratory.chain.connect();
    this.#connected = true;
  }

  /** Leaves all outputs off. @throws EntrainError `device.unsafe` when that could not be verified */
  async close(): Promise<void> {
    this.#jobs.clear();
    try {
      if (this.#connected) await this.#laboratory.chain.close();
    } finally {
      this.#connected = false;
      await this.#laboratory.release();
    }
  }

  async check(program: Program): Promise<Problem[]> {
    try {
      const read = this.#read(program);
      return read.points.flatMap((point, p) =>
        this.#laboratory.chain
          .check(loaded(read, point))
          .map((problem) => ({ ...problem, path: `points[${p}].${problem.path}` })),
      );
    } catch (error) {
      if (error instanceof EntrainError) return [...error.problems];
      throw error;
    }
  }

  async dryRun(program: Program): Promise<DryRun> {
    const { points, shots } = this.#read(program);
    const rows = Math.max(...points.map(({ tones }) => tones.length));
    return {
      points: points.map(({ at }) => at),
      shots,
      shot_s: Math.max(...points.map(({ duration_s }) => duration_s)),
      notes: [`up to ${rows} updates of tones a shot`],
    };
  }

  async snapshot(): Promise<Readonly<Record<string, unknown>>> {
    return {
      driver: serialDescription.kind,
      device: this.#profile.name,
      ...(await this.#laboratory.snapshot()),
    };
  }

  async submit(program: Program, options: { seed: number; skip: ReadonlySet<string> }): Promise<string> {
    const problems = await this.check(program);
    if (problems.length > 0) throw new EntrainError("instrument.limit", problems);
    this.#laboratory.prepare(options.seed);
    const read = this.#read(program);
    const points = read.points.filter(({ at }) => !options.skip.has(pointKey(at)));
    const id = `serial-${this.#jobs.size + 1}`;
    const fetched = read.points.length - points.length;
    this.#jobs.set(id, { program: read, seed: options.seed, points, fetched, state: "running" });
    return id;
  }

  async poll(id: string): Promise<JobStatus> {
    const { state, fetched, program } = this.#job(id);
    return { state, fetched, total: program.points.length };
  }

  async *fetch(id: string): AsyncIterable<MeasurementRecord> {
    const job = this.#job(id);
    const { program } = job;
    const { chain } = this.#laboratory;
    const sites = program.sites.map((site) => site.id);
    for (const point of job.points) {
      if (job.state === "cancelled") return;
      const tables = loaded(program, point);
      try {
        await chain.upload(tables);
        await chain.run(tables);
      } catch (error) {
        // A cancelled run is interrupted at its boards.
        if (this.#job(id).state === "cancelled") return;
        job.state = "failed";
        throw error;
      }
      const at: Point = point.at;
      const random = createRandom(job.seed, `shots/${pointKey(at)}`);
      const counts = this.#laboratory.counts(program, program.shots, random);
      const levels = new Uint8Array(program.shots * sites.length);
      counts.forEach((shot, k) => {
        levels.set(levelsOfCounts(shot, program.sites[0]!), k * sites.length);
      });
      job.fetched++;
      yield { point: { ...at }, shots: program.shots, sites, levels: Buffer.from(levels).toString("base64") };
    }
    job.state = "done";
  }

  /** Ends the job and makes the boards safe; returns only when they have confirmed it. */
  async cancel(id: string): Promise<void> {
    const job = this.#job(id);
    if (job.state !== "running") return;
    job.state = "cancelled";
    await this.#laboratory.chain.makeSafe();
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

  #read(program: Program): InstrumentProgram {
    if (!serialDescription.targets.includes(program.target)) {
      throw new EntrainError("driver.target", {
        path: "target",
        message: `the boards do not read programs for "${program.target}"`,
        found: program.target,
        expected: serialDescription.targets.join(", "),
      });
    }
    const read = readInstrumentProgram(program.text);
    if (read.device !== this.#profile.name) {
      throw new EntrainError("program.device", {
        path: "device",
        message: "the program was compiled for another device",
        found: read.device,
        expected: this.#profile.name,
      });
    }
    return read;
  }
}

function loaded({ setup }: InstrumentProgram, point: InstrumentProgram["points"][number]): LoadedChain {
  return {
    setup,
    duration_s: point.duration_s,
    pulses: point.pulses.map(([half, reps]) => ({ half, reps })),
    words: point.words.map(([word, cycles]) => ({ word, cycles })),
    tones: {
      channels: point.tones[0]?.length ?? 0,
      rows: point.tones.map((row) => ({ channels: row.map(([ftw, asf, pow]) => ({ ftw, asf, pow })) })),
    },
  };
}
