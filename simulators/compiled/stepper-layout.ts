import { type SlotField, slotFields } from "./slots.ts";
import type { Tableau } from "./tableaus.ts";
import type { VectorProgram } from "./vector-program.ts";

/** Bytes of a vector. */
export const vectorBytes = 16;

/** Where things are in the memory of a stepper, in bytes. */
export interface StepperLayout {
  readonly field: Readonly<Record<SlotField, number>>;
  readonly parameters: number;
  /** State before the step, after it, and in the stage at hand. */
  readonly state: number;
  readonly next: number;
  readonly stage: number;
  /** Slopes: those of the stages, the one after the step, those of the dense output. */
  readonly slopes: number;
  /** Coefficients of the dense output: by trajectory, group and power. */
  readonly dense: number;
  /** ⟨A†⟩ of every site of a network, and the field it is in. */
  readonly amplitudes: number;
  readonly fields: number;
  /** i32 per trajectory: where its next sample goes. */
  readonly output: number;
  /** They come last: how many there are is known when the code is written. */
  readonly constants: number;
}

/** Trajectories that a vector holds. */
export function trajectoriesOf(program: VectorProgram): 1 | 2 {
  return program.lanes === "trajectories" ? 2 : 1;
}

/** Terms of the dense output, y₀ included. */
export function denseTerms(tableau: Tableau): number {
  return 4 + tableau.dense.coefficients.length;
}

export function layOut(program: VectorProgram, tableau: Tableau): StepperLayout {
  let next = 0;
  const take = (vectors: number) => {
    const at = next;
    next += vectors * vectorBytes;
    return at;
  };
  const slopeCount = tableau.stages.length + 1 + tableau.dense.stages.length;
  return {
    field: Object.fromEntries(slotFields.map((name) => [name, take(1)])) as Record<SlotField, number>,
    output: take(1),
    parameters: take(program.parameters),
    state: take(program.size),
    next: take(program.size),
    stage: take(program.size),
    slopes: take(slopeCount * program.size),
    dense: take(program.network ? 0 : trajectoriesOf(program) * program.groups * denseTerms(tableau)),
    amplitudes: take(program.network ? 2 * program.groups : 0),
    fields: take(program.network ? 2 * program.groups : 0),
    constants: next,
  };
}
