import type { Defence, Estimates, Verdict } from "#ir/estimate";
import { type Alternative, type AlternativeTest, sufficientPower, testAlternatives } from "./alternatives.ts";
import type { CountTable } from "./frequencies.ts";
import { fitLinear, linearModel, nuisanceResponses } from "./likelihood.ts";
import { discrepancyFloor, type JudgedPlan, judge } from "./verdict.ts";

/** Disagreement that pulse slicing and integration leave: what a floor at its least stands for. */
const leastFloor = 3e-4;

const percent = (x: number) => `${(100 * x).toFixed(x < 0.1 && x > 0 ? 1 : 0)} %`;
const titles = (tests: readonly AlternativeTest[]) => tests.map(({ title }) => title).join("; ");

/**
 * A verdict with its defence: half of the significance goes to the tests of `judge`, half to one directed test for each
 * stated alternative (Bonferroni), so that a correct plan is rejected at most at the stated rate.
 *
 * `consistent` is said only where every alternative would have been noticed with a power of 80 % or more; where nothing
 * disagrees but some would not, the verdict is `inconclusive` and names them.
 */
export function defend(
  table: CountTable,
  plan: JudgedPlan,
  estimates: Estimates,
  significance: number,
  alternatives: readonly Alternative[],
): Verdict {
  const general = judge(table, plan, estimates, significance / 2);
  const share = significance / 2 / Math.max(1, alternatives.length);
  const tests = testAlternatives(table, plan.prediction, alternatives, share);
  const seen = byExplanation(tests);
  const open = tests.filter(({ power }) => power < sufficientPower);
  const rejected = general.outcome === "inconsistent" || seen.length > 0;
  const outcome = rejected ? "inconsistent" : open.length > 0 ? "inconclusive" : general.outcome;
  const reasons = [...general.reasons];
  if (seen.length > 0) {
    const [best] = seen;
    reasons.unshift(
      `Of the stated alternatives, "${best!.title}" explains most: ${best!.amount.toFixed(2)} ± ${best!.error.toFixed(2)} of it, χ² smaller by ${best!.explains.toFixed(0)}.`,
    );
  } else if (rejected) {
    reasons.push("None of the stated alternatives explains the disagreement.");
  }
  if (!rejected && open.length > 0) {
    reasons.unshift(
      `Nothing disagrees, but these data would have missed with more than ${percent(1 - sufficientPower)} probability: ${titles(open)}.`,
    );
  }
  return {
    ...general,
    outcome,
    significance,
    p_value: Math.min(
      1,
      2 * general.p_value,
      2 * alternatives.length * Math.min(1, ...tests.map((test) => test.p_value)),
    ),
    reasons,
    defence: defenceOf(table, plan, general, tests),
  };
}

function defenceOf(
  table: CountTable,
  plan: JudgedPlan,
  general: Verdict,
  tests: readonly AlternativeTest[],
): Defence {
  const { prediction } = plan;
  const [all] = general.tests;
  const cells = table.counts.reduce(
    (sum, settings) => sum + settings.reduce((n, groups) => n + groups.length, 0),
    0,
  );
  const nuisances = nuisanceResponses(prediction);
  const fit = fitLinear(linearModel(prediction, nuisances), table);
  const pulls = nuisances.map(({ id }, q) => ({
    name: id,
    pull: fit.values[q]!,
    error: Math.sqrt(fit.covariance[q]![q]!),
  }));
  const floors = prediction.accuracy.map((_, k) => discrepancyFloor(prediction, k));
  const floor = Math.max(...floors);
  return {
    effect_size: Math.sqrt(Math.max(0, all!.statistic - all!.degrees_of_freedom) / (cells * table.shots)),
    effect_noise: (2 * all!.degrees_of_freedom) ** 0.25 / Math.sqrt(cells * table.shots),
    floor: {
      value: floor,
      reason:
        floor > leastFloor
          ? `the prediction itself moves by this much between two accuracies of integration, at point ${floors.indexOf(floor)}`
          : "slicing of pulses and integration; counting noise is larger",
      noise: 0.5 / Math.sqrt(table.shots),
    },
    alternatives: tests.map((test) => ({ ...test })),
    nuisances: pulls,
    dominant: dominantAssumption(tests, pulls),
  };
}

/** Alternatives that the data show: those that agree in size with what they state first, then by the χ² they take off. */
function byExplanation(tests: readonly AlternativeTest[]): AlternativeTest[] {
  return tests
    .filter(({ answer }) => answer === "seen" || answer === "partly seen")
    .toSorted((a, b) => (a.answer === b.answer ? b.explains - a.explains : a.answer === "seen" ? -1 : 1));
}

/** What the verdict stands or falls with. */
function dominantAssumption(
  tests: readonly AlternativeTest[],
  pulls: readonly { readonly name: string; readonly pull: number }[],
): string {
  const [best] = byExplanation(tests);
  if (best !== undefined) {
    return `that there is no "${best.title}": it takes ${best.explains.toFixed(0)} off χ²`;
  }
  const strained = pulls
    .filter(({ pull }) => Math.abs(pull) > 3)
    .toSorted((a, b) => Math.abs(b.pull) - Math.abs(a.pull));
  if (strained.length > 0)
    return `the stated width of "${strained[0]!.name}", which is fitted ${Math.abs(strained[0]!.pull).toFixed(1)}σ away`;
  if (tests.length === 0) return "the model of the plan as a whole";
  const weakest = tests.reduce((a, b) => (b.power < a.power ? b : a));
  return weakest.power < 0.999
    ? `that there is no "${weakest.title}", which these data test least (power ${percent(weakest.power)})`
    : `the read-out calibration, which enters as exact: every stated alternative is tested with a power above 99.9 %`;
}
