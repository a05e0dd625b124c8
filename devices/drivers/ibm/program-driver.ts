import { EntrainError, type Problem } from "#core/errors";
import { type Driver, type DriverDescription, type DryRun, type JobStatus, pointKey } from "#ir/driver";
import type { Program } from "#ir/program";
import type { Record as MeasurementRecord } from "#ir/record";
import type { DigitalProfile } from "../../digital/profile.ts";
import { emitQasm } from "../../digital/qasm/emit.ts";
import { registerName, verifyCircuit } from "../../digital/service/verify.ts";
import { StagedProgram } from "../circuits/staged-program.ts";
import type { CircuitBatchInput } from "./circuits.ts";
import type { IbmClient } from "./client.ts";
import { type CostQuestion, IbmDriver, ibmDescription } from "./driver.ts";
import type { Journal } from "./journal.ts";
import type { Patience } from "./patience.ts";
import type { OnProgress } from "./progress.ts";

/** A journal that is kept open for one run. */
export type RunJournal = Journal & { close(): void };

/** What of the outside a run on the service needs. */
export interface IbmServices {
  readonly client: IbmClient;
  /** Of the run; opened when something is about to be submitted. */
  openJournal(): RunJournal;
  /** Asked once for all jobs of a run. */
  confirm(question: ProgramCost): Promise<boolean>;
  readonly onProgress?: OnProgress;
  /** Stops waiting; what was submitted goes on at the service. */
  readonly signal?: AbortSignal;
  readonly patience?: Patience;
}

/** A cost question about all jobs of a program. */
export interface ProgramCost extends CostQuestion {
  readonly jobs: number;
}

/** For what is asked before anything is submitted. */
const emptyJournal: Journal = {
  entries: () => [],
  append: () => {},
  keep: () => {},
  read: () => null,
};

interface Job {
  readonly staged: StagedProgram;
  readonly skip: ReadonlySet<string>;
  readonly run: string;
  readonly driver: IbmDriver;
  readonly journal: RunJournal;
  fetched: number;
  state: JobStatus["state"];
}

/**
 * Runs programs of circuits on IBM Quantum: every stage one job, under a key made of the run's name and the stage, so
 * that a run that is resumed takes over what was submitted before it died.
 */
export class IbmProgramDriver implements Driver {
  readonly #services: IbmServices;
  readonly #profile: DigitalProfile;
  readonly #asking: IbmDriver;
  #job: Job | undefined;

  constructor(profile: DigitalProfile, services: IbmServices) {
    this.#profile = profile;
    this.#services = services;
    this.#asking = this.#driverOn(emptyJournal);
  }

  #driverOn(journal: Journal): IbmDriver {
    const { client, onProgress, patience } = this.#services;
    return new IbmDriver({
      client,
      journal,
      // The whole program was confirmed before its first job.
      confirm: async () => true,
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(patience === undefined ? {} : { patience }),
    });
  }

  describe(): DriverDescription {
    return ibmDescription;
  }

  connect(): Promise<void> {
    return this.#asking.connect();
  }

  async close(): Promise<void> {
    this.#job?.journal.close();
    this.#job = undefined;
    await this.#asking.close();
  }

  /**
   * What the device would refuse, as the profile says.
   *
   * @throws EntrainError with the code of what the service itself says today: `ibm.unknown_backend`, `ibm.no_reset`,
   * `ibm.program_too_large` …
   */
  async check(program: Program): Promise<Problem[]> {
    const staged = new StagedProgram(program);
    const problems: Problem[] = [];
    for (const stage of staged.stages) {
      for (const { point, circuit } of staged.bound(stage, true)) {
        for (const p of verifyCircuit(circuit, this.#profile)) {
          problems.push({ ...p, path: `${pointKey(point)}: ${p.path}` });
        }
      }
    }
    if (problems.length > 0) return problems;
    for (const stage of staged.stages) await this.#asking.requireAcceptable(batchOf(staged, stage, true));
    await this.#compareCalibrations();
    return [];
  }

  /** Tells when the device was calibrated again since its profile was made: layout and prediction are those of then. */
  async #compareCalibrations(): Promise<void> {
    const { name, calibrated_at } = this.#profile.backend;
    const { last_update_date } = await this.#services.client.properties(name);
    const newer_ms = Date.parse(last_update_date) - Date.parse(calibrated_at);
    if (!(newer_ms > 0)) return;
    this.#services.onProgress?.({
      kind: "warning",
      message: `${name} was calibrated at ${last_update_date}, the plan is made for its calibration of ${calibrated_at}. For a prediction of today's device: entrain devices import ibm-live ${name}`,
    });
  }

  async dryRun(program: Program): Promise<DryRun> {
    const staged = new StagedProgram(program);
    const { circuits, head } = staged.program;
    const cost = await this.cost(staged);
    return {
      points: staged.points,
      shots: head.shots,
      shot_s: Math.max(...circuits.map(({ duration_s }) => duration_s)),
      notes: [
        `${circuits.length} circuits in ${cost.jobs} jobs, ${cost.estimate.seconds.toFixed(1)} s of usage`,
      ],
    };
  }

  /** Cost of all stages together, beside what is left and how long the queue is. */
  async cost(staged: StagedProgram): Promise<ProgramCost> {
    const batches = staged.stages.map((stage) => batchOf(staged, stage, true));
    const first = await this.#asking.dryRun(batches[0]!);
    let { estimate } = first;
    for (const batch of batches.slice(1)) {
      const { seconds, executions, from_durations } = (await this.#asking.dryRun(batch)).estimate;
      estimate = {
        seconds: estimate.seconds + seconds,
        executions: estimate.executions + executions,
        from_durations: estimate.from_durations && from_durations,
      };
    }
    const { backend, limit_s, remaining_s, queue_length, wait_s } = first;
    return { backend, estimate, limit_s, remaining_s, queue_length, wait_s, jobs: batches.length };
  }

  snapshot(): Promise<Readonly<Record<string, unknown>>> {
    return this.#asking.snapshot(this.#profile.backend.name);
  }

  /**
   * Asks for the cost of the whole program unless something of this run was submitted before.
   *
   * @throws EntrainError `ibm.too_expensive`, `ibm.not_confirmed`
   */
  async submit(
    program: Program,
    options: { seed: number; skip: ReadonlySet<string>; run?: string },
  ): Promise<string> {
    const staged = new StagedProgram(program);
    const journal = this.#services.openJournal();
    const driver = this.#driverOn(journal);
    this.#job = {
      staged,
      skip: options.skip,
      run: options.run ?? "run",
      driver,
      journal,
      fetched: 0,
      state: "running",
    };
    if (driver.submissions.list().every(({ refused }) => refused !== null)) {
      await this.#agree(await this.cost(staged));
    }
    return this.#job.run;
  }

  async #agree(cost: ProgramCost): Promise<void> {
    const { estimate, remaining_s } = cost;
    if (remaining_s !== null && remaining_s < estimate.seconds) {
      throw new EntrainError(
        "ibm.too_expensive",
        {
          path: "instance",
          message: "the instance has less time left than this run needs; nothing was submitted",
          found: `${remaining_s} s left`,
          expected: `at least ${estimate.seconds.toFixed(1)} s`,
          hint: "Take fewer shots, points or steps, wait for the next usage period, or use another instance.",
        },
        { kind: "infeasible" },
      );
    }
    if (await this.#services.confirm(cost)) return;
    throw new EntrainError("ibm.not_confirmed", {
      path: "cost",
      message: "the cost was not confirmed; nothing was submitted",
      found: `${estimate.seconds.toFixed(1)} s`,
      expected: "a yes, or --yes",
    });
  }

  async poll(_job: string): Promise<JobStatus> {
    const { state, fetched, staged } = this.#known();
    return { state, fetched, total: staged.points.length };
  }

  async *fetch(_job: string): AsyncIterable<MeasurementRecord> {
    const job = this.#known();
    const { staged, driver, skip, run } = job;
    const { signal } = this.#services;
    for (const stage of staged.stages) {
      const points = staged.circuitsOf(stage).map(({ point }) => point);
      const known = points.every((point) => skip.has(pointKey(point)));
      if (known && staged.program.head.feed === null) continue;
      const results = await this.#awaited(async () => {
        const tag = await driver.submit(batchOf(staged, stage), {
          key: `${run}/stage-${stage}`,
          ...(signal === undefined ? {} : { signal }),
        });
        const all = [];
        for await (const result of driver.fetch(tag, signal)) all.push(result);
        return all;
      });
      for (const [k, { registers }] of results.entries()) {
        const point = points[k]!;
        const record = staged.note(point, registers[registerName]!.bits);
        job.fetched++;
        if (!skip.has(pointKey(point))) yield record;
      }
    }
    job.state = "done";
  }

  /** A person who stops waiting has not lost the job. */
  async #awaited<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (this.#services.signal?.aborted !== true) throw error;
      throw new EntrainError(
        "run.interrupted",
        {
          path: "job",
          message: "stopped waiting; what was submitted goes on at the service",
          hint: "Continue with entrain run --resume RUN, or cancel with entrain cancel RUN.",
        },
        { kind: "device", retryable: true, cause: error },
      );
    }
  }

  /** Cancels what is still queued or running. */
  async cancel(_job: string): Promise<void> {
    const job = this.#known();
    for (const { tag } of job.driver.pending()) await job.driver.cancel(tag);
    job.state = "cancelled";
  }

  /** What was submitted outlives whoever waits for it; the signal of the services ends the waiting. */
  async leave(): Promise<void> {}

  #known(): Job {
    if (this.#job !== undefined) return this.#job;
    throw new EntrainError("driver.unknown_job", { path: "job", message: "nothing was submitted" });
  }
}

function batchOf(staged: StagedProgram, stage: number, unknown = false): CircuitBatchInput {
  const { backend, shots } = staged.program.head;
  return {
    backend,
    shots,
    circuits: staged.bound(stage, unknown).map(({ point, duration_s, circuit }) => ({
      name: pointKey(point),
      qasm: emitQasm(circuit),
      duration_s,
    })),
  };
}

/** Cancels what a run has at the service. @returns how many jobs were cancelled, and how many had ended before */
export async function cancelSubmissions(
  client: IbmClient,
  journal: Journal,
  onProgress?: OnProgress,
): Promise<{ readonly cancelled: number; readonly ended: number }> {
  const driver = new IbmDriver({
    client,
    journal,
    confirm: async () => false,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  let cancelled = 0;
  let ended = 0;
  for (const submission of driver.pending()) {
    const state = submission.ended?.state ?? (await driver.cancel(submission.tag));
    if (state === "Cancelled") cancelled++;
    else ended++;
  }
  return { cancelled, ended };
}
