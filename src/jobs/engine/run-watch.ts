import { join } from "node:path";
import { EntrainError } from "#core/errors";
import type { RunManifest, StateChange } from "#ir/run";
import { RecordCount } from "#store/record-count";
import type { RunStore } from "#store/run-store";

/** Something that happened to a run. */
export interface RunEvent {
  /** Number of the last change of state and of records so far: from here a stream can go on. */
  readonly id: string;
  readonly event: "state" | "progress" | "judged";
  readonly data: Readonly<Record<string, unknown>>;
}

interface Snapshot {
  readonly changes: readonly StateChange[];
  readonly recorded: number;
  readonly manifest: RunManifest;
}

interface Watched {
  readonly count: RecordCount;
  snapshot: Snapshot | null;
  version: number;
  viewers: number;
  readonly waiting: Set<() => void>;
  timer: NodeJS.Timeout;
  soon: NodeJS.Timeout | undefined;
}

/** Least time between two looks at one run. */
const pause_ms = 50;

/**
 * Follows runs on disk for any number of viewers, each run read once for all of them. What this process does shows at
 * once (`notice`), what others do at the next look.
 */
export class RunWatch {
  readonly #store: RunStore;
  readonly #interval_ms: number;
  readonly #watched = new Map<string, Watched>();

  constructor(store: RunStore, interval_ms = 500) {
    this.#store = store;
    this.#interval_ms = interval_ms;
  }

  /** Runs that somebody looks at. */
  get size(): number {
    return this.#watched.size;
  }

  /** Has a run looked at soon. */
  notice(run: string): void {
    const watched = this.#watched.get(run);
    if (watched === undefined || watched.soon !== undefined) return;
    watched.soon = setTimeout(() => {
      watched.soon = undefined;
      this.#look(run, watched);
    }, pause_ms);
  }

  /**
   * Events of a run from the first on, or from after `last`; ends when nothing more can happen to it, or at `signal`.
   *
   * @throws EntrainError `store.no_run` or `store.corrupt`
   */
  async *events(run: string, last: string | undefined, signal: AbortSignal): AsyncGenerator<RunEvent> {
    const watched = this.#enter(run);
    try {
      let [number, recorded] = positionOf(last);
      while (!signal.aborted) {
        const { version, snapshot } = watched;
        if (snapshot === null) return;
        const { changes, manifest } = snapshot;
        for (const change of changes) {
          if (change.number <= number) continue;
          number = change.number;
          const { state, at, failure } = change;
          yield { id: `${number}.${recorded}`, event: "state", data: { state, at, failure } };
        }
        if (snapshot.recorded > recorded) {
          recorded = snapshot.recorded;
          const data = { recorded, expected: manifest.records_expected };
          yield { id: `${number}.${recorded}`, event: "progress", data };
        }
        if (manifest.state === "judged") {
          yield { id: `${number}.${recorded}`, event: "judged", data: { outcome: manifest.outcome } };
        }
        if (isOver(manifest)) return;
        if (version === watched.version) await next(watched, signal);
      }
    } finally {
      this.#leave(run, watched);
    }
  }

  /** True when a stream from after `last` would hold nothing, now or later. */
  over(run: string, last: string | undefined): boolean {
    const manifest = this.#store.manifest(run);
    if (last === undefined || !isOver(manifest)) return false;
    return positionOf(last)[0] >= this.#store.history(run).at(-1)!.number;
  }

  close(): void {
    for (const watched of this.#watched.values()) stop(watched);
    this.#watched.clear();
  }

  #enter(run: string): Watched {
    const known = this.#watched.get(run);
    if (known !== undefined) {
      known.viewers++;
      return known;
    }
    const count = new RecordCount(join(this.#store.folder(run), "records.ndjson"));
    const snapshot = this.#read(run, count);
    const watched: Watched = {
      count,
      snapshot,
      version: 0,
      viewers: 1,
      waiting: new Set(),
      timer: setInterval(() => this.#look(run, watched), this.#interval_ms),
      soon: undefined,
    };
    watched.timer.unref();
    this.#watched.set(run, watched);
    return watched;
  }

  #leave(run: string, watched: Watched): void {
    watched.viewers--;
    if (watched.viewers > 0) return;
    stop(watched);
    if (this.#watched.get(run) === watched) this.#watched.delete(run);
  }

  #read(run: string, count: RecordCount): Snapshot {
    // The records first: a run that has ended has no more of them than are counted then.
    const recorded = count.read();
    const manifest = this.#store.manifest(run);
    const changes = this.#store.history(run);
    return { changes, recorded: isOver(manifest) ? count.read() : recorded, manifest };
  }

  #look(run: string, watched: Watched): void {
    const before = watched.snapshot;
    try {
      watched.snapshot = this.#read(run, watched.count);
    } catch (error) {
      // Deleted: the streams end. A run that cannot be read just now is looked at again.
      if (!(error instanceof EntrainError) || error.code !== "store.no_run") return;
      watched.snapshot = null;
    }
    const now = watched.snapshot;
    const same =
      before !== null &&
      now !== null &&
      before.recorded === now.recorded &&
      before.changes.length === now.changes.length &&
      before.manifest.updated_at === now.manifest.updated_at;
    if (same) return;
    watched.version++;
    for (const wake of [...watched.waiting]) wake();
  }
}

function isOver({ state }: RunManifest): boolean {
  return state === "judged" || state === "cancelled";
}

function positionOf(last: string | undefined): [number: number, recorded: number] {
  const [, number, recorded] = /^(\d{1,9})\.(\d{1,9})$/.exec(last ?? "") ?? [];
  return [Number(number ?? 0), Number(recorded ?? 0)];
}

function next(watched: Watched, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      watched.waiting.delete(wake);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    watched.waiting.add(wake);
    signal.addEventListener("abort", wake);
  });
}

function stop(watched: Watched): void {
  clearInterval(watched.timer);
  clearTimeout(watched.soon);
  for (const wake of [...watched.waiting]) wake();
}
