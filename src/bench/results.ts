import type { Ratio, Summary } from "./statistics.ts";

/** Who stands behind a row: Entrain, somebody else's program, or the machine's own limit. */
export type RowKind = "ours" | "peer" | "limit";

/** Errors of the items of a row against the case's common reference. */
export interface ErrorSummary {
  readonly median: number;
  readonly p90: number;
  readonly maximum: number;
}

/** One contestant of a case. */
export interface Row {
  readonly name: string;
  readonly kind: RowKind;
  /** Why there is no measurement; absent when there is one. */
  readonly missing?: string;
  /** Version, compiler, flags. */
  readonly build?: string;
  /** Items that one run handles. */
  readonly items?: number;
  /** Processor seconds per item. */
  readonly seconds?: Summary;
  /** Against the case's reference row, per item; above one is slower. */
  readonly ratio?: Ratio;
  /** The same where both have the error of the reference row. */
  readonly ratioAtEqualError?: number | null;
  readonly error?: ErrorSummary;
  /** Counted work per item and other numbers of interest. */
  readonly work?: Readonly<Record<string, number>>;
}

/** A number that should be reached; it never decides the exit status. */
export interface Goal {
  readonly name: string;
  readonly bound: "at most" | "at least";
  readonly target: number;
  readonly unit: string;
  /** Null when it could not be measured. */
  readonly measured: number | null;
  /** Why not measured, or what stands behind the number. */
  readonly remark?: string;
}

/** Accuracy or counted work, the same on every machine; decides the exit status. */
export interface Check {
  readonly name: string;
  readonly passed: boolean;
  readonly found: string;
  readonly expected: string;
}

export interface CaseReport {
  readonly name: string;
  readonly title: string;
  /** What an item is: trajectory, map, application. */
  readonly item: string;
  /** Name of the row that ratios refer to. */
  readonly reference?: string;
  readonly rows: readonly Row[];
  readonly goals: readonly Goal[];
  readonly checks: readonly Check[];
  readonly notes: readonly string[];
  /** Rounds kept and rounds left out as noisy. */
  readonly rounds?: { readonly kept: number; readonly noisy: number };
  readonly elapsedSeconds: number;
}

export type Verdict = "met" | "missed" | "not measured";

export function verdictOf({ bound, target, measured }: Goal): Verdict {
  if (measured === null || Number.isNaN(measured)) return "not measured";
  return (bound === "at most" ? measured <= target : measured >= target) ? "met" : "missed";
}

/** How much room is left: above one is better than asked, whichever way the bound goes; null when not measured. */
export function marginOf({ bound, target, measured }: Goal): number | null {
  if (measured === null || Number.isNaN(measured)) return null;
  return bound === "at most" ? target / measured : measured / target;
}

/** Exit status of the command: 0, or 1 when an accuracy or a count is off. Times never count. */
export function exitStatusOf(cases: readonly CaseReport[]): 0 | 1 {
  return cases.every(({ checks }) => checks.every(({ passed }) => passed)) ? 0 : 1;
}

/** A check that a number does not exceed a limit. */
export function atMost(name: string, found: number, limit: number): Check {
  return { name, passed: found <= limit, found: brief(found), expected: `at most ${brief(limit)}` };
}

export function atLeast(name: string, found: number, limit: number): Check {
  return { name, passed: found >= limit, found: brief(found), expected: `at least ${brief(limit)}` };
}

function brief(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value.toPrecision(3);
}
