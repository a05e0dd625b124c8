import { inverse, Matrix } from "ml-matrix";
import type { Prediction } from "#ir/plan";
import type { CountTable } from "./frequencies.ts";
import { allowedVariance } from "./verdict.ts";

/** A table of probabilities or of their changes: [point][setting][group][outcome]. */
export type OutcomeTable = Prediction["probabilities"];

/** How all probabilities move for one unit of a coordinate; with a free common phase, also a quarter and half turn on. */
export interface Response {
  readonly id: string;
  readonly change: OutcomeTable;
  readonly quarter_turn: OutcomeTable | null;
  readonly half_turn: OutcomeTable | null;
  /** 1σ of what is known beforehand, the mean being 0; null for nothing. */
  readonly prior: number | null;
}

/** Expected probabilities as they turn with the common phase of a point. */
export type Expected = Pick<Prediction, "probabilities" | "quarter_turn" | "half_turn" | "accuracy">;

/** A table that turns with the phase: centre + cos φ·along + sin φ·across, all cells in one row. */
interface TurningRow {
  readonly centre: Float64Array;
  readonly along: Float64Array;
  readonly across: Float64Array;
}

/**
 * Probabilities of all outcomes as an affine function of a few coordinates, and of one phase for every point where the
 * common phase is free.
 */
export interface LinearModel {
  readonly ids: readonly string[];
  readonly priors: readonly (number | null)[];
  readonly base: TurningRow;
  readonly responses: readonly TurningRow[];
  /** Of each cell. */
  readonly point: Int32Array;
  readonly outcomes: Int32Array;
  readonly points: number;
  readonly freePhase: boolean;
  readonly expected: Expected;
}

/** Estimates of a model's coordinates from counts. */
export interface LinearFit {
  readonly values: readonly number[];
  /** Of the coordinates, phases profiled out; zero rows for fixed ones. */
  readonly covariance: readonly (readonly number[])[];
  readonly phases: readonly number[];
  /** Σ residual²/variance + Σ (coordinate/prior)². */
  readonly chiSquare: number;
}

function turningRow(zero: OutcomeTable, quarter: OutcomeTable | null, half: OutcomeTable | null): TurningRow {
  const flat = Float64Array.from(zero.flat(3));
  const still = new Float64Array(flat.length);
  if (quarter === null || half === null) return { centre: flat, along: still, across: still };
  const h = half.flat(3);
  const centre = flat.map((x, c) => (x + h[c]!) / 2);
  const q = quarter.flat(3);
  return {
    centre,
    along: flat.map((x, c) => x - centre[c]!),
    across: flat.map((_, c) => q[c]! - centre[c]!),
  };
}

/** Prepares a model; the responses are in the order of its coordinates. */
export function linearModel(expected: Expected, responses: readonly Response[]): LinearModel {
  const point: number[] = [];
  const outcomes: number[] = [];
  expected.probabilities.forEach((settings, k) => {
    for (const groups of settings) {
      for (const group of groups) {
        for (let l = 0; l < group.length; l++) {
          point.push(k);
          outcomes.push(group.length);
        }
      }
    }
  });
  return {
    ids: responses.map(({ id }) => id),
    priors: responses.map(({ prior }) => prior),
    base: turningRow(expected.probabilities, expected.quarter_turn, expected.half_turn),
    responses: responses.map((r) => turningRow(r.change, r.quarter_turn, r.half_turn)),
    point: Int32Array.from(point),
    outcomes: Int32Array.from(outcomes),
    points: expected.probabilities.length,
    freePhase: expected.quarter_turn !== null,
    expected,
  };
}

/** What the nuisances of a prediction are for a model: unit priors. */
export function nuisanceResponses({ nuisances }: Pick<Prediction, "nuisances">): Response[] {
  return nuisances.map(({ name, ...tables }) => ({ id: name, prior: 1, ...tables }));
}

function frequenciesOf({ counts, shots }: CountTable): Float64Array {
  return Float64Array.from(counts.flat(3), (n) => n / shots);
}

const rounds = 8;
const noInformation = 1e-6;

/**
 * Weighted least squares with multinomial weights that follow the fitted expectation (Fisher scoring of the multinomial
 * likelihood wherever an outcome is expected at least once), each widened by the discrepancy that is allowed.
 *
 * @param fixed - coordinates held at a value, by index
 */
export function fitLinear(
  model: LinearModel,
  table: CountTable,
  fixed: ReadonlyMap<number, number> = new Map(),
): LinearFit {
  const observed = frequenciesOf(table);
  const values = model.responses.map((_, q) => fixed.get(q) ?? 0);
  const phases = model.freePhase ? firstPhases(model, observed, table.shots) : zeros(model.points);
  let step = scoring(model, observed, table.shots, values, phases, fixed);
  for (let round = 0; round < rounds; round++) {
    const moved = advance(model, step, values, phases, fixed);
    step = scoring(model, observed, table.shots, values, phases, fixed);
    if (moved < 1e-4) break;
  }
  return { values, phases, chiSquare: step.chiSquare, covariance: covarianceOf(model, step.normal, fixed) };
}

const zeros = (n: number): number[] => new Array<number>(n).fill(0);

interface Scoring {
  readonly normal: Matrix;
  readonly right: number[];
  readonly chiSquare: number;
}

function varianceAt(model: LinearModel, c: number, p: number, shots: number): number {
  const held = Math.max(p, 1 / shots);
  return (
    held / shots + allowedVariance(model.expected, model.point[c]!, Math.min(1, held), model.outcomes[c]!)
  );
}

function scoring(
  model: LinearModel,
  observed: Float64Array,
  shots: number,
  values: readonly number[],
  phases: readonly number[],
  fixed: ReadonlyMap<number, number>,
): Scoring {
  const count = values.length;
  const size = count + (model.freePhase ? model.points : 0);
  const normal = Matrix.zeros(size, size);
  const rows = normal.to2DArray();
  const right = zeros(size);
  const gradient = new Float64Array(count);
  let chiSquare = 0;
  const { base, responses } = model;
  for (let c = 0; c < observed.length; c++) {
    const k = model.point[c]!;
    const [cos, sin] = [Math.cos(phases[k]!), Math.sin(phases[k]!)];
    let p = base.centre[c]! + cos * base.along[c]! + sin * base.across[c]!;
    let slope = cos * base.across[c]! - sin * base.along[c]!;
    for (let q = 0; q < count; q++) {
      const row = responses[q]!;
      gradient[q] = row.centre[c]! + cos * row.along[c]! + sin * row.across[c]!;
      p += values[q]! * gradient[q]!;
      slope += values[q]! * (cos * row.across[c]! - sin * row.along[c]!);
    }
    const weight = 1 / varianceAt(model, c, p, shots);
    const rest = observed[c]! - p;
    chiSquare += weight * rest * rest;
    for (let a = 0; a < count; a++) {
      const x = weight * gradient[a]!;
      right[a]! += x * rest;
      for (let b = 0; b <= a; b++) rows[a]![b]! += x * gradient[b]!;
      if (model.freePhase) rows[count + k]![a]! += x * slope;
    }
    if (model.freePhase) {
      right[count + k]! += weight * slope * rest;
      rows[count + k]![count + k]! += weight * slope * slope;
    }
  }
  model.priors.forEach((prior, q) => {
    if (prior === null || fixed.has(q)) return;
    rows[q]![q]! += 1 / prior ** 2;
    right[q]! -= values[q]! / prior ** 2;
    chiSquare += (values[q]! / prior) ** 2;
  });
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < a; b++) rows[b]![a] = rows[a]![b]!;
  }
  return { normal: new Matrix(rows), right, chiSquare };
}

/** Indices that a step moves: no fixed ones, no phases without information. */
function freeIndices(model: LinearModel, normal: Matrix, fixed: ReadonlyMap<number, number>): number[] {
  const count = model.responses.length;
  return Array.from({ length: normal.rows }, (_, a) => a).filter((a) =>
    a < count ? !fixed.has(a) : normal.get(a, a) > noInformation,
  );
}

/** Inverse of a part of the normal matrix, in units of its own diagonal; a direction without information stays put. */
function scaledInverse(normal: Matrix, at: readonly number[]): Matrix {
  const scale = at.map((a) => Math.sqrt(Math.max(normal.get(a, a), 1e-300)));
  const scaled = new Matrix(
    at.map((a, i) => at.map((b, j) => normal.get(a, b) / (scale[i]! * scale[j]!) + (i === j ? 1e-10 : 0))),
  );
  const result = inverse(scaled);
  return new Matrix(at.map((_, i) => at.map((_, j) => result.get(i, j) / (scale[i]! * scale[j]!))));
}

function advance(
  model: LinearModel,
  { normal, right }: Scoring,
  values: number[],
  phases: number[],
  fixed: ReadonlyMap<number, number>,
): number {
  const at = freeIndices(model, normal, fixed);
  if (at.length === 0) return 0;
  const covariance = scaledInverse(normal, at);
  const count = model.responses.length;
  let moved = 0;
  at.forEach((a, i) => {
    const step = at.reduce((sum, b, j) => sum + covariance.get(i, j) * right[b]!, 0);
    moved = Math.max(moved, Math.abs(step) / Math.sqrt(covariance.get(i, i)));
    if (a < count) values[a]! += step;
    else phases[a - count]! += Math.max(-0.5, Math.min(0.5, step));
  });
  return moved;
}

function covarianceOf(model: LinearModel, normal: Matrix, fixed: ReadonlyMap<number, number>): number[][] {
  const count = model.responses.length;
  const at = freeIndices(model, normal, fixed);
  const full = Array.from({ length: count }, () => zeros(count));
  if (at.length === 0) return full;
  const covariance = scaledInverse(normal, at);
  at.forEach((a, i) => {
    if (a >= count) return;
    at.forEach((b, j) => {
      if (b < count) full[a]![b] = covariance.get(i, j);
    });
  });
  return full;
}

function firstPhases({ base, point, points }: LinearModel, observed: Float64Array, shots: number): number[] {
  const sums = Array.from({ length: points }, () => ({ aa: 0, ab: 0, bb: 0, ra: 0, rb: 0 }));
  for (let c = 0; c < observed.length; c++) {
    const sum = sums[point[c]!]!;
    const [x, y] = [base.along[c]!, base.across[c]!];
    const rest = observed[c]! - base.centre[c]!;
    const weight = shots / Math.max(base.centre[c]!, 1 / shots);
    sum.aa += weight * x * x;
    sum.ab += weight * x * y;
    sum.bb += weight * y * y;
    sum.ra += weight * rest * x;
    sum.rb += weight * rest * y;
  }
  return sums.map(({ aa, ab, bb, ra, rb }) =>
    aa * bb - ab * ab > 0 ? Math.atan2(aa * rb - ab * ra, bb * ra - ab * rb) : 0,
  );
}

/**
 * Fisher information of one shot at a point and setting about a model's coordinates, common phase at 0: what a planner
 * adds up.
 */
export function informationOf(model: LinearModel, point: number, setting: number, shots: number): number[][] {
  const count = model.responses.length;
  const information = Array.from({ length: count }, () => zeros(count));
  const { probabilities } = model.expected;
  const width = (k: number, s: number) => probabilities[k]![s]!.reduce((sum, group) => sum + group.length, 0);
  let start = 0;
  for (let k = 0; k < point; k++) for (let s = 0; s < probabilities[k]!.length; s++) start += width(k, s);
  for (let s = 0; s < setting; s++) start += width(point, s);
  for (let c = start; c < start + width(point, setting); c++) {
    const p = model.base.centre[c]! + model.base.along[c]!;
    const weight = 1 / Math.max(p, 1 / shots);
    for (let a = 0; a < count; a++) {
      const x = model.responses[a]!.centre[c]! + model.responses[a]!.along[c]!;
      for (let b = 0; b < count; b++) {
        const y = model.responses[b]!.centre[c]! + model.responses[b]!.along[c]!;
        information[a]![b]! += weight * x * y;
      }
    }
  }
  return information;
}

/**
 * Multinomial log-likelihood of counts as a function of a model's coordinates, phases held; every probability is mixed
 * with `floor`, so that no outcome excludes.
 */
export function likelihoodOf(
  model: LinearModel,
  table: CountTable,
  phases: readonly number[],
  floor = 3e-4,
): (values: readonly number[]) => number {
  const counts = table.counts.flat(3);
  const seen = counts.flatMap((n, c) => (n > 0 ? [c] : []));
  const rowOf = ({ centre, along, across }: TurningRow) =>
    Float64Array.from(seen, (c) => {
      const phase = phases[model.point[c]!]!;
      return centre[c]! + Math.cos(phase) * along[c]! + Math.sin(phase) * across[c]!;
    });
  const base = rowOf(model.base);
  const rows = model.responses.map(rowOf);
  const weights = Float64Array.from(seen, (c) => counts[c]!);
  const least = Float64Array.from(seen, (c) => floor / model.outcomes[c]!);
  return (values) => {
    let sum = 0;
    for (let i = 0; i < base.length; i++) {
      let p = base[i]!;
      for (let q = 0; q < rows.length; q++) p += values[q]! * rows[q]![i]!;
      sum += weights[i]! * Math.log((1 - floor) * Math.max(0, p) + least[i]!);
    }
    return sum;
  };
}
