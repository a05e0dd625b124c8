import { emitJavascript } from "./emit-javascript.ts";
import type { Expression } from "./expression.ts";
import { type SlotField, type Slots, slotFields } from "./slots.ts";
import { flushLevel, roughExponential, roughLogarithm, stepControl } from "./step-control.ts";
import { type Tableau, usesEndSlope } from "./tableaus.ts";
import type { VectorProgram } from "./vector-program.ts";

/**
 * Where things are in the numbers of one trajectory: state, slopes (those of the stages, then the one at the end,
 * then those of the dense output), state of a stage, state at the end.
 */
function layOut(size: number, slopeCount: number) {
  return {
    slope: (s: number) => (1 + s) * size,
    stage: (1 + slopeCount) * size,
    next: (2 + slopeCount) * size,
    end: (3 + slopeCount) * size,
  };
}

type Layout = ReturnType<typeof layOut>;

/** Generated code; `w` are the numbers of the trajectory, `p` the prepared parameters. */
interface Generated {
  readonly derivative: (w: Float64Array, p: Float64Array, from: number, to: number) => void;
  /** Fills the stages and the state at the end. */
  readonly advance: (w: Float64Array, p: Float64Array, h: number) => void;
  /** Square of the scaled error of the step. */
  readonly squaredError: (w: Float64Array, h: number, rtol: number, atol: number) => number;
  readonly denseStages: (w: Float64Array, p: Float64Array, h: number) => void;
  /** [re, im] of each group at the state or slope at `from`. */
  readonly amplitudes: (w: Float64Array, p: Float64Array, from: number, out: Float64Array) => void;
}

/** Loops over components, one for each stage: the engine gives up on longer straight-line code. */
function generate(program: VectorProgram, tableau: Tableau, layout: Layout): Generated {
  const { size } = program;
  const stages = tableau.stages.length;
  const leaves = { state: (k: number) => `w[from + ${k}]`, parameter: (k: number) => `p[${k}]` };
  const weighted = (weights: readonly number[], first: string | undefined, scale: string, sign = " + ") => {
    const used = [...weights.keys()].filter((s) => weights[s] !== 0);
    const constants = used.map((s) => `const c${s} = ${scale}${weights[s]};`);
    const terms = used.map((s) => `w[i + ${layout.slope(s)}] * c${s}`);
    return { constants, sum: [...(first === undefined ? [] : [first]), ...terms].join(sign) };
  };
  const loop = (body: string) => `for (let i = 0; i < ${size}; i++) { ${body} }`;
  const stage = (weights: readonly number[], to: number) => {
    const { constants, sum } = weighted(weights, "w[i]", "h * ");
    return [
      "{",
      ...constants,
      loop(`w[i + ${layout.stage}] = ${sum};`),
      `derivative(w, p, ${layout.stage}, ${layout.slope(to)});`,
      "}",
    ];
  };
  const solution = weighted(tableau.solution, "w[i]", "h * ");
  const strong = weighted(tableau.estimate, undefined, "");
  const weak = weighted(tableau.weakSolution ?? [], "(after - before)", "h * ", " - ");
  const flat = program.amplitudes.flat();
  const write = (outputs: readonly Expression[], place: (k: number) => string) =>
    emitJavascript(outputs, leaves, (k, value) => `${place(k)} = ${value};`);
  const body = [
    '"use strict";',
    "function derivative(w, p, from, to) {",
    ...write(program.derivative, (k) => `w[to + ${k}]`),
    "}",
    "function advance(w, p, h) {",
    ...tableau.stages.flatMap((weights, s) => (s === 0 ? [] : stage(weights, s))),
    ...solution.constants,
    loop(`w[i + ${layout.next}] = ${solution.sum} + ${flushLevel} - ${flushLevel};`),
    "}",
    "function squaredError(w, h, rtol, atol) {",
    "let strong = 0, weak = 0;",
    loop(
      [
        `const before = w[i], after = w[i + ${layout.next}];`,
        "const sizeBefore = Math.abs(before), sizeAfter = Math.abs(after);",
        "const inverse = 1 / (atol + rtol * (sizeBefore < sizeAfter ? sizeAfter : sizeBefore));",
        `{ ${strong.constants.join(" ")} const e = (${strong.sum}) * inverse; strong += e * e; }`,
        tableau.weakSolution
          ? `{ ${weak.constants.join(" ")} const e = (${weak.sum}) * inverse; weak += e * e; }`
          : "",
      ].join(" "),
    ),
    `const squared = (h * h) * strong, mean = squared * ${1 / size};`,
    tableau.weakSolution
      ? `const both = squared + weak * 0.01;
         return (squared * mean) / (1e-300 < both ? both : 1e-300);`
      : "return mean;",
    "}",
    "function denseStages(w, p, h) {",
    ...tableau.dense.stages.flatMap((weights, k) => stage(weights, stages + 1 + k)),
    "}",
    "function amplitudes(w, p, from, out) {",
    ...write(flat, (k) => `out[${k}]`),
    "}",
    "return { derivative, advance, squaredError, denseStages, amplitudes };",
  ];
  return new Function(body.join("\n"))() as Generated;
}

/**
 * One trajectory in JavaScript: the same operations in the same order as in a lane of the WebAssembly stepper.
 *
 * @param program - with a trajectory per lane
 */
export function createJavascriptSlots(program: VectorProgram, tableau: Tableau): Slots {
  const { size, groups } = program;
  const stages = tableau.stages.length;
  const slopeCount = stages + 1 + tableau.dense.stages.length;
  const layout = layOut(size, slopeCount);
  const { derivative, advance, squaredError, denseStages, amplitudes } = generate(program, tableau, layout);
  const control = stepControl(tableau.order);
  const [prepare] = program.prepare;
  const w = new Float64Array(layout.end);
  const p = new Float64Array(program.parameters);
  const fields = Object.fromEntries(slotFields.map((name) => [name, 0])) as Record<SlotField, number>;
  let samples = new Float64Array(0);
  const width = 2 * groups;
  const dense = new Float64Array(width * (4 + tableau.dense.coefficients.length));
  const atSlope = Array.from({ length: slopeCount }, () => new Float64Array(width));
  const before = new Float64Array(width);
  const after = new Float64Array(width);
  const endSlope = layout.slope(stages);

  const prepareDense = (h: number) => {
    denseStages(w, p, h);
    amplitudes(w, p, 0, before);
    amplitudes(w, p, layout.next, after);
    for (let s = 0; s < slopeCount; s++) amplitudes(w, p, layout.slope(s), atSlope[s]!);
    for (let c = 0; c < width; c++) {
      const r0 = after[c]! - before[c]!;
      const r1 = h * atSlope[0]![c]! - r0;
      dense[c] = before[c]!;
      dense[width + c] = r0;
      dense[2 * width + c] = r1;
      dense[3 * width + c] = r0 - h * atSlope[stages]![c]! - r1;
      tableau.dense.coefficients.forEach((row, k) => {
        let sum: number | undefined;
        row.forEach((weight, s) => {
          if (weight === 0) return;
          const term = atSlope[s]![c]! * weight;
          sum = sum === undefined ? term : sum + term;
        });
        dense[(4 + k) * width + c] = h * sum!;
      });
    }
  };
  const takeSamples = (h: number, reached: number) => {
    const terms = dense.length / width;
    const inverse = 1 / h;
    do {
      const theta = Math.min(1, (fields.sampleTime - fields.time) * inverse);
      const rest = 1 - theta;
      for (let c = 0; c < width; c++) {
        let value = dense[(terms - 1) * width + c]!;
        for (let k = terms - 2; k >= 0; k--) {
          value = dense[k * width + c]! + (k % 2 === 0 ? theta : rest) * value;
        }
        samples[fields.sampleIndex * width + c] = value;
      }
      fields.sampleIndex++;
      fields.sampleTime =
        fields.sampleIndex < fields.sampleCount
          ? Math.min(fields.end, fields.sampleIndex * fields.sampleSpacing)
          : Infinity;
    } while (fields.sampleTime <= reached);
  };
  const step = () => {
    const whole = fields.step;
    const left = fields.end - fields.time;
    const last = whole * 1.01 >= left;
    const h = last ? left : whole;
    advance(w, p, h);
    if (usesEndSlope(tableau)) derivative(w, p, layout.next, endSlope);
    const squared = squaredError(w, h, fields.rtol, fields.atol);
    const accepted = squared <= 1;
    if (accepted) {
      if (!usesEndSlope(tableau)) derivative(w, p, layout.next, endSlope);
      const now = last ? fields.end : fields.time + h;
      if (fields.sampleTime <= now) {
        fields.sampledSteps++;
        prepareDense(h);
        takeSamples(h, now);
      }
      w.copyWithin(0, layout.next, layout.next + size);
      w.copyWithin(layout.slope(0), endSlope, endSlope + size);
      fields.time = now;
    }
    // What is no number counts as large.
    const below = squared < 1 / control.errorFloor ? squared : 1 / control.errorFloor;
    const error = roughLogarithm(Math.max(control.errorFloor, below));
    const wanted = control.safety + error * control.present + fields.lastError * control.past;
    const growth = Math.min(fields.ceiling, Math.max(control.lowest, wanted));
    const grown = h * roughExponential(growth);
    fields.step = Math.min(fields.largestStep, last && accepted ? Math.max(grown, whole) : grown);
    fields.ceiling = accepted ? control.highest : 0;
    if (accepted) fields.lastError = Math.max(control.pastFloor, error);
    else fields.rejected++;
    fields.attempts++;
  };
  return {
    count: 1,
    get: (_slot, field) => fields[field],
    set(_slot, field, value) {
      fields[field] = value;
    },
    writeState: (_slot, state) => w.set(state),
    readState: (_slot, state) => state.set(w.subarray(0, size)),
    readSlope: (_slot, slope) => slope.set(w.subarray(layout.slope(0), layout.slope(1))),
    writeColumns: (_slot, columns) => prepare(columns, p),
    refresh: () => derivative(w, p, 0, layout.slope(0)),
    advance() {
      do step();
      while (fields.time < fields.end && fields.attempts < fields.pause && fields.step > fields.smallestStep);
    },
    reserveSamples(perTrajectory) {
      if (samples.length < perTrajectory * width) samples = new Float64Array(perTrajectory * width);
    },
    samples: () => samples,
  };
}
