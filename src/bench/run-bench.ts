import { loadavg } from "node:os";
import type { BenchCase, BenchContext } from "./bench-case.ts";
import { describeMachine, type MachineDescription, type MachineLimits, measureLimits } from "./machine.ts";
import { type CaseReport, exitStatusOf } from "./results.ts";
import { clearScratch, discoverTools, type Found } from "./tools.ts";

export interface BenchOptions {
  readonly short: boolean;
  /** Default: 5, or 2 in the short form. */
  readonly rounds?: number;
  /** Hears what is going on. */
  readonly progress?: (text: string) => void;
  /** Hears of each finished case. */
  readonly onCase?: (report: CaseReport) => void;
}

export interface BenchReport {
  readonly short: boolean;
  readonly date: string;
  readonly machine: MachineDescription;
  readonly limits: Found<{ readonly limits: MachineLimits }>;
  readonly cases: readonly CaseReport[];
  /** All accuracies and counts as they should be; times do not matter. */
  readonly passed: boolean;
}

/** Runs the cases one after the other and puts their tables together. */
export async function runBench(
  cases: readonly BenchCase[],
  options: BenchOptions,
  now: () => Date = () => new Date(),
): Promise<BenchReport> {
  const { short, progress = () => {}, onCase = () => {} } = options;
  const loadBefore = loadavg()[0]!;
  const tools = discoverTools();
  progress("machine limits");
  const limits = await measureLimits(tools);
  const reports: CaseReport[] = [];
  for (const benchCase of cases) {
    const started = performance.now();
    const context: BenchContext = {
      tools,
      limits,
      short,
      rounds: options.rounds ?? (short ? 2 : 5),
      progress: (text) => progress(`${benchCase.name}: ${text}`),
    };
    const outcome = await benchCase.run(context).finally(clearScratch);
    const elapsedSeconds = (performance.now() - started) / 1000;
    const report: CaseReport = { name: benchCase.name, title: benchCase.title, ...outcome, elapsedSeconds };
    reports.push(report);
    onCase(report);
  }
  return {
    short,
    date: now().toISOString().slice(0, 10),
    machine: describeMachine(tools, loadBefore),
    limits,
    cases: reports,
    passed: exitStatusOf(reports) === 0,
  };
}
