import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emitJavascript } from "#simulators/compiled/emit-javascript";
import { emitVector } from "#simulators/compiled/emit-vector";
import {
  countOperations,
  createGraph,
  type Expression,
  type ExpressionGraph,
  hoistParameters,
  interpret,
} from "#simulators/compiled/expression";
import { createModule } from "#simulators/wasm/assembler";

/** A formula that can be built as an expression or worked out directly. */
type Formula =
  | { kind: "constant"; value: number }
  | { kind: "state" | "parameter"; index: number }
  | { kind: "add" | "sub" | "mul"; left: Formula; right: Formula }
  | { kind: "neg"; of: Formula };

const leaf: fc.Arbitrary<Formula> = fc.oneof(
  fc.constantFrom(0, 1, -1, 2, -0.5, Math.SQRT2).map((value) => ({ kind: "constant", value }) as const),
  fc.nat(3).map((index) => ({ kind: "state", index }) as const),
  fc.nat(2).map((index) => ({ kind: "parameter", index }) as const),
);

const formula: fc.Arbitrary<Formula> = fc.letrec<{ node: Formula }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 6, depthSize: "large" },
    leaf,
    fc.record({ kind: fc.constantFrom("add", "sub", "mul"), left: tie("node"), right: tie("node") }),
    fc.record({ kind: fc.constant("neg" as const), of: tie("node") }),
  ) as fc.Arbitrary<Formula>,
})).node;

function direct(f: Formula, state: ArrayLike<number>, parameters: ArrayLike<number>): number {
  switch (f.kind) {
    case "constant":
      return f.value;
    case "state":
      return state[f.index]!;
    case "parameter":
      return parameters[f.index]!;
    case "neg":
      return -direct(f.of, state, parameters);
    default: {
      const [a, b] = [direct(f.left, state, parameters), direct(f.right, state, parameters)];
      return f.kind === "add" ? a + b : f.kind === "sub" ? a - b : a * b;
    }
  }
}

function build(graph: ExpressionGraph, f: Formula): Expression {
  switch (f.kind) {
    case "constant":
      return graph.constant(f.value);
    case "state":
    case "parameter":
      return graph[f.kind](f.index);
    case "neg":
      return graph.neg(build(graph, f.of));
    default:
      return graph[f.kind](build(graph, f.left), build(graph, f.right));
  }
}

const numbers = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 4, maxLength: 4 });

/** Zeros of either sign are equal: folding may exchange them. */
function plain(values: ArrayLike<number>): number[] {
  return Array.from(values, (value) => (value === 0 ? 0 : value));
}

function byJavascript(outputs: readonly Expression[], state: number[], parameters: number[]): number[] {
  const body = emitJavascript(
    outputs,
    { state: (k) => `s[${k}]`, parameter: (k) => `p[${k}]` },
    (k, value) => `out[${k}] = ${value};`,
  );
  const out: number[] = [];
  new Function("s", "p", "out", body.join("\n"))(state, parameters, out);
  return out;
}

/** Lane 0 sees the numbers as they are, lane 1 their negatives. */
function byVectors(outputs: readonly Expression[], state: number[], parameters: number[]) {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const module = createModule({ pages: 1 });
  const [parametersAt, out] = [1024, 2048];
  module.define("f", { params: [], results: [] }, (code) => {
    const load = (offset: number) => {
      code.i32(0);
      code.memory("v128.load", offset);
    };
    emitVector(
      code,
      outputs,
      {
        state: (k) => load(16 * k),
        parameter: (k) => load(parametersAt + 16 * k),
        constant: (value) => code.f64x2(value, value),
      },
      (k) => {
        const value = code.local("v128");
        code.set(value);
        code.i32(0);
        code.get(value);
        code.memory("v128.store", out + 16 * k);
      },
    );
  });
  const view = new Float64Array(memory.buffer);
  state.forEach((value, k) => {
    view.set([value, -value], 2 * k);
  });
  parameters.forEach((value, k) => {
    view.set([value, -value], parametersAt / 8 + 2 * k);
  });
  new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()), { env: { memory } }).exports.f!();
  const lane = (l: 0 | 1) => outputs.map((_, k) => view[out / 8 + 2 * k + l]!);
  return [lane(0), lane(1)] as const;
}

describe("expressions", () => {
  it("fold and share without changing a bit of the value", () => {
    fc.assert(
      fc.property(formula, numbers, numbers, (f, state, parameters) => {
        const graph = createGraph();
        const value = interpret([build(graph, f)], state, parameters);
        expect(plain(value)).toEqual(plain([direct(f, state, parameters)]));
      }),
      { numRuns: 500 },
    );
  });

  it("have the same values in the interpreter, in JavaScript and in both lanes of WebAssembly vectors", () => {
    fc.assert(
      fc.property(
        fc.array(formula, { minLength: 1, maxLength: 4 }),
        numbers,
        numbers,
        (fs, state, parameters) => {
          const graph = createGraph();
          const outputs = fs.map((f) => build(graph, f));
          const expected = plain(interpret(outputs, state, parameters));
          expect(plain(byJavascript(outputs, state, parameters))).toEqual(expected);
          const [first, second] = byVectors(outputs, state, parameters);
          expect(plain(first)).toEqual(expected);
          const minus = (values: number[]) => values.map((value) => -value);
          expect(plain(second)).toEqual(plain(interpret(outputs, minus(state), minus(parameters))));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("keep their values when parameters are worked out in advance", () => {
    fc.assert(
      fc.property(
        fc.array(formula, { minLength: 1, maxLength: 4 }),
        numbers,
        numbers,
        (fs, state, parameters) => {
          const graph = createGraph();
          const outputs = fs.map((f) => build(graph, f));
          const hoisted = hoistParameters(graph, outputs);
          const prepared = interpret(hoisted.prepared, [], parameters);
          expect(plain(interpret(hoisted.outputs, state, prepared))).toEqual(
            plain(interpret(outputs, state, parameters)),
          );
          expect(countOperations(hoisted.outputs).total).toBeLessThanOrEqual(countOperations(outputs).total);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("are one object when they are equal up to order and sign", () => {
    const g = createGraph();
    const [x, y, z] = [g.state(0), g.state(1), g.parameter(0)];
    expect(g.add(x, y)).toBe(g.add(y, x));
    expect(g.mul(g.mul(x, y), z)).toBe(g.mul(z, g.mul(y, x)));
    expect(g.sub(y, x)).toBe(g.neg(g.sub(x, y)));
    expect(g.mul(g.neg(x), y)).toBe(g.neg(g.mul(x, y)));
    expect(g.add(g.neg(x), g.neg(y))).toBe(g.neg(g.add(x, y)));
    expect(g.mul(g.constant(-2), x)).toBe(g.neg(g.mul(g.constant(2), x)));
  });

  it("are folded where a constant decides", () => {
    const g = createGraph();
    const x = g.state(0);
    expect(g.mul(g.constant(0), x)).toBe(g.constant(0));
    expect(g.mul(g.constant(1), x)).toBe(x);
    expect(g.add(x, g.constant(0))).toBe(x);
    expect(g.sub(x, x)).toBe(g.constant(0));
    expect(g.add(g.constant(2), g.constant(3))).toBe(g.constant(5));
  });

  it("count each shared operation once", () => {
    const g = createGraph();
    const p = g.mul(g.state(0), g.state(1));
    const outputs = [g.add(p, g.state(2)), g.sub(p, g.state(2)), g.neg(p)];
    expect(countOperations(outputs)).toEqual({ add: 2, mul: 1, neg: 1, total: 4 });
  });

  it("put signs of outputs into operands that are free", () => {
    const g = createGraph();
    const [x, y, z, p] = [g.state(0), g.state(1), g.state(2), g.parameter(0)];
    const outputs = [
      g.neg(g.mul(p, x)),
      g.neg(g.sub(x, y)),
      g.neg(g.add(g.mul(p, y), z)),
      g.neg(g.add(x, z)),
    ];
    const { outputs: better } = hoistParameters(g, outputs);
    expect(countOperations(outputs).neg).toBe(4);
    // Nothing in x + z can take the sign for nothing.
    expect(countOperations(better).neg).toBe(1);
  });
});
