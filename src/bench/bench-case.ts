import type { MachineLimits } from "./machine.ts";
import type { CaseReport } from "./results.ts";
import type { Found, Tools } from "./tools.ts";

/** What a case may use. */
export interface BenchContext {
  readonly tools: Tools;
  readonly limits: Found<{ readonly limits: MachineLimits }>;
  /** Small sizes and few rounds: a check that all of it works and counts as it should. */
  readonly short: boolean;
  readonly rounds: number;
  readonly progress: (text: string) => void;
}

export type CaseOutcome = Omit<CaseReport, "name" | "title" | "elapsedSeconds">;

/** One table of the benchmark. */
export interface BenchCase {
  readonly name: string;
  readonly title: string;
  readonly run: (context: BenchContext) => Promise<CaseOutcome>;
}
