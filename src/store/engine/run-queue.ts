import { and, asc, count, eq, inArray, isNotNull, isNull, lte, or, type SQL, sql } from "drizzle-orm";
import { EntrainError } from "#core/errors";
import type { Database } from "../database.ts";
import { inDatabase } from "../database-fault.ts";
import { isAlive, ownerOfClaim } from "../ownership.ts";
import { acceptedRequests, instruments, runQueue } from "../schema.ts";

export type QueuedRun = typeof runQueue.$inferSelect;
export type InstrumentRow = typeof instruments.$inferSelect;
export type Wanted = QueuedRun["wanted"];

/** The right to drive an instrument for a run; `fence` tells it from earlier rights to the same. */
export interface Claim {
  readonly run: string;
  readonly instrument: string;
  readonly fence: number;
  readonly repeatable: boolean;
  readonly attempts: number;
  readonly submittedBy: string;
}

export interface NewQueuedRun {
  readonly run: string;
  readonly number: number;
  readonly instrument: string;
  readonly driver: string;
  readonly repeatable: boolean;
  readonly submittedBy: string;
}

/** A key of the caller's under which a request is acknowledged once. */
export interface RequestKey {
  readonly who: string;
  readonly key: string;
  /** SHA-256 of what is asked. */
  readonly digest: string;
}

export interface Settlement {
  /** `queued`: it goes on, or is paused or cancelled where that is wanted of it. */
  readonly state: "queued" | "done" | "failed";
  readonly failure?: string | null;
  /** Seconds until it may be claimed again. */
  readonly after_s?: number;
  /** True when the last start ended in an orderly way and counts for nothing. */
  readonly orderly?: boolean;
  /** Why the instrument must not be driven by anyone. */
  readonly unsafe?: string;
}

const stateWhenWanted = { run: "queued", pause: "paused", cancel: "cancelled" } as const;

const soon = (seconds: number): SQL => sql`now() + ${seconds} * interval '1 second'`;

/**
 * Runs that wait, run or ended, and the leases of instruments. All that several processes must agree on is decided by
 * single transactions here, by the clock of the database.
 */
export class RunQueue {
  readonly holder: string;
  readonly leaseSeconds: number;
  readonly #database: Database;

  /** @param holder - this process, as `claimName` writes it */
  constructor(database: Database, holder: string, leaseSeconds: number) {
    this.#database = database;
    this.holder = holder;
    this.leaseSeconds = leaseSeconds;
  }

  get #orm() {
    return this.#database.orm;
  }

  /**
   * Accepts a run, or says which one was accepted under the same key before.
   *
   * @throws EntrainError `http.key_reused` when the key stands for another request
   */
  async submit(entry: NewQueuedRun, request?: RequestKey): Promise<{ run: string; accepted: boolean }> {
    return inDatabase(() =>
      this.#database.transaction(async (transaction) => {
        if (request !== undefined) {
          const kept = await transaction
            .insert(acceptedRequests)
            .values({ ...request, answer: entry.run })
            .onConflictDoNothing()
            .returning({ key: acceptedRequests.key });
          if (kept.length === 0)
            return { run: (await this.accepted(request, transaction))!, accepted: false };
        }
        await transaction.insert(runQueue).values({ ...entry, state: "queued" });
        return { run: entry.run, accepted: true };
      }),
    );
  }

  /** What was answered under a key; null when it is new. @throws EntrainError `http.key_reused` */
  async accepted(
    { who, key, digest }: RequestKey,
    orm: Pick<Database["orm"], "select"> = this.#orm,
  ): Promise<string | null> {
    const [found] = await inDatabase(() =>
      orm
        .select()
        .from(acceptedRequests)
        .where(and(eq(acceptedRequests.who, who), eq(acceptedRequests.key, key))),
    );
    if (found === undefined) return null;
    if (found.digest === digest) return found.answer;
    throw new EntrainError("http.key_reused", {
      path: "Idempotency-Key",
      message: "that key was used for another request",
      found: key,
      expected: "a new key for a new request",
    });
  }

  /** Forgets answers older than so many seconds; a key may then be used again. */
  async forgetAnswers(seconds: number): Promise<void> {
    await inDatabase(() =>
      this.#orm.delete(acceptedRequests).where(lte(acceptedRequests.at, sql`${soon(-seconds)}`)),
    );
  }

  /** Takes waiting runs whose instruments are free, oldest first, at most `most`. */
  async claim(most: number): Promise<Claim[]> {
    if (most <= 0) return [];
    return inDatabase(() =>
      this.#database.transaction(async (transaction) => {
        const waiting = await transaction
          .select()
          .from(runQueue)
          .where(and(eq(runQueue.state, "queued"), lte(runQueue.notBefore, sql`now()`)))
          .orderBy(asc(runQueue.number))
          .limit(50)
          .for("update", { skipLocked: true });
        const claims: Claim[] = [];
        const tried = new Set<string>();
        for (const row of waiting) {
          if (claims.length === most) break;
          if (tried.has(row.instrument)) continue;
          tried.add(row.instrument);
          const [lease] = await transaction
            .insert(instruments)
            .values({
              key: row.instrument,
              holder: this.holder,
              run: row.run,
              fence: 1,
              expiresAt: soon(this.leaseSeconds),
            })
            .onConflictDoUpdate({
              target: instruments.key,
              set: {
                holder: this.holder,
                run: row.run,
                fence: sql`${instruments.fence} + 1`,
                expiresAt: soon(this.leaseSeconds),
              },
              setWhere: and(
                isNull(instruments.unsafe),
                or(isNull(instruments.holder), lte(instruments.expiresAt, sql`now()`)),
              )!,
            })
            .returning({ fence: instruments.fence });
          if (lease === undefined) continue;
          const attempts = row.attempts + 1;
          await transaction
            .update(runQueue)
            .set({ state: "active", attempts, updatedAt: sql`now()` })
            .where(eq(runQueue.run, row.run));
          const { run, instrument, repeatable, submittedBy } = row;
          claims.push({ run, instrument, fence: lease.fence, repeatable, attempts, submittedBy });
        }
        return claims;
      }),
    );
  }

  /** Prolongs a lease; says whether it was still held, and what is wanted of the run. */
  async renew({ instrument, run, fence }: Claim): Promise<{ held: boolean; wanted: Wanted }> {
    return inDatabase(async () => {
      const renewed = await this.#orm
        .update(instruments)
        .set({ expiresAt: soon(this.leaseSeconds) })
        .where(this.#mine(instrument, fence))
        .returning({ key: instruments.key });
      const [row] = await this.#orm
        .select({ wanted: runQueue.wanted })
        .from(runQueue)
        .where(eq(runQueue.run, run));
      return { held: renewed.length > 0, wanted: row?.wanted ?? "cancel" };
    });
  }

  /**
   * Gives a lease back with what became of the run. Where the lease has been lost meanwhile the run is another's to
   * settle; an unsafe instrument is marked all the same.
   *
   * @returns the run's state; null when the lease was lost
   */
  async settle(claim: Claim, settlement: Settlement): Promise<Exclude<QueuedRun["state"], "active"> | null> {
    const { failure = null, after_s = 0, orderly = false, unsafe } = settlement;
    return inDatabase(() =>
      this.#database.transaction(async (transaction) => {
        if (unsafe !== undefined)
          await transaction.update(instruments).set({ unsafe }).where(eq(instruments.key, claim.instrument));
        const released = await transaction
          .update(instruments)
          .set({ holder: null, run: null, expiresAt: sql`now()` })
          .where(this.#mine(claim.instrument, claim.fence))
          .returning({ key: instruments.key });
        const [row] = await transaction
          .select({ wanted: runQueue.wanted })
          .from(runQueue)
          .where(and(eq(runQueue.run, claim.run), eq(runQueue.state, "active")))
          .for("update");
        if (released.length === 0 || row === undefined) return null;
        const state = settlement.state === "queued" ? stateWhenWanted[row.wanted] : settlement.state;
        await transaction
          .update(runQueue)
          .set({
            state,
            failure,
            wanted: "run",
            notBefore: soon(after_s),
            updatedAt: sql`now()`,
            ...(orderly ? { attempts: 0 } : {}),
          })
          .where(eq(runQueue.run, claim.run));
        return state;
      }),
    );
  }

  #mine(instrument: string, fence: number): SQL {
    return and(
      eq(instruments.key, instrument),
      eq(instruments.holder, this.holder),
      eq(instruments.fence, fence),
    )!;
  }

  /**
   * Takes runs whose process died or lost its lease, with a lease of one's own to settle them by. Processes of this
   * host are seen to be dead at once; those of others when their lease runs out.
   *
   * @param except - runs that this process still has its hands on
   */
  async takeOrphans(except: readonly string[] = []): Promise<Claim[]> {
    return inDatabase(async () => {
      const held = await this.#orm.select().from(instruments).where(isNotNull(instruments.holder));
      const dead = held.flatMap(({ holder }) => {
        const owner = ownerOfClaim(holder!);
        return owner !== null && !isAlive(owner) ? [holder!] : [];
      });
      if (dead.length > 0) {
        await this.#orm
          .update(instruments)
          .set({ expiresAt: sql`now()` })
          .where(inArray(instruments.holder, dead));
      }
      return this.#database.transaction(async (transaction) => {
        const active = await transaction
          .select()
          .from(runQueue)
          .where(eq(runQueue.state, "active"))
          .for("update", { skipLocked: true });
        const orphans: Claim[] = [];
        for (const row of active) {
          if (except.includes(row.run)) continue;
          const [lease] = await transaction
            .update(instruments)
            .set({
              holder: this.holder,
              run: row.run,
              fence: sql`${instruments.fence} + 1`,
              expiresAt: soon(this.leaseSeconds),
            })
            .where(
              and(
                eq(instruments.key, row.instrument),
                or(isNull(instruments.holder), lte(instruments.expiresAt, sql`now()`)),
              ),
            )
            .returning({ fence: instruments.fence });
          if (lease === undefined) continue;
          const { run, instrument, repeatable, attempts, submittedBy } = row;
          orphans.push({ run, instrument, fence: lease.fence, repeatable, attempts, submittedBy });
        }
        return orphans;
      });
    });
  }

  /**
   * Asks for a change of a run; what waits changes at once, what is active when its process has heard of it.
   *
   * @returns the row as it is then; null when the change does not fit its state, or there is no such run
   */
  async want(run: string, wanted: "pause" | "cancel" | "resume"): Promise<QueuedRun | null> {
    return inDatabase(() =>
      this.#database.transaction(async (transaction) => {
        const [row] = await transaction.select().from(runQueue).where(eq(runQueue.run, run)).for("update");
        const change = row === undefined ? null : changeFor(row, wanted);
        if (row === undefined || change === null) return null;
        const [changed] = await transaction
          .update(runQueue)
          .set({ ...change, updatedAt: sql`now()` })
          .where(eq(runQueue.run, run))
          .returning();
        return changed ?? null;
      }),
    );
  }

  async find(run: string): Promise<QueuedRun | null> {
    return inDatabase(async () => {
      const [row] = await this.#orm.select().from(runQueue).where(eq(runQueue.run, run));
      return row ?? null;
    });
  }

  /** Runs in these states, oldest first. */
  async list(states: readonly QueuedRun["state"][]): Promise<QueuedRun[]> {
    return inDatabase(() =>
      this.#orm
        .select()
        .from(runQueue)
        .where(inArray(runQueue.state, [...states]))
        .orderBy(asc(runQueue.number)),
    );
  }

  /** How many runs are in each state. */
  async counts(): Promise<Readonly<Record<string, number>>> {
    return inDatabase(async () => {
      const rows = await this.#orm
        .select({ state: runQueue.state, runs: count() })
        .from(runQueue)
        .groupBy(runQueue.state);
      return Object.fromEntries(rows.map(({ state, runs }) => [state, runs]));
    });
  }

  /** Every instrument that was ever driven, and who drives it now. */
  async instruments(): Promise<InstrumentRow[]> {
    return inDatabase(() => this.#orm.select().from(instruments).orderBy(asc(instruments.key)));
  }

  /** A person has seen to it that the instrument is safe. @returns false when it was not marked */
  async clearUnsafe(key: string): Promise<boolean> {
    return inDatabase(async () => {
      const cleared = await this.#orm
        .update(instruments)
        .set({ unsafe: null })
        .where(and(eq(instruments.key, key), isNotNull(instruments.unsafe)))
        .returning({ key: instruments.key });
      return cleared.length > 0;
    });
  }
}

function changeFor(row: QueuedRun, wanted: "pause" | "cancel" | "resume"): Partial<QueuedRun> | null {
  const { state } = row;
  if (wanted === "resume") {
    // One that is to pause but has not heard of it yet just goes on.
    if (state === "active" && row.wanted === "pause") return { wanted: "run" };
    return state === "paused" || state === "failed"
      ? { state: "queued", wanted: "run", attempts: 0, failure: null, notBefore: new Date(0) }
      : null;
  }
  if (state === "active") return { wanted: row.wanted === "cancel" ? "cancel" : wanted };
  if (wanted === "pause") return state === "queued" || state === "paused" ? { state: "paused" } : null;
  return state === "done" ? null : { state: "cancelled", wanted: "run" };
}
