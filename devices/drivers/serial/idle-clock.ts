import type { Clock } from "#devices/transports/serial/port";

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/**
 * Time for boards in memory: it passes when nothing else is left to do, so that nobody waits for what would take a real
 * board seconds.
 */
export class IdleClock implements Clock {
  #now = 0;
  #pumping = false;
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  after(delay_ms: number, callback: () => void): () => void {
    const timer = { due: this.#now + Math.max(0, delay_ms), callback };
    this.#timers.add(timer);
    this.#pump();
    return () => this.#timers.delete(timer);
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      let first: Timer | undefined;
      for (const timer of this.#timers) if (first === undefined || timer.due < first.due) first = timer;
      if (first === undefined) return;
      this.#timers.delete(first);
      this.#now = Math.max(this.#now, first.due);
      first.callback();
      if (this.#timers.size > 0) this.#pump();
    });
  }
}
