import { chiSquareSurvival, gammaSurvival } from "#core/statistics";
import type { Estimates, Verdict } from "#ir/estimate";
import type { Prediction } from "#ir/plan";
import { isReal } from "./bit-estimators.ts";
import type { CountTable } from "./frequencies.ts";
import {
  expectedTurning,
  type FitTerm,
  fitPhases,
  nuisanceTurnings,
  type PhaseFit,
  sumTurnings,
  valueAt,
} from "./phase-fit.ts";
import {
  type AnalysedPlan,
  type SeriesEstimator,
  seriesEstimators,
  seriesValue,
  seriesVariance,
} from "./series.ts";

/** A plan as far as judging its records goes. */
export type JudgedPlan = AnalysedPlan & { readonly prediction: Prediction };

/**
 * Disagreement that is allowed in every probability of a point, common phase aside: 3e-4 for what pulse slicing and
 * integration leave, more where the prediction itself says that it is less accurate (well above the threshold several
 * collective modes grow at once and amplify small differences).
 */
export function discrepancyFloor(prediction: Pick<Prediction, "accuracy">, point: number): number {
  return Math.max(3e-4, prediction.accuracy[point] ?? 0);
}

/**
 * The same as a variance of one outcome's probability p. A single site's probabilities are all of order one; of the many
 * outcomes of a group most are rare, and a state that is slightly off moves those by √p only.
 *
 * @param outcomes - of the site or group
 */
export function allowedVariance(
  prediction: Pick<Prediction, "accuracy">,
  point: number,
  p: number,
  outcomes: number,
): number {
  const floor = discrepancyFloor(prediction, point) ** 2;
  return outcomes === 3 ? floor : 4 * floor * Math.max(0, p * (1 - p));
}

/** Levels expected in fewer shots than this are pooled with their neighbour. */
const smallestExpected = 5;
/** Points whose expected modulus exceeds this many standard errors enter the test of its series. */
const resolved = 4;

/**
 * Compares records with the prediction of the same measurement.
 *
 * The tests share the significance equally: all outcome frequencies together, each group of sites alone (Bonferroni
 * over groups), and every series that the analysis declares to be tested. Frequencies are compared with multinomial
 * noise of the predicted probabilities (Pearson), with the exact first two moments; the common phase of every point is
 * fitted where it is free, and the unknowns that the prediction lists are fitted with their prior width.
 */
export function judge(
  table: CountTable,
  plan: JudgedPlan,
  estimates: Estimates,
  significance: number,
): Verdict {
  const { prediction, analysis } = plan;
  const comparison = compare(table, prediction);
  const tested = seriesEstimators(plan).filter(({ declaration }) => declaration.tested);
  const share = significance / (2 + tested.length);
  const groups = analysis.groups.map((group) => group.join("–"));
  const single = analysis.groups.every((group) => group.length === 1);

  const global = testAll(comparison, share);
  const apart = testGroups(comparison, groups, single ? "single sites" : "groups of sites", share);
  const series = tested.map((estimator) => testSeries(estimator, table, prediction, comparison.fit, share));
  const tests = [global, apart.test, ...series.map(({ test }) => test)];
  const p_value = Math.min(1, tests.length * Math.min(...tests.map((test) => test.p_value)));
  const rejected = tests.some((test) => !test.passed);
  const reasons: string[] = [];
  if (!global.passed) {
    reasons.push(
      `The outcome frequencies do not follow the prediction: χ² = ${global.statistic.toFixed(0)} where ${global.degrees_of_freedom.toFixed(0)} are expected (p = ${formatP(global.p_value)}).`,
    );
  }
  if (!apart.test.passed) {
    reasons.push(
      `The disagreement is strongest at ${apart.worst.join(", ")} (p = ${formatP(apart.test.p_value)} after correction for ${groups.length} ${single ? "sites" : "groups"}).`,
    );
  }
  for (const { test } of series) {
    if (test.passed) continue;
    reasons.push(`The ${test.name} departs from the predicted curve (p = ${formatP(test.p_value)}).`);
  }
  const undecided = !rejected && series.length > 0 && series.every(({ points }) => points === 0);
  if (undecided) {
    const names = series.map(({ test }) => test.name).join(", ");
    reasons.push(
      `At no point of the scan is the predicted ${names} larger than 4σ: these data cannot tell ${analysis.free_phase ? "synchronized from unsynchronized" : "whether it is there"}. Take more shots or scan further.`,
    );
  } else if (!rejected) {
    const passed = [
      `outcome frequencies (p = ${formatP(global.p_value)})`,
      `${apart.test.name} (p = ${formatP(apart.test.p_value)})`,
      ...series.map(
        ({ test, points }) => `${test.name} over ${points} resolved points (p = ${formatP(test.p_value)})`,
      ),
    ];
    reasons.push(`All ${tests.length} tests pass: ${passed.join(", ")}.`);
  }
  const synchronized = synchronization(plan, estimates);
  if (synchronized !== null) reasons.push(synchronized.reason);
  return {
    outcome: rejected ? "inconsistent" : undecided ? "inconclusive" : "consistent",
    p_value,
    significance,
    tests,
    reasons,
    synchronized: synchronized?.answer ?? null,
  };
}

/** Whether the group is synchronized at the end of a scan that looks for the onset. */
function synchronization(
  { analysis }: AnalysedPlan,
  estimates: Estimates,
): { answer: "yes" | "no" | "unclear"; reason: string } | null {
  const onset = analysis.results.find((result) => result.kind === "onset");
  if (onset === undefined) return null;
  const last = estimates.series.find((entry) => entry.id === onset.series)!.values.at(-1)!;
  const answer = last.value > 5 * last.error ? "yes" : last.value < 3 * last.error ? "no" : "unclear";
  const size = `order parameter ${last.value.toFixed(3)} ± ${last.error.toFixed(3)}`;
  return {
    answer,
    reason:
      answer === "yes"
        ? `The group is synchronized at the end of the scan: ${size}.`
        : `No synchronization is established at the end of the scan: ${size}.`,
  };
}

function formatP(p: number): string {
  if (p < 1e-300) return "0 to machine precision";
  return p < 1e-4 ? p.toExponential(0) : p.toPrecision(2);
}

/** Outcomes of one group at one point and setting, rare ones pooled. */
interface PooledCell extends FitTerm {
  readonly group: number;
  /** Disagreement that is allowed at probability p, as a variance. */
  allowed(p: number): number;
}

interface Comparison {
  readonly cells: readonly PooledCell[];
  readonly fit: PhaseFit;
  /** Mean and variance that a group's Σ residual²/variance has when data and prediction agree. */
  readonly mean: readonly number[];
  readonly spread: readonly number[];
}

function compare(table: CountTable, prediction: Prediction): Comparison {
  const { shots } = table;
  const groups = table.counts.flatMap((settings, k) =>
    settings.flatMap((all, s) =>
      all.map((counts, i) => ({ i, cells: pooledCells(counts, shots, prediction, k, s, i) })),
    ),
  );
  const cells = groups.flatMap((group) => group.cells);
  const fit = fitPhases(cells, prediction.accuracy.length, prediction.nuisances.length);
  const count = table.counts[0]![0]!.length;
  const mean = new Array<number>(count).fill(0);
  const spread = new Array<number>(count).fill(0);
  for (const { i, cells: group } of groups) {
    let inverse = 0;
    for (const cell of group) {
      const p = Math.max(1e-12, valueAt(cell.expected, fit.phases[cell.point]!));
      // Up to the floor, a disagreement is allowed; its contribution is part of the expectation.
      mean[i]! += ((p * (1 - p)) / shots + cell.allowed(p)) / cell.variance(p);
      inverse += 1 / p;
    }
    const r = group.length;
    // Variance of Pearson's statistic for a multinomial; Haldane, Biometrika 29, 133 (1937).
    if (r > 1) spread[i]! += 2 * (r - 1) + (inverse - r * r - 2 * r + 2) / shots;
  }
  return { cells, fit, mean, spread };
}

/** The outcomes of one group at one point and setting; those expected too rarely for a normal distribution joined. */
function pooledCells(
  counts: readonly number[],
  shots: number,
  prediction: Prediction,
  point: number,
  setting: number,
  group: number,
): PooledCell[] {
  const sorted = counts
    .map((n, outcome) => {
      const at = [point, setting, group, outcome] as const;
      return {
        observed: n / shots,
        expected: expectedTurning(prediction, at),
        nuisances: nuisanceTurnings(prediction, at),
      };
    })
    .toSorted((a, b) => a.expected.centre - b.expected.centre);
  while (sorted.length > 1 && shots * sorted[0]!.expected.centre < smallestExpected) {
    const [rare, next] = sorted.splice(0, 2) as [(typeof sorted)[number], (typeof sorted)[number]];
    sorted.unshift({
      observed: rare.observed + next.observed,
      expected: sumTurnings(rare.expected, next.expected),
      nuisances: rare.nuisances.map((change, q) => sumTurnings(change, next.nuisances[q]!)),
    });
    sorted.sort((a, b) => a.expected.centre - b.expected.centre);
  }
  // A single pooled outcome is certain and tells nothing.
  if (sorted.length < 2) return [];
  const allowed = (p: number) => allowedVariance(prediction, point, p, counts.length);
  return sorted.map((cell) => ({
    ...cell,
    point,
    group,
    allowed,
    variance: (p) => Math.max(p, 1 / shots) / shots + allowed(p),
  }));
}

function testAll({ mean, spread, fit }: Comparison, threshold: number) {
  const expected = mean.reduce((sum, m) => sum + m, 0) - fit.freePhases;
  const variance = spread.reduce((sum, v) => sum + v, 0) - 2 * fit.freePhases;
  const p_value = gammaSurvival(fit.chiSquare, expected, variance);
  return {
    name: "outcome frequencies",
    statistic: fit.chiSquare,
    degrees_of_freedom: expected,
    p_value,
    threshold,
    passed: p_value >= threshold,
  };
}

function testGroups(
  { cells, fit, mean, spread }: Comparison,
  names: readonly string[],
  name: string,
  threshold: number,
) {
  const statistics = names.map(() => 0);
  cells.forEach((cell, c) => {
    statistics[cell.group]! += fit.residuals[c]! ** 2 / fit.variances[c]!;
  });
  const count = statistics.length;
  const values = statistics.map((x, i) => ({
    id: names[i]!,
    statistic: x,
    degrees_of_freedom: mean[i]!,
    p: Math.min(1, count * gammaSurvival(x, mean[i]!, spread[i]!)),
  }));
  const worst = values.reduce((a, b) => (b.p < a.p || (b.p === a.p && b.statistic > a.statistic) ? b : a));
  return {
    worst: values
      .filter((v) => v.p < threshold)
      .map((v) => v.id)
      .slice(0, 4),
    test: {
      name,
      statistic: worst.statistic,
      degrees_of_freedom: worst.degrees_of_freedom,
      p_value: worst.p,
      threshold,
      passed: worst.p >= threshold,
    },
  };
}

/**
 * A series against its prediction: the component of a modulus along the expected direction, which is linear in the
 * counts, so that its error is exact; a real series as it is.
 */
function testSeries(
  estimator: SeriesEstimator,
  table: CountTable,
  prediction: Prediction,
  fit: PhaseFit,
  threshold: number,
) {
  const real = isReal(estimator.declaration.kind);
  let statistic = 0;
  let points = 0;
  table.counts.forEach((settings, k) => {
    const phase = fit.phases[k]!;
    const frequencies = (nuisance?: number) => (group: number) =>
      settings.map((groups, s) =>
        groups[group]!.map((_, outcome) => {
          const at = [k, s, group, outcome] as const;
          const expected = valueAt(expectedTurning(prediction, at), phase);
          if (nuisance === undefined) return Math.max(0, expected);
          return expected + valueAt(nuisanceTurnings(prediction, at)[nuisance]!, phase);
        }),
      );
    const observed = (group: number) => settings.map((groups) => groups[group]!.map((n) => n / table.shots));
    const parts = estimator.parts(k);
    const expected = seriesValue(parts, frequencies());
    const size = real ? expected.re : Math.hypot(expected.re, expected.im);
    const direction = real ? ([1, 0] as const) : ([expected.re / size, expected.im / size] as const);
    let variance = seriesVariance(parts, frequencies(), table.shots, direction);
    prediction.nuisances.forEach((_, q) => {
      const moved = seriesValue(parts, frequencies(q));
      variance += ((real ? moved.re : Math.hypot(moved.re, moved.im)) - size) ** 2;
    });
    if (!real && !(size > resolved * Math.sqrt(variance))) return;
    const measured = seriesValue(parts, observed);
    const floor = (2 * discrepancyFloor(prediction, k)) ** 2;
    statistic += (direction[0] * measured.re + direction[1] * measured.im - size) ** 2 / (variance + floor);
    points++;
  });
  const p_value = points === 0 ? 1 : chiSquareSurvival(statistic, points);
  return {
    points,
    test: {
      name: estimator.declaration.title,
      statistic,
      degrees_of_freedom: points,
      p_value,
      threshold,
      passed: p_value >= threshold,
    },
  };
}
