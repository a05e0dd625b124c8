import { coordinateCount } from "#model/generator";
import type { Code, FunctionHandle } from "../wasm/assembler.ts";
import { emitVector } from "./emit-vector.ts";
import type { Expression } from "./expression.ts";
import { flushLevel } from "./step-control.ts";
import { denseTerms, type StepperLayout, trajectoriesOf, vectorBytes } from "./stepper-layout.ts";
import type { Tableau } from "./tableaus.ts";
import type { VectorProgram } from "./vector-program.ts";
import { createScript, type Push } from "./vector-script.ts";

/** What the functions of one module have in common. */
export interface Writing {
  readonly program: VectorProgram;
  readonly tableau: Tableau;
  readonly layout: StepperLayout;
  /** Place of a constant, in bytes from the beginning of the memory. */
  readonly constantAt: (value: number) => number;
  readonly fused: boolean;
  /** Derivative of a network, `(base, from, to)`: too long to be written out at every stage. */
  readonly networkDerivative?: FunctionHandle;
}

/** A function whose first parameter is the beginning of the memory it works on. */
export function createScope(writing: Writing, code: Code) {
  const { program, layout, fused } = writing;
  const script = createScript(code);
  const { op } = script;
  const base: Push = () => code.get(0);
  const constant = (value: number) => script.load(base, writing.constantAt(value));
  const parameter = (k: number) => script.load(base, layout.parameters + k * vectorBytes);

  /** Expressions at a state, each result kept. */
  const evaluate = (expressions: readonly Expression[], state: (k: number) => Push): Push[] => {
    const results: Push[] = [];
    emitVector(
      code,
      expressions,
      { state: (k) => state(k)(), parameter: (k) => parameter(k)(), constant: (value) => constant(value)() },
      () => {
        const local = code.local("v128");
        code.set(local);
        results.push(() => code.get(local));
      },
      fused,
    );
    return results;
  };

  /** Derivative of the state at an offset from the beginning, to another one. */
  const writeDerivative = (from: number, to: number) => {
    // Every leaf is loaded once: the engine knows better than we do when to load it again.
    const leaves = new Map<string, Push>();
    const leaf = (name: string, value: () => Push): Push => {
      const known = leaves.get(name) ?? script.keep(value());
      leaves.set(name, known);
      return known;
    };
    const coordinate = (k: number) => leaf(`state ${k}`, () => script.load(base, from + k * vectorBytes));
    const own = program.exchange ? evaluate(program.exchange, coordinate) : [];
    const exchanged = [...own, ...own.map((value) => script.keep(script.exchange(value)))];
    emitVector(
      code,
      program.derivative,
      {
        state: (k) => (k < program.size ? coordinate(k) : exchanged[k - program.size]!)(),
        parameter: (k) => leaf(`parameter ${k}`, () => parameter(k))(),
        constant: (value) => leaf(`constant ${value}`, () => constant(value))(),
      },
      (k) => {
        const result = code.local("v128");
        code.set(result);
        script.store(base, to + k * vectorBytes, () => code.get(result));
      },
      fused,
    );
  };
  const callDerivative = (handle: FunctionHandle, from: number, to: number) => {
    base();
    for (const offset of [from, to]) op("i32.add", base, script.i32(offset))();
    code.call(handle);
  };
  const derivative = (from: number, to: number) =>
    writing.networkDerivative
      ? callDerivative(writing.networkDerivative, from, to)
      : code.scope(() => writeDerivative(from, to));
  return { script, base, constant, evaluate, derivative };
}

export type Scope = ReturnType<typeof createScope>;

/** The parts of a step from the state to the next one, both at fixed places. */
export function createStepCode(writing: Writing, scope: Scope) {
  const { program, tableau, layout, fused } = writing;
  const { script, base, constant } = scope;
  const { code, op, keep, load, store } = script;
  const bytes = program.size * vectorBytes;
  const stages = tableau.stages.length;
  const slopeAt = (index: number) => layout.slopes + index * bytes;

  /**
   * Runs a pointer over the components of all states and slopes, in loops that the engine keeps in its registers
   * together with the weights: straight-line code for all components is slower.
   */
  const forComponents = (weights: number, body: (at: Push, offset: number) => void) => {
    const unrolled = weights > 8 ? 1 : 2;
    const pointer = script.variable("i32", base);
    const end = keep(op("i32.add", base, script.i32(bytes)), "i32");
    code.loop(() => {
      for (let k = 0; k < unrolled; k++) body(pointer.get, k * vectorBytes);
      pointer.set(op("i32.add", pointer.get, script.i32(unrolled * vectorBytes)));
      op("i32.lt_u", pointer.get, end)();
      code.branchIf(0);
    });
  };

  interface Term {
    readonly weight: Push;
    /** Where the slope is. */
    readonly slope: number;
  }

  /** Weights other than zero, times `scale`, with the slopes they belong to. */
  const termsOf = (weights: readonly number[], scale?: Push): Term[] =>
    weights.flatMap((weight, s) => {
      if (weight === 0) return [];
      const value = scale ? op("f64x2.mul", scale, constant(weight)) : constant(weight);
      return [{ weight: keep(value), slope: slopeAt(s) }];
    });
  const product = (a: Push, b: Push, plus: Push | undefined): Push => {
    if (!plus) return op("f64x2.mul", a, b);
    return fused ? op("f64x2.relaxed_madd", a, b, plus) : op("f64x2.add", plus, op("f64x2.mul", a, b));
  };
  /** first + Σ weight·slope of the component at `at` + k. */
  const sumOf = (first: Push | undefined, terms: readonly Term[], at: Push, k: number): Push =>
    terms.reduce<Push | undefined>(
      (sum, { weight, slope }) => product(load(at, slope + k), weight, sum),
      first,
    )!;

  /** Slope number `to` at y + hΣ weights·slopes. */
  const stage = (weights: readonly number[], h: Push, to: number) => {
    code.scope(() => {
      const terms = termsOf(weights, h);
      forComponents(terms.length, (at, k) => {
        store(at, layout.stage + k, sumOf(load(at, layout.state + k), terms, at, k));
      });
    });
    scope.derivative(layout.stage, slopeAt(to));
  };

  return {
    stages(h: Push) {
      for (let s = 1; s < stages; s++) stage(tableau.stages[s]!, h, s);
    },

    /** The state at the end of the step, tiny numbers rounded. */
    solution(h: Push) {
      code.scope(() => {
        const terms = termsOf(tableau.solution, h);
        const flush = keep(constant(flushLevel));
        forComponents(terms.length, (at, k) => {
          const value = sumOf(load(at, layout.state + k), terms, at, k);
          store(at, layout.next + k, op("f64x2.sub", op("f64x2.add", value, flush), flush));
        });
      });
    },

    endSlope: () => scope.derivative(layout.next, slopeAt(stages)),

    /** Square of the scaled error of the step in the root-mean-square norm. */
    squaredError(h: Push): Push {
      const terms = termsOf(tableau.estimate);
      const weak = termsOf(tableau.weakSolution ?? [], h);
      const zero: Push = () => code.f64x2(0, 0);
      const total = script.variable("v128", zero);
      const weakTotal = script.variable("v128", zero);
      const rtol = keep(load(base, layout.field.rtol));
      const atol = keep(load(base, layout.field.atol));
      const one = keep(constant(1));
      forComponents(terms.length + weak.length, (at, k) => {
        const before = keep(load(at, layout.state + k));
        const after = keep(load(at, layout.next + k));
        const size = op("f64x2.pmax", op("f64x2.abs", before), op("f64x2.abs", after));
        const inverse = keep(op("f64x2.div", one, op("f64x2.add", atol, op("f64x2.mul", rtol, size))));
        const accumulate = (error: Push, into: typeof total) => {
          const scaled = keep(op("f64x2.mul", error, inverse));
          into.set(op("f64x2.add", into.get, op("f64x2.mul", scaled, scaled)));
        };
        accumulate(sumOf(undefined, terms, at, k), total);
        if (weak.length === 0) return;
        const gained = op("f64x2.sub", after, before);
        const difference = weak.reduce(
          (sum, { weight, slope }) => op("f64x2.sub", sum, op("f64x2.mul", load(at, slope + k), weight)),
          gained,
        );
        accumulate(difference, weakTotal);
      });
      const ofTrajectory = (value: Push): Push =>
        program.lanes === "trajectories" ? value : op("f64x2.add", value, script.exchange(value));
      const squared = keep(op("f64x2.mul", op("f64x2.mul", h, h), ofTrajectory(total.get)));
      const mean = op("f64x2.mul", squared, constant(1 / (program.groups * coordinateCount)));
      if (weak.length === 0) return mean;
      const both = op("f64x2.add", squared, op("f64x2.mul", ofTrajectory(weakTotal.get), constant(0.01)));
      return op("f64x2.div", op("f64x2.mul", squared, mean), op("f64x2.pmax", constant(1e-300), both));
    },

    /** Goes on from the next state, in lanes where it is accepted. */
    accept(accepted: Push, all: Push) {
      const moves = [
        [layout.next, layout.state],
        [slopeAt(stages), slopeAt(0)],
      ] as const;
      all();
      code.when(
        () =>
          forComponents(0, (at, k) => {
            for (const [from, to] of moves) store(at, to + k, load(at, from + k));
          }),
        () => {
          if (program.lanes === "groups") return;
          forComponents(0, (at, k) => {
            for (const [from, to] of moves) {
              store(at, to + k, script.choose(accepted, load(at, from + k), load(at, to + k)));
            }
          });
        },
      );
    },

    /** Coefficients of the amplitudes within the step, to the memory. */
    denseOutput(h: Push) {
      const { dense } = tableau;
      dense.stages.forEach((weights, k) => {
        stage(weights, h, stages + 1 + k);
      });
      const amplitudesAt = (offset: number) =>
        scope.evaluate(program.amplitudes.flat(), (k) => load(base, offset + k * vectorBytes));
      const before = amplitudesAt(layout.state);
      const after = amplitudesAt(layout.next);
      const slopes = Array.from({ length: stages + 1 + dense.stages.length }, (_, s) => {
        const used = s === 0 || s === stages || dense.coefficients.some((row) => row[s] !== 0);
        return used ? amplitudesAt(slopeAt(s)) : [];
      });
      const terms = before.map((start, c): Push[] => {
        const r0 = keep(op("f64x2.sub", after[c]!, start));
        const r1 = keep(op("f64x2.sub", op("f64x2.mul", h, slopes[0]![c]!), r0));
        const r2 = keep(op("f64x2.sub", op("f64x2.sub", r0, op("f64x2.mul", h, slopes[stages]![c]!)), r1));
        const higher = dense.coefficients.map((row) => {
          const sum = row.reduce<Push | undefined>(
            (before, weight, s) =>
              weight === 0 ? before : product(slopes[s]![c]!, constant(weight), before),
            undefined,
          )!;
          return keep(op("f64x2.mul", h, sum));
        });
        return [start, r0, r1, r2, ...higher];
      });
      // From lanes of trajectories or groups to vectors [re, im].
      const put = (place: number, group: number, lane: 0 | 1) => {
        terms[2 * group]!.forEach((re, k) => {
          const im = terms[2 * group + 1]![k]!;
          store(base, layout.dense + (place * denseTerms(tableau) + k) * vectorBytes, () => {
            re();
            im();
            code.shuffle64(lane, lane === 0 ? 2 : 3);
          });
        });
      };
      for (const lane of [0, 1] as const) {
        if (trajectoriesOf(program) === 1) put(lane, 0, lane);
        else for (let g = 0; g < program.groups; g++) put(lane * program.groups + g, g, lane);
      }
    },
  };
}
