import type { LogEntry } from "./broadcast.ts";
import { ridOf } from "./broadcast.ts";
import { entriesOf, type Pyon } from "./pyon/values.ts";
import type { Mod } from "./sync-struct.ts";

/** What is known of a run from the schedule and the log. */
export interface RunView {
  readonly rid: number;
  /**
   * `vanished` left the schedule without having been seen to finish: it failed, was deleted, or finished while the
   * connection was away.
   */
  readonly state: "waiting" | "running" | "finished" | "vanished";
  /** Last status that the schedule named. */
  readonly status: string | null;
  /** True when part of its life passed unseen. */
  readonly gap: boolean;
  readonly errors: readonly string[];
}

interface RunNotes {
  status: string | null;
  present: boolean;
  finished: boolean;
  gap: boolean;
  expected: boolean;
  readonly errors: string[];
}

/** Runs remembered; beyond them those that are over are forgotten, oldest first. */
const maxRuns = 4096;

const over = new Set(["run_done", "analyzing"]);

/**
 * Follows runs by RID. The master answers every submission with a RID and takes a run that failed off the schedule
 * just as one that finished; only `run_done` on the way tells them apart, and the reason is in the log alone.
 */
export class RunFollower {
  readonly #runs = new Map<number, RunNotes>();
  #connectedBefore = false;

  schedule(struct: Pyon, mod: Mod): void {
    const present = new Map<number, string>();
    for (const [key, entry] of entriesOf(struct) ?? []) {
      const status = entriesOf(entry)?.get("status");
      if (typeof key === "number" && typeof status === "string") present.set(key, status);
    }
    const first = mod.action === "init" && !this.#connectedBefore;
    if (mod.action === "init") this.#connectedBefore = true;
    for (const [rid, status] of present) {
      const notes = this.#notes(rid);
      if (mod.action === "init" && !first && !over.has(status)) notes.gap ||= notes.present;
      notes.present = true;
      notes.status = status;
      notes.finished ||= over.has(status);
    }
    for (const [rid, notes] of this.#runs) {
      if (present.has(rid)) continue;
      if (notes.status === null && notes.expected && mod.action === "init" && !first) {
        notes.status = "unseen";
        notes.gap = true;
      }
      if (notes.present && mod.action === "init" && !notes.finished) notes.gap = true;
      notes.present = false;
    }
  }

  /** Names a run that the master has acknowledged, so that its absence after a reconnection is noticed. */
  expect(rid: number): void {
    this.#notes(rid).expected = true;
  }

  log(entry: LogEntry): void {
    const rid = ridOf(entry);
    if (rid !== null && entry.level >= 40) this.#notes(rid).errors.push(entry.message);
  }

  view(rid: number): RunView {
    const { status, present, finished, gap, errors } = this.#notes(rid);
    const running = status === "running" || status === "paused" || finished;
    let state: RunView["state"];
    if (status === null) state = "waiting";
    else if (present) state = running ? "running" : "waiting";
    else state = finished ? "finished" : "vanished";
    return { rid, state, status, gap, errors: [...errors] };
  }

  /** Forgets a run whose outcome was taken. */
  forget(rid: number): void {
    this.#runs.delete(rid);
  }

  #notes(rid: number): RunNotes {
    let notes = this.#runs.get(rid);
    if (!notes) {
      notes = { status: null, present: false, finished: false, gap: false, expected: false, errors: [] };
      this.#runs.set(rid, notes);
      if (this.#runs.size > maxRuns) {
        const old = [...this.#runs].find(([, candidate]) => !candidate.present && !candidate.expected);
        if (old) this.#runs.delete(old[0]);
      }
    }
    return notes;
  }
}
