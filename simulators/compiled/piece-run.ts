import { parkSlot, type RunContext } from "./ensemble-run.ts";
import type { SlotField } from "./slots.ts";
import { stepControl } from "./step-control.ts";
import { usesEndSlope } from "./tableaus.ts";

/** A short piece of one trajectory. */
export interface Piece {
  /** Advanced in place. */
  readonly state: Float64Array;
  readonly columns: Float64Array;
  readonly duration: number;
  readonly rtol: number;
  /** Step to begin with; more than 0. */
  readonly firstStep: number;
  /** Where ⟨A†⟩ goes at even times, the first and the last one included: samples × groups × [re, im]. */
  readonly amplitudes?: Float64Array;
  readonly samples?: number;
}

/** What a piece came to. */
export interface PieceResult {
  /** The step that would have been taken next. */
  lastStep: number;
  /** Right-hand sides. */
  evaluations: number;
}

const cleared = ["time", "attempts", "rejected", "sampledSteps"] as const satisfies readonly SlotField[];

/**
 * Advances pieces of trajectories that take a few steps each, with the same bits as a job of one trajectory in a
 * frame at rest; nothing is allocated on the way. Where a step becomes too small or the state infinite, which only
 * happens far from density matrices, the state becomes NaN.
 */
export function createPieceRun(context: RunContext): (piece: Piece) => PieceResult {
  const { slots, tableau, columns, groups } = context;
  const { highest, pastFloor } = stepControl(tableau.order);
  const perAttempt = tableau.stages.length - 1;
  const endSlope = usesEndSlope(tableau);
  const values = new Float64Array(columns + 1);
  const width = 2 * groups;
  const result: PieceResult = { lastStep: 0, evaluations: 0 };
  return ({ state, columns: brought, duration, rtol, firstStep, amplitudes, samples = 0 }) => {
    values.set(brought);
    for (const name of cleared) slots.set(0, name, 0);
    slots.set(0, "rtol", rtol);
    slots.set(0, "atol", rtol / 100);
    slots.set(0, "end", duration);
    slots.set(0, "largestStep", Number.POSITIVE_INFINITY);
    slots.set(0, "smallestStep", 1e-14 * duration);
    slots.set(0, "pause", Number.POSITIVE_INFINITY);
    slots.set(0, "lastError", pastFloor);
    slots.set(0, "ceiling", highest);
    slots.set(0, "step", firstStep);
    slots.set(0, "sampleTime", Number.POSITIVE_INFINITY);
    slots.writeState(0, state);
    if (amplitudes && samples > 0) {
      const spacing = duration / (samples - 1);
      slots.reserveSamples(samples);
      slots.set(0, "sampleIndex", 1);
      slots.set(0, "sampleSpacing", spacing);
      slots.set(0, "sampleTime", Math.min(duration, spacing));
      slots.set(0, "sampleCount", samples);
    }
    context.idle[0] = false;
    for (let slot = 1; slot < slots.count; slot++) parkSlot(context, slot, rtol, rtol / 100);
    slots.writeColumns(0, values);
    slots.refresh();
    slots.advance();
    if (amplitudes && samples > 0) {
      context.amplitudes(state, amplitudes);
      amplitudes.set(slots.samples(0).subarray(width, samples * width), width);
    }
    slots.readState(0, state);
    if (!(slots.get(0, "time") >= duration)) state.fill(Number.NaN);
    const attempts = slots.get(0, "attempts");
    const rejected = slots.get(0, "rejected");
    result.lastStep = slots.get(0, "step");
    result.evaluations =
      1 +
      attempts * perAttempt +
      (endSlope ? attempts : attempts - rejected) +
      slots.get(0, "sampledSteps") * tableau.dense.stages.length;
    return result;
  };
}
