import { EntrainError } from "#core/errors";
import type { DriverDescription } from "#ir/driver";
import type { RunManifest, RunState } from "#ir/run";
import type { Database } from "#store/database";
import { AuditLog } from "#store/engine/audit-log";
import {
  type Claim,
  type QueuedRun,
  type RequestKey,
  RunQueue,
  type Settlement,
  type Wanted,
} from "#store/engine/run-queue";
import { claimName, currentOwner } from "#store/ownership";
import { runNumber } from "#store/run-id";
import type { RunStore } from "#store/run-store";
import type { HardwareAction, StopReason } from "../execute-run.ts";
import { type ActiveRun, faultOf, type RunFault, type Runner } from "./runner.ts";

export interface RunEngineOptions {
  readonly store: RunStore;
  readonly database: Database;
  readonly runner: Runner;
  readonly describe: (driver: string) => DriverDescription;
  /** Runs at a time in this process; default 2. */
  readonly concurrency?: number;
  /** How long an instrument stays with a process that is not heard of; default 30. */
  readonly lease_s?: number;
  /** Between two looks at the queue; default 500. */
  readonly interval_ms?: number;
  /** Starts of a run until it counts as failed, where starting again does no harm; default 3. */
  readonly attempts?: number;
  /** Deaths of processes that a run may outlive; default 20. */
  readonly crashes?: number;
  /** Before the second start, doubled for every further one; default 2. */
  readonly backoff_s?: number;
  readonly log?: (entry: Readonly<Record<string, unknown>>) => void;
  /** Something of a run has changed on disk. */
  readonly onChange?: (run: string) => void;
}

interface Local {
  readonly claim: Claim;
  readonly active: ActiveRun;
  /** When the lease was last known to be ours, by this process's clock. */
  renewed: number;
  looked: number;
  reason: StopReason | null;
  /** While what became of it is being written down. */
  settling: Promise<void> | null;
}

const manifestState: Readonly<Record<Exclude<QueuedRun["state"], "active" | "done">, RunState>> = {
  queued: "queued",
  paused: "paused",
  failed: "failed",
  cancelled: "cancelled",
};

/**
 * Carries accepted runs to their verdicts, one at a time on each instrument. Any number of processes may do so on one
 * database; each run is with one of them. A run that this engine stops, for whatever reason, has its instrument in the
 * safe state before anything else may happen to it.
 *
 * What is asked of a run stands in the database, what was reached on disk in the run's folder. Both survive the death
 * of any process; the next engine puts them together again.
 */
export class RunEngine {
  readonly queue: RunQueue;
  readonly audit: AuditLog;
  readonly #options: Required<RunEngineOptions>;
  readonly #local = new Map<string, Local>();
  readonly #settling = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #again = false;
  #stopping = false;
  #lookedForOrphans = Number.NEGATIVE_INFINITY;
  #fault: RunFault | null = null;

  private constructor(options: RunEngineOptions) {
    this.#options = {
      concurrency: 2,
      lease_s: 30,
      interval_ms: 500,
      attempts: 3,
      crashes: 20,
      backoff_s: 2,
      log: () => {},
      onChange: () => {},
      ...options,
    };
    this.queue = new RunQueue(options.database, claimName(currentOwner()), this.#options.lease_s);
    this.audit = new AuditLog(options.database);
  }

  /** Starts to work, with what earlier processes left first. */
  static async start(options: RunEngineOptions): Promise<RunEngine> {
    const engine = new RunEngine(options);
    await engine.#straighten();
    engine.#timer = setInterval(() => {
      engine.#guardLeases();
      engine.wake();
    }, engine.#options.interval_ms);
    engine.#timer.unref();
    engine.wake();
    return engine;
  }

  /** Why the engine cannot work at the moment; null when it can. */
  get fault(): RunFault | null {
    return this.#fault;
  }

  /** Runs at work in this process. */
  get active(): readonly string[] {
    return [...this.#local.keys()];
  }

  /**
   * Accepts a kept run. When this returns, the run will be carried out whatever happens to this process. The store must
   * not own the run.
   *
   * @returns the id of the run that counts: an earlier one when the same request was accepted before
   */
  async submit(manifest: RunManifest, who: string, request?: RequestKey): Promise<string> {
    const { id, driver, profile } = manifest;
    this.#reflect(id, "queued", null);
    const { run, accepted } = await this.queue.submit(
      {
        run: id,
        number: runNumber(id)!,
        instrument: instrumentKey(driver, profile),
        driver,
        repeatable: this.#options.describe(driver).emulated,
        submittedBy: who,
      },
      request,
    );
    if (accepted) await this.#note(who, "run.submitted", id, { driver, profile });
    else this.#reflect(id, "cancelled", `asked for before as ${run}`);
    this.wake();
    return run;
  }

  /**
   * Pauses, resumes or cancels. What is active ends between two records, its instrument in the safe state.
   *
   * @throws EntrainError `run.not_submitted`, `run.state`
   */
  async change(run: string, wanted: "pause" | "resume" | "cancel", who: string): Promise<QueuedRun> {
    // Its folder may say already what the database is about to.
    await this.#local.get(run)?.settling;
    const before = await this.queue.find(run);
    if (before === null) {
      throw new EntrainError("run.not_submitted", {
        path: "run",
        message: `${run} was not started through this server`,
        found: run,
        expected: "a run of POST /v1/runs",
      });
    }
    const row = await this.queue.want(run, wanted);
    if (row === null) {
      throw new EntrainError("run.state", {
        path: "run",
        message: `${run} cannot be ${wanted === "pause" ? "paused" : wanted === "resume" ? "resumed" : "cancelled"}: it is ${before.state}`,
        found: before.state,
        expected: wanted === "resume" ? "a paused or failed run" : "a run that has not ended",
      });
    }
    await this.#note(who, `run.${wanted}`, run, {});
    if (row.state === "active") this.#follow(this.#local.get(run), row.wanted);
    else if (row.state !== "done") this.#reflect(run, manifestState[row.state], null);
    this.wake();
    return row;
  }

  /** A person has seen to it that an instrument is safe. @returns false when it was not marked unsafe */
  async clearUnsafe(instrument: string, who: string): Promise<boolean> {
    if (!(await this.queue.clearUnsafe(instrument))) return false;
    await this.#note(who, "instrument.cleared", instrument, {});
    this.wake();
    return true;
  }

  /** Looks at the queue now. */
  wake(): void {
    if (this.#round !== undefined) {
      this.#again = true;
      return;
    }
    this.#round = this.#work().finally(() => {
      this.#round = undefined;
      if (!this.#again || this.#stopping) return;
      this.#again = false;
      this.wake();
    });
  }

  /** Stops what is at work, instruments in their safe states; it goes on with the next engine. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#timer);
    // Instruments first: the database may not answer.
    const endAll = () => {
      for (const local of this.#local.values()) this.#end(local, "shutdown");
    };
    endAll();
    await this.#round;
    endAll();
    await Promise.all(this.#settling);
  }

  async #work(): Promise<void> {
    try {
      await this.#keepLeases();
      const { lease_s, concurrency } = this.#options;
      if (this.#stopping) return;
      if (performance.now() - this.#lookedForOrphans > Math.min(2000, 250 * lease_s)) {
        this.#lookedForOrphans = performance.now();
        await this.#adoptOrphans();
      }
      for (const claim of await this.queue.claim(concurrency - this.#local.size)) this.#begin(claim);
      if (this.#fault !== null) this.#options.log({ level: "info", event: "engine.recovered" });
      this.#fault = null;
    } catch (error) {
      const fault = faultOf(error);
      // Said once, not at every look.
      if (this.#fault?.code !== fault.code)
        this.#options.log({ level: "error", event: "engine.fault", ...fault });
      this.#fault = fault;
    }
  }

  async #keepLeases(): Promise<void> {
    const { lease_s } = this.#options;
    for (const local of this.#local.values()) {
      const now = performance.now();
      if (now - local.looked < Math.min(2000, 250 * lease_s)) continue;
      local.looked = now;
      const { held, wanted } = await this.queue.renew(local.claim);
      if (held) local.renewed = now;
      else this.#end(local, "lease_lost");
      this.#follow(local, wanted);
    }
  }

  /** Stops runs whose leases could not be prolonged, well before another process may take their instruments. */
  #guardLeases(): void {
    for (const local of this.#local.values()) {
      if (performance.now() - local.renewed > 600 * this.#options.lease_s) this.#end(local, "lease_lost");
    }
  }

  #follow(local: Local | undefined, wanted: Wanted): void {
    if (local !== undefined && wanted !== "run") this.#end(local, wanted);
  }

  #end(local: Local, reason: StopReason): void {
    if (local.reason !== null) return;
    local.reason = reason;
    local.active.stop(reason);
  }

  #begin(claim: Claim): void {
    const { run } = claim;
    this.#options.log({ level: "info", event: "run.started", run, instrument: claim.instrument });
    const active = this.#options.runner(run, {
      changed: () => this.#options.onChange(run),
      audit: (action, detail) => this.#auditHardware(claim, action, detail),
    });
    const now = performance.now();
    const local: Local = { claim, active, renewed: now, looked: now, reason: null, settling: null };
    this.#local.set(run, local);
    const done = active.ended
      .then(({ fault }) => {
        local.settling = this.#settle(local, fault);
        return local.settling;
      })
      .finally(() => this.#settling.delete(done));
    this.#settling.add(done);
  }

  #auditHardware(
    { run, instrument, submittedBy }: Claim,
    action: HardwareAction,
    detail: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    return this.#note(submittedBy, `hardware.${action}`, instrument, { run, ...detail });
  }

  #note(
    who: string,
    action: string,
    subject: string,
    detail: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    return this.audit.append({ at: new Date(), who, action, subject, detail });
  }

  /** Writes down what became of a run; without a database to write to, the next to find it an orphan does. */
  async #settle({ claim }: Local, fault: RunFault | null): Promise<void> {
    const { run } = claim;
    const outcome = this.#outcome(claim, fault);
    this.#options.log({
      level: outcome.state === "failed" ? "error" : "info",
      event: "run.ended",
      run,
      state: outcome.state,
      ...(fault === null ? {} : { code: fault.code, message: fault.message }),
    });
    try {
      const state = await this.queue.settle(claim, outcome).finally(() => this.#local.delete(run));
      if (state !== null && state !== "done")
        this.#reflect(run, manifestState[state], outcome.failure ?? null);
    } catch (error) {
      this.#options.log({ level: "error", event: "run.unsettled", run, ...faultOf(error) });
    } finally {
      this.#options.onChange(run);
      this.wake();
    }
  }

  #outcome({ attempts, repeatable }: Claim, fault: RunFault | null): Settlement {
    if (fault === null) return { state: "done" };
    if (fault.code === "run.interrupted") return { state: "queued", orderly: true };
    if (fault.code === "device.unsafe") {
      return { state: "failed", failure: fault.message, unsafe: fault.message };
    }
    if (fault.retryable && repeatable && attempts < this.#options.attempts) {
      return { state: "queued", after_s: this.#options.backoff_s * 2 ** (attempts - 1) };
    }
    const lost = fault.code === "run.thread_lost" && !repeatable;
    return { state: "failed", failure: fault.message, ...(lost ? { unsafe: fault.message } : {}) };
  }

  /** Runs whose process died: they go on where that does no harm, else they have failed. */
  async #adoptOrphans(): Promise<void> {
    for (const claim of await this.queue.takeOrphans([...this.#local.keys()])) {
      const { run, repeatable, attempts } = claim;
      const gone = "the process that drove the instrument died";
      const goesOn = repeatable && attempts < this.#options.crashes;
      const failure = `${gone}; its records are kept, and it can be resumed`;
      const settlement: Settlement = {
        ...(this.#judged(run)
          ? { state: "done" }
          : goesOn
            ? { state: "queued" }
            : { state: "failed", failure }),
        ...(repeatable ? {} : { unsafe: `${gone} during ${run}; see that it is safe, then clear it` }),
      };
      const state = await this.queue.settle(claim, settlement);
      this.#options.log({ level: "error", event: "run.orphaned", run, state });
      if (state !== null && state !== "done")
        this.#reflect(run, manifestState[state], settlement.failure ?? null);
    }
  }

  #judged(run: string): boolean {
    try {
      return this.#options.store.manifest(run).state === "judged";
    } catch {
      return false;
    }
  }

  /** What a crash left between the database and a run's folder: the database says what is wanted. */
  async #straighten(): Promise<void> {
    for (const { run, state, failure } of await this.queue.list(["queued", "paused"])) {
      if (state === "queued" || state === "paused") this.#reflect(run, manifestState[state], failure);
    }
    for (const { id, state } of this.#options.store.list().runs) {
      if (state === "queued" && (await this.queue.find(id)) === null)
        this.#reflect(id, "cancelled", "it was never acknowledged: the server died while it was accepted");
    }
  }

  /** Has the run's folder say so too. Where it cannot be written now, whoever has it or the next start sees to it. */
  #reflect(run: string, state: RunState, failure: string | null): void {
    const { store, log, onChange } = this.#options;
    if (this.#local.has(run)) return;
    try {
      const manifest = store.manifest(run);
      if (manifest.state === state && manifest.failure === failure) return;
      store.acquire(run);
      try {
        store.updateManifest(run, { state, failure });
      } finally {
        store.release(run);
      }
      onChange(run);
    } catch (error) {
      const fault = faultOf(error);
      if (fault.code !== "store.locked")
        log({ level: "error", event: "run.state_unwritten", run, state, ...fault });
    }
  }
}

/** What a driver drives, by name. */
export function instrumentKey(driver: string, profile: string): string {
  return `${driver}/${profile}`;
}
