/** What the fake service does wrong, on cue or by chance. */
export type Fault =
  /** Answers with this status; `done` says whether the request took effect all the same. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly done: boolean;
      readonly retry_after?: string;
      readonly body?: unknown;
    }
  /** Breaks the connection. */
  | { readonly kind: "drop"; readonly done: boolean }
  /** Sends half of the answer, then breaks the connection. */
  | { readonly kind: "half" }
  /** Never answers; the request takes effect `late_ms` later, or not at all. */
  | { readonly kind: "hang"; readonly late_ms: number | null }
  /** A web page with status 200. */
  | { readonly kind: "page"; readonly done: boolean };

export interface Cue {
  readonly method: string;
  /** Matches the whole path below the root, e.g. `/jobs` or `/jobs/[^/]+/results`. */
  readonly path: string;
  readonly fault: Fault;
  /** How often; 1 when absent. */
  readonly times?: number;
}

export interface Weather {
  /** Probability that a request meets a fault. */
  readonly probability: number;
  readonly seed: number;
  /** Longest delay of an answer, ms. */
  readonly delay_ms: number;
  /** Longest delay of a request that hangs and takes effect after all, ms. */
  readonly late_ms: number;
}

/** Deterministic stream of numbers in [0, 1): mulberry32. */
export function stream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function faultByChance(weather: Weather, random: () => number, post: boolean): Fault | null {
  if (random() >= weather.probability) return null;
  const done = random() < 0.5;
  const pick = Math.floor(random() * 6);
  if (pick === 0) return { kind: "status", status: [500, 502, 503, 504][Math.floor(random() * 4)]!, done };
  if (pick === 1) return { kind: "drop", done };
  if (pick === 2) return { kind: "half" };
  if (pick === 3) return { kind: "page", done };
  if (pick === 4) return { kind: "hang", late_ms: done ? random() * weather.late_ms : null };
  // A 429 never takes effect; with Retry-After half of the time.
  return { kind: "status", status: 429, done: false, ...(post && done ? { retry_after: "0.1" } : {}) };
}
