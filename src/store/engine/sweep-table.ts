import { createHash } from "node:crypto";
import { and, asc, count, desc, eq, inArray, isNotNull, lt, sql } from "drizzle-orm";
import type { Database } from "../database.ts";
import { inDatabase } from "../database-fault.ts";
import { acceptedRequests, sweeps, sweepTiles } from "../schema.ts";
import type { RequestKey } from "./run-queue.ts";

export type SweepRow = typeof sweeps.$inferSelect;

/** Sweeps and their finished tiles, wherever those were computed. */
export class SweepTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get #orm() {
    return this.#database.orm;
  }

  /** Accepts a sweep; under a key once. @returns its number */
  async create(
    sweep: Pick<SweepRow, "request" | "method" | "tiles" | "submittedBy">,
    key?: RequestKey,
  ): Promise<number> {
    const taken = new Error("the key stands for an earlier sweep");
    return inDatabase(async () => {
      try {
        return await this.#database.transaction(async (transaction) => {
          const [row] = await transaction
            .insert(sweeps)
            .values({ ...sweep, state: "running" })
            .returning({ number: sweeps.number });
          if (key === undefined) return row!.number;
          const kept = await transaction
            .insert(acceptedRequests)
            .values({ ...key, answer: String(row!.number) })
            .onConflictDoNothing()
            .returning({ key: acceptedRequests.key });
          if (kept.length === 0) throw taken;
          return row!.number;
        });
      } catch (error) {
        if (error !== taken || key === undefined) throw error;
        const [earlier] = await this.#orm
          .select()
          .from(acceptedRequests)
          .where(and(eq(acceptedRequests.who, key.who), eq(acceptedRequests.key, key.key)));
        return Number(earlier!.answer);
      }
    });
  }

  async find(number: number): Promise<SweepRow | null> {
    return inDatabase(async () => {
      const [row] = await this.#orm.select().from(sweeps).where(eq(sweeps.number, number));
      return row ?? null;
    });
  }

  /** Newest first. @param before - only older ones */
  async list({ before, limit }: { before?: number | undefined; limit: number }): Promise<SweepRow[]> {
    return inDatabase(() =>
      this.#orm
        .select()
        .from(sweeps)
        .where(before === undefined ? undefined : lt(sweeps.number, before))
        .orderBy(desc(sweeps.number))
        .limit(limit),
    );
  }

  async running(): Promise<SweepRow[]> {
    return inDatabase(() =>
      this.#orm.select().from(sweeps).where(eq(sweeps.state, "running")).orderBy(asc(sweeps.number)),
    );
  }

  /** Ends a sweep that runs; false when it has ended already. */
  async end(
    number: number,
    state: "done" | "failed" | "cancelled",
    failure: string | null = null,
  ): Promise<boolean> {
    return inDatabase(async () => {
      const ended = await this.#orm
        .update(sweeps)
        .set({ state, failure, updatedAt: sql`now()` })
        .where(and(eq(sweeps.number, number), eq(sweeps.state, "running")))
        .returning({ number: sweeps.number });
      return ended.length > 0;
    });
  }

  /**
   * Keeps a finished tile; a second one for the same place is dropped.
   *
   * @param gathered - its numbers are on the gathering server's disk already, and need not come here
   * @returns whether it was the first
   */
  async keepTile(
    sweep: number,
    tile: number,
    payload: Uint8Array,
    worker: string,
    gathered = false,
  ): Promise<boolean> {
    const sha256 = createHash("sha256").update(payload).digest("hex");
    return inDatabase(async () => {
      const kept = await this.#orm
        .insert(sweepTiles)
        .values({ sweep, tile, sha256, payload: gathered ? null : payload, worker })
        .onConflictDoNothing()
        .returning({ tile: sweepTiles.tile });
      return kept.length > 0;
    });
  }

  /** Tiles whose numbers are not on the gathering server's disk yet, in the order they came. */
  async waitingTiles(sweep: number, limit: number): Promise<{ tile: number; payload: Uint8Array }[]> {
    return inDatabase(async () => {
      const rows = await this.#orm
        .select({ tile: sweepTiles.tile, payload: sweepTiles.payload })
        .from(sweepTiles)
        .where(and(eq(sweepTiles.sweep, sweep), isNotNull(sweepTiles.payload)))
        .orderBy(asc(sweepTiles.arrival))
        .limit(limit);
      return rows.map(({ tile, payload }) => ({ tile, payload: payload! }));
    });
  }

  /** The numbers of these tiles are on disk: they need not be here any more. */
  async tilesGathered(sweep: number, tiles: readonly number[]): Promise<void> {
    await inDatabase(() =>
      this.#orm
        .update(sweepTiles)
        .set({ payload: null })
        .where(and(eq(sweepTiles.sweep, sweep), inArray(sweepTiles.tile, [...tiles]))),
    );
  }

  /** Tiles that are finished, and whether their numbers are still here. */
  async finishedTiles(sweep: number): Promise<{ tile: number; here: boolean }[]> {
    return inDatabase(() =>
      this.#orm
        .select({ tile: sweepTiles.tile, here: sql<boolean>`${sweepTiles.payload} is not null` })
        .from(sweepTiles)
        .where(eq(sweepTiles.sweep, sweep)),
    );
  }

  /** Tiles by who computed them. */
  async workers(sweep: number): Promise<Readonly<Record<string, number>>> {
    return inDatabase(async () => {
      const rows = await this.#orm
        .select({ worker: sweepTiles.worker, tiles: count() })
        .from(sweepTiles)
        .where(eq(sweepTiles.sweep, sweep))
        .groupBy(sweepTiles.worker);
      return Object.fromEntries(rows.map(({ worker, tiles }) => [worker, tiles]));
    });
  }

  /** Tiles were lost with the disk that had them: they are to be computed again. */
  async forgetTiles(sweep: number, tiles: readonly number[]): Promise<void> {
    await inDatabase(() =>
      this.#orm
        .delete(sweepTiles)
        .where(and(eq(sweepTiles.sweep, sweep), inArray(sweepTiles.tile, [...tiles]))),
    );
  }
}
