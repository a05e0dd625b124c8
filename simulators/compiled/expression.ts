/**
 * Scalar arithmetic as a graph: real constants, state components and parameters joined by +, −, × and negation.
 *
 * Equal expressions are one object (hash-consing), so common subexpressions are shared by construction. Constants
 * are folded and signs moved outwards; both are exact in floating point, up to the sign of a zero. A factor zero
 * gives zero: operands are taken to be finite.
 */
export type Expression =
  | { readonly kind: "constant"; readonly id: number; readonly value: number }
  | { readonly kind: "state"; readonly id: number; readonly index: number }
  | { readonly kind: "parameter"; readonly id: number; readonly index: number }
  | {
      readonly kind: "add" | "sub" | "mul";
      readonly id: number;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "neg"; readonly id: number; readonly of: Expression };

/** Expressions of one graph; those of different graphs must not be mixed. */
export interface ExpressionGraph {
  constant(value: number): Expression;
  state(index: number): Expression;
  parameter(index: number): Expression;
  add(a: Expression, b: Expression): Expression;
  sub(a: Expression, b: Expression): Expression;
  mul(a: Expression, b: Expression): Expression;
  neg(a: Expression): Expression;
  /** The operation as it is given, signs and order untouched. */
  exactly(kind: "add" | "sub" | "mul", left: Expression, right: Expression): Expression;
  /** Sum from left to right; zero of nothing. */
  sum(terms: readonly Expression[]): Expression;
}

export function createGraph(): ExpressionGraph {
  const known = new Map<string, Expression>();
  let count = 0;
  const intern = (key: string, make: (id: number) => Expression): Expression => {
    const old = known.get(key);
    if (old) return old;
    const made = make(count++);
    known.set(key, made);
    return made;
  };
  const operation = (kind: "add" | "sub" | "mul", left: Expression, right: Expression) =>
    intern(`${kind} ${left.id} ${right.id}`, (id) => ({ kind, id, left, right }));
  const leaf = (kind: "state" | "parameter", index: number) =>
    intern(`${kind} ${index}`, (id) => ({ kind, id, index }));
  const constant = (value: number): Expression =>
    intern(`constant ${value === 0 ? 0 : value}`, (id) => ({
      kind: "constant",
      id,
      value: value === 0 ? 0 : value,
    }));

  function neg(a: Expression): Expression {
    if (a.kind === "constant") return constant(-a.value);
    if (a.kind === "neg") return a.of;
    return intern(`neg ${a.id}`, (id) => ({ kind: "neg", id, of: a }));
  }

  /** Negative constants as well: what is under the sign. */
  function positive(a: Expression): Expression | undefined {
    if (a.kind === "neg") return a.of;
    return a.kind === "constant" && a.value < 0 ? constant(-a.value) : undefined;
  }

  function add(a: Expression, b: Expression): Expression {
    if (a.kind === "constant" && b.kind === "constant") return constant(a.value + b.value);
    if (isConstant(a, 0)) return b;
    if (isConstant(b, 0)) return a;
    const minusA = positive(a);
    const minusB = positive(b);
    if (minusA && minusB) return neg(add(minusA, minusB));
    if (minusA) return sub(b, minusA);
    if (minusB) return sub(a, minusB);
    return a.id <= b.id ? operation("add", a, b) : operation("add", b, a);
  }

  function sub(a: Expression, b: Expression): Expression {
    if (a.kind === "constant" && b.kind === "constant") return constant(a.value - b.value);
    if (isConstant(a, 0)) return neg(b);
    if (isConstant(b, 0)) return a;
    if (a === b) return constant(0);
    const minusA = positive(a);
    const minusB = positive(b);
    if (minusA && minusB) return sub(minusB, minusA);
    if (minusA) return neg(add(minusA, b));
    if (minusB) return add(a, minusB);
    return a.id <= b.id ? operation("sub", a, b) : neg(operation("sub", b, a));
  }

  function mul(a: Expression, b: Expression): Expression {
    if (a.kind === "constant" && b.kind === "constant") return constant(a.value * b.value);
    if (isConstant(a, 0) || isConstant(b, 0)) return constant(0);
    if (isConstant(a, 1)) return b;
    if (isConstant(b, 1)) return a;
    const minusA = positive(a);
    const minusB = positive(b);
    if (minusA || minusB) {
      const product = mul(minusA ?? a, minusB ?? b);
      return minusA && minusB ? product : neg(product);
    }
    return a.id <= b.id ? operation("mul", a, b) : operation("mul", b, a);
  }

  return {
    constant,
    state: (index) => leaf("state", index),
    parameter: (index) => leaf("parameter", index),
    add,
    sub,
    mul,
    neg,
    exactly: operation,
    sum: (terms) => terms.reduce<Expression>((sum, term) => add(sum, term), constant(0)),
  };
}

export function isConstant(e: Expression, value: number): boolean {
  return e.kind === "constant" && e.value === value;
}

/** What an expression is made of directly. */
export function operandsOf(e: Expression): readonly Expression[] {
  if (e.kind === "neg") return [e.of];
  return e.kind === "add" || e.kind === "sub" || e.kind === "mul" ? [e.left, e.right] : [];
}

/** All expressions that the outputs need, operands before what uses them, in the order a reader meets them. */
export function topologicalOrder(outputs: readonly Expression[]): Expression[] {
  const order: Expression[] = [];
  const seen = new Set<Expression>();
  const visit = (e: Expression) => {
    if (seen.has(e)) return;
    seen.add(e);
    for (const operand of operandsOf(e)) visit(operand);
    order.push(e);
  };
  outputs.forEach(visit);
  return order;
}

export interface OperationCount {
  readonly add: number;
  readonly mul: number;
  readonly neg: number;
  readonly total: number;
}

/** Operations that one evaluation of all outputs takes, shared ones once; `add` counts subtractions too. */
export function countOperations(outputs: readonly Expression[]): OperationCount {
  const order = topologicalOrder(outputs);
  const of = (...kinds: Expression["kind"][]) => order.filter((e) => kinds.includes(e.kind)).length;
  const add = of("add", "sub");
  const mul = of("mul");
  const neg = of("neg");
  return { add, mul, neg, total: add + mul + neg };
}

/** Values of the outputs by walking the graph: what every other back end is tested against. */
export function interpret(
  outputs: readonly Expression[],
  state: ArrayLike<number>,
  parameters: ArrayLike<number>,
): Float64Array {
  const values = new Map<Expression, number>();
  for (const e of topologicalOrder(outputs)) {
    const at = (operand: Expression) => values.get(operand)!;
    switch (e.kind) {
      case "constant":
        values.set(e, e.value);
        break;
      case "state":
        values.set(e, state[e.index]!);
        break;
      case "parameter":
        values.set(e, parameters[e.index]!);
        break;
      case "neg":
        values.set(e, -at(e.of));
        break;
      case "add":
        values.set(e, at(e.left) + at(e.right));
        break;
      case "sub":
        values.set(e, at(e.left) - at(e.right));
        break;
      case "mul":
        values.set(e, at(e.left) * at(e.right));
        break;
    }
  }
  return Float64Array.from(outputs, (e) => values.get(e)!);
}

/** The expressions, free of state, with `values[k]` of another graph in place of parameter k. */
export function substituteParameters(
  graph: ExpressionGraph,
  expressions: readonly Expression[],
  values: readonly Expression[],
): Expression[] {
  const translated = new Map<Expression, Expression>();
  for (const e of topologicalOrder(expressions)) {
    const [left, right] = operandsOf(e).map((operand) => translated.get(operand)!);
    if (e.kind === "constant") translated.set(e, graph.constant(e.value));
    else if (e.kind === "parameter") translated.set(e, values[e.index]!);
    else if (e.kind === "neg") translated.set(e, graph.neg(left!));
    else if (e.kind !== "state") translated.set(e, graph[e.kind](left!, right!));
  }
  return expressions.map((e) => translated.get(e)!);
}

/** Outputs in terms of parameters that are worked out once, before many evaluations. */
export interface HoistedExpressions {
  /** Their parameter k is the value of `prepared[k]`. */
  readonly outputs: readonly Expression[];
  /** In terms of the original parameters, free of state. */
  readonly prepared: readonly Expression[];
}

/** Takes what depends on parameters alone out of the outputs. */
export function hoistParameters(graph: ExpressionGraph, outputs: readonly Expression[]): HoistedExpressions {
  const order = topologicalOrder(outputs);
  const varying = new Set<Expression>();
  for (const e of order) {
    if (e.kind === "state" || operandsOf(e).some((operand) => varying.has(operand))) varying.add(e);
  }
  const prepared: Expression[] = [];
  const place = (e: Expression) => {
    const known = prepared.indexOf(e);
    return graph.parameter(known >= 0 ? known : prepared.push(e) - 1);
  };
  const rewritten = new Map<Expression, Expression>();
  const rewrite = (e: Expression): Expression => {
    const old = rewritten.get(e);
    if (old) return old;
    let next = e;
    if (!varying.has(e)) {
      if (e.kind !== "constant") next = place(e);
    } else if (e.kind === "neg") {
      next = graph.neg(rewrite(e.of));
    } else if (e.kind === "add" || e.kind === "sub" || e.kind === "mul") {
      next = graph[e.kind](rewrite(e.left), rewrite(e.right));
    }
    rewritten.set(e, next);
    return next;
  };
  const hoisted = outputs.map(rewrite);
  const minus = (k: number) => place(graph.neg(prepared[k]!));
  return { outputs: absorbSigns(graph, hoisted, minus), prepared };
}

/** Turns signs in front of outputs into exchanged operands and negative constants, where that costs nothing. */
function absorbSigns(
  graph: ExpressionGraph,
  outputs: readonly Expression[],
  negativeParameter: (index: number) => Expression,
): Expression[] {
  const uses = countUses(outputs);
  const negative = (e: Expression): Expression | undefined => {
    if (e.kind === "constant") return graph.constant(-e.value);
    if (e.kind === "parameter") return negativeParameter(e.index);
    if (e.kind === "neg") return e.of;
    if (e.kind === "state" || uses.get(e)! > 1) return undefined;
    if (e.kind === "sub") return graph.exactly("sub", e.right, e.left);
    for (const [one, other] of [
      [e.left, e.right],
      [e.right, e.left],
    ] as const) {
      const flipped = negative(one);
      if (flipped) return graph.exactly(e.kind === "mul" ? "mul" : "sub", flipped, other);
    }
    return undefined;
  };
  return outputs.map((e) => (e.kind === "neg" && uses.get(e) === 1 ? (negative(e.of) ?? e) : e));
}

/** How often each expression is an operand or an output. */
export function countUses(outputs: readonly Expression[]): Map<Expression, number> {
  const uses = new Map<Expression, number>();
  const count = (e: Expression) => uses.set(e, (uses.get(e) ?? 0) + 1);
  for (const e of topologicalOrder(outputs)) operandsOf(e).forEach(count);
  outputs.forEach(count);
  return uses;
}
