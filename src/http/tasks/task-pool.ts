import { Piscina } from "piscina";
import { EntrainError } from "#core/errors";
import type { Failure } from "../problem-details.ts";
import type { Task } from "./tasks.ts";
import type { Outcome } from "./worker.ts";

/** A failure of a task, as data, with where it came from for the log. */
export class TaskFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, trace: string) {
    super(String(failure.document.message));
    this.failure = failure;
    this.stack = trace;
  }
}

export interface TaskPoolOptions {
  readonly threads: number;
  /** Tasks that may wait; more are refused as busy. */
  readonly queue: number;
  readonly timeLimit_ms: number;
}

/** Threads that simulate and plan, so that no request waits for another's numbers. */
export interface TaskPool {
  /**
   * @param signal - gives up when the caller has gone
   * @throws TaskFailure, EntrainError `http.busy`, `http.time_limit`
   */
  run(task: Task, signal: AbortSignal): Promise<unknown>;
  /** Tasks at work and waiting. */
  load(): { readonly active: number; readonly waiting: number };
  close(): Promise<void>;
}

export function createTaskPool({ threads, queue, timeLimit_ms }: TaskPoolOptions): TaskPool {
  const compiled = import.meta.url.endsWith(".js");
  const pool = new Piscina({
    filename: new URL(compiled ? "./worker.js" : "./worker.ts", import.meta.url).href,
    minThreads: 1,
    maxThreads: threads,
    maxQueue: queue,
    // The sources are read by way of tsx, where they run uncompiled.
    execArgv: compiled ? [] : ["--conditions=source", "--import", "tsx"],
  });
  let active = 0;
  return {
    async run(task, signal) {
      const limit = AbortSignal.timeout(timeLimit_ms);
      active++;
      try {
        const outcome = (await pool.run(task, { signal: AbortSignal.any([signal, limit]) })) as Outcome;
        if ("answer" in outcome) return outcome.answer;
        throw new TaskFailure(outcome.failure, outcome.trace);
      } catch (error) {
        if (limit.aborted && !(error instanceof TaskFailure)) throw timeUp(timeLimit_ms);
        if (signal.aborted && !(error instanceof TaskFailure)) throw gone();
        if (error instanceof Error && /queue is at limit/i.test(error.message)) throw busy(queue);
        throw error;
      } finally {
        active--;
      }
    },
    load: () => ({ active: active - pool.queueSize, waiting: pool.queueSize }),
    close: () => pool.close(),
  };
}

/** Nobody is there to read it; it only keeps the log free of what is no fault. */
function gone(): EntrainError {
  return new EntrainError("http.gone", {
    path: "",
    message: "the caller went away",
    expected: "a caller that waits",
  });
}

function timeUp(limit_ms: number): EntrainError {
  return new EntrainError("http.time_limit", {
    path: "",
    message: `the answer took longer than ${limit_ms / 1000} s`,
    found: `more than ${limit_ms / 1000} s`,
    expected: "a smaller request, or a server with a longer limit",
  });
}

function busy(queue: number): EntrainError {
  return new EntrainError(
    "http.busy",
    {
      path: "",
      message: `${queue} requests are waiting already`,
      found: queue,
      expected: "another try in a moment",
    },
    { retryable: true },
  );
}
