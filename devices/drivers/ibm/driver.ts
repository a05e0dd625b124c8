import { EntrainError, type Problem } from "#core/errors";
import { parseWith } from "#core/schema";
import type { DriverDescription, JobStatus } from "#ir/driver";
import type { Backend, Configuration } from "./answers.ts";
import {
  type CircuitBatch,
  type CircuitBatchInput,
  type CircuitResult,
  circuitBatchSchema,
} from "./circuits.ts";
import type { IbmClient, JobRequest } from "./client.ts";
import { type CodecName, findCodec } from "./codec.ts";
import { type CostEstimate, estimateCost, executionLimit } from "./cost.ts";
import type { Journal, Submission } from "./journal.ts";
import { type Finding, findingsOf } from "./limits.ts";
import type { Patience } from "./patience.ts";
import type { OnProgress } from "./progress.ts";
import { type EndState, Submissions } from "./submissions.ts";

export const ibmDescription: DriverDescription = {
  kind: "ibm",
  title: "IBM Quantum over REST",
  targets: ["openqasm3"],
  emulated: false,
  limits: [
    "Circuits must be in the device's own gates on hardware qubits; the service does not transpile.",
    "One number of shots a job; parameters are single numbers, not sweeps.",
    "The service tells no position in the queue, only its length and past waits.",
  ],
};

/** What a person is asked before anything is charged. */
export interface CostQuestion {
  readonly backend: string;
  readonly estimate: CostEstimate;
  /** The job is stopped after this many seconds. */
  readonly limit_s: number;
  /** Seconds left on the instance; null where the plan has no limit. */
  readonly remaining_s: number | null;
  readonly queue_length: number;
  readonly wait_s: { readonly p50: number | null; readonly p95: number | null } | null;
}

export interface IbmDryRun extends CostQuestion {
  readonly circuits: readonly string[];
  readonly shots: number;
  readonly request_bytes: number;
  readonly notes: readonly string[];
}

export interface IbmDriverOptions {
  readonly client: IbmClient;
  readonly journal: Journal;
  /** Asked before each new job; without it, nothing is submitted. `async () => true` is what `--yes` means. */
  readonly confirm: (question: CostQuestion) => Promise<boolean>;
  readonly onProgress?: OnProgress;
  readonly patience?: Patience;
  readonly codec?: CodecName;
  readonly experimental?: boolean;
}

interface StoredBatch {
  readonly codec: CodecName;
  readonly batch: CircuitBatch;
}

/**
 * Runs batches of circuits on IBM Quantum. The verbs are those of every driver; what differs is that a batch comes in
 * instead of a program, under a key of the caller's, and bits come out: a service job has no sweep and no sites.
 *
 * `submit` and `fetch` may be interrupted anywhere, by death too. Called again with the same journal and key they
 * go on where they were; circuits are never run twice for that.
 */
export class IbmDriver {
  readonly submissions: Submissions;
  readonly #client: IbmClient;
  readonly #journal: Journal;
  readonly #options: IbmDriverOptions;
  readonly #progress: OnProgress;
  readonly #sessions = new Set<string>();

  constructor(options: IbmDriverOptions) {
    this.#options = options;
    this.#client = options.client;
    this.#journal = options.journal;
    this.#progress = options.onProgress ?? (() => {});
    this.submissions = new Submissions(options.client, options.journal, {
      onProgress: this.#progress,
      ...(options.patience === undefined ? {} : { patience: options.patience }),
    });
  }

  describe(): DriverDescription {
    return ibmDescription;
  }

  /** Checks key, region and API version. @throws EntrainError `ibm.credentials_refused`, `ibm.wrong_region` */
  async connect(): Promise<void> {
    const { warning } = await this.#client.checkVersion();
    if (warning !== null) this.#progress({ kind: "warning", message: warning });
    await this.#client.usage();
  }

  /** Closes the sessions that this driver opened; what is queued in them is still run. */
  async close(): Promise<void> {
    const failures: string[] = [];
    for (const id of this.#sessions) {
      try {
        await this.#client.closeSession(id);
        this.#sessions.delete(id);
      } catch (error) {
        failures.push(`${id}: ${(error as Error).message}`);
      }
    }
    if (failures.length === 0) return;
    const message = `Sessions that could not be closed (they end by themselves): ${failures.join("; ")}`;
    this.#progress({ kind: "warning", message });
  }

  /** A batch: jobs that are run together, without holding the device in between. */
  async openBatch(backend: string, max_ttl_s?: number): Promise<string> {
    const session = {
      mode: "batch",
      backend,
      ...(max_ttl_s === undefined ? {} : { max_ttl: max_ttl_s }),
    } as const;
    const { id } = await this.#client.openSession(session);
    this.#sessions.add(id);
    return id;
  }

  /** Everything the device or the service would refuse; empty when the batch can be submitted. */
  async check(input: CircuitBatchInput): Promise<Problem[]> {
    try {
      return (await this.#findings(parseBatch(input))).map(({ problem }) => problem);
    } catch (error) {
      // A device that is not there, or a batch that is none, is an answer; a service that fails is not.
      if (error instanceof EntrainError && (error.kind === "input" || error.code === "ibm.unknown_backend")) {
        return [...error.problems];
      }
      throw error;
    }
  }

  async #findings(batch: CircuitBatch): Promise<Finding[]> {
    const { device, configuration } = await this.#device(batch.backend);
    return findingsOf(batch, device, configuration, bytesOf(this.#request(batch, 1)));
  }

  /** What the batch would cost and how long others wait for this device. */
  async dryRun(input: CircuitBatchInput): Promise<IbmDryRun> {
    const batch = parseBatch(input);
    const { device, configuration } = await this.#device(batch.backend);
    const { remaining_s } = await this.#client.usage();
    const rep_delay = configuration.default_rep_delay;
    // The configuration counts in µs.
    const estimate = estimateCost(batch, rep_delay === undefined ? null : rep_delay / 1e6);
    const wait = device.wait_time_seconds;
    const notes =
      device.status.name === "online"
        ? []
        : [`${device.name} is ${device.status.name}: ${device.status.reason ?? "no reason given"}`];
    return {
      backend: batch.backend,
      circuits: batch.circuits.map(({ name }) => name),
      shots: batch.shots,
      request_bytes: bytesOf(this.#request(batch, 1)),
      estimate,
      limit_s: executionLimit(batch, estimate, remaining_s),
      remaining_s,
      queue_length: device.queue_length,
      wait_s: wait ? { p50: wait.p50 ?? null, p95: wait.p95 ?? null } : null,
      notes,
    };
  }

  /** Configuration and calibration of a device, of now or as they were at `updated_before` (ISO, UTC). */
  async snapshot(
    backend: string,
    options: { updated_before?: string } = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    return {
      configuration: await this.#client.configuration(backend),
      properties: await this.#client.properties(backend, options),
    };
  }

  /**
   * Submits a batch under a key, once and for all: a key that was submitted before gives the tag it has, and nothing
   * is asked or sent again.
   *
   * @returns the submission's tag, for `poll`, `fetch` and `cancel`
   * @throws EntrainError what was found first (`ibm.no_reset`, `ibm.program_too_large` …), with all problems;
   * `ibm.too_expensive`, `ibm.not_confirmed`
   */
  async submit(
    input: CircuitBatchInput,
    options: { readonly key: string; readonly signal?: AbortSignal },
  ): Promise<string> {
    const batch = parseBatch(input);
    const codec = this.#options.codec ?? "sampler";
    const stored: StoredBatch = { codec, batch };
    const known = this.submissions.find(options.key, stored);
    const tag = known ?? (await this.#register(stored, options.key));
    await this.submissions.ensureJob(tag, options.signal);
    return tag;
  }

  /** @throws EntrainError with the code of what is found first and everything that was found */
  async requireAcceptable(input: CircuitBatchInput): Promise<void> {
    const findings = await this.#findings(parseBatch(input));
    if (findings.length === 0) return;
    const problems = findings.map(({ problem }) => problem);
    throw new EntrainError(findings[0]!.code, problems);
  }

  async #register(stored: StoredBatch, key: string): Promise<string> {
    const { batch } = stored;
    await this.requireAcceptable(batch);
    const question = await this.dryRun(batch);
    const { estimate, remaining_s } = question;
    if (remaining_s !== null && remaining_s < estimate.seconds) {
      throw new EntrainError(
        "ibm.too_expensive",
        {
          path: "instance",
          message: "the instance has less time left than this batch needs",
          found: `${remaining_s} s left`,
          expected: `at least ${estimate.seconds.toFixed(1)} s`,
          hint: "Take fewer shots or circuits, wait for the next usage period, or use another instance.",
        },
        { kind: "infeasible" },
      );
    }
    if (!(await this.#options.confirm(question))) {
      throw new EntrainError("ibm.not_confirmed", {
        path: "cost",
        message: "the cost was not confirmed; nothing was submitted",
        found: `${estimate.seconds.toFixed(1)} s`,
        expected: "a yes",
      });
    }
    return this.submissions.register({
      key,
      batch: stored,
      job: this.#request(batch, question.limit_s),
      tags: batch.options.tags ?? [],
    });
  }

  /** Submissions whose end, or whose results, are still to come: what a restarted process goes on with. */
  pending(): readonly Submission[] {
    return this.submissions
      .list()
      .filter((known) => known.refused === null && known.lost === null && known.stored === null)
      .filter(({ ended }) => ended === null || ended.state === "Completed");
  }

  async poll(tag: string): Promise<JobStatus & { readonly submission: Submission }> {
    const before = this.submissions.get(tag);
    if (before.ended === null && before.job !== null) await this.submissions.look(tag);
    const submission = this.submissions.get(tag);
    const total = this.#stored(tag).batch.circuits.length;
    return { state: stateOf(submission), fetched: submission.stored === null ? 0 : total, total, submission };
  }

  /**
   * Waits for the job and gives the bits of each circuit in the batch's order. When the first one comes, all results
   * are on disk.
   */
  async *fetch(tag: string, signal?: AbortSignal): AsyncIterable<CircuitResult> {
    const bytes = await this.submissions.collect(tag, signal);
    const { codec, batch } = this.#stored(tag);
    const names = batch.circuits.map(({ name }) => name);
    yield* findCodec(codec, true).decode(bytes, names, batch.shots);
  }

  /** Seconds charged for a finished job, once the service has settled them; kept in the journal's folder. */
  async charged(tag: string): Promise<{ readonly seconds: number | null; readonly complete: boolean }> {
    const { job } = this.submissions.get(tag);
    if (job === null) return { seconds: null, complete: false };
    const metrics = await this.#client.metrics(job);
    this.#journal.keep(`metrics-${tag}.json`, Buffer.from(JSON.stringify(metrics), "utf8"));
    const { qpu_charge_time_seconds, status } = metrics.usage;
    return { seconds: qpu_charge_time_seconds ?? null, complete: status === "complete" };
  }

  /** Cancels and waits; the state in which the job really ended. */
  async cancel(tag: string, signal?: AbortSignal): Promise<EndState> {
    return this.submissions.cancel(tag, signal);
  }

  #stored(tag: string): StoredBatch {
    return this.submissions.request(tag).batch as StoredBatch;
  }

  #request(batch: CircuitBatch, limit_s: number): Omit<JobRequest, "tags"> {
    const codec = findCodec(this.#options.codec ?? "sampler", this.#options.experimental);
    return {
      program_id: codec.program_id,
      backend: batch.backend,
      cost: limit_s,
      log_level: "info",
      params: codec.encode(batch),
      ...(batch.options.session_id === undefined ? {} : { session_id: batch.options.session_id }),
      ...(batch.options.private ? { private: true as const } : {}),
    };
  }

  async #device(name: string): Promise<{ device: Backend; configuration: Configuration }> {
    const device = await requireBackend(this.#client, name);
    return { device, configuration: await this.#client.configuration(name) };
  }
}

/** A backend of the instance by name. @throws EntrainError `ibm.unknown_backend` with those there are */
export async function requireBackend(client: IbmClient, name: string): Promise<Backend> {
  const devices = await client.backends();
  const device = devices.find((candidate) => candidate.name === name);
  if (device !== undefined) return device;
  throw new EntrainError(
    "ibm.unknown_backend",
    {
      path: "backend",
      message: `this instance has no backend ${name}`,
      found: name,
      expected: `one of ${devices.map((candidate) => candidate.name).join(", ")}`,
      hint: "Names change when devices retire; not every plan has every device.",
    },
    { kind: "device" },
  );
}

function parseBatch(input: CircuitBatchInput): CircuitBatch {
  return parseWith(circuitBatchSchema, input, "ibm.batch_invalid");
}

function bytesOf(request: object): number {
  return Buffer.byteLength(JSON.stringify(request), "utf8");
}

function stateOf({ ended, refused, stored, lost }: Submission): JobStatus["state"] {
  if (stored !== null) return "done";
  if (ended?.state === "Cancelled" || refused?.code === "ibm.cancelled") return "cancelled";
  if (refused !== null || lost !== null || ended?.state === "Failed") return "failed";
  return ended?.state === "Completed" ? "done" : "running";
}
