import { randomUUID } from "node:crypto";
import { z } from "zod";
import { EntrainError, type Problem } from "#core/errors";
import { parseWith } from "#core/schema";
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
import { type ArtiqProgram, artiqFiles, readArtiqProgram } from "#protocols/targets/artiq/emit";
import { experimentClass } from "#protocols/targets/artiq/experiment";
import { ArtiqMaster } from "./master.ts";
import { valuesOf } from "./pyon/numpy.ts";
import { fromJson, isTagged, type Pyon } from "./pyon/values.ts";

export const artiqDescription: DriverDescription = {
  kind: "artiq",
  title: "An ARTIQ master, release 9 or later",
  targets: ["artiq"],
  limits: [
    "Knows of a run what the master broadcasts: log lines sent while the connection was lost are missing.",
    "TLS is not spoken; use a tunnel.",
  ],
  emulated: false,
};

const port = z.int().min(1).max(65_535);

export const artiqOptionsSchema = z.strictObject({
  host: z.string().default("::1"),
  notify_port: port.default(3250),
  control_port: port.default(3251),
  broadcast_port: port.default(1067),
  pipeline: z.string().default("main"),
  priority: z.int().default(0),
  answer_ms: z.int().min(1).default(10_000),
  retry_ms: z.int().min(1).default(100),
  /** From asking a run to end to deleting it, and from deleting it to giving up, ms. */
  grace_ms: z.int().min(1).default(10_000),
  /** Wait for the log and the datasets once a run has left the schedule, ms. */
  settle_ms: z.int().min(1).default(1000),
  /** Outputs that may be used, with the largest amplitude of those that have one. */
  allowed: z.record(z.string(), z.number().min(0).max(1)),
});
export type ArtiqOptions = z.output<typeof artiqOptionsSchema>;

interface Job {
  readonly rid: number;
  readonly token: string;
  readonly program: ArtiqProgram;
  readonly text: Program;
  readonly wanted: readonly number[];
  readonly fetched: Set<number>;
  cancelling: boolean;
  outcome: { state: JobStatus["state"]; problem?: EntrainError } | null;
}

/**
 * Runs programs on an ARTIQ master: submits the experiment by content, follows it by RID, and takes counts from the
 * live datasets as points are finished. Counts that have been handed out are not handed out again after a lost
 * connection, and those that came meanwhile are in the full copy that a new one starts with.
 */
export class ArtiqDriver implements Driver {
  readonly #options: ArtiqOptions;
  readonly #master: ArtiqMaster;
  readonly #jobs = new Map<string, Job>();

  /** @throws EntrainError `input.invalid` */
  constructor(options: unknown) {
    this.#options = parseWith(artiqOptionsSchema, options, "input.invalid");
    this.#master = new ArtiqMaster(this.#options);
  }

  describe(): DriverDescription {
    return artiqDescription;
  }

  connect(): Promise<void> {
    return this.#master.connect();
  }

  /** Ends what still runs, as `cancel` does. */
  async close(): Promise<void> {
    try {
      for (const [name, job] of this.#jobs) if (job.outcome === null) await this.cancel(name);
    } finally {
      this.#master.close();
    }
  }

  async check(program: Program): Promise<Problem[]> {
    return this.#problems(readArtiqProgram(program.text));
  }

  async dryRun(program: Program): Promise<DryRun> {
    const { points, shots, ticks_per_s } = readArtiqProgram(program.text);
    const longest = Math.max(...points.map(({ slack_mu, duration_mu }) => slack_mu + duration_mu));
    return {
      points: points.map(({ at }) => at),
      shots,
      shot_s: longest / ticks_per_s,
      notes: ["The shot includes the slack that keeps the processor ahead; compiling a point takes longer."],
    };
  }

  async snapshot(): Promise<Readonly<Record<string, unknown>>> {
    const { host, control_port, pipeline, priority } = this.#options;
    return { host, control_port, pipeline, priority };
  }

  /** The seed is of no use to a real machine. */
  async submit(
    program: Program,
    { skip }: { readonly seed: number; readonly skip: ReadonlySet<string> },
  ): Promise<string> {
    const data = readArtiqProgram(program.text);
    const problems = this.#problems(data);
    if (problems.length > 0) throw new EntrainError("driver.refused", problems);
    const wanted = data.points.flatMap(({ at }, p) => (skip.has(pointKey(at)) ? [] : [p]));
    const done = data.points.flatMap((_, p) => (wanted.includes(p) ? [] : [p]));
    const token = randomUUID().replaceAll("-", "");
    const rid = await this.#send(program, { token, mode: "run", skip: done }, this.#options.priority);
    this.#jobs.set(String(rid), {
      rid,
      token,
      program: data,
      text: program,
      wanted,
      fetched: new Set(),
      cancelling: false,
      outcome: null,
    });
    return String(rid);
  }

  async poll(job: string): Promise<JobStatus> {
    const found = this.#job(job);
    await this.#settle(found);
    return {
      state: found.outcome?.state ?? "running",
      fetched: found.fetched.size,
      total: found.wanted.length,
    };
  }

  /**
   * Records in the order in which points are finished.
   *
   * @throws EntrainError `artiq.run-failed` with the text of the log, once all that was measured has been handed out
   */
  async *fetch(job: string): AsyncIterable<MeasurementRecord> {
    const found = this.#job(job);
    for (;;) {
      const before = found.outcome;
      for (const p of found.wanted) {
        if (found.fetched.has(p)) continue;
        const value = this.#master.dataset(`entrain.${found.token}.point.${p}`);
        if (value === undefined) continue;
        const record = recordOf(found.program, p, value);
        found.fetched.add(p);
        yield record;
      }
      if (before) {
        if (before.problem) throw before.problem;
        return;
      }
      if (!(await this.#settle(found))) await this.#master.change(1000);
    }
  }

  /**
   * Asks the run to end, deletes it if it does not, then runs the experiment that puts every output into its safe
   * state and waits until it reports so.
   *
   * @throws EntrainError `artiq.unsafe` when that could not be verified
   */
  async cancel(job: string): Promise<void> {
    const found = this.#job(job);
    await this.#settle(found);
    if (found.outcome) return;
    found.cancelling = true;
    await this.#master.schedule("request_termination", found.rid);
    if (!(await this.#until(() => this.#over(found), this.#options.grace_ms))) {
      await this.#master.schedule("delete", found.rid);
      await this.#until(() => this.#over(found), this.#options.grace_ms);
    }
    const token = randomUUID().replaceAll("-", "");
    const rid = await this.#send(found.text, { token, mode: "safe", skip: [] }, 99);
    const reported = () => this.#master.dataset(`entrain.${token}.done`) === "safe";
    const gone = () => ["finished", "vanished"].includes(this.#master.run(rid).state);
    await this.#until(() => reported() || gone(), this.#options.grace_ms);
    if (!(await this.#until(reported, this.#options.settle_ms))) {
      throw new EntrainError(
        "artiq.unsafe",
        {
          path: `RID ${rid}`,
          message: "the outputs could not be verified to be in their safe state",
          found: this.#master.run(rid).errors,
          hint: "Look at the crate; switch the RF off by hand.",
        },
        { kind: "device" },
      );
    }
    found.outcome = { state: "cancelled" };
  }

  #job(name: string): Job {
    const job = this.#jobs.get(name);
    if (job) return job;
    throw new EntrainError("driver.job-unknown", {
      path: "job",
      message: `there is no job "${name}"`,
      found: name,
    });
  }

  #problems(program: ArtiqProgram): Problem[] {
    const { allowed } = this.#options;
    const problems: Problem[] = [];
    const names = [...program.dds, ...program.ttl].map(({ name }) => name);
    for (const name of names) {
      if (Object.hasOwn(allowed, name)) continue;
      problems.push({
        path: name,
        message: `${name} is not among the outputs that may be used`,
        expected: "a name in allowed",
      });
    }
    program.points.forEach(({ events }, p) => {
      for (const [, kind, device, , , asf] of events) {
        const name = program.dds[device]?.name ?? "";
        if (kind !== 1 || asf <= Math.round((allowed[name] ?? 0) * 0x3fff)) continue;
        problems.push({
          path: `points[${p}]`,
          message: `${name} is driven at ${(asf / 0x3fff).toPrecision(4)} of full scale`,
          found: asf / 0x3fff,
          expected: `at most ${allowed[name] ?? 0}`,
        });
      }
    });
    return problems;
  }

  async #send(
    program: Program,
    { token, mode, skip }: { token: string; mode: "run" | "safe"; skip: number[] },
    priority: number,
  ): Promise<number> {
    const expid = {
      log_level: 30,
      content: artiqFiles(program)[0]!.text,
      class_name: experimentClass,
      arguments: { program: program.text, token, mode, skip: JSON.stringify(skip) },
    };
    let rid: Pyon;
    try {
      rid = await this.#master.schedule(
        "submit",
        this.#options.pipeline,
        fromJson(expid),
        priority,
        null,
        false,
      );
    } catch (error) {
      if (!(error instanceof EntrainError) || !error.code.startsWith("tcp.")) throw error;
      // The master may have taken it before the connection ended: it must not be sent twice.
      await this.#until(() => this.#master.ridOfToken(token) !== null, this.#options.settle_ms);
      rid = this.#master.ridOfToken(token);
      if (rid === null) throw error;
    }
    if (typeof rid !== "number") {
      throw new EntrainError(
        "artiq.protocol",
        { path: "submit", message: "the master gave no RID", found: rid },
        { kind: "device" },
      );
    }
    this.#master.expect(rid);
    return rid;
  }

  #over(job: Job): boolean {
    const { state } = this.#master.run(job.rid);
    return state === "finished" || state === "vanished" || this.#reported(job);
  }

  #reported(job: Job): boolean {
    return this.#master.dataset(`entrain.${job.token}.done`) === "run";
  }

  /** Decides the outcome of a run that has left the schedule; true when it is decided. */
  async #settle(job: Job): Promise<boolean> {
    if (job.outcome) return true;
    if (job.cancelling || !this.#over(job)) return false;
    // Schedule, datasets and log come on connections of their own.
    await this.#until(() => this.#reported(job), this.#options.settle_ms);
    if (job.cancelling || job.outcome) return job.outcome !== null;
    if (this.#reported(job)) {
      job.outcome = { state: "done" };
      return true;
    }
    const { status, errors, gap } = this.#master.run(job.rid);
    const why = errors.length > 0 ? errors.join("\n") : "nothing about it was seen in the log";
    const problem = new EntrainError(
      "artiq.run-failed",
      {
        path: `RID ${job.rid}`,
        message: `the run left the schedule without finishing (last seen: ${status}): ${why}`,
        found: status,
        ...(gap ? { hint: "The connection was lost meanwhile; the master's own log may say more." } : {}),
      },
      { kind: "device" },
    );
    job.outcome = { state: "failed", problem };
    return true;
  }

  async #until(condition: () => boolean, limit_ms: number): Promise<boolean> {
    const end = Date.now() + limit_ms;
    while (!condition()) {
      const left = end - Date.now();
      if (left <= 0) return false;
      await this.#master.change(left);
    }
    return true;
  }
}

/**
 * Levels from counts: shots × windows integers; a site's first window at or above its threshold decides.
 *
 * @throws EntrainError `artiq.data` for counts of another shape
 */
export function recordOf(program: ArtiqProgram, index: number, value: Pyon): MeasurementRecord {
  const point = program.points[index]!;
  const { shots, sites } = program;
  const width = point.windows.length;
  if (!isTagged(value) || value.kind !== "nparray" || value.shape[0] !== shots || value.shape[1] !== width) {
    throw new EntrainError(
      "artiq.data",
      {
        path: `point ${index}`,
        message: `counts must be ${shots} × ${width} integers`,
        found: isTagged(value) ? value.kind : typeof value,
      },
      { kind: "device" },
    );
  }
  const counts = valuesOf(value).map(Number);
  const levels = new Uint8Array(shots * sites.length);
  sites.forEach(({ id, threshold, bright_level, later_bright_levels, dark_level }, s) => {
    const columns = point.windows.flatMap((site, column) => (site === id ? [column] : []));
    const bright = [bright_level, ...(later_bright_levels ?? [])];
    for (let shot = 0; shot < shots; shot++) {
      const first = columns.findIndex((column) => counts[shot * width + column]! >= threshold);
      levels[shot * sites.length + s] = first < 0 ? dark_level : bright[first]!;
    }
  });
  const at: Point = point.at;
  return {
    point: { ...at },
    shots,
    sites: sites.map(({ id }) => id),
    levels: Buffer.from(levels).toString("base64"),
  };
}
