import { join } from "node:path";
import { EntrainError } from "#core/errors";
import { type MapRequest, parseMapRequest } from "#ir/map";
import { TileFile } from "#maps/tile-file";
import { type MapMethod, type PlaneName, planeNames, type Tile, tilesOf } from "#simulators/index";
import type { Database } from "#store/database";
import type { RequestKey } from "#store/engine/run-queue";
import { type SweepRow, SweepTable } from "#store/engine/sweep-table";
import { faultOf } from "../engine/runner.ts";
import type { TileComputer } from "./tile-computer.ts";
import { TileQueue } from "./tile-queue.ts";
import { TileThreads } from "./tile-threads.ts";

export interface SweepBoardOptions {
  readonly database: Database;
  /** Folder of the store; a sweep's files go to `sweeps/sweep-000001/` in it. */
  readonly folder: string;
  /** Writes the files of finished maps; default: a thread of its own. */
  readonly computer?: TileComputer;
  /** As the workers have it. */
  readonly expire_s?: number;
  readonly interval_ms?: number;
  readonly log?: (entry: Readonly<Record<string, unknown>>) => void;
  /** There are tiles to compute. */
  readonly onWork?: () => void;
}

/** A tile that is there, with its numbers; NaN as null. */
export interface GatheredTile extends Tile {
  readonly index: number;
  readonly planes: Partial<Record<PlaneName, (number | null)[]>>;
}

export interface TileEvent {
  readonly id: string;
  readonly event: "tile" | "end";
  readonly data: Readonly<Record<string, unknown>>;
}

interface Open {
  readonly row: SweepRow;
  readonly request: MapRequest;
  readonly file: TileFile;
  readonly of: number;
}

/** Tiles that are gathered in one go. */
const batch = 16;

/** Sweeps whose tiles are kept at hand. */
const mostOpen = 32;

export function sweepId(number: number): string {
  return `sweep-${String(number).padStart(6, "0")}`;
}

/** Number of a sweep's id; null when the text is none. */
export function sweepNumber(id: string): number | null {
  const match = /^(?:sweep-)?(\d{1,12})$/.exec(id);
  return match ? Number(match[1]) : null;
}

/**
 * Accepts sweeps, gathers their tiles from wherever they are computed, and puts the maps together. A tile is on this
 * disk once, whoever computed it how often; the files are those of `entrain map`, byte for byte.
 */
export class SweepBoard {
  readonly table: SweepTable;
  readonly #options: Required<SweepBoardOptions>;
  readonly #queue: TileQueue;
  readonly #open = new Map<number, Open>();
  readonly #viewers = new Map<number, Set<() => void>>();
  /** Of sweeps that somebody looks at. */
  readonly #latest = new Map<number, SweepRow>();
  readonly #timer: NodeJS.Timeout;
  #round: Promise<void> | undefined;
  #tidied = Number.NEGATIVE_INFINITY;
  #faulty = "";
  #stopping = false;

  private constructor(options: Required<SweepBoardOptions>, queue: TileQueue) {
    this.#options = options;
    this.#queue = queue;
    this.table = new SweepTable(options.database);
    this.#timer = setInterval(() => this.wake(), options.interval_ms);
    this.#timer.unref();
  }

  static async start(options: SweepBoardOptions): Promise<SweepBoard> {
    const all = {
      computer: options.computer ?? new TileThreads(1),
      expire_s: 30,
      interval_ms: 500,
      log: () => {},
      onWork: () => {},
      ...options,
    };
    const board = new SweepBoard(all, await TileQueue.open(all.database, { expire_s: all.expire_s }));
    for (const row of await board.table.running()) await board.#refill(row);
    board.wake();
    return board;
  }

  /**
   * Accepts a map; when this returns it will be computed whatever happens to this process.
   *
   * @throws EntrainError `map.invalid`, `map.too_large`
   */
  async submit(
    document: unknown,
    method: MapMethod,
    submittedBy: string,
    key?: RequestKey,
  ): Promise<SweepRow> {
    const request = parseMapRequest(document);
    const tiles = tilesOf(request).length;
    const plain = request as unknown as Record<string, unknown>;
    const number = await this.table.create({ request: plain, method, tiles, submittedBy }, key);
    const row = (await this.table.find(number))!;
    await this.#refill(row);
    this.#options.onWork();
    return row;
  }

  async cancel(number: number): Promise<boolean> {
    const cancelled = await this.table.end(number, "cancelled");
    if (cancelled) await this.#queue.drop(number);
    this.#tell(number);
    return cancelled;
  }

  /** Tiles of a sweep that are gathered. */
  done(row: SweepRow): number {
    return this.#opened(row).file.order.length;
  }

  /**
   * Takes a tile that was computed in this process.
   *
   * @returns whether it is on disk for good: not, when nobody has opened that sweep here
   * @throws EntrainError `file.write`
   */
  deliver(number: number, tile: number, payload: Uint8Array): boolean {
    const open = this.#open.get(number);
    if (open === undefined || this.#stopping) return false;
    if (!open.file.has(tile)) open.file.append(tile, payload);
    open.file.sync();
    this.#tell(number);
    return true;
  }

  folder(number: number): string {
    return join(this.#options.folder, "sweeps", sweepId(number));
  }

  /** Tiles in the order they came, from the `from`th on. */
  tiles(row: SweepRow, names: readonly PlaneName[], from: number, limit: number): GatheredTile[] {
    const { file, request } = this.#opened(row);
    const tiles = tilesOf(request);
    return file.order.slice(from, from + limit).map((index) => {
      const tile = tiles[index]!;
      const size = tile.columns * tile.rows;
      const bytes = file.read(index);
      const planes = Object.fromEntries(
        names.map((name) => {
          const first = planeNames.indexOf(name) * size;
          const value = (k: number) => {
            const number = bytes.readDoubleLE(8 * (first + k));
            return Number.isNaN(number) ? null : number;
          };
          return [name, Array.from({ length: size }, (_, k) => value(k))];
        }),
      );
      return { ...tile, index, planes };
    });
  }

  /** A `tile` for each that comes, from after the `last`th on; an `end` when the sweep has ended. */
  async *events(number: number, last: number, signal: AbortSignal): AsyncGenerator<TileEvent> {
    let wake = () => {};
    const viewers = this.#viewers.get(number) ?? new Set();
    const viewer = () => wake();
    viewers.add(viewer);
    this.#viewers.set(number, viewers);
    signal.addEventListener("abort", viewer);
    try {
      let told = last;
      while (!signal.aborted) {
        const changed = new Promise<void>((resolve) => {
          wake = resolve;
        });
        // One reading for all viewers; a query each would keep everybody waiting at every tile.
        const row = this.#latest.get(number) ?? (await this.#refresh(number));
        if (row === null) return;
        const { file, of } = this.#opened(row);
        for (; told < file.order.length && !signal.aborted; told++) {
          const data = { done: told + 1, total: of, index: file.order[told] };
          yield { id: String(told + 1), event: "tile", data };
        }
        if (row.state !== "running") {
          yield { id: String(told), event: "end", data: { state: row.state, failure: row.failure } };
          return;
        }
        await changed;
      }
    } finally {
      signal.removeEventListener("abort", viewer);
      viewers.delete(viewer);
      if (viewers.size === 0) {
        this.#viewers.delete(number);
        this.#latest.delete(number);
      }
    }
  }

  /** Looks for tiles now. */
  wake(): void {
    if (this.#stopping || this.#round !== undefined) return;
    this.#round = this.#gather().finally(() => {
      this.#round = undefined;
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#timer);
    await this.#round;
    await this.#options.computer.close();
    for (const { file } of this.#open.values()) file.close();
    await this.#queue.close();
  }

  async #gather(): Promise<void> {
    try {
      if (performance.now() - this.#tidied > 250 * this.#options.expire_s) {
        this.#tidied = performance.now();
        await this.#queue.tidy();
      }
      for (const row of await this.table.running()) await this.#gatherSweep(row);
      for (const number of this.#viewers.keys()) await this.#refresh(number);
      this.#report(null);
    } catch (error) {
      this.#report(error);
    }
  }

  async #gatherSweep(row: SweepRow): Promise<void> {
    const { number } = row;
    const { file, of, request } = this.#opened(row);
    while (!this.#stopping) {
      const waiting = await this.table.waitingTiles(number, batch);
      if (waiting.length === 0) break;
      for (const { tile, payload } of waiting) if (!file.has(tile)) file.append(tile, payload);
      // On this disk for good before the copy in the database goes.
      file.sync();
      await this.table.tilesGathered(
        number,
        waiting.map(({ tile }) => tile),
      );
      this.#tell(number);
    }
    if (this.#stopping) return;
    if (file.order.length === of) {
      file.sync();
      await this.#options.computer.finish(
        { sweep: number, request, method: row.method },
        this.folder(number),
      );
      await this.table.end(number, "done");
      this.#options.log({ level: "info", event: "sweep.done", sweep: sweepId(number) });
      this.#forget(number);
      this.#tell(number);
      return;
    }
    const hopeless = await this.#queue.hopeless(number);
    if (hopeless.length === 0) return;
    const failure = `tile ${hopeless[0]} could not be computed, however often it was tried`;
    await this.table.end(number, "failed", failure);
    await this.#queue.drop(number);
    this.#tell(number);
  }

  /** Puts into the queue what is not finished: after a crash, and where a disk lost tiles that it had. */
  async #refill(row: SweepRow): Promise<void> {
    const { file, of } = this.#opened(row);
    const finished = await this.table.finishedTiles(row.number);
    const lost = finished.filter(({ tile, here }) => !here && !file.has(tile)).map(({ tile }) => tile);
    if (lost.length > 0) await this.table.forgetTiles(row.number, lost);
    const there = new Set([...file.order, ...finished.filter(({ here }) => here).map(({ tile }) => tile)]);
    const missing = Array.from({ length: of }, (_, tile) => tile).filter((tile) => !there.has(tile));
    await this.#queue.add(row.number, missing);
  }

  #opened(row: SweepRow): Open {
    const known = this.#open.get(row.number);
    if (known !== undefined) return known;
    if (this.#open.size >= mostOpen) this.#forgetOldest();
    const request = row.request as unknown as MapRequest;
    const file = TileFile.open(this.folder(row.number), request, row.method);
    const open = { row, request, file, of: row.tiles };
    this.#open.set(row.number, open);
    return open;
  }

  /** Of those that have ended: nobody writes them any more. */
  #forgetOldest(): void {
    for (const [number, { row }] of this.#open) {
      if (row.state === "running") continue;
      this.#forget(number);
      return;
    }
  }

  #forget(number: number): void {
    this.#open.get(number)?.file.close();
    this.#open.delete(number);
  }

  /** Reads the row for those who look at it, and tells them when the sweep has ended. */
  async #refresh(number: number): Promise<SweepRow | null> {
    const row = await this.table.find(number);
    if (row === null || !this.#viewers.has(number)) return row;
    const before = this.#latest.get(number);
    this.#latest.set(number, row);
    if (before !== undefined && before.state !== row.state) this.#tell(number);
    return row;
  }

  #tell(number: number): void {
    for (const viewer of this.#viewers.get(number) ?? []) viewer();
  }

  #report(error: unknown): void {
    const fault = error === null ? null : faultOf(error);
    if ((fault?.code ?? "") === this.#faulty) return;
    this.#faulty = fault?.code ?? "";
    if (fault === null) this.#options.log({ level: "info", event: "sweeps.recovered" });
    else this.#options.log({ level: "error", event: "sweeps.fault", ...fault });
  }
}

/** @throws EntrainError `sweep.unknown` */
export function noSweep(id: string): EntrainError {
  return new EntrainError("sweep.unknown", {
    path: "sweep",
    message: `there is no sweep "${id}"`,
    found: id,
    expected: "one of GET /v1/sweeps",
  });
}
