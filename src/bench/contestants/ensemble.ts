import { writeFileSync } from "node:fs";
import { createRandom } from "#core/random";
import type { RowKind } from "../results.ts";
import { quantile } from "../statistics.ts";
import { scratchFile } from "../tools.ts";

/** A point of Fig. 4: V = V_AB = γ₋ = 2γ₊ = 1, detuning δ and asymmetry K. */
export interface MapPoint {
  readonly detuning: number;
  readonly asymmetry: number;
}

/** Trajectories from the paper's initial states over `duration`, at one relative tolerance, absolute rtol/100. */
export interface EnsembleTask {
  readonly points: readonly MapPoint[];
  readonly rtol: number;
  readonly duration: number;
}

export interface EnsembleRun {
  /** Processor seconds of the integration; building, parsing and printing left out. */
  readonly seconds: number;
  /** Right-hand sides of one trajectory, summed; null when the solver does not say. */
  readonly evaluations: number | null;
  readonly steps: number | null;
  /** Final coordinates, sixteen a point, in the layout of `#model/generator`. */
  readonly states: ArrayLike<number>;
  /** Right-hand sides of each point. */
  readonly evaluations_each?: readonly number[];
  readonly flops?: number;
  /** Of the library that did it. */
  readonly version?: string;
}

/** Somebody who can integrate the ensemble. */
export interface EnsembleContestant {
  readonly name: string;
  readonly kind: RowKind;
  readonly build: string;
  /** Points that it is given at most, for slow ones. */
  readonly most?: number;
  /** Longest duration that it is given, for very slow ones. */
  readonly longest?: number;
  readonly run: (task: EnsembleTask) => Promise<EnsembleRun>;
}

/** Someone who is not there, for the table. */
export interface MissingContestant {
  readonly name: string;
  readonly kind: RowKind;
  readonly missing: string;
}

export type EnsembleEntry = EnsembleContestant | MissingContestant;

/** Coordinates of the two groups. */
export const stateSize = 16;

/** Random points of the map |δ|, |K| ≤ `half`. */
export function randomPoints(count: number, seed: number, half = 15): MapPoint[] {
  const random = createRandom(seed, "bench/points");
  const uniform = () => half * (2 * random.uniform() - 1);
  return Array.from({ length: count }, () => ({ detuning: uniform(), asymmetry: uniform() }));
}

/** Largest deviation of any coordinate, per point. */
export function stateErrors(
  states: ArrayLike<number>,
  reference: ArrayLike<number>,
  count: number,
): number[] {
  return Array.from({ length: count }, (_, p) => {
    let largest = 0;
    for (let c = p * stateSize; c < (p + 1) * stateSize; c++) {
      largest = Math.max(largest, Math.abs(states[c]! - reference[c]!));
    }
    return largest;
  });
}

export function summariseErrors(errors: readonly number[]) {
  const sorted = errors.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    maximum: sorted[sorted.length - 1] ?? Number.NaN,
  };
}

/** A file with the parameters of one point a line, as the compiled peers read them. */
export function writePoints(rows: readonly (readonly number[])[]): string {
  const path = scratchFile("points.txt");
  writeFileSync(path, `${rows.map((row) => row.join(" ")).join("\n")}\n`);
  return path;
}
