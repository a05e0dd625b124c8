import { join } from "node:path";
import { findDriver } from "#devices/drivers/registry";
import type { Database } from "#store/database";
import { RunStore } from "#store/run-store";
import { RunEngine, type RunEngineOptions } from "./engine/run-engine.ts";
import { RunWatch } from "./engine/run-watch.ts";
import { runInThreads } from "./engine/thread-runner.ts";

export interface LabOptions {
  /** Folder of the store. */
  readonly folder: string;
  /** PostgreSQL server; without one an embedded database in the folder. */
  readonly databaseUrl?: string | undefined;
  /** Opens the database, where it is not one of these two. */
  readonly openDatabase?: () => Promise<Database>;
  /** How the engine works; for tests. */
  readonly engine?: Partial<Omit<RunEngineOptions, "store" | "database" | "log" | "onChange">>;
  readonly log?: (entry: Readonly<Record<string, unknown>>) => void;
}

/** What works on a database. */
export interface LabWork {
  readonly database: Database;
  readonly engine: RunEngine;
}

/**
 * All that a server keeps going over one store: runs on instruments. Reading kept runs needs no database; the rest
 * starts when it is first asked for, and again when that failed.
 */
export class Lab {
  readonly store: RunStore;
  readonly watch: RunWatch;
  readonly #options: LabOptions;
  #work: Promise<LabWork> | undefined;
  #started: LabWork | undefined;
  #closing = false;

  constructor(options: LabOptions) {
    this.#options = options;
    this.store = RunStore.open(options.folder);
    this.watch = new RunWatch(this.store);
  }

  /** @throws EntrainError `store.locked` while another process has the database, `database.gone`, `database.broken` */
  work(): Promise<LabWork> {
    this.#work ??= this.#start().catch((error: unknown) => {
      this.#work = undefined;
      throw error;
    });
    return this.#work;
  }

  /** What was started; undefined before `work` or while it does not start. */
  get started(): LabWork | undefined {
    return this.#started;
  }

  /** Stops what is at work, every instrument in its safe state; it goes on with the next start. */
  async halt(): Promise<void> {
    this.#closing = true;
    const work = await this.#work?.catch(() => undefined);
    await work?.engine.stop();
  }

  async close(): Promise<void> {
    await this.halt();
    this.watch.close();
    this.store.close();
    await this.#started?.database.close().catch(() => {});
    this.#started = undefined;
  }

  async #start(): Promise<LabWork> {
    const { folder, log = () => {} } = this.#options;
    const database = await (this.#options.openDatabase ?? (() => this.#openDatabase()))();
    try {
      const engine = await RunEngine.start({
        runner: runInThreads(folder),
        describe: (driver) => findDriver(driver).description,
        ...this.#options.engine,
        store: this.store,
        database,
        log,
        onChange: (run) => this.watch.notice(run),
      });
      if (this.#closing) await engine.stop();
      this.#started = { database, engine };
      return this.#started;
    } catch (error) {
      await database.close().catch(() => {});
      throw error;
    }
  }

  async #openDatabase(): Promise<Database> {
    const { folder, databaseUrl } = this.#options;
    // A heavy import that a server which only simulates does without.
    const { openEmbedded, openServer } = await import("#store/database");
    if (databaseUrl !== undefined) return openServer(databaseUrl);
    const lock = { folder: join(folder, "locks"), key: "database" };
    return openEmbedded(this.store.fileSystem, join(folder, "database"), lock);
  }
}
