import { Matrix, solve } from "ml-matrix";
import { chiSquareSurvival, gammaSurvival } from "#core/statistics";
import type { OnsetEstimates, Verdict } from "#ir/estimate";
import type { Measurement, Prediction } from "#ir/plan";
import type { CountTable } from "./frequencies.ts";
import { evaluate, type Functional, siteEstimators, varianceOf } from "./tomography.ts";

/**
 * Accuracy of predicted probabilities, common phase aside. Pulse slicing and integration leave 1e-5; well above the
 * threshold several collective modes grow at once and amplify that to a few 1e-4.
 */
export const discrepancyFloor = 3e-4;
/** Levels expected in fewer shots than this are pooled with their neighbour. */
const smallestExpected = 5;
/** Points whose expected order parameter exceeds this many standard errors enter the order-parameter test. */
const resolved = 4;

/** One pooled cell of the comparison: observed and expected counts and their variance. */
interface Cell {
  readonly exchange: number;
  readonly site: number;
  readonly residual: number;
  readonly variance: number;
  /** Change of the expected count under a turn of this exchange's common phase. */
  readonly turn: number;
  /** Change of the expected count for each nuisance at +1σ. */
  readonly nuisances: readonly number[];
}

interface Comparison {
  readonly cells: readonly Cell[];
  /** Mean and variance that Σ residual²/variance has when data and prediction agree, by site. */
  readonly mean: readonly number[];
  readonly spread: readonly number[];
}

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
  const phases = prediction.exchange_hz.map((_, k) => fitPhase(table, prediction, k));
  const comparison = compare(table, prediction, phases);
  const fitted = removeFitted(comparison.cells, prediction);
  const share = significance / 3;
  const count = measurement.sites.length;

  const global = testAll(comparison, fitted.chiSquare, fitted.parameters, share);
  const sites = testSites(comparison, fitted.residuals, measurement, share);
  const order = testOrderParameter(table, measurement, prediction, phases, share);
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

/** Predicted probability with the common phase turned by φ: centre + cos φ·u + sin φ·v. */
function atPhase(prediction: Prediction, k: number, s: number, i: number, l: number, phase: number) {
  const zero = prediction.probabilities[k]![s]![i]![l]!;
  const half = prediction.half_turn[k]![s]![i]![l]!;
  const quarter = prediction.quarter_turn[k]![s]![i]![l]!;
  const centre = (zero + half) / 2;
  const [c, d] = [Math.cos(phase), Math.sin(phase)];
  return {
    probability: Math.max(0, centre + c * (zero - centre) + d * (quarter - centre)),
    slope: -d * (zero - centre) + c * (quarter - centre),
  };
}

/** Common phase that fits one exchange point best: coarse search, then Gauss–Newton. */
function fitPhase(table: CountTable, prediction: Prediction, k: number): number {
  const misfit = (phase: number) => {
    let sum = 0;
    let gradient = 0;
    let curvature = 0;
    table.counts[k]!.forEach((setting, s) => {
      setting.forEach((site, i) => {
        site.forEach((n, l) => {
          const { probability, slope } = atPhase(prediction, k, s, i, l, phase);
          const variance = table.shots * (probability + 1 / table.shots);
          const residual = n - table.shots * probability;
          sum += residual ** 2 / variance;
          gradient += (residual * table.shots * slope) / variance;
          curvature += (table.shots * slope) ** 2 / variance;
        });
      });
    });
    return { sum, step: curvature > 0 ? gradient / curvature : 0 };
  };
  let best = 0;
  let least = Infinity;
  for (let step = 0; step < 24; step++) {
    const phase = (step * Math.PI) / 12;
    const { sum } = misfit(phase);
    if (sum < least) [best, least] = [phase, sum];
  }
  for (let round = 0; round < 12; round++) {
    const { step } = misfit(best);
    const next = best + Math.max(-0.3, Math.min(0.3, step));
    const { sum } = misfit(next);
    if (!(sum < least - 1e-9)) break;
    [best, least] = [next, sum];
  }
  return best;
}

function compare(table: CountTable, prediction: Prediction, phases: readonly number[]): Comparison {
  const shots = table.shots;
  const cells: Cell[] = [];
  const mean = prediction.sites.map(() => 0);
  const spread = prediction.sites.map(() => 0);
  table.counts.forEach((settings, k) => {
    settings.forEach((sites, s) => {
      sites.forEach((counts, i) => {
        const levels = counts.map((n, l) => {
          const { probability, slope } = atPhase(prediction, k, s, i, l, phases[k]!);
          return {
            n,
            p: probability,
            turn: slope,
            nuisances: prediction.nuisances.map((nuisance) => nuisance.change[k]![s]![i]![l]!),
          };
        });
        const pooled = pool(levels, shots);
        if (pooled.length < 2) return;
        let inverse = 0;
        for (const { n, p, turn, nuisances } of pooled) {
          const variance = shots * p + (shots * discrepancyFloor) ** 2;
          cells.push({
            exchange: k,
            site: i,
            residual: n - shots * p,
            variance,
            turn: shots * turn,
            nuisances: nuisances.map((change) => shots * change),
          });
          // Up to the floor, a disagreement is allowed; its contribution is part of the expectation.
          mean[i]! += (shots * p * (1 - p) + (shots * discrepancyFloor) ** 2) / variance;
          inverse += 1 / p;
        }
        const r = pooled.length;
        // Variance of Pearson's statistic for a multinomial; Haldane, Biometrika 29, 133 (1937).
        spread[i]! += 2 * (r - 1) + (inverse - r * r - 2 * r + 2) / shots;
      });
    });
  });
  return { cells, mean, spread };
}

interface Level {
  readonly n: number;
  readonly p: number;
  readonly turn: number;
  readonly nuisances: readonly number[];
}

/** Joins levels that are expected too rarely for counting statistics to be near normal. */
function pool(levels: readonly Level[], shots: number): Level[] {
  const sorted = levels.toSorted((a, b) => a.p - b.p);
  while (sorted.length > 1 && shots * sorted[0]!.p < smallestExpected) {
    const [rare, next] = sorted.splice(0, 2) as [Level, Level];
    sorted.unshift({
      n: rare.n + next.n,
      p: rare.p + next.p,
      turn: rare.turn + next.turn,
      nuisances: rare.nuisances.map((change, k) => change + next.nuisances[k]!),
    });
    sorted.sort((a, b) => a.p - b.p);
  }
  return sorted;
}

/**
 * Residuals after the best turn of every common phase and the best values of the nuisances, whose prior is a unit
 * normal: linear least squares.
 */
function removeFitted(cells: readonly Cell[], prediction: Prediction) {
  const turns = prediction.exchange_hz.length;
  const size = turns + prediction.nuisances.length;
  const normal = Matrix.zeros(size, size);
  const right = Matrix.zeros(size, 1);
  const gradient = (cell: Cell) => {
    const row = new Array<number>(size).fill(0);
    row[cell.exchange] = cell.turn;
    cell.nuisances.forEach((change, q) => {
      row[turns + q] = change;
    });
    return row;
  };
  for (const cell of cells) {
    const row = gradient(cell);
    for (let a = 0; a < size; a++) {
      if (row[a] === 0) continue;
      right.set(a, 0, right.get(a, 0) + (row[a]! * cell.residual) / cell.variance);
      for (let b = 0; b < size; b++) normal.set(a, b, normal.get(a, b) + (row[a]! * row[b]!) / cell.variance);
    }
  }
  let parameters = 0;
  for (let a = 0; a < size; a++) {
    if (a >= turns) normal.set(a, a, normal.get(a, a) + 1);
    else if (normal.get(a, a) > 1e-6) parameters++;
    else normal.set(a, a, 1);
  }
  const solution = solve(normal, right);
  let chiSquare = 0;
  const residuals = cells.map((cell) => {
    const residual = gradient(cell).reduce((sum, g, a) => sum - g * solution.get(a, 0), cell.residual);
    chiSquare += residual ** 2 / cell.variance;
    return residual;
  });
  for (let q = turns; q < size; q++) chiSquare += solution.get(q, 0) ** 2;
  return { residuals, chiSquare, parameters };
}

function testAll(comparison: Comparison, chiSquare: number, parameters: number, threshold: number) {
  const total = comparison.mean.reduce((sum, m) => sum + m, 0) - parameters;
  const variance = comparison.spread.reduce((sum, v) => sum + v, 0) - 2 * parameters;
  const p_value = gammaSurvival(chiSquare, total, variance);
  return {
    name: "outcome frequencies",
    statistic: chiSquare,
    degrees_of_freedom: total,
    p_value,
    threshold,
    passed: p_value >= threshold,
  };
}

function testSites(
  comparison: Comparison,
  residuals: readonly number[],
  measurement: Measurement,
  threshold: number,
) {
  const statistics = measurement.sites.map(() => 0);
  comparison.cells.forEach((cell, c) => {
    statistics[cell.site]! += residuals[c]! ** 2 / cell.variance;
  });
  const count = statistics.length;
  const values = statistics.map((x, i) => ({
    id: measurement.sites[i]!.id,
    statistic: x,
    degrees_of_freedom: comparison.mean[i]!,
    p: Math.min(1, count * gammaSurvival(x, comparison.mean[i]!, comparison.spread[i]!)),
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
    const expectedAt = (i: number, phase: number) =>
      measurement.settings.map((_, s) =>
        [0, 1, 2].map((l) => atPhase(prediction, k, s, i, l, phase).probability),
      );
    const observed = (i: number) =>
      table.counts[k]!.map((setting) => setting[i]!.map((n) => n / table.shots));
    const shifted = (i: number, nuisance: number) =>
      measurement.settings.map((_, s) =>
        [0, 1, 2].map(
          (l) =>
            prediction.probabilities[k]![s]![i]![l]! + prediction.nuisances[nuisance]!.change[k]![s]![i]![l]!,
        ),
      );
    const meanOf = (frequenciesOf: (i: number) => number[][], part: "re" | "im") =>
      estimators.reduce((sum, e, i) => sum + evaluate(e[part], frequenciesOf(i)), 0) / count;
    const expected = {
      re: meanOf((i) => expectedAt(i, phases[k]!), "re"),
      im: meanOf((i) => expectedAt(i, phases[k]!), "im"),
    };
    const size = Math.hypot(expected.re, expected.im);
    const [c, d] = [expected.re / size, expected.im / size];
    // Component along the expected direction: linear in the counts, so its error is exact.
    const along = (e: (typeof estimators)[number]): Functional => ({
      offset: c * e.re.offset + d * e.im.offset,
      weight: e.re.weight.map((row, s) => row.map((w, l) => c * w + d * e.im.weight[s]![l]!)),
    });
    let variance = estimators.reduce(
      (sum, e, i) => sum + varianceOf(along(e), expectedAt(i, phases[k]!), table.shots) / count ** 2,
      0,
    );
    prediction.nuisances.forEach((_, q) => {
      const change =
        Math.hypot(
          meanOf((i) => shifted(i, q), "re"),
          meanOf((i) => shifted(i, q), "im"),
        ) - size;
      variance += change ** 2;
    });
    if (!(size > resolved * Math.sqrt(variance))) return;
    const measured = c * meanOf(observed, "re") + d * meanOf(observed, "im");
    const floor = (2 * discrepancyFloor) ** 2;
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
