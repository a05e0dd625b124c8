import { EntrainError, type Problem } from "#core/errors";
import { coordinateCount } from "#model/generator";
import type { EnsembleJob, EnsembleResult } from "./ensemble-job.ts";
import { type RunContext, runEnsemble } from "./ensemble-run.ts";
import { compileEvaluation } from "./evaluation.ts";
import { countOperations, createGraph, hoistParameters } from "./expression.ts";
import { columnsOf, type GroupModel, groupEquations } from "./group-equations.ts";
import { createJavascriptSlots } from "./javascript-slots.ts";
import { createPieceRun, type Piece, type PieceResult } from "./piece-run.ts";
import type { Slots } from "./slots.ts";
import { dormandPrince5, dormandPrince853, type Tableau, tsitouras5 } from "./tableaus.ts";
import { middleFrequency } from "./turning-frame.ts";
import { groupProgram, trajectoryProgram } from "./vector-program.ts";
import { createStepper } from "./vector-stepper.ts";
import { createWasmSlots } from "./wasm-slots.ts";

export type { EnsembleJob, EnsembleResult, EnsembleStatus } from "./ensemble-job.ts";
export type { GroupCoupling, GroupModel, GroupSpecification, Value } from "./group-equations.ts";
export type { Piece, PieceResult } from "./piece-run.ts";

const tableaus = {
  "dormand-prince-5": dormandPrince5,
  "tsitouras-5": tsitouras5,
  "dormand-prince-853": dormandPrince853,
} as const satisfies Readonly<Record<string, Tableau>>;

/** Embedded Runge–Kutta pairs: of order 5 down to tolerances of about 1e-6, of order 8 below. */
export type EnsembleMethod = keyof typeof tableaus;

export interface EnsembleOptions {
  readonly model: GroupModel;
  readonly method: EnsembleMethod;
  /** Order of the numbers that trajectories bring along; default: that of `columnsOf`. */
  readonly columns?: readonly string[];
  readonly backend?: "wasm" | "javascript";
  /**
   * What the two lanes of a vector hold, default `trajectories`: two of them, for many trajectories of any number of
   * groups. `groups`: the two groups of one trajectory, which takes a single trajectory through in little more than
   * half the time.
   */
  readonly lanes?: "trajectories" | "groups";
  /**
   * Integrate in a frame that turns with the state, default true. Couplings conserve the common phase, so that the
   * equations stay the same; locked states stand still in it, and unsynchronized ones turn half as fast.
   */
  readonly turningFrame?: boolean;
  /** Relaxed-SIMD multiply-add: faster where the engine has it, results depend on the processor in the last bits. */
  readonly fused?: boolean;
  /** `module` of a kernel made with the same options elsewhere, which saves compiling it again. */
  readonly module?: WebAssembly.Module;
}

/** Integrator of one kind of groups. Not to be shared between threads, but its module is. */
export interface EnsembleKernel {
  readonly columns: readonly string[];
  /** Can be posted to worker threads; none in JavaScript. */
  readonly module?: WebAssembly.Module;
  /** The module before it was compiled; empty in JavaScript. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Operations of a right-hand side of one trajectory. */
  readonly operations: number;
  /**
   * Integrates trajectories, one after the other or side by side; the result of each does not depend on the others
   * to the last bit.
   *
   * @throws EntrainError `input.invalid` for a job that does not fit
   */
  integrate(job: EnsembleJob): EnsembleResult;
  /**
   * Advances a single trajectory by a few steps without the cost of a job, in a frame at rest; the result is
   * overwritten by the next piece. A state that cannot be advanced becomes NaN.
   */
  advance(piece: Piece): Readonly<PieceResult>;
}

/**
 * Compiles the mean-field equations of a few groups together with an integrator of adaptive step.
 *
 * @source equations of `groupEquations`, methods of `./tableaus.ts`
 * @throws EntrainError `input.invalid` for a model or options that do not fit together, `engine.unsupported` for
 *   `fused` where the engine has no relaxed SIMD
 */
export function compileEnsemble(options: EnsembleOptions): EnsembleKernel {
  const { model } = options;
  const columns = options.columns ?? columnsOf(model);
  checkOptions(options, columns);
  const tableau = tableaus[options.method];
  const graph = createGraph();
  const { derivative, amplitudes } = groupEquations(graph, model, columns);
  const { slots, module, bytes } =
    options.backend === "javascript"
      ? { slots: createJavascriptSlots(trajectoryProgram(model, columns), tableau), bytes: new Uint8Array() }
      : compileSlots(options, columns, tableau);
  const context: RunContext = {
    slots,
    tableau,
    groups: model.groups.length,
    size: model.groups.length * coordinateCount,
    columns: columns.length,
    amplitudes: compileEvaluation(amplitudes.flat()),
    middle: middleFrequency(model, columns),
    turning: options.turningFrame ?? true,
    idle: [],
  };
  return {
    columns,
    ...(module && { module }),
    bytes,
    operations: countOperations(hoistParameters(graph, derivative).outputs).total,
    integrate: (job) => runEnsemble(context, job),
    advance: createPieceRun(context),
  };
}

function compileSlots(
  options: EnsembleOptions,
  columns: readonly string[],
  tableau: Tableau,
): { slots: Slots; module: WebAssembly.Module; bytes: Uint8Array<ArrayBuffer> } {
  const { model, lanes, fused = false } = options;
  const program = lanes === "groups" ? groupProgram(model, columns) : trajectoryProgram(model, columns);
  const stepper = createStepper(program, tableau, fused);
  if (fused && !WebAssembly.validate(stepper.bytes)) {
    throw new EntrainError("engine.unsupported", {
      path: "fused",
      message: "this engine has no relaxed SIMD",
      expected: "Node 22 or later, or --experimental-wasm-relaxed-simd",
    });
  }
  const module = options.module ?? new WebAssembly.Module(stepper.bytes);
  return { slots: createWasmSlots(stepper, module), module, bytes: stepper.bytes };
}

function checkOptions({ model, lanes, backend }: EnsembleOptions, columns: readonly string[]): void {
  const problems: Problem[] = [];
  const groups = model.groups.length;
  if (groups === 0)
    problems.push({ path: "model.groups", message: "there is no group", expected: "one or more" });
  for (const name of columnsOf(model)) {
    if (!columns.includes(name)) {
      problems.push({ path: "columns", message: `the model's column ${name} is missing`, found: columns });
    }
  }
  model.couplings.forEach(({ i, j }, k) => {
    if ([i, j].every((g) => Number.isInteger(g) && g >= 0 && g < groups)) return;
    problems.push({
      path: `model.couplings[${k}]`,
      message: "a coupled group does not exist",
      found: [i, j],
      expected: `0 to ${groups - 1}`,
    });
  });
  if (lanes === "groups" && (groups !== 2 || backend === "javascript")) {
    problems.push({
      path: "lanes",
      message: "lanes hold groups only in WebAssembly and when there are two groups",
      found: { groups, backend: backend ?? "wasm" },
      expected: "trajectories",
    });
  }
  if (problems.length > 0) throw new EntrainError("input.invalid", problems);
}
