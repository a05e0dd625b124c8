import { hostname } from "node:os";
import { join } from "node:path";
import { findDriver } from "#devices/drivers/registry";
import type { Database } from "#store/database";
import { settleIn } from "#store/engine/home";
import { RunStore } from "#store/run-store";
import { RunEngine, type RunEngineOptions } from "./engine/run-engine.ts";
import { RunWatch } from "./engine/run-watch.ts";
import { faultOf, type Runner } from "./engine/runner.ts";
import { runInThreads } from "./engine/thread-runner.ts";
import { SweepBoard } from "./sweeps/sweep-board.ts";
import { SweepWorker } from "./sweeps/sweep-worker.ts";
import type { TileComputer } from "./sweeps/tile-computer.ts";

export interface LabOptions {
  /** Folder of the store. */
  readonly folder: string;
  /** PostgreSQL server; without one an embedded database in the folder. */
  readonly databaseUrl?: string | undefined;
  /** Opens the database, where it is not one of these two. */
  readonly openDatabase?: () => Promise<Database>;
  /** How the engine works; for tests. */
  readonly engine?: Partial<Omit<RunEngineOptions, "store" | "database" | "log" | "onChange" | "runner">>;
  /** Where runs are carried out; default: a thread each. */
  readonly runner?: (store: RunStore) => Runner;
  /** Where tiles are computed; default: threads. */
  readonly computer?: TileComputer;
  /** Threads that compute tiles of sweeps; 0 leaves them to others. Default 1. */
  readonly sweepThreads?: number;
  /** Seconds until tiles of a worker that is not heard of are given out again. */
  readonly tileExpire_s?: number;
  readonly log?: (entry: Readonly<Record<string, unknown>>) => void;
}

/** What works on a database. */
export interface LabWork {
  readonly database: Database;
  readonly engine: RunEngine;
  readonly sweeps: SweepBoard;
  /** Computes tiles in this process; null where others do. */
  readonly worker: SweepWorker | null;
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
  #faulty = "";

  constructor(options: LabOptions) {
    this.#options = options;
    this.store = RunStore.open(options.folder);
    this.watch = new RunWatch(this.store);
  }

  /** @throws EntrainError `store.locked` while another process has the database, `database.gone`, `database.broken` */
  work(): Promise<LabWork> {
    this.#work ??= this.#start().then(
      (work) => {
        this.#faulty = "";
        return work;
      },
      (error: unknown) => {
        this.#work = undefined;
        this.#report(error);
        throw error;
      },
    );
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
    await this.#started?.worker?.stop();
    await this.#started?.sweeps.stop();
    this.watch.close();
    this.store.close();
    await this.#started?.database.close().catch(() => {});
    this.#started = undefined;
  }

  async #start(): Promise<LabWork> {
    const { folder, log = () => {} } = this.#options;
    const database = await (this.#options.openDatabase ?? (() => this.#openDatabase()))();
    const parts: { stop(): Promise<void> }[] = [];
    try {
      await settleIn(database, this.store.fileSystem, folder);
      const engine = await RunEngine.start({
        runner: this.#options.runner?.(this.store) ?? runInThreads(folder),
        describe: (driver) => findDriver(driver).description,
        ...this.#options.engine,
        store: this.store,
        database,
        log,
        onChange: (run) => this.watch.notice(run),
      });
      parts.push(engine);
      const { sweepThreads = 1, tileExpire_s: expire_s = 30, computer } = this.#options;
      const where = computer === undefined ? {} : { computer };
      const interval_ms = this.#options.engine?.interval_ms ?? 500;
      let worker: SweepWorker | null = null;
      const sweeps = await SweepBoard.start({
        ...where,
        database,
        folder,
        expire_s,
        interval_ms,
        log,
        onWork: () => worker?.wake(),
      });
      parts.push(sweeps);
      if (sweepThreads > 0) {
        worker = await SweepWorker.start({
          ...where,
          database,
          threads: sweepThreads,
          name: `${hostname()}/${process.pid}`,
          expire_s,
          interval_ms,
          log,
          onTile: () => sweeps.wake(),
          deliver: (sweep, tile, payload) => sweeps.deliver(sweep, tile, payload),
        });
      }
      if (this.#closing) await engine.stop();
      this.#started = { database, engine, sweeps, worker };
      return this.#started;
    } catch (error) {
      for (const part of parts) await part.stop().catch(() => {});
      await database.close().catch(() => {});
      throw error;
    }
  }

  /** Said once, not at every try. */
  #report(error: unknown): void {
    const fault = faultOf(error);
    if (fault.code === this.#faulty) return;
    this.#faulty = fault.code;
    this.#options.log?.({ level: "error", event: "lab.not_started", ...fault });
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
