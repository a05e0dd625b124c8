import { coordinateCount } from "#model/generator";
import { compileEvaluation, type Evaluation } from "./evaluation.ts";
import {
  createGraph,
  type Expression,
  type ExpressionGraph,
  type HoistedExpressions,
  hoistParameters,
  substituteParameters,
} from "./expression.ts";
import {
  describeGroups,
  driveOf,
  fieldOf,
  type GroupDescription,
  type GroupModel,
  groupEquations,
  ladderAmplitude,
} from "./group-equations.ts";
import { type ComplexExpression, rateNames, siteEquations } from "./site-equations.ts";

/**
 * Equations of groups in the form that two lanes of a vector work out: both lanes do the same operations, on other
 * parameters and states.
 */
export interface VectorProgram {
  /** `trajectories`: a trajectory per lane. `groups`: the two groups of one trajectory in the two lanes. */
  readonly lanes: "trajectories" | "groups";
  readonly groups: number;
  /** Vectors that make up the state. */
  readonly size: number;
  readonly derivative: readonly Expression[];
  /** ⟨A†⟩ of the group or groups that a lane holds. */
  readonly amplitudes: readonly ComplexExpression[];
  /**
   * With lanes that hold groups: what a group gives to the other one. Its real and imaginary part are the states
   * `size` and `size + 1` of `derivative`, those of the other group `size + 2` and `size + 3`.
   */
  readonly exchange?: ComplexExpression;
  /** Many sites of one form: worked out in a loop over them, `derivative` and `amplitudes` are empty. */
  readonly network?: NetworkEquations;
  readonly parameters: number;
  /**
   * Parameters from the columns, for lane 0 and lane 1. The rate of the turning frame is one more column after those
   * of the model.
   */
  readonly prepare: readonly [Evaluation, Evaluation];
}

/** Sites that differ in their numbers only, and who is coupled to whom. */
export interface NetworkEquations {
  /**
   * x' of one site: states 0…7 are its own, 8 and 9 the field it is in; its parameters are its own too, one site
   * after another.
   */
  readonly site: readonly Expression[];
  readonly amplitude: ComplexExpression;
  readonly siteParameters: number;
  /** Each pair once, i ≤ j; J of pair k are the parameters from `parameter` on, its imaginary part if `complex`. */
  readonly pairs: readonly { readonly i: number; readonly j: number; readonly parameter: number }[];
  readonly complex: boolean;
}

/** One trajectory of any number of groups in each lane. */
export function trajectoryProgram(model: GroupModel, columns: readonly string[]): VectorProgram {
  const graph = createGraph();
  const { derivative, amplitudes } = groupEquations(graph, model, columns, graph.parameter(columns.length));
  const hoisted = hoistParameters(graph, [...derivative, ...amplitudes.flat()]);
  return {
    lanes: "trajectories",
    groups: model.groups.length,
    size: derivative.length,
    ...divided(hoisted, derivative.length),
    ...preparation(hoisted.prepared, hoisted.prepared),
  };
}

function preparation(lane0: readonly Expression[], lane1: readonly Expression[]) {
  const first = compileEvaluation(lane0);
  const second = lane1 === lane0 ? first : compileEvaluation(lane1);
  return { parameters: lane0.length, prepare: [first, second] as const };
}

/** The two groups of one trajectory in the two lanes; what differs between them is a parameter. */
export function groupProgram(model: GroupModel, columns: readonly string[]): VectorProgram {
  const outer = createGraph();
  const graph = createGraph();
  const [a, b] = describeGroups(outer, model, columns, outer.parameter(columns.length)) as [
    GroupDescription,
    GroupDescription,
  ];
  const differing: (readonly [Expression, Expression])[] = [];
  const common = (ofA: Expression, ofB: Expression): Expression =>
    ofA === ofB && ofA.kind === "constant"
      ? graph.constant(ofA.value)
      : graph.parameter(differing.push([ofA, ofB]) - 1);
  const commonPair = (ofA: ComplexExpression, ofB: ComplexExpression): ComplexExpression => [
    common(ofA[0], ofB[0]),
    common(ofA[1], ofB[1]),
  ];
  const zero = outer.constant(0);
  const rates = Object.fromEntries(
    rateNames.map((name) => [name, common(a.rates[name] ?? zero, b.rates[name] ?? zero)]),
  );
  const ladder = { a1: common(a.a1, b.a1), a2: common(a.a2, b.a2) };
  const scale = common(a.scale, b.scale);
  const couplings = [
    commonPair(a.couplings[0]!, b.couplings[1]!),
    commonPair(a.couplings[1]!, b.couplings[0]!),
  ];
  const x = states(graph, 0, coordinateCount);
  const [ownRe, ownIm, otherRe, otherIm] = states(graph, coordinateCount, 4) as [
    Expression,
    Expression,
    Expression,
    Expression,
  ];
  const field = fieldOf(graph, couplings, [
    [ownRe, ownIm],
    [otherRe, otherIm],
  ]);
  const own = ladderAmplitude(graph, ladder, x);
  const hoisted = hoistParameters(graph, [
    ...siteEquations(graph, rates, x, driveOf(graph, ladder, field)),
    graph.mul(scale, own[0]),
    graph.mul(scale, own[1]),
    ...own,
  ]);
  const { derivative, amplitudes } = divided(hoisted, coordinateCount);
  const lane = (side: 0 | 1) =>
    substituteParameters(
      outer,
      hoisted.prepared,
      differing.map((both) => both[side]),
    );
  return {
    lanes: "groups",
    groups: 2,
    size: coordinateCount,
    derivative,
    amplitudes: amplitudes.slice(0, 1),
    exchange: amplitudes[1]!,
    ...preparation(lane(0), lane(1)),
  };
}

function states(graph: ExpressionGraph, from: number, count: number): Expression[] {
  return Array.from({ length: count }, (_, k) => graph.state(from + k));
}

function divided({ outputs }: HoistedExpressions, size: number) {
  const rest = outputs.slice(size);
  const amplitudes = Array.from(
    { length: rest.length / 2 },
    (_, g): ComplexExpression => [rest[2 * g]!, rest[2 * g + 1]!],
  );
  return { derivative: outputs.slice(0, size), amplitudes };
}
