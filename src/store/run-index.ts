import { join } from "node:path";
import { and, desc, eq, gte, inArray, isNull, like, type SQL } from "drizzle-orm";
import { EntrainError } from "#core/errors";
import type { RunManifest } from "#ir/run";
import { type Database, openEmbedded, openServer } from "./database.ts";
import { inDatabase } from "./database-fault.ts";
import type { RunFilter } from "./run-filter.ts";
import { runNumber } from "./run-id.ts";
import type { DamagedRun, RunStore } from "./run-store.ts";
import { runs } from "./schema.ts";

/** Rows that go into one statement; PostgreSQL takes 65 535 parameters. */
const batch = 500;

export interface SyncResult {
  /** Runs read and written because their manifest was new or had changed. */
  readonly written: number;
  readonly removed: number;
  readonly damaged: readonly DamagedRun[];
}

/**
 * Search index of a store's runs: in a PostgreSQL server, or in an embedded one in `ROOT/index/`. Starting that takes
 * a second, making it the first time several. It can be deleted at any moment; the next `open` and `sync` make it again.
 */
export class RunIndex {
  readonly #store: RunStore;
  readonly #database: Database;

  private constructor(store: RunStore, database: Database) {
    this.#store = store;
    this.#database = database;
  }

  /**
   * @param options.rebuild - throw away what is there first
   * @param options.url - of a PostgreSQL server
   * @throws EntrainError `store.locked` while another process has the embedded index; `store.index_broken` when the
   * database does not start; `database.gone`
   */
  static async open(
    store: RunStore,
    { rebuild = false, url }: { rebuild?: boolean; url?: string | undefined } = {},
  ): Promise<RunIndex> {
    if (url !== undefined) {
      const index = new RunIndex(store, await openServer(url));
      if (rebuild) await inDatabase(() => index.#database.orm.delete(runs));
      return index;
    }
    const folder = join(store.root, "index");
    try {
      const lock = { folder: join(store.root, "locks"), key: "index" };
      return new RunIndex(store, await openEmbedded(store.fileSystem, folder, lock, { rebuild }));
    } catch (error) {
      throw indexBroken(error, folder);
    }
  }

  /** Brings the index up to the run folders; reads only manifests that changed since. */
  async sync(): Promise<SyncResult> {
    const known = new Map(
      (await this.#database.orm.select({ number: runs.number, stamp: runs.stamp }).from(runs)).map((row) => [
        row.number,
        row.stamp,
      ]),
    );
    const rows: (typeof runs.$inferInsert)[] = [];
    const damaged: DamagedRun[] = [];
    const gone = new Set(known.keys());
    for (const id of this.#store.ids()) {
      const number = runNumber(id)!;
      try {
        const stamp = this.#stamp(id);
        if (known.get(number) !== stamp) rows.push(rowOf(this.#store.manifest(id), number, stamp));
        gone.delete(number);
      } catch (error) {
        damaged.push({ id, message: (error as Error).message });
      }
    }
    await this.#database.transaction(async (transaction) => {
      const replaced = [...gone, ...rows.map((row) => row.number)];
      for (let k = 0; k < replaced.length; k += batch) {
        await transaction.delete(runs).where(inArray(runs.number, replaced.slice(k, k + batch)));
      }
      for (let k = 0; k < rows.length; k += batch) {
        await transaction
          .insert(runs)
          .values(rows.slice(k, k + batch))
          .onConflictDoNothing();
      }
    });
    return { written: rows.length, removed: gone.size, damaged };
  }

  /** Manifests of the runs that a filter lets through, newest first. */
  async list(filter: RunFilter = {}): Promise<RunManifest[]> {
    const { title, outcome, state, since, limit } = filter;
    const conditions: SQL[] = [];
    if (title !== undefined) {
      const literal = title.toLowerCase().replace(/[\\%_]/g, "\\$&");
      conditions.push(like(runs.titleFolded, `%${literal}%`));
    }
    if (outcome !== undefined)
      conditions.push(outcome === null ? isNull(runs.outcome) : eq(runs.outcome, outcome));
    if (state !== undefined) conditions.push(eq(runs.state, state));
    if (since !== undefined) conditions.push(gte(runs.createdAt, since));
    const query = this.#database.orm
      .select()
      .from(runs)
      .where(and(...conditions))
      .orderBy(desc(runs.number));
    return (await (limit === undefined ? query : query.limit(limit))).map(manifestOf);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  /** Every rewriting of a manifest makes a new file, so inode, time and size cannot all stay. */
  #stamp(id: string): string {
    const { mtimeNs, ino, size } = this.#store.fileSystem.statSync(
      join(this.#store.folder(id), "manifest.json"),
      { bigint: true },
    );
    return `${mtimeNs}-${ino}-${size}`;
  }
}

function rowOf(manifest: RunManifest, number: number, stamp: string): typeof runs.$inferInsert {
  return {
    number,
    id: manifest.id,
    uuid: manifest.uuid,
    title: manifest.title,
    titleFolded: manifest.title.toLowerCase(),
    protocol: manifest.protocol,
    profile: manifest.profile,
    profileSha256: manifest.profile_sha256,
    target: manifest.target,
    driver: manifest.driver,
    programSha256: manifest.program_sha256,
    programReplaced: manifest.program_replaced,
    seed: manifest.seed,
    shots: manifest.shots,
    state: manifest.state,
    createdAt: new Date(manifest.created_at),
    updatedAt: new Date(manifest.updated_at),
    recordsExpected: manifest.records_expected,
    outcome: manifest.outcome,
    failure: manifest.failure,
    versions: manifest.versions,
    stamp,
  };
}

function manifestOf(row: typeof runs.$inferSelect): RunManifest {
  return {
    schema_version: 1,
    id: row.id,
    uuid: row.uuid,
    title: row.title,
    protocol: row.protocol,
    profile: row.profile,
    profile_sha256: row.profileSha256,
    target: row.target,
    driver: row.driver,
    program_sha256: row.programSha256,
    program_replaced: row.programReplaced,
    seed: row.seed,
    shots: row.shots,
    state: row.state as RunManifest["state"],
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    records_expected: row.recordsExpected,
    outcome: row.outcome as RunManifest["outcome"],
    failure: row.failure,
    versions: row.versions,
  };
}

function indexBroken(error: unknown, folder: string): unknown {
  if (!(error instanceof EntrainError) || error.code !== "database.broken") return error;
  return new EntrainError(
    "store.index_broken",
    {
      ...error.problems[0]!,
      path: folder,
      hint: "It holds nothing that the run folders do not: rebuild it, or delete the folder.",
    },
    { kind: "device", cause: error },
  );
}
