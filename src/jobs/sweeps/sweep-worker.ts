import type { MapRequest } from "#ir/map";
import type { Database } from "#store/database";
import { SweepTable } from "#store/engine/sweep-table";
import { faultOf } from "../engine/runner.ts";
import type { TileComputer, TileSource } from "./tile-computer.ts";
import { type TileJob, TileQueue } from "./tile-queue.ts";
import { TileThreads } from "./tile-threads.ts";

export interface SweepWorkerOptions {
  readonly database: Database;
  /** Tiles at a time. */
  readonly threads: number;
  /** Default: so many threads of its own. */
  readonly computer?: TileComputer;
  /** Named beside the tiles it computed. */
  readonly name: string;
  /** After so many seconds without a word of a worker its tiles are given out again; default 30. */
  readonly expire_s?: number;
  /** Between two looks at an empty queue; default 500. */
  readonly interval_ms?: number;
  readonly log?: (entry: Readonly<Record<string, unknown>>) => void;
  readonly onTile?: (sweep: number) => void;
  /**
   * Takes a tile's numbers without the detour through the database, for good when it returns true; for a worker in the
   * process that gathers them.
   */
  readonly deliver?: (sweep: number, tile: number, payload: Uint8Array) => boolean;
}

/** Requests that are kept at hand. */
const mostSources = 8;

/**
 * Takes tiles of whatever sweeps there are, computes them and hands them in, until it is stopped. It may die at any
 * moment: what it had in hand is given out again.
 */
export class SweepWorker {
  readonly #options: Required<SweepWorkerOptions>;
  readonly #queue: TileQueue;
  readonly #table: SweepTable;
  readonly #computer: TileComputer;
  readonly #sources = new Map<number, TileSource | null>();
  /** Jobs that were taken and are not handed in. */
  readonly #hand = new Map<string, Promise<void>>();
  readonly #pulse: NodeJS.Timeout;
  #stopping = false;
  #wake: () => void = () => {};
  #faulty = "";
  readonly #ended: Promise<void>;

  private constructor(options: Required<SweepWorkerOptions>, queue: TileQueue) {
    this.#options = options;
    this.#queue = queue;
    this.#table = new SweepTable(options.database);
    this.#computer = options.computer;
    this.#pulse = setInterval(() => this.#beat(), (1000 * options.expire_s) / 4);
    this.#pulse.unref();
    this.#ended = this.#work();
  }

  static async start(options: SweepWorkerOptions): Promise<SweepWorker> {
    const all = {
      computer: options.computer ?? new TileThreads(options.threads),
      expire_s: 30,
      interval_ms: 500,
      log: () => {},
      onTile: () => {},
      deliver: () => false,
      ...options,
    };
    return new SweepWorker(all, await TileQueue.open(all.database, { expire_s: all.expire_s }));
  }

  /** Looks at the queue now. */
  wake(): void {
    this.#wake();
  }

  /** Lets tiles in work be handed in, gives back the rest. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake();
    await this.#ended;
    clearInterval(this.#pulse);
    await this.#computer.close();
    await this.#queue.close();
  }

  async #work(): Promise<void> {
    const { threads, interval_ms } = this.#options;
    while (!this.#stopping) {
      let taken = 0;
      try {
        const room = 2 * threads - this.#hand.size;
        const jobs = room > 0 ? await this.#queue.take(room) : [];
        taken = jobs.length;
        for (const job of jobs) this.#begin(job);
        this.#report(null);
      } catch (error) {
        this.#report(error);
      }
      if (this.#stopping) break;
      await Promise.race([
        ...(taken > 0 || this.#hand.size > 0 ? [...this.#hand.values()] : []),
        new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, interval_ms);
          this.#wake = () => {
            clearTimeout(timer);
            resolve();
          };
        }),
      ]);
    }
    await Promise.all(this.#hand.values());
  }

  #begin(job: TileJob): void {
    const handled = this.#handle(job)
      .catch((error: unknown) => this.#report(error))
      .finally(() => this.#hand.delete(job.id));
    this.#hand.set(job.id, handled);
  }

  async #handle({ id, sweep, tile }: TileJob): Promise<void> {
    const source = await this.#source(sweep);
    // Ended or cancelled meanwhile.
    if (source === null) return this.#queue.complete([id]);
    let payload: Uint8Array;
    try {
      if (this.#stopping) return await this.#queue.giveBack([id]);
      payload = await this.#computer.solve(source, tile);
    } catch (error) {
      this.#options.log({ level: "error", event: "tile.failed", sweep, tile, ...faultOf(error) });
      return this.#queue.giveBack([id]);
    }
    // The numbers first, then the job: what dies between gives the tile out again, and the second copy is dropped.
    const gathered = this.#options.deliver(sweep, tile, payload);
    await this.#table.keepTile(sweep, tile, payload, this.#options.name, gathered);
    await this.#queue.complete([id]);
    this.#options.onTile(sweep);
  }

  async #source(sweep: number): Promise<TileSource | null> {
    const row = await this.#table.find(sweep);
    if (row?.state !== "running") {
      this.#sources.delete(sweep);
      return null;
    }
    const known = this.#sources.get(sweep);
    if (known) return known;
    if (this.#sources.size >= mostSources) this.#sources.clear();
    const source = { sweep, request: row.request as unknown as MapRequest, method: row.method };
    this.#sources.set(sweep, source);
    return source;
  }

  #beat(): void {
    this.#queue.touch([...this.#hand.keys()]).catch((error: unknown) => this.#report(error));
  }

  /** Said once, not at every look. */
  #report(error: unknown): void {
    const fault = error === null ? null : faultOf(error);
    if ((fault?.code ?? "") === this.#faulty) return;
    this.#faulty = fault?.code ?? "";
    if (fault === null) this.#options.log({ level: "info", event: "worker.recovered" });
    else this.#options.log({ level: "error", event: "worker.fault", ...fault });
  }
}
