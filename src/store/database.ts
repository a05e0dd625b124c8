import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { PGlite } from "@electric-sql/pglite";
import { drizzle as drizzleServer } from "drizzle-orm/node-postgres";
import { migrate as migrateServer } from "drizzle-orm/node-postgres/migrator";
import type { PgDatabase, PgQueryResultHKT } from "drizzle-orm/pg-core";
import { drizzle as drizzleEmbedded } from "drizzle-orm/pglite";
import { migrate as migrateEmbedded } from "drizzle-orm/pglite/migrator";
import pg from "pg";
import { EntrainError } from "#core/errors";
import { packageRoot } from "#planning/load";
import { databaseFault, rootOf } from "./database-fault.ts";
import { type FileSystem, makeFolder, replaceFile } from "./file-system.ts";
import { Ownership } from "./ownership.ts";

export type Orm = PgDatabase<PgQueryResultHKT>;

/** The schema in a PostgreSQL, embedded or a server: the same tables, the same statements. */
export interface Database {
  readonly kind: "embedded" | "server";
  readonly orm: Orm;
  /** All of it or nothing. */
  transaction<T>(work: (orm: Orm) => Promise<T>): Promise<T>;
  /** For the queue engine, which brings statements of its own. */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
  /** Work that one process at a time does: making tables that look for themselves whether they are there. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Connections to a server that one process holds at most. */
const poolSize = 8;

/** Any number; those who migrate take turns by it. */
const migrationLock = 5_270_611;

/** The same for those who make the queue's tables. */
const startLock = 5_270_612;

const migrationsFolder = () => join(packageRoot(), "src", "store", "migrations");

/**
 * A PostgreSQL in a folder of this machine, made on first use. One process at a time: two that open the same folder
 * corrupt it, so an ownership of `key` guards it.
 *
 * @param options.rebuild - throw away what is there first
 * @throws EntrainError `store.locked` while another process has it; `database.broken` when it does not start
 */
export async function openEmbedded(
  fs: FileSystem,
  folder: string,
  lock: { readonly folder: string; readonly key: string },
  options: { readonly rebuild?: boolean } = {},
): Promise<Database> {
  const ownership = Ownership.acquire(fs, lock.folder, lock.key);
  let client: PGlite | undefined;
  try {
    // Written when the database is whole: a process that dies while it makes one leaves none.
    const complete = join(folder, "complete");
    if (options.rebuild || !fs.existsSync(complete)) fs.rmSync(folder, { recursive: true, force: true });
    makeFolder(fs, folder);
    client = await PGlite.create(join(folder, "database"));
    return await embedded(client, () => {
      if (!fs.existsSync(complete)) replaceFile(fs, complete, "");
      return () => ownership.release();
    });
  } catch (error) {
    await client?.close().catch(() => {});
    ownership.release();
    throw broken(error, folder);
  }
}

/** An embedded one that is forgotten when it is closed. */
export async function openInMemory(): Promise<Database> {
  return embedded(await PGlite.create(), () => () => {});
}

/**
 * Lets the process see to its connections after every statement. The embedded database answers without leaving the
 * turn of the event loop: who asks again at every answer would keep everybody else waiting for as long as there is
 * something to ask.
 */
function takeTurns(client: PGlite): void {
  const query = client.query.bind(client);
  client.query = async <T>(...statement: Parameters<typeof query>) => {
    const answer = await query<T>(...statement);
    await setImmediate();
    return answer;
  };
}

async function embedded(client: PGlite, whole: () => () => void): Promise<Database> {
  takeTurns(client);
  const orm = drizzleEmbedded(client);
  await migrateEmbedded(orm, { migrationsFolder: migrationsFolder() });
  const closed = whole();
  return {
    kind: "embedded",
    orm,
    transaction: (work) => orm.transaction(work),
    async executeSql(text, values) {
      if (values !== undefined && values.length > 0) {
        return { rows: (await client.query<Record<string, unknown>>(text, values)).rows };
      }
      // Several statements at once; the last one's rows are the answer.
      return { rows: ((await client.exec(text)).at(-1)?.rows ?? []) as Record<string, unknown>[] };
    },
    // One process has the folder.
    alone: (work) => work(),
    async close() {
      try {
        await client.close();
      } finally {
        closed();
      }
    },
  };
}

/**
 * A PostgreSQL server, brought up to this version's tables.
 *
 * @throws EntrainError `database.gone` when it does not answer
 */
export async function openServer(url: string): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: 5_000,
    application_name: "entrain",
    // A server that hangs must not hang us: what it does not answer has failed.
    query_timeout: 30_000,
    keepAlive: true,
  });
  // A connection that breaks while idle is replaced at the next statement, which then reports what is wrong.
  pool.on("error", () => {});
  // The same for one that breaks while a transaction has it: the statement that waits for it is what fails.
  pool.on("connect", (client) => client.on("error", () => {}));
  try {
    const client = await pool.connect();
    try {
      await client.query("select pg_advisory_lock($1)", [migrationLock]);
      await migrateServer(drizzleServer(client), { migrationsFolder: migrationsFolder() });
    } finally {
      await client.query("select pg_advisory_unlock($1)", [migrationLock]).catch(() => {});
      client.release();
    }
  } catch (error) {
    await pool.end().catch(() => {});
    throw databaseFault(error);
  }
  return {
    kind: "server",
    orm: drizzleServer(pool),
    // On a connection taken here: one that breaks at BEGIN would not be given back by the pool's own transaction.
    async transaction(work) {
      const client = await pool.connect();
      let sound = false;
      try {
        const result = await drizzleServer(client).transaction(work);
        sound = true;
        return result;
      } finally {
        client.release(!sound);
      }
    },
    async executeSql(text, values) {
      const result: pg.QueryResult | pg.QueryResult[] = await pool.query(text, values);
      const last = Array.isArray(result) ? result.at(-1) : result;
      return { rows: (last?.rows ?? []) as Record<string, unknown>[] };
    },
    async alone(work) {
      const client = await pool.connect();
      let sound = false;
      try {
        await client.query("select pg_advisory_lock($1)", [startLock]);
        const result = await work();
        await client.query("select pg_advisory_unlock($1)", [startLock]);
        sound = true;
        return result;
      } finally {
        // A connection that is closed takes its lock with it.
        client.release(!sound);
      }
    },
    close: () => pool.end(),
  };
}

function broken(error: unknown, folder: string): unknown {
  if (error instanceof EntrainError) return error;
  return new EntrainError(
    "database.broken",
    {
      path: folder,
      message: `the database does not start: ${rootOf(error).message.replace(/\.+$/, "")}.`,
      found: folder,
      expected: "a database",
    },
    { kind: "device" },
  );
}
