import { Worker } from "node:worker_threads";
import { EntrainError } from "#core/errors";
import { TaskFailure } from "../tasks/task-pool.ts";
import type { DesignerJob } from "./jobs.ts";
import type { DesignerOutcome, DesignerTask } from "./worker.ts";

/**
 * Threads that stay warm between moves of a knob. They are not the pool of simulations: that one ends a thread to call
 * a task off, and a fresh thread would keep the next move waiting for a second.
 */
export interface DesignerThreads {
  /**
   * Answers within some tens of milliseconds are `quick` and never wait behind others.
   *
   * @param signal - calls the job off: at once while it waits, between tiles once it is at work; a tile that goes on for
   *   longer than `patience_ms` after that ends with its thread, and a new one takes over
   * @throws TaskFailure, EntrainError `http.busy`
   */
  run(lane: Lane, job: DesignerJob, signal: AbortSignal): Promise<unknown>;
  /** Starts the threads and has them work a little, so that the first who asks does not wait for compilers. */
  warm(): void;
  close(): Promise<void>;
}

export type Lane = "quick" | "slow";

/** How long a job that was called off may keep its thread. */
const patience_ms = 250;

/** Jobs that wait for one thread. */
const queueLimit = 64;

interface Waiting {
  readonly task: DesignerTask;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Takes the listener off the signal of whoever asked. */
  readonly settle: () => void;
}

/** Two threads, started by the first who asks. */
export function createDesignerThreads(): DesignerThreads {
  const lanes: Readonly<Record<Lane, Thread>> = { quick: new Thread(), slow: new Thread() };
  let next = 0;
  let warmed = false;
  const never = new AbortController().signal;
  const run = (lane: Lane, job: DesignerJob, signal: AbortSignal) => lanes[lane].run(next++, job, signal);
  return {
    run,
    warm() {
      if (warmed) return;
      warmed = true;
      for (const [lane, job] of warmUp()) run(lane, job, never).catch(() => {});
    },
    async close() {
      await Promise.all([lanes.quick.close(), lanes.slow.close()]);
    },
  };
}

/** Work like that of the first moves: compilers have seen it all when a hand arrives. */
function warmUp(): (readonly [Lane, DesignerJob])[] {
  const axis = (parameter: "gain" | "coupling" | "detuning", from: number, to: number, points: number) => ({
    parameter,
    from,
    to,
    points,
    scale: "linear" as const,
  });
  const map = (points: number) => ({
    gain: 0.5,
    loss: 1,
    asymmetry: -10,
    ladder: { boson: 1 },
    x: axis("gain", 0.1, 3, points),
    y: axis("coupling", 0, 8, points),
  });
  const points = [0.45, 0.5, 0.55, 0.6].map((gain): readonly [Lane, DesignerJob] => [
    "quick",
    {
      kind: "point",
      profile: "square-3x3",
      groups: 1,
      target: { gain, coupling: 30, fock_state: 1 },
    },
  ]);
  return [
    ["quick", { kind: "preview", preview: "growth", request: map(33) }],
    ["slow", { kind: "preview", preview: "state", request: map(17) }],
    ...points,
  ];
}

class Thread {
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, Waiting>();

  run(id: number, job: DesignerJob, signal: AbortSignal): Promise<unknown> {
    if (this.#waiting.size >= queueLimit) return Promise.reject(busy());
    const worker = this.#start();
    const cancel = new SharedArrayBuffer(4);
    return new Promise((resolve, reject) => {
      const callOff = () => {
        Atomics.store(new Int32Array(cancel), 0, 1);
        // What only waits is answered as called off when its turn comes, at no cost.
        setTimeout(() => this.#giveUp(id), patience_ms).unref();
      };
      if (signal.aborted) callOff();
      signal.addEventListener("abort", callOff, { once: true });
      const task: DesignerTask = { id, job, cancel };
      const settle = () => signal.removeEventListener("abort", callOff);
      this.#waiting.set(id, { task, resolve, reject, settle });
      worker.postMessage(task);
    });
  }

  /** Ends the thread if it is still at a job that nobody waits for; what waits behind goes to a new one. */
  #giveUp(id: number): void {
    const [first] = this.#waiting.keys();
    if (first !== id) return;
    const entry = this.#waiting.get(id)!;
    this.#waiting.delete(id);
    entry.settle();
    entry.reject(calledOff());
    const stuck = this.#worker;
    this.#worker = undefined;
    void stuck?.terminate();
    if (this.#waiting.size === 0) return;
    const worker = this.#start();
    for (const { task } of this.#waiting.values()) worker.postMessage(task);
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#failAll(new Error("the designer was closed"));
  }

  #start(): Worker {
    if (this.#worker) return this.#worker;
    const compiled = import.meta.url.endsWith(".js");
    const worker = new Worker(new URL(compiled ? "./worker.js" : "./worker.ts", import.meta.url), {
      // The sources are read by way of tsx, where they run uncompiled.
      execArgv: compiled ? [] : ["--conditions=source", "--import", "tsx"],
    });
    worker.unref();
    worker.on("message", (outcome: DesignerOutcome) => {
      if (this.#worker === worker) this.#settle(outcome);
    });
    worker.on("error", (error) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#failAll(error);
    });
    this.#worker = worker;
    return worker;
  }

  #settle(outcome: DesignerOutcome): void {
    const entry = this.#waiting.get(outcome.id);
    if (!entry) return;
    this.#waiting.delete(outcome.id);
    entry.settle();
    if ("answer" in outcome) entry.resolve(outcome.answer);
    else if ("failure" in outcome) entry.reject(new TaskFailure(outcome.failure, outcome.trace));
    else entry.reject(calledOff());
  }

  #failAll(error: unknown): void {
    for (const { reject, settle } of this.#waiting.values()) {
      settle();
      reject(error);
    }
    this.#waiting.clear();
  }
}

function busy(): EntrainError {
  return new EntrainError(
    "http.busy",
    {
      path: "",
      message: `${queueLimit} moves are waiting already`,
      found: queueLimit,
      expected: "another try in a moment",
    },
    { retryable: true },
  );
}

/** Nobody reads it: the connection is gone. */
function calledOff(): EntrainError {
  return new EntrainError(
    "http.busy",
    { path: "", message: "the request was called off", found: null, expected: "a caller who waits" },
    { retryable: true },
  );
}
