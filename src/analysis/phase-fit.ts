import { Matrix, solve } from "ml-matrix";
import type { Prediction } from "#ir/plan";

/**
 * What a prediction leaves open, fitted to data: the common phase of the group at every point of the scan, and the
 * nuisances, whose prior is a unit normal.
 */

/** A quantity that turns with the common phase φ: centre + cos φ·along + sin φ·across. */
export interface Turning {
  readonly centre: number;
  readonly along: number;
  readonly across: number;
}

type Probabilities = Prediction["probabilities"];

/** An outcome: point of the scan, setting, group, outcome. */
export type OutcomeAddress = readonly [point: number, setting: number, group: number, outcome: number];

/** Probability of an outcome, or its change for a nuisance, as the phase turns; it does not where that is not free. */
export function turningAt(
  shown: {
    readonly zero: Probabilities;
    readonly quarter: Probabilities | null;
    readonly half: Probabilities | null;
  },
  [point, setting, group, outcome]: OutcomeAddress,
): Turning {
  const at = (p: Probabilities) => p[point]![setting]![group]![outcome]!;
  if (shown.quarter === null || shown.half === null) return { centre: at(shown.zero), along: 0, across: 0 };
  const { zero, quarter, half } = shown;
  const centre = (at(zero) + at(half)) / 2;
  return { centre, along: at(zero) - centre, across: at(quarter) - centre };
}

export function expectedTurning(prediction: Prediction, at: OutcomeAddress): Turning {
  const { probabilities: zero, quarter_turn: quarter, half_turn: half } = prediction;
  return turningAt({ zero, quarter, half }, at);
}

export function nuisanceTurnings(prediction: Prediction, at: OutcomeAddress): Turning[] {
  return prediction.nuisances.map(({ change: zero, quarter_turn: quarter, half_turn: half }) =>
    turningAt({ zero, quarter, half }, at),
  );
}

export function valueAt({ centre, along, across }: Turning, phase: number): number {
  return centre + Math.cos(phase) * along + Math.sin(phase) * across;
}

export function slopeAt({ along, across }: Turning, phase: number): number {
  return Math.cos(phase) * across - Math.sin(phase) * along;
}

export function sumTurnings(a: Turning, b: Turning): Turning {
  return { centre: a.centre + b.centre, along: a.along + b.along, across: a.across + b.across };
}

/** One observed frequency with what is expected of it; all in units of probability. */
export interface FitTerm {
  readonly point: number;
  readonly observed: number;
  readonly expected: Turning;
  /** Change for each nuisance at +1σ. */
  readonly nuisances: readonly Turning[];
  /** Variance of `observed` when `expected` takes the given value. */
  variance(expected: number): number;
}

export interface PhaseFit {
  /** By point of the scan, rad. */
  readonly phases: readonly number[];
  /** In standard deviations of their prior. */
  readonly nuisances: readonly number[];
  /** Observed minus expected, by term. */
  readonly residuals: readonly number[];
  readonly variances: readonly number[];
  /** Σ residual²/variance + Σ nuisance². */
  readonly chiSquare: number;
  /** Phases that the data determine at all. */
  readonly freePhases: number;
}

const rounds = 5;
/** Information on a phase below which it is left alone: its 1σ would be a thousand radians. */
const noInformation = 1e-6;

/**
 * Least squares over all phases and nuisances: phases first by themselves (the expectation is linear in cos φ and
 * sin φ), then Gauss–Newton on everything, variances following the expectation.
 *
 * @param points - number of points of the scan
 * @param nuisanceCount - length of every term's `nuisances`
 */
export function fitPhases(terms: readonly FitTerm[], points: number, nuisanceCount: number): PhaseFit {
  const phases = firstPhases(terms, points);
  const nuisances = new Array<number>(nuisanceCount).fill(0);
  let freePhases = 0;
  for (let round = 0; round < rounds; round++) freePhases = refine(terms, phases, nuisances);
  const variances = terms.map((term) => term.variance(valueAt(term.expected, phases[term.point]!)));
  const residuals = terms.map((term) => residualOf(term, phases[term.point]!, nuisances));
  return {
    phases,
    nuisances,
    residuals,
    variances,
    freePhases,
    chiSquare:
      residuals.reduce((sum, r, k) => sum + r ** 2 / variances[k]!, 0) +
      nuisances.reduce((sum, a) => sum + a ** 2, 0),
  };
}

function residualOf(term: FitTerm, phase: number, nuisances: readonly number[]): number {
  return term.nuisances.reduce(
    (rest, change, q) => rest - nuisances[q]! * valueAt(change, phase),
    term.observed - valueAt(term.expected, phase),
  );
}

function firstPhases(terms: readonly FitTerm[], points: number): number[] {
  const sums = Array.from({ length: points }, () => ({ aa: 0, ab: 0, bb: 0, ra: 0, rb: 0 }));
  for (const term of terms) {
    const { centre, along, across } = term.expected;
    const sum = sums[term.point]!;
    const weight = 1 / term.variance(centre);
    sum.aa += weight * along ** 2;
    sum.ab += weight * along * across;
    sum.bb += weight * across ** 2;
    sum.ra += weight * (term.observed - centre) * along;
    sum.rb += weight * (term.observed - centre) * across;
  }
  return sums.map(({ aa, ab, bb, ra, rb }) =>
    aa * bb - ab * ab > 0 ? Math.atan2(aa * rb - ab * ra, bb * ra - ab * rb) : 0,
  );
}

/** One Gauss–Newton step in place; returns how many phases the data determine. */
function refine(terms: readonly FitTerm[], phases: number[], nuisances: number[]): number {
  const points = phases.length;
  const size = points + nuisances.length;
  const normal = Matrix.zeros(size, size);
  const right = Matrix.zeros(size, 1);
  const add = (matrix: Matrix, row: number, column: number, value: number) =>
    matrix.set(row, column, matrix.get(row, column) + value);
  for (const term of terms) {
    const phase = phases[term.point]!;
    const weight = 1 / term.variance(valueAt(term.expected, phase));
    const rest = residualOf(term, phase, nuisances);
    const turn = term.nuisances.reduce(
      (sum, change, q) => sum + nuisances[q]! * slopeAt(change, phase),
      slopeAt(term.expected, phase),
    );
    const gradient: [number, number][] = [
      [term.point, turn],
      ...term.nuisances.map((change, q): [number, number] => [points + q, valueAt(change, phase)]),
    ];
    for (const [a, x] of gradient) {
      add(right, a, 0, weight * x * rest);
      for (const [b, y] of gradient) add(normal, a, b, weight * x * y);
    }
  }
  let freePhases = 0;
  for (let a = 0; a < size; a++) {
    if (a >= points) {
      add(normal, a, a, 1);
      add(right, a, 0, -nuisances[a - points]!);
    } else if (normal.get(a, a) > noInformation) freePhases++;
    else add(normal, a, a, 1);
  }
  const step = solve(normal, right);
  for (let a = 0; a < points; a++) phases[a]! += Math.max(-0.5, Math.min(0.5, step.get(a, 0)));
  for (let q = 0; q < nuisances.length; q++) nuisances[q]! += step.get(points + q, 0);
  return freePhases;
}
