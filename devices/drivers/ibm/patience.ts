export interface Patience {
  /** How long after an unclear attempt no job must have turned up under its tag before another is made. */
  readonly settle_ms: number;
  /** Between two looks for it. */
  readonly look_ms: number;
  /** Polling: the first wait, growing by half each time up to the longest. */
  readonly first_poll_ms: number;
  readonly longest_poll_ms: number;
  /** Between two questions about the queue. */
  readonly queue_ms: number;
  /** Between two tries while the service is out of order. */
  readonly first_trouble_ms: number;
  readonly longest_trouble_ms: number;
  /** After a 429 that does not say how long. */
  readonly crowded_ms: number;
  /** How often a completed job is asked for results that it does not show. */
  readonly empty_tries: number;
}

export const defaultPatience: Patience = {
  settle_ms: 60_000,
  look_ms: 15_000,
  first_poll_ms: 5_000,
  longest_poll_ms: 30_000,
  queue_ms: 60_000,
  first_trouble_ms: 5_000,
  longest_trouble_ms: 120_000,
  crowded_ms: 12_000,
  empty_tries: 3,
};
