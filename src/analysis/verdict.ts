import { chiSquareSurvival, gammaSurvival } from "#core/statistics";
import type { OnsetEstimates, Verdict } from "#ir/estimate";
import type { Measurement, Prediction } from "#ir/plan";
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
import { evaluate, type Functional, siteEstimators, varianceOf } from "./tomography.ts";

/**
 * Disagreement that is allowed in every probability of an exchange point, common phase aside: 3e-4 for what pulse
 * slicing and integration leave, more where the prediction itself says that it is less accurate (well above the
 * threshold several collective modes grow at once and amplify small differences).
 */
export function discrepancyFloor(prediction: Prediction, exchange: number): number {
  return Math.max(3e-4, prediction.accuracy[exchange] ?? 0);
}

/** Levels expected in fewer shots than this are pooled with their neighbour. */
const smallestExpected = 5;
/** Points whose expected order parameter exceeds this many standard errors enter the order-parameter test. */
const resolved = 4;

/**
 * Compares records with the prediction of the same measurement.
 *
 * Three tests share the significance equally: all outcome frequencies together, each site's alone (Bonferroni over
 * sites), and the order parameter along the scan. Frequencies are compared with multinomial noise of the predicted
 * probabilities (Pearson), with the exact first two moments; the common phase of every point is fitted, and the
 * unknowns that the prediction lists are fitted with their prior width.
 */
export function judge(
  table: CountTable,
  measurement: Measurement,
  prediction: Prediction,
  estimates: OnsetEstimates,
  significance: number,
): Verdict {
  const comparison = compare(table, prediction);
  const share = significance / 3;
  const count = measurement.sites.length;

  const global = testAll(comparison, share);
  const sites = testSites(comparison, measurement, share);
  const order = testOrderParameter(table, measurement, prediction, comparison.fit.phases, share);
  const tests = [global, sites.test, order.test];
  const p_value = Math.min(1, 3 * Math.min(global.p_value, sites.test.p_value, order.test.p_value));
  const rejected = tests.some((test) => !test.passed);
  const last = estimates.order_parameter.at(-1)!;
  const synchronized = last.value > 5 * last.error ? "yes" : last.value < 3 * last.error ? "no" : "unclear";
  const reasons: string[] = [];
  if (!global.passed) {
    reasons.push(
      `The outcome frequencies do not follow the prediction: χ² = ${global.statistic.toFixed(0)} where ${global.degrees_of_freedom.toFixed(0)} are expected (p = ${formatP(global.p_value)}).`,
    );
  }
  if (!sites.test.passed) {
    reasons.push(
      `The disagreement is strongest at ${sites.worst.join(", ")} (p = ${formatP(sites.test.p_value)} after correction for ${count} sites).`,
    );
  }
  if (!order.test.passed) {
    reasons.push(
      `The order parameter departs from the predicted curve (p = ${formatP(order.test.p_value)}).`,
    );
  }
  const undecided = !rejected && order.points === 0;
  if (undecided) {
    reasons.push(
      "At no point of the scan is the predicted order parameter larger than 4σ: these data cannot tell synchronized from unsynchronized. Take more shots or scan further.",
    );
  } else if (!rejected) {
    reasons.push(
      `All ${tests.length} tests pass: outcome frequencies (p = ${formatP(global.p_value)}), single sites (p = ${formatP(sites.test.p_value)}), order parameter over ${order.points} resolved points (p = ${formatP(order.test.p_value)}).`,
    );
  }
  reasons.push(
    synchronized === "yes"
      ? `The group is synchronized at the end of the scan: order parameter ${last.value.toFixed(3)} ± ${last.error.toFixed(3)}.`
      : `No synchronization is established at the end of the scan: order parameter ${last.value.toFixed(3)} ± ${last.error.toFixed(3)}.`,
  );
  return {
    outcome: rejected ? "inconsistent" : undecided ? "inconclusive" : "consistent",
    p_value,
    significance,
    tests,
    reasons,
    synchronized,
  };
}

function formatP(p: number): string {
  if (p < 1e-300) return "0 to machine precision";
  return p < 1e-4 ? p.toExponential(0) : p.toPrecision(2);
}

/** Outcomes of one site at one point and setting, rare levels pooled. */
interface PooledCell extends FitTerm {
  readonly site: number;
}

interface Comparison {
  readonly cells: readonly PooledCell[];
  readonly fit: PhaseFit;
  /** Mean and variance that a site's Σ residual²/variance has when data and prediction agree. */
  readonly mean: readonly number[];
  readonly spread: readonly number[];
}

function compare(table: CountTable, prediction: Prediction): Comparison {
  const { shots } = table;
  const groups = table.counts.flatMap((settings, k) =>
    settings.flatMap((sites, s) =>
      sites.map((counts, i) => ({ i, cells: pooledCells(counts, shots, prediction, k, s, i) })),
    ),
  );
  const cells = groups.flatMap((group) => group.cells);
  const fit = fitPhases(cells, prediction.exchange_hz.length, prediction.nuisances.length);
  const mean = prediction.sites.map(() => 0);
  const spread = prediction.sites.map(() => 0);
  for (const { i, cells: group } of groups) {
    let inverse = 0;
    for (const cell of group) {
      const p = Math.max(1e-12, valueAt(cell.expected, fit.phases[cell.exchange]!));
      // Up to the floor, a disagreement is allowed; its contribution is part of the expectation.
      mean[i]! +=
        ((p * (1 - p)) / shots + discrepancyFloor(prediction, cell.exchange) ** 2) / cell.variance(p);
      inverse += 1 / p;
    }
    const r = group.length;
    // Variance of Pearson's statistic for a multinomial; Haldane, Biometrika 29, 133 (1937).
    if (r > 1) spread[i]! += 2 * (r - 1) + (inverse - r * r - 2 * r + 2) / shots;
  }
  return { cells, fit, mean, spread };
}

/** The levels of one site at one point and setting; those expected too rarely for a normal distribution joined. */
function pooledCells(
  counts: readonly number[],
  shots: number,
  prediction: Prediction,
  exchange: number,
  setting: number,
  site: number,
): PooledCell[] {
  const sorted = counts
    .map((n, level) => {
      const at = [exchange, setting, site, level] as const;
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
  const floor = discrepancyFloor(prediction, exchange);
  return sorted.map((level) => ({
    ...level,
    exchange,
    site,
    variance: (p) => Math.max(p, 1 / shots) / shots + floor ** 2,
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

function testSites({ cells, fit, mean, spread }: Comparison, measurement: Measurement, threshold: number) {
  const statistics = measurement.sites.map(() => 0);
  cells.forEach((cell, c) => {
    statistics[cell.site]! += fit.residuals[c]! ** 2 / fit.variances[c]!;
  });
  const count = statistics.length;
  const values = statistics.map((x, i) => ({
    id: measurement.sites[i]!.id,
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
      name: "single sites",
      statistic: worst.statistic,
      degrees_of_freedom: worst.degrees_of_freedom,
      p_value: worst.p,
      threshold,
      passed: worst.p >= threshold,
    },
  };
}

function testOrderParameter(
  table: CountTable,
  measurement: Measurement,
  prediction: Prediction,
  phases: readonly number[],
  threshold: number,
) {
  const estimators = measurement.sites.map((_, s) => siteEstimators(measurement, s));
  const count = estimators.length;
  let statistic = 0;
  let points = 0;
  prediction.exchange_hz.forEach((_, k) => {
    const phase = phases[k]!;
    const frequencies = (i: number, nuisance?: number) =>
      measurement.settings.map((_, s) =>
        [0, 1, 2].map((l) => {
          const at = [k, s, i, l] as const;
          const expected = valueAt(expectedTurning(prediction, at), phase);
          if (nuisance === undefined) return Math.max(0, expected);
          return expected + valueAt(nuisanceTurnings(prediction, at)[nuisance]!, phase);
        }),
      );
    const observed = (i: number) =>
      table.counts[k]!.map((setting) => setting[i]!.map((n) => n / table.shots));
    const meanOf = (frequenciesOf: (i: number) => number[][], part: "re" | "im") =>
      estimators.reduce((sum, e, i) => sum + evaluate(e[part], frequenciesOf(i)), 0) / count;
    const expected = {
      re: meanOf((i) => frequencies(i), "re"),
      im: meanOf((i) => frequencies(i), "im"),
    };
    const size = Math.hypot(expected.re, expected.im);
    const [c, d] = [expected.re / size, expected.im / size];
    // Component along the expected direction: linear in the counts, so its error is exact.
    const along = (e: (typeof estimators)[number]): Functional => ({
      offset: c * e.re.offset + d * e.im.offset,
      weight: e.re.weight.map((row, s) => row.map((w, l) => c * w + d * e.im.weight[s]![l]!)),
    });
    let variance = estimators.reduce(
      (sum, e, i) => sum + varianceOf(along(e), frequencies(i), table.shots) / count ** 2,
      0,
    );
    prediction.nuisances.forEach((_, q) => {
      const change =
        Math.hypot(
          meanOf((i) => frequencies(i, q), "re"),
          meanOf((i) => frequencies(i, q), "im"),
        ) - size;
      variance += change ** 2;
    });
    if (!(size > resolved * Math.sqrt(variance))) return;
    const measured = c * meanOf(observed, "re") + d * meanOf(observed, "im");
    const floor = (2 * discrepancyFloor(prediction, k)) ** 2;
    statistic += (measured - size) ** 2 / (variance + floor);
    points++;
  });
  const p_value = points === 0 ? 1 : chiSquareSurvival(statistic, points);
  return {
    points,
    test: {
      name: "order parameter",
      statistic,
      degrees_of_freedom: points,
      p_value,
      threshold,
      passed: p_value >= threshold,
    },
  };
}
