import { createHash, randomBytes } from "node:crypto";
import { EntrainError } from "#core/errors";
import type { Clock } from "../../transports/http/resilience.ts";
import { httpFault } from "../../transports/http/transport.ts";
import type { Job, JobState } from "./answers.ts";
import type { IbmClient, JobRequest } from "./client.ts";
import { certainlyNoJob, IbmFault } from "./faults.ts";
import { type Journal, type JournalEntry, note, type Submission, submissionsOf } from "./journal.ts";
import { once } from "./once.ts";
import { cancelledBeforeSubmission, jobFailed, refusedBefore, resultsGone } from "./outcomes.ts";
import { defaultPatience, type Patience } from "./patience.ts";
import type { OnProgress } from "./progress.ts";

export interface SubmissionRequest {
  /** The caller's name for this piece of work; one key is submitted once. */
  readonly key: string;
  /** Everything that makes it this piece of work. */
  readonly batch: unknown;
  readonly job: Omit<JobRequest, "tags">;
  readonly tags: readonly string[];
}

export type EndState = "Completed" | "Failed" | "Cancelled";
const endStates: readonly string[] = ["Completed", "Failed", "Cancelled"] satisfies EndState[];

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/**
 * Submissions that survive the death of the process at any point.
 *
 * The tag is on disk before the request leaves. An attempt whose outcome is not known is never repeated before the
 * service has been asked for jobs with that tag and has shown none for `settle_ms`. Results are on disk before
 * anybody is told of them.
 */
export class Submissions {
  readonly #client: IbmClient;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #patience: Patience;
  readonly #progress: OnProgress;
  readonly #known: Map<string, Submission>;
  readonly #instance: string;
  readonly #creating = new Map<string, Promise<string>>();
  readonly #collecting = new Map<string, Promise<Uint8Array>>();

  constructor(
    client: IbmClient,
    journal: Journal,
    options: { patience?: Patience; onProgress?: OnProgress } = {},
  ) {
    this.#client = client;
    this.#journal = journal;
    this.#clock = client.connection.clock;
    this.#patience = options.patience ?? defaultPatience;
    this.#progress = options.onProgress ?? (() => {});
    this.#known = submissionsOf(journal.entries());
    this.#instance = sha256(client.connection.instance.crn).slice(0, 16);
  }

  list(): Submission[] {
    return [...this.#known.values()];
  }

  /** @throws EntrainError `ibm.unknown_submission` */
  get(tag: string): Submission {
    const submission = this.#known.get(tag);
    if (submission !== undefined) return submission;
    throw new EntrainError("ibm.unknown_submission", {
      path: "tag",
      message: "the journal has no submission with this tag",
      found: tag,
      expected: `one of ${this.#known.size} tags`,
    });
  }

  /** The body that was, or will be, sent. */
  request(tag: string): { readonly batch: unknown; readonly job: JobRequest } {
    const { request, request_sha256 } = this.get(tag);
    return JSON.parse(this.#read(request, request_sha256).toString("utf8"));
  }

  /**
   * The tag under which a key is known, if the service has not refused it.
   *
   * @throws EntrainError `ibm.key_reused` when the key stands for another batch
   */
  find(key: string, batch: unknown): string | null {
    const earlier = this.list().findLast((submission) => submission.key === key);
    if (earlier === undefined || earlier.refused !== null) return null;
    if (earlier.batch_sha256 === sha256(JSON.stringify(batch))) return earlier.tag;
    throw new EntrainError("ibm.key_reused", {
      path: "key",
      message: "other circuits were submitted under this key",
      found: key,
      expected: "a key of its own for each batch",
    });
  }

  /**
   * Writes the wish down and returns its tag; a key that is known already gives the tag it has, unless the service
   * refused it then. Nothing is sent.
   *
   * @throws EntrainError `ibm.key_reused` when the key stands for another batch
   */
  register(request: SubmissionRequest): string {
    const known = this.find(request.key, request.batch);
    if (known !== null) return known;
    const batch_sha256 = sha256(JSON.stringify(request.batch));
    // 64 random bits in 24 characters: the shorter of the two limits for tags that IBM's documents name.
    const tag = `entrain-${randomBytes(8).toString("hex")}`;
    const job: JobRequest = { ...request.job, tags: [tag, ...request.tags] };
    const body = JSON.stringify({ batch: request.batch, job });
    const name = `request-${tag}.json`;
    this.#journal.keep(name, Buffer.from(body, "utf8"));
    this.#note({
      kind: "intent",
      ...this.#head(tag),
      key: request.key,
      request: name,
      request_sha256: sha256(body),
      batch_sha256,
      backend: job.backend,
      instance: this.#instance,
      private: job.private === true,
    });
    return tag;
  }

  /** The submission's job; creates it if there is none. */
  ensureJob(tag: string, signal?: AbortSignal): Promise<string> {
    return once(this.#creating, tag, () => this.#ensureJob(tag, signal));
  }

  async #ensureJob(tag: string, signal?: AbortSignal): Promise<string> {
    for (;;) {
      const submission = this.#mine(tag);
      if (submission.job !== null) return submission.job;
      if (submission.refused !== null) throw refusedBefore(submission.refused);
      if (submission.open_since_ms !== null || submission.unclear_since_ms !== null) {
        if (await this.#findByTag(submission, signal)) continue;
      }
      if (this.get(tag).cancel_asked) {
        const reason = "cancelled before it was submitted";
        this.#note({ kind: "refused", ...this.#head(tag), code: "ibm.cancelled", reason });
        throw cancelledBeforeSubmission();
      }
      await this.#attempt(tag, signal);
    }
  }

  async #attempt(tag: string, signal?: AbortSignal): Promise<void> {
    const { job } = this.request(tag);
    let sent = false;
    try {
      const { id } = await this.#client.createJob(
        job,
        () => {
          this.#note({ kind: "attempt", ...this.#head(tag) });
          sent = true;
        },
        signal,
      );
      this.#note({ kind: "accepted", ...this.#head(tag), job: id, found_by_tag: false });
      this.#progress({ kind: "submitted", tag, job: id, found_by_tag: false });
    } catch (error) {
      if (!(error instanceof EntrainError) || !sent) throw error;
      const reason = error.message;
      if (!certainlyNoJob(error)) {
        this.#note({ kind: "unclear", ...this.#head(tag), reason });
        if (signal?.aborted) throw error;
        this.#tell(tag, error, 0);
        return;
      }
      const curable = error.retryable || ["ibm.credentials_refused", "ibm.not_allowed"].includes(error.code);
      if (!curable) this.#note({ kind: "refused", ...this.#head(tag), code: error.code, reason });
      else this.#note({ kind: "turned_away", ...this.#head(tag), reason });
      if (!error.retryable) throw error;
      const asked = error instanceof IbmFault ? error.retry_after_ms : null;
      const crowded = error.code === "ibm.rate_limited";
      const pause = asked ?? (crowded ? this.#patience.crowded_ms : this.#patience.first_trouble_ms);
      this.#tell(tag, error, pause);
      await this.#sleep(pause, signal);
    }
  }

  /**
   * Looks for a job with the submission's tag until one turns up (it is taken over), or none has for long enough.
   *
   * @returns true when there is one
   */
  async #findByTag(submission: Submission, signal?: AbortSignal): Promise<boolean> {
    const { tag } = submission;
    // An attempt that its process did not survive ended, at the latest, before this process began to look.
    const { create_ms } = this.#client.connection.timeouts;
    const ended =
      submission.open_since_ms === null
        ? submission.unclear_since_ms!
        : Math.min(this.#clock.now(), submission.open_since_ms + create_ms);
    for (;;) {
      const asked = this.#clock.now();
      const jobs = await this.#tagged(tag, signal);
      if (jobs.length > 0) {
        const [first, ...others] = jobs.toSorted((a, b) => (a.created ?? "").localeCompare(b.created ?? ""));
        this.#note({ kind: "accepted", ...this.#head(tag), job: first!.id, found_by_tag: true });
        this.#progress({ kind: "submitted", tag, job: first!.id, found_by_tag: true });
        for (const other of others) await this.#cancelSurplus(tag, other, signal);
        return true;
      }
      const left = ended + this.#patience.settle_ms - asked;
      if (left <= 0) return false;
      await this.#sleep(Math.min(this.#patience.look_ms, left), signal);
    }
  }

  async #tagged(tag: string, signal?: AbortSignal): Promise<Job[]> {
    const jobs = await this.#persist(tag, () => this.#client.jobs({ tags: [tag] }), signal);
    if (jobs.some(({ tags }) => tags === undefined || tags === null)) {
      throw new EntrainError(
        "ibm.cannot_reconcile",
        {
          path: "GET /jobs",
          message: "the service lists jobs without their tags, so it cannot be told whether this one exists",
          found: `${jobs.length} jobs`,
          expected: "jobs with tags",
          hint: `Look for the tag ${tag} among your jobs on quantum.cloud.ibm.com. Nothing is submitted until this is clear.`,
        },
        { kind: "device" },
      );
    }
    // A filter that the service does not understand it ignores.
    return jobs.filter(({ tags }) => tags?.includes(tag));
  }

  async #cancelSurplus(tag: string, job: Job, signal?: AbortSignal): Promise<void> {
    if (this.get(tag).surplus.includes(job.id)) return;
    if (!endStates.includes(job.state.status)) {
      await this.#persist(tag, () => this.#cancelOnce(job.id), signal);
    }
    this.#note({ kind: "surplus", ...this.#head(tag), job: job.id });
    this.#progress({ kind: "surplus", tag, job: job.id });
  }

  async #cancelOnce(job: string): Promise<void> {
    try {
      await this.#client.cancelJob(job);
    } catch (error) {
      // It has ended already, one way or another; polling says how.
      if (!(error instanceof IbmFault && error.code === "ibm.wrong_state")) throw error;
    }
  }

  /** Waits until the job has ended, however long that takes and however often the service fails meanwhile. */
  async wait(tag: string, signal?: AbortSignal): Promise<void> {
    const known = this.#mine(tag);
    if (known.ended !== null) return;
    const job = await this.ensureJob(tag, signal);
    let interval = this.#patience.first_poll_ms;
    let queue_asked = Number.NEGATIVE_INFINITY;
    for (;;) {
      const { state } = await this.#persist(tag, () => this.#client.job(job, signal), signal);
      if (this.#noteEnd(tag, state)) return;
      const now = this.#clock.now();
      if (now - queue_asked >= this.#patience.queue_ms) {
        queue_asked = now;
        await this.#tellQueue(tag, job, state.status);
      }
      await this.#sleep(interval, signal);
      interval = Math.min(interval * 1.5, this.#patience.longest_poll_ms);
    }
  }

  /** Asks once how the job is doing. */
  async look(tag: string): Promise<void> {
    const { job, ended } = this.#mine(tag);
    if (job !== null && ended === null) this.#noteEnd(tag, (await this.#client.job(job)).state);
  }

  #noteEnd(tag: string, state: JobState): boolean {
    if (!endStates.includes(state.status)) return false;
    if (this.get(tag).ended !== null) return true;
    const reason = state.reason === null ? null : this.#client.connection.redactor.clean(state.reason);
    const ended = { state: state.status as EndState, reason, code: state.ran_too_long ? "1305" : state.code };
    this.#note({ kind: "ended", ...this.#head(tag), ...ended });
    this.#progress({ kind: "ended", tag, state: state.status });
    return true;
  }

  /**
   * The results as the service wrote them; on disk when this returns.
   *
   * @throws EntrainError what became of the job when it did not complete; `ibm.results_gone`
   */
  collect(tag: string, signal?: AbortSignal): Promise<Uint8Array> {
    return once(this.#collecting, tag, () => this.#collect(tag, signal));
  }

  async #collect(tag: string, signal?: AbortSignal): Promise<Uint8Array> {
    const before = this.get(tag);
    if (before.stored !== null) return this.#read(before.stored.file, before.stored.sha256);
    if (before.lost !== null) throw resultsGone(before.job, before.lost);
    await this.wait(tag, signal);
    const { ended, job } = this.get(tag);
    if (ended!.state !== "Completed") throw jobFailed(job!, ended!);
    const bytes = await this.#results(tag, job!, signal);
    const file = `results-${tag}.json`;
    this.#journal.keep(file, bytes);
    const kept = { file, sha256: sha256(bytes), bytes: bytes.length };
    this.#note({ kind: "stored", ...this.#head(tag), ...kept });
    this.#progress({ kind: "stored", tag, file, bytes: bytes.length });
    await this.sweep(tag, signal);
    return bytes;
  }

  async #results(tag: string, job: string, signal?: AbortSignal): Promise<Uint8Array> {
    for (let attempt = 1; ; attempt++) {
      const bytes = await this.#persist(tag, () => this.#client.results(job, signal), signal);
      if (bytes !== null) return bytes;
      if (attempt >= this.#patience.empty_tries) break;
      await this.#sleep(this.#patience.first_poll_ms, signal);
    }
    const reason = this.get(tag).private
      ? "private results can be read once, and they have been read"
      : "the service has no results for this job; they were deleted";
    this.#note({ kind: "lost", ...this.#head(tag), reason });
    throw resultsGone(job, reason);
  }

  /** After an unclear attempt that was repeated: cancels what may have come of it late. */
  async sweep(tag: string, signal?: AbortSignal): Promise<void> {
    const { attempts, unclear_since_ms, job } = this.get(tag);
    if (attempts < 2 || unclear_since_ms === null || job === null) return;
    for (const other of await this.#tagged(tag, signal)) {
      if (other.id !== job) await this.#cancelSurplus(tag, other, signal);
    }
  }

  /** Cancels, and waits for the state in which the job really ended: it may have been faster. */
  async cancel(tag: string, signal?: AbortSignal): Promise<EndState> {
    const { ended, cancel_asked } = this.#mine(tag);
    if (ended !== null) return ended.state as EndState;
    if (!cancel_asked) this.#note({ kind: "cancel_asked", ...this.#head(tag) });
    let job: string;
    try {
      job = await this.ensureJob(tag, signal);
    } catch (error) {
      if (error instanceof EntrainError && this.get(tag).refused !== null) return "Cancelled";
      throw error;
    }
    await this.#persist(tag, () => this.#cancelOnce(job), signal);
    await this.wait(tag, signal);
    return this.get(tag).ended!.state as EndState;
  }

  /** Repeats what may pass, for as long as it takes. */
  async #persist<T>(tag: string, action: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (
      let wait = this.#patience.first_trouble_ms;
      ;
      wait = Math.min(wait * 2, this.#patience.longest_trouble_ms)
    ) {
      try {
        return await action();
      } catch (error) {
        if (!(error instanceof EntrainError) || !error.retryable || signal?.aborted) throw error;
        const pause = Math.max(wait, error instanceof IbmFault ? (error.retry_after_ms ?? 0) : 0);
        this.#tell(tag, error, pause);
        await this.#sleep(pause, signal);
      }
    }
  }

  async #tellQueue(tag: string, job: string, state: string): Promise<void> {
    const { backend, created_ms } = this.get(tag);
    const waited_s = (this.#clock.now() - created_ms) / 1000;
    const event = { kind: "waiting", tag, job, state, waited_s } as const;
    try {
      const device = (await this.#client.backends()).find(({ name }) => name === backend);
      const wait = device?.wait_time_seconds;
      const wait_s = wait
        ? { average: wait.average ?? null, p50: wait.p50 ?? null, p95: wait.p95 ?? null }
        : null;
      this.#progress({ ...event, queue_length: device?.queue_length ?? null, wait_s });
    } catch (error) {
      // Nice to know, no more: the job is polled all the same.
      if (!(error instanceof EntrainError)) throw error;
      this.#progress({ ...event, queue_length: null, wait_s: null });
    }
  }

  #tell(tag: string, error: EntrainError, pause_ms: number): void {
    this.#progress({
      kind: "trouble",
      tag,
      code: error.code,
      message: error.message,
      again_in_s: pause_ms / 1000,
    });
  }

  async #sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    await this.#clock.sleep(milliseconds, signal);
    if (signal?.aborted)
      throw httpFault("http.aborted", { method: "GET", url: this.#client.connection.instance.base_url });
  }

  /** @throws EntrainError `ibm.other_instance` */
  #mine(tag: string): Submission {
    const submission = this.get(tag);
    if (submission.instance === this.#instance || submission.stored !== null) return submission;
    throw new EntrainError("ibm.other_instance", {
      path: "instance",
      message: `${tag} was sent to another instance than the one that is set now`,
      found: this.#instance,
      expected: `the instance with the fingerprint ${submission.instance}`,
      hint: "Set ENTRAIN_IBM_INSTANCE to the CRN that was used then; with another one the job would be sent twice.",
    });
  }

  #read(file: string, expected: string): Buffer {
    const bytes = this.#journal.read(file);
    const found = bytes === null ? "nothing" : sha256(bytes);
    if (bytes !== null && found === expected) return Buffer.from(bytes);
    throw new EntrainError(
      "store.corrupt",
      {
        path: file,
        message: "this is not what was written there",
        found,
        expected,
        hint: "Restore the file from a copy.",
      },
      { kind: "device" },
    );
  }

  #head(tag: string): { tag: string; at_ms: number } {
    return { tag, at_ms: this.#clock.now() };
  }

  #note(entry: JournalEntry): void {
    this.#journal.append(entry);
    note(this.#known, entry);
  }
}
