import { type Code, createModule, type FunctionHandle } from "../wasm/assembler.ts";
import { defineNetworkDerivative } from "./network-code.ts";
import { writeSamples } from "./sample-code.ts";
import type { SlotField } from "./slots.ts";
import { createScope, createStepCode, type Scope, type Writing } from "./step-code.ts";
import { exponentOffset, integerOffset, stepControl, stepsPerOctave } from "./step-control.ts";
import { layOut, type StepperLayout, trajectoriesOf, vectorBytes } from "./stepper-layout.ts";
import { type Tableau, usesEndSlope } from "./tableaus.ts";
import type { VectorProgram } from "./vector-program.ts";
import type { Push, Variable } from "./vector-script.ts";

export interface Stepper {
  readonly program: VectorProgram;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly layout: StepperLayout;
  /** Each fills both lanes of a vector at `layout.constants`. */
  readonly constants: readonly number[];
  /** First byte after all that, where samples are written. */
  readonly end: number;
}

/**
 * WebAssembly module that advances trajectories by an embedded Runge–Kutta pair, each with a step control of its own.
 *
 * Exports `refresh(base)`, slopes at the present states, and `advance(base)`, steps until a trajectory is at its end
 * or its pause or has too small a step. The memory from `base` on is laid out as `layout` says.
 *
 * @param fused - with relaxed-SIMD multiply-add; results then depend on the processor in their last bits
 */
export function createStepper(program: VectorProgram, tableau: Tableau, fused = false): Stepper {
  const layout = layOut(program, tableau);
  const constants: number[] = [];
  const constantAt = (value: number): number => {
    const known = constants.indexOf(value);
    const index = known >= 0 ? known : constants.push(value) - 1;
    return layout.constants + index * vectorBytes;
  };
  const module = createModule({ pages: 1 });
  const common: Writing = { program, tableau, layout, constantAt, fused };
  const { network } = program;
  const writing: Writing = network
    ? { ...common, networkDerivative: defineNetworkDerivative(module, common, network) }
    : common;
  const samples = network
    ? undefined
    : module.define("samples", { params: ["i32", "i32"], results: [] }, (code) =>
        writeSamples(writing, code),
      );
  module.define("refresh", { params: ["i32"], results: [] }, (code) => writeRefresh(writing, code));
  module.define("advance", { params: ["i32"], results: [] }, (code) => writeAdvance(writing, code, samples));
  return {
    program,
    bytes: module.toBytes(),
    layout,
    constants,
    end: layout.constants + constants.length * vectorBytes,
  };
}

function writeRefresh(writing: Writing, code: Code): void {
  createScope(writing, code).derivative(writing.layout.state, writing.layout.slopes);
}

/** Fields that change from step to step. */
const changing = [
  "step",
  "time",
  "attempts",
  "rejected",
  "lastError",
  "ceiling",
] as const satisfies readonly SlotField[];

type Six<T> = [T, T, T, T, T, T];

function writeAdvance(writing: Writing, code: Code, samples: FunctionHandle | undefined): void {
  const { program, tableau, layout } = writing;
  const scope = createScope(writing, code);
  const { script, base, constant } = scope;
  const { op, keep, load, store, choose } = script;
  const field = (name: SlotField) => load(base, layout.field[name]);
  const control = stepControl(tableau.order);

  const variables = changing.map((name) => script.variable("v128", field(name)));
  const [step, time, attempts, rejected, lastError, ceiling] = variables as Six<Variable>;
  const parts = createStepCode(writing, scope);

  const writeSampling = (handle: FunctionHandle, h: Push, now: Push, accepted: Push) => {
    const due = keep(op("v128.and", accepted, op("f64x2.le", field("sampleTime"), now)));
    const dueLanes = keep(op("i64x2.bitmask", due), "i32");
    script.when(dueLanes, () => {
      store(base, layout.field.time, time.get);
      store(base, layout.field.step, h);
      store(base, layout.field.reached, now);
      const counted = op("f64x2.add", field("sampledSteps"), op("v128.and", due, constant(1)));
      store(base, layout.field.sampledSteps, counted);
      parts.denseOutput(h);
      for (let lane = 0; lane < trajectoriesOf(program); lane++) {
        script.when(op("i32.and", dueLanes, script.i32(1 << lane)), () => {
          base();
          code.i32(lane);
          code.call(handle);
        });
      }
    });
  };

  code.loop(() => {
    const end = keep(field("end"));
    const rest = keep(op("f64x2.sub", end, time.get));
    const whole = keep(step.get);
    // One step onto the end instead of a sliver after it.
    const last = keep(op("f64x2.ge", op("f64x2.mul", whole, constant(1.01)), rest));
    const h = keep(choose(last, rest, whole));

    parts.stages(h);
    parts.solution(h);
    if (usesEndSlope(tableau)) parts.endSlope();
    const squared = keep(parts.squaredError(h));
    const accepted = keep(op("f64x2.le", squared, constant(1)));
    const lanes = keep(op("i64x2.bitmask", accepted), "i32");
    const now = keep(choose(accepted, choose(last, end, op("f64x2.add", time.get, h)), time.get));

    script.when(lanes, () => {
      if (!usesEndSlope(tableau)) parts.endSlope();
      if (samples) writeSampling(samples, h, now, accepted);
      parts.accept(accepted, op("i32.eq", lanes, script.i32(3)));
    });
    time.set(now);

    const { errorFloor } = control;
    // What is no number counts as large.
    const below = op("f64x2.pmin", constant(1 / errorFloor), squared);
    const bounded = op("f64x2.pmax", constant(errorFloor), below);
    const error = keep(logarithm(scope, bounded));
    const wanted = op(
      "f64x2.add",
      op("f64x2.add", constant(control.safety), op("f64x2.mul", error, constant(control.present))),
      op("f64x2.mul", lastError.get, constant(control.past)),
    );
    const growth = op("f64x2.pmin", ceiling.get, op("f64x2.pmax", constant(control.lowest), wanted));
    const grown = keep(op("f64x2.mul", h, exponential(scope, growth)));
    // A step cut short by the end says nothing against the one before.
    const atEnd = op("v128.and", last, accepted);
    const following = keep(choose(atEnd, op("f64x2.pmax", whole, grown), grown));
    step.set(op("f64x2.pmin", field("largestStep"), following));
    ceiling.set(choose(accepted, constant(control.highest), constant(0)));
    lastError.set(choose(accepted, op("f64x2.pmax", constant(control.pastFloor), error), lastError.get));
    attempts.set(op("f64x2.add", attempts.get, constant(1)));
    rejected.set(op("f64x2.add", rejected.get, op("v128.andnot", constant(1), accepted)));

    const finished = op("f64x2.ge", time.get, end);
    const paused = op("f64x2.ge", attempts.get, field("pause"));
    const stuck = op("f64x2.le", step.get, field("smallestStep"));
    op("v128.any_true", op("v128.or", op("v128.or", finished, paused), stuck))();
    code.op("i32.eqz");
    code.branchIf(0);
  });
  changing.forEach((name, k) => {
    store(base, layout.field[name], variables[k]!.get);
  });
}

/** `roughLogarithm` of both lanes. */
function logarithm({ script, constant }: Scope, value: Push): Push {
  const { op } = script;
  const integer = op("v128.or", op("i64x2.shr_u", value, script.i32(12)), constant(integerOffset));
  const steps = op("f64x2.sub", integer, constant(integerOffset));
  return op("f64x2.sub", op("f64x2.mul", steps, constant(1 / stepsPerOctave)), constant(exponentOffset));
}

/** `roughExponential` of both lanes. */
function exponential({ script, constant }: Scope, value: Push): Push {
  const { op } = script;
  const steps = op("f64x2.mul", op("f64x2.add", value, constant(exponentOffset)), constant(stepsPerOctave));
  return op("i64x2.shl", op("f64x2.add", steps, constant(integerOffset)), script.i32(12));
}
