import { coordinateCount } from "#model/generator";
import type { Ladder } from "#model/oscillator";
import type { Expression, ExpressionGraph } from "./expression.ts";
import {
  type ComplexExpression,
  type RateName,
  rateNames,
  type SiteRates,
  siteEquations,
} from "./site-equations.ts";

/** A number that is built in, or `factor` times (default 1) a number each trajectory brings along. */
export type Value = number | { readonly column: string; readonly factor?: number };

/** One group: its ladder is built in; rates and energies left out are zero. */
export interface GroupSpecification extends Readonly<Partial<Record<RateName, Value>>> {
  readonly ladder: Ladder;
}

/** J_ij of H = Σ_{i<j} (J_ij A†_i A_j + h.c.); for i = j the real self-field of a group. */
export interface GroupCoupling {
  readonly i: number;
  readonly j: number;
  readonly re: Value;
  readonly im?: Value;
}

/** Groups and the couplings among them, each pair given once, in either order; repeated pairs add. */
export interface GroupModel {
  readonly groups: readonly GroupSpecification[];
  readonly couplings: readonly GroupCoupling[];
}

/** Names of what trajectories bring along, in the order of their first appearance. */
export function columnsOf(model: GroupModel): string[] {
  const values = [
    ...model.groups.flatMap((group) => rateNames.map((name) => group[name])),
    ...model.couplings.flatMap(({ re, im }) => [re, im]),
  ];
  return [...new Set(values.flatMap((value) => (typeof value === "object" ? [value.column] : [])))];
}

/** M groups of eight coordinates as expressions in state and columns. */
export interface GroupEquations {
  /** x', 8M expressions. */
  readonly derivative: readonly Expression[];
  /** ⟨A†⟩ of each group. */
  readonly amplitudes: readonly ComplexExpression[];
}

/**
 * Mean-field equations of coupled groups: every group obeys its own master equation in the field
 * F_i = Σ_j J_ij ⟨A_j⟩. Nadolny & Bruder, Eq. (2).
 *
 * @param columns - parameter k of the expressions is the number of column `columns[k]`
 * @param frame - rate at which the frame turns that the state is given in: ⟨A†⟩ is e^{i·rate·t} times that of the
 *   state. All couplings conserve the common phase, so that only detunings change
 * @accuracy agrees with `networkRightHandSide` to a few units in the last place of the largest term
 */
export function groupEquations(
  graph: ExpressionGraph,
  model: GroupModel,
  columns: readonly string[],
  frame?: Expression,
): GroupEquations {
  const coordinates = model.groups.map((_, g) =>
    Array.from({ length: coordinateCount }, (_, k) => graph.state(g * coordinateCount + k)),
  );
  const groups = describeGroups(graph, model, columns, frame);
  const raised = groups.map((group, g) => ladderAmplitude(graph, group, coordinates[g]!));
  return {
    derivative: groups.flatMap((group, g) =>
      siteEquations(
        graph,
        group.rates,
        coordinates[g]!,
        driveOf(graph, group, fieldOf(graph, group.couplings, raised)),
      ),
    ),
    amplitudes: raised.map(([re, im], g) => {
      const { scale } = groups[g]!;
      return [graph.mul(scale, re), graph.mul(scale, im)];
    }),
  };
}

/**
 * What a group brings into the equations. The first ladder element that is not zero is taken out as `scale` and
 * into the couplings: A = scale·(a₁|0⟩⟨1| + a₂|1⟩⟨2|).
 */
export interface GroupDescription {
  readonly rates: SiteRates;
  readonly scale: Expression;
  readonly a1: Expression;
  readonly a2: Expression;
  /** J_ij of this group i times both scales, by j. */
  readonly couplings: readonly ComplexExpression[];
}

/** The groups of a model as expressions in the columns; see `groupEquations`. */
export function describeGroups(
  graph: ExpressionGraph,
  model: GroupModel,
  columns: readonly string[],
  frame: Expression = graph.constant(0),
): GroupDescription[] {
  const express = (value: Value): Expression =>
    typeof value === "number"
      ? graph.constant(value)
      : graph.mul(graph.constant(value.factor ?? 1), graph.parameter(columns.indexOf(value.column)));
  const scales = model.groups.map(({ ladder: [a1, a2] }) => (a1 === 0 ? a2 : a1));
  const matrix = couplingMatrix(graph, model, express);
  return model.groups.map((group, i) => {
    const rates = Object.fromEntries(
      rateNames.flatMap((name) => {
        const value = group[name];
        return value === undefined ? [] : [[name, express(value)]];
      }),
    ) as SiteRates;
    const scale = scales[i]!;
    const [a1, a2] = group.ladder.map((a) => graph.constant(scale === 0 ? 0 : a / scale)) as [
      Expression,
      Expression,
    ];
    return {
      rates: { ...rates, detuning: graph.sub(rates.detuning ?? graph.constant(0), frame) },
      scale: graph.constant(scale),
      a1,
      a2,
      couplings: matrix[i]!.map(([re, im], j) => {
        const both = graph.constant(scale * scales[j]!);
        return [graph.mul(both, re), graph.mul(both, im)];
      }),
    };
  });
}

/** a₁ρ₀₁ + a₂ρ₁₂: ⟨A†⟩ without the scale. */
export function ladderAmplitude(
  graph: ExpressionGraph,
  { a1, a2 }: Pick<GroupDescription, "a1" | "a2">,
  x: readonly Expression[],
): ComplexExpression {
  const part = (lower: Expression, upper: Expression) =>
    graph.add(graph.mul(a1, lower), graph.mul(a2, upper));
  return [part(x[2]!, x[4]!), part(x[3]!, x[5]!)];
}

/** F₀₁ = a₁F, F₁₂ = a₂F. */
export function driveOf(
  graph: ExpressionGraph,
  { a1, a2 }: Pick<GroupDescription, "a1" | "a2">,
  [re, im]: ComplexExpression,
): [ComplexExpression, ComplexExpression] {
  const times = (a: Expression): ComplexExpression => [graph.mul(a, re), graph.mul(a, im)];
  return [times(a1), times(a2)];
}

/** The Hermitian J, rows by groups. */
function couplingMatrix(
  graph: ExpressionGraph,
  model: GroupModel,
  express: (value: Value) => Expression,
): ComplexExpression[][] {
  const zero = graph.constant(0);
  const matrix = model.groups.map(() => model.groups.map((): ComplexExpression => [zero, zero]));
  const accumulate = (i: number, j: number, re: Expression, im: Expression) => {
    const [oldRe, oldIm] = matrix[i]![j]!;
    matrix[i]![j] = [graph.add(oldRe, re), graph.add(oldIm, im)];
  };
  for (const { i, j, re, im } of model.couplings) {
    const real = express(re);
    const imaginary = i === j ? zero : express(im ?? 0);
    accumulate(i, j, real, imaginary);
    if (i !== j) accumulate(j, i, real, graph.neg(imaginary));
  }
  return matrix;
}

/** Σ_j J_j ⟨A_j⟩ = Σ_j J_j ⟨A†_j⟩*; amplitudes with equal couplings are added first. */
export function fieldOf(
  graph: ExpressionGraph,
  couplings: readonly ComplexExpression[],
  raised: readonly ComplexExpression[],
): ComplexExpression {
  const part = (terms: readonly (readonly [Expression, Expression])[]) => {
    const byFactor = new Map<Expression, Expression>();
    for (const [factor, value] of terms) {
      const old = byFactor.get(factor);
      byFactor.set(factor, old === undefined ? value : graph.add(old, value));
    }
    return graph.sum([...byFactor].map(([factor, value]) => graph.mul(factor, value)));
  };
  return [
    part(couplings.flatMap(([re, im], j) => [[re, raised[j]![0]] as const, [im, raised[j]![1]] as const])),
    part(
      couplings.flatMap(([re, im], j) => [
        [im, raised[j]![0]] as const,
        [re, graph.neg(raised[j]![1])] as const,
      ]),
    ),
  ];
}
