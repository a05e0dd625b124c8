import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleWhen } from "cockatiel";
import { EntrainError } from "#core/errors";
import { type HttpAnswer, type HttpTransport, httpFault } from "./transport.ts";

/** Time as an argument, so that a test does not wait. */
export interface Clock {
  /** Unix time, ms. */
  now(): number;
  /** Returns early when the signal fires; the caller looks at the signal. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal?.addEventListener("abort", done, { once: true });
    }),
};

/** Statuses after which the same idempotent request may succeed. */
const passing = new Set([408, 429, 500, 502, 503, 504, 520, 521, 522, 524]);

export function mayPass(status: number): boolean {
  return passing.has(status);
}

/** What a `Retry-After` header asks for, seconds or a date, in ms from now; null without one. */
export function retryAfterOf(answer: HttpAnswer, now_ms: number): number | null {
  const text = answer.headers["retry-after"]?.trim();
  if (text === undefined || text === "") return null;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - now_ms);
}

export interface RetryPolicy {
  /** Tries in all. */
  readonly attempts: number;
  /** First wait; doubles each time, ±50 % at random. */
  readonly first_ms: number;
  readonly longest_ms: number;
  /** Wait after a 429 that does not say how long. */
  readonly crowded_ms: number;
  /** A `Retry-After` beyond this is not sat out; the answer goes to the caller. */
  readonly longest_retry_after_ms: number;
}

export const defaultRetry: RetryPolicy = {
  attempts: 5,
  first_ms: 500,
  longest_ms: 20_000,
  crowded_ms: 12_000,
  longest_retry_after_ms: 600_000,
};

/** Repeats a request that is safe to repeat. Not for anything that creates something. */
export function withRetry(
  transport: HttpTransport,
  policy: RetryPolicy,
  clock: Clock,
  random: () => number = Math.random,
): HttpTransport {
  return async (request) => {
    for (let attempt = 1; ; attempt++) {
      const last = attempt >= policy.attempts;
      const backoff = Math.min(policy.longest_ms, policy.first_ms * 2 ** (attempt - 1)) * (0.5 + random());
      let wait = backoff;
      try {
        const answer = await transport(request);
        if (last || !mayPass(answer.status)) return answer;
        const asked = retryAfterOf(answer, clock.now());
        if (asked !== null && asked > policy.longest_retry_after_ms) return answer;
        wait = asked ?? (answer.status === 429 ? Math.max(policy.crowded_ms, backoff) : backoff);
      } catch (error) {
        if (last || !(error instanceof EntrainError) || !error.retryable) throw error;
      }
      await clock.sleep(wait, request.signal);
      if (request.signal?.aborted) throw httpFault("http.aborted", request);
    }
  };
}

export interface BreakerPolicy {
  /** Failures in a row (5xx, time-outs, broken connections) after which nothing more is sent. */
  readonly failures: number;
  /** How long; then one request tries the water. */
  readonly pause_ms: number;
}

export const defaultBreaker: BreakerPolicy = { failures: 8, pause_ms: 30_000 };

/** Stops sending to a service that fails every time, so as not to add to its trouble. */
export function withBreaker(transport: HttpTransport, policy: BreakerPolicy): HttpTransport {
  const breaker = circuitBreaker(
    handleWhen((error) => error instanceof EntrainError && error.retryable).orWhenResult(
      (answer) => (answer as HttpAnswer).status >= 500,
    ),
    { halfOpenAfter: policy.pause_ms, breaker: new ConsecutiveBreaker(policy.failures) },
  );
  return async (request) => {
    try {
      return await breaker.execute(() => transport(request));
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw httpFault("http.circuit_open", request);
      throw error;
    }
  };
}

/** Lets `capacity` through at once and then one every `period_ms / capacity`. */
export class Pace {
  readonly #capacity: number;
  readonly #step_ms: number;
  readonly #clock: Clock;
  #tokens: number;
  #at: number;
  #line: Promise<void> = Promise.resolve();

  constructor(capacity: number, period_ms: number, clock: Clock) {
    this.#capacity = capacity;
    this.#step_ms = period_ms / capacity;
    this.#clock = clock;
    this.#tokens = capacity;
    this.#at = clock.now();
  }

  /** Waits for its turn; callers are served in order. */
  async turn(signal?: AbortSignal): Promise<void> {
    const before = this.#line;
    let release = () => {};
    this.#line = new Promise((resolve) => {
      release = resolve;
    });
    try {
      await before;
      this.#fill();
      if (this.#tokens < 1) {
        await this.#clock.sleep((1 - this.#tokens) * this.#step_ms, signal);
        this.#fill();
      }
      this.#tokens -= 1;
    } finally {
      release();
    }
  }

  #fill(): void {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#capacity, this.#tokens + Math.max(0, now - this.#at) / this.#step_ms);
    this.#at = now;
  }
}
