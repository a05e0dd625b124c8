import type { Alternative } from "#analysis/alternatives";
import { linearModel, nuisanceResponses } from "#analysis/likelihood";
import { type NextScan, neededError, planNext } from "#analysis/next-scan";
import type { Plan } from "#ir/plan";
import { durationOf, stepsOf } from "../bench.ts";
import type { DesignedExperiment } from "../plan.ts";

/** Seconds that one shot of one setting takes at every point, reset and read-out included. */
export function secondsPerShot({ bench, scan, summary, experiment }: DesignedExperiment): number[] {
  const { duration_s, settings } = summary.cost;
  const longest = (step: ReturnType<typeof stepsOf>[number][number]) =>
    step.kind === "measure"
      ? Math.max(...step.settings.map(({ rotations }) => rotations.length)) * bench.rotation.duration_s
      : durationOf(step, bench);
  const busy = stepsOf(scan).map((steps) => steps.reduce((sum, step) => sum + longest(step), 0));
  const total = duration_s / (experiment.shots * settings);
  const overhead = (total - busy.reduce((sum, t) => sum + t, 0)) / busy.length;
  return busy.map((t) => t + overhead);
}

/** What decides about one alternative. */
export interface NextStep {
  readonly alternative: string;
  readonly title: string;
  /** Null when it is decided already; `undecidable` when no number of shots of this scan decides it. */
  readonly scan: NextScan | null;
  readonly undecidable: boolean;
}

/**
 * The cheapest further measurement for every stated alternative that a run's shots cannot decide, cheapest first.
 *
 * @param share - significance of the test of one alternative
 */
export function nextSteps(
  designed: DesignedExperiment,
  plan: Plan,
  shots: number,
  alternatives: readonly Alternative[],
  share: number,
): NextStep[] {
  const nuisances = nuisanceResponses(plan.prediction);
  const seconds = secondsPerShot(designed);
  const target = neededError(share);
  return alternatives
    .flatMap((alternative): NextStep[] => {
      const model = linearModel(plan.prediction, [{ ...alternative, prior: null }, ...nuisances]);
      const scan = planNext(model, shots, seconds, target);
      const undecidable = scan === null && planNext(model, 1e9, seconds, target) !== null;
      return scan === null && !undecidable
        ? []
        : [{ alternative: alternative.id, title: alternative.title, scan, undecidable }];
    })
    .toSorted((a, b) => (a.scan?.duration_s ?? Infinity) - (b.scan?.duration_s ?? Infinity));
}
