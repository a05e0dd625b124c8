import type { Complex } from "#core/complex";
import type { ComplexMatrix } from "#core/complex-matrix";
import { coordinateCount, coordinatesOf } from "#model/generator";
import { integrate } from "../kernel/dormand-prince.ts";
import { frequencyBound } from "../mean-field/window.ts";
import {
  type CumulantLayout,
  type CumulantModel,
  correlationBlock,
  cumulantLayout,
  cumulantRightHandSide,
  groupModel,
  uncorrelatedState,
} from "./cumulants.ts";
import { type GroupEvolution, type GroupProblem, groupNetworkOf } from "./group-problem.ts";
import { integratedLifetime } from "./lifetime.ts";

const n = coordinateCount;

const tolerances = { rtol: 1e-12, atol: 1e-14 } as const;

/** ⟨A†⟩ of a species. */
export function speciesRaising(
  model: CumulantModel,
  layout: CumulantLayout,
  y: Float64Array,
  s: number,
): Complex {
  const [a1, a2] = model.species[s]!.site.ladder;
  const o = layout.one[s]!;
  return { re: a1 * y[o + 2]! + a2 * y[o + 4]!, im: a1 * y[o + 3]! + a2 * y[o + 5]! };
}

/** ⟨A†_i A_j⟩ of different oscillators i in species s, j in species t. */
export function speciesPairCorrelation(
  model: CumulantModel,
  layout: CumulantLayout,
  y: Float64Array,
  s: number,
  t: number,
): Complex {
  const d = correlationBlock(layout, y, s, t);
  const [a1, a2] = model.species[s]!.site.ladder;
  const [b1, b2] = model.species[t]!.site.ladder;
  // ⟨A†⟩ is a₁(x₂ + i x₃) + a₂(x₄ + i x₅).
  let re = 0;
  let im = 0;
  for (const [r, left] of [
    [2, a1],
    [4, a2],
  ] as const) {
    for (const [c, right] of [
      [2, b1],
      [4, b2],
    ] as const) {
      const weight = (left * right) / layout.scale;
      re += weight * (d[r * n + c]! + d[(r + 1) * n + c + 1]!);
      im += weight * (d[(r + 1) * n + c]! - d[r * n + c + 1]!);
    }
  }
  const a = speciesRaising(model, layout, y, s);
  const b = speciesRaising(model, layout, y, t);
  return {
    re: a.re * b.re + a.im * b.im + re,
    im: a.im * b.re - a.re * b.im + im,
  };
}

/** Evolution of several groups; one entry per species. */
export interface SpeciesEvolution {
  readonly raising: Complex[][];
  readonly populations: [p0: number, p1: number, p2: number][][];
  /** ⟨A†_i A_j⟩ of different oscillators, [species of i][species of j][time]. */
  readonly pairCorrelation: Complex[][][];
}

/**
 * Second-order cumulants of several groups, each started from a product of its own 3 × 3 state.
 *
 * @param times - ascending, from 0 on
 * @accuracy of the integration 1e-10; of the method see `cumulantRightHandSide`
 */
export function evolveSpecies(
  model: CumulantModel,
  initial: readonly ComplexMatrix[],
  times: readonly number[],
): SpeciesEvolution {
  const layout = cumulantLayout(model);
  const range = model.species.map((_, s) => s);
  const raising: Complex[][] = range.map(() => []);
  const populations: [number, number, number][][] = range.map(() => []);
  const pairCorrelation: Complex[][][] = range.map(() => range.map(() => []));
  integrate(
    cumulantRightHandSide(model),
    0,
    uncorrelatedState(layout, initial.map(coordinatesOf)),
    times,
    (_, __, y) => {
      for (const s of range) {
        const o = layout.one[s]!;
        raising[s]!.push(speciesRaising(model, layout, y, s));
        populations[s]!.push([y[o]!, 1 - y[o]! - y[o + 1]!, y[o + 1]!]);
        for (const t of range) pairCorrelation[s]![t]!.push(speciesPairCorrelation(model, layout, y, s, t));
      }
    },
    tolerances,
  );
  return { raising, populations, pairCorrelation };
}

/**
 * Second-order cumulants of one group of N oscillators (see `cumulantRightHandSide`).
 *
 * @param times - ascending, from 0 on
 * @accuracy of the integration 1e-10; of the method see `cumulantRightHandSide`
 */
export function evolveCumulants(problem: GroupProblem, times: readonly number[]): GroupEvolution {
  const model = groupModel(problem.site, problem.size, problem.coupling);
  const { raising, populations, pairCorrelation } = evolveSpecies(model, [problem.initial], times);
  return {
    raising: raising[0]!,
    pairCorrelation: pairCorrelation[0]![0]!.map(({ re }) => re),
    populations: populations[0]!,
    lifetime: cumulantLifetime(problem, times[times.length - 1]!),
  };
}

/** First time up to `end` at which |⟨A†⟩| is 1/e of its initial value, by second-order cumulants. */
export function cumulantLifetime(problem: GroupProblem, end: number): number | null {
  const model = groupModel(problem.site, problem.size, problem.coupling);
  const layout = cumulantLayout(model);
  const amplitude = (y: Float64Array) => {
    const { re, im } = speciesRaising(model, layout, y, 0);
    return Math.hypot(re, im);
  };
  return integratedLifetime(
    cumulantRightHandSide(model),
    uncorrelatedState(layout, [coordinatesOf(problem.initial)]),
    end,
    amplitude,
    0.2 / frequencyBound(groupNetworkOf(problem)),
    tolerances,
  );
}
