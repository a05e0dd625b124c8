import { Piscina } from "piscina";
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
   * @param signal - calls the job off: between tiles, once it is at work; a tile that goes on for longer than
   *   `patience_ms` after that ends with its thread, and a new one takes over
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

/** Two threads, started by the first who asks. */
export function createDesignerThreads(): DesignerThreads {
  const lanes: { [L in Lane]?: Piscina } = {};
  const run = async (lane: Lane, job: DesignerJob, signal: AbortSignal): Promise<unknown> => {
    const cancel = new SharedArrayBuffer(4);
    const kill = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const callOff = () => {
      Atomics.store(new Int32Array(cancel), 0, 1);
      timer = setTimeout(() => kill.abort(), patience_ms);
    };
    if (signal.aborted) throw calledOff();
    signal.addEventListener("abort", callOff, { once: true });
    try {
      const task: DesignerTask = { job, cancel };
      lanes[lane] ??= startLane();
      const outcome = (await lanes[lane].run(task, { signal: kill.signal })) as DesignerOutcome;
      if ("answer" in outcome) return outcome.answer;
      if ("failure" in outcome) throw new TaskFailure(outcome.failure, outcome.trace);
      throw calledOff();
    } catch (error) {
      if (kill.signal.aborted) throw calledOff();
      if (error instanceof Error && /queue is at limit/i.test(error.message)) throw busy();
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", callOff);
    }
  };
  let warmed = false;
  const never = new AbortController().signal;
  return {
    run,
    warm() {
      if (warmed) return;
      warmed = true;
      for (const [lane, job] of warmUp()) run(lane, job, never).catch(() => {});
    },
    async close() {
      await Promise.all(Object.values(lanes).map((lane) => lane.destroy()));
    },
  };
}

function startLane(): Piscina {
  const compiled = import.meta.url.endsWith(".js");
  return new Piscina({
    filename: new URL(compiled ? "./worker.js" : "./worker.ts", import.meta.url).href,
    // One at least: a thread that was ended must come again for what waits already.
    minThreads: 1,
    maxThreads: 1,
    maxQueue: queueLimit,
    // The sources are read by way of tsx, where they run uncompiled.
    execArgv: compiled ? [] : ["--conditions=source", "--import", "tsx"],
  });
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
