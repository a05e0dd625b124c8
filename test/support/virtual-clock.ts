import type { Clock } from "#devices/transports/serial/port";

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** Time that passes only when nothing else is left to do. */
export class VirtualClock implements Clock {
  #now = 0;
  #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  after(delay_ms: number, callback: () => void): () => void {
    const timer = { due: this.#now + Math.max(0, delay_ms), callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass, timers firing in order. */
  advance(duration_ms: number): void {
    const end = this.#now + duration_ms;
    for (;;) {
      const next = this.#next();
      if (next === undefined || next.due > end) break;
      this.#fire(next);
    }
    this.#now = end;
  }

  /** Runs until the promise has settled: pending work first, then the next timer. */
  async run<T>(promise: Promise<T>, limit_ms = 1e7): Promise<T> {
    let settled = false;
    const end = this.#now + limit_ms;
    promise.then(
      () => {
        settled = true;
      },
      () => {
        settled = true;
      },
    );
    for (;;) {
      await settle();
      if (settled) return promise;
      const next = this.#next();
      if (next === undefined) throw new Error("nothing is left to wait for, and the promise is pending");
      if (next.due > end) throw new Error(`still pending after ${limit_ms} ms`);
      this.#fire(next);
    }
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (first === undefined || timer.due < first.due) first = timer;
    return first;
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.#now = timer.due;
    timer.callback();
  }
}

/** All microtasks that are due, however deep. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
