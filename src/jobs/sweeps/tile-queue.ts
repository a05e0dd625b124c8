import { createHash } from "node:crypto";
import PgBoss from "pg-boss";
import type { Database } from "#store/database";
import { inDatabase } from "#store/database-fault";

const queue = "tiles";

/** Times that a tile is given out until it counts as one that cannot be computed. */
const mostRetries = 10;

/** A tile that was given out. */
export interface TileJob {
  readonly id: string;
  readonly sweep: number;
  readonly tile: number;
}

/**
 * Tiles that wait to be computed, one job each, on pg-boss. A job whose taker is not heard of for `expire_s` is given
 * out again; that a tile computed twice counts once is the sweep table's business.
 */
export class TileQueue {
  readonly #boss: PgBoss;
  readonly #database: Database;
  readonly #expire_s: number;

  private constructor(boss: PgBoss, database: Database, expire_s: number) {
    this.#boss = boss;
    this.#database = database;
    this.#expire_s = expire_s;
  }

  static async open(database: Database, { expire_s = 30 }: { expire_s?: number } = {}): Promise<TileQueue> {
    return inDatabase(async () => {
      const boss = new PgBoss({
        db: {
          executeSql: async (text: string, values?: unknown[]) => database.executeSql(text, values),
        },
        supervise: false,
        schedule: false,
      });
      // Faults come from the calls themselves; without a listener they would end the process.
      boss.on("error", () => {});
      // Two that start at once would both make its tables, and one of them fail.
      await database.alone(async () => {
        await boss.start();
        if ((await boss.getQueue(queue)) === null) {
          await boss.createQueue(queue, { name: queue, retryLimit: mostRetries, retryDelay: 0 });
        }
      });
      return new TileQueue(boss, database, expire_s);
    });
  }

  /** Puts tiles into the queue; those that are there already stay as they are. */
  async add(sweep: number, tiles: readonly number[]): Promise<void> {
    await inDatabase(async () => {
      for (let k = 0; k < tiles.length; k += 1000) {
        await this.#boss.insert(
          tiles.slice(k, k + 1000).map((tile) => ({
            id: jobId(sweep, tile),
            name: queue,
            data: { sweep, tile },
            expireInSeconds: this.#expire_s,
            retryLimit: mostRetries,
          })),
        );
      }
    });
  }

  /** Takes up to so many tiles, oldest first. */
  async take(most: number): Promise<TileJob[]> {
    return inDatabase(async () => {
      const jobs = await this.#boss.fetch<{ sweep: number; tile: number }>(queue, { batchSize: most });
      return (jobs ?? []).map(({ id, data }) => ({ id, ...data }));
    });
  }

  /** Says that these are still being worked on. */
  async touch(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await inDatabase(() =>
      this.#database.executeSql(
        "update pgboss.job set started_on = now() where name = $1 and id = any($2::uuid[]) and state = 'active'",
        [queue, [...ids]],
      ),
    );
  }

  async complete(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await inDatabase(() => this.#boss.complete(queue, [...ids]));
  }

  /** Gives tiles back untouched, or with what went wrong. */
  async giveBack(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await inDatabase(() => this.#boss.fail(queue, [...ids]));
  }

  /** Gives out again what its takers let go of, and clears away old jobs. */
  async tidy(): Promise<void> {
    await inDatabase(() => this.#boss.maintain());
  }

  /** Tiles of a sweep that were given out in vain too often. */
  async hopeless(sweep: number): Promise<number[]> {
    return inDatabase(async () => {
      const { rows } = await this.#database.executeSql(
        "select data->>'tile' as tile from pgboss.job where name = $1 and state = 'failed' and (data->>'sweep')::bigint = $2",
        [queue, sweep],
      );
      return rows.map(({ tile }) => Number(tile));
    });
  }

  /** Takes what waits of a sweep out of the queue. */
  async drop(sweep: number): Promise<void> {
    await inDatabase(() =>
      this.#database.executeSql(
        "delete from pgboss.job where name = $1 and state < 'active' and (data->>'sweep')::bigint = $2",
        [queue, sweep],
      ),
    );
  }

  async close(): Promise<void> {
    await this.#boss.stop({ graceful: false, close: false, wait: false }).catch(() => {});
  }
}

/** A UUID that is the same for the same tile: a job that exists is not made again. Sorts as the tiles do. */
function jobId(sweep: number, tile: number): string {
  const hex = createHash("sha256").update(`${sweep}/${tile}`).digest("hex");
  const first = tile.toString(16).padStart(8, "0");
  return `${first}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
