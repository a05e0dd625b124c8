import { z } from "zod";
import type { ComplexMatrix } from "#core/complex-matrix";
import { mixedState, seededState } from "#model/initial-states";
import { bosonLadder, type Ladder, noChannels, type Oscillator, steadyStateFault } from "#model/oscillator";
import { densityMatrixFault, initialSchema, matrixFromNested, type NestedMatrix } from "./initial-state.ts";

/** Fields that requests for simulations have in common, and their checks. */

/** Largest requests that are accepted; beyond them the answer would not come back in minutes. */
export const requestLimits = {
  times: 200_000,
  sites: 300,
  couplings: 90_000,
  size: 1_000_000_000,
  trajectories: 1_000_000,
} as const;

export const finite = z.number("must be a finite number");
export const rate = finite.min(0, "a rate must not be negative");

export const ladderSchema = z
  .union([z.tuple([finite, finite]), z.strictObject({ boson: z.int().min(1).max(1_000_000) })])
  .describe(
    "[a1, a2] with a1 = <0|A|1>, a2 = <1|A|2>, or {boson: n}: levels n-1, n, n+1 of a harmonic oscillator",
  );

export const channelsSchema = z
  .strictObject({
    relaxation10: rate.default(0).describe("Rate of 1 -> 0"),
    relaxation21: rate.default(0).describe("Rate of 2 -> 1 beyond loss"),
    heating01: rate.default(0).describe("Rate of 0 -> 1 beyond gain"),
    heating12: rate.default(0).describe("Rate of 1 -> 2"),
    dephasing: rate.default(0).describe("kappa: rho_mm' decays at an extra kappa (m-m')^2/2"),
  })
  .default(noChannels);

/** Fields that every kind with one or two groups takes. */
export const groupRequestFields = {
  gain: rate.describe("Rate of 0 -> 1"),
  loss: rate.describe("Rate of 2 -> 1"),
  asymmetry: finite.default(0).describe("K, extra energy of level 2"),
  detuning: finite
    .optional()
    .describe("Two groups: delta, A at +delta/2 and B at -delta/2. One group: the coefficient of S^z"),
  coupling: finite.default(0).describe("V, within a group"),
  inter_coupling: finite.optional().describe("V_AB, between the groups"),
  groups: z
    .union([z.literal(1), z.literal(2)], "must be 1 or 2")
    .optional()
    .describe("Default 1, or 2 when detuning or inter_coupling is given"),
  ladder: ladderSchema.default([Math.SQRT2, Math.SQRT2]),
  channels: channelsSchema,
  initial: initialSchema.default("seeded"),
};

export const times = z
  .array(finite.min(0, "times start at 0: a time must not be negative"))
  .min(1)
  .max(requestLimits.times)
  .superRefine((list, context) => {
    const back = list.findIndex((t, i) => i > 0 && t < list[i - 1]!);
    if (back === -1) return;
    context.addIssue({
      code: "custom",
      path: [back],
      message: `times must not run backwards, but ${list[back]} follows ${list[back - 1]}`,
      params: { expected: `at least ${list[back - 1]}`, found: list[back] },
    });
  })
  .describe("Ascending, from 0 on");

export type Initial = z.infer<typeof groupRequestFields.initial>;

export type Context = z.core.$RefinementCtx;

export function checkInitial(
  initial: Initial,
  count: number,
  noun: "group" | "site",
  oneForAll: boolean,
  context: Context,
): void {
  if (initial === "seeded") return;
  const bare = isSingleMatrix(initial);
  const list = bare ? [initial] : initial;
  if (list.length !== count && !(oneForAll && list.length === 1)) {
    context.addIssue({
      code: "custom",
      path: ["initial"],
      message: `there ${count === 1 ? "is one" : `are ${count}`} ${noun}${count === 1 ? "" : "s"}, but ${list.length} initial ${list.length === 1 ? "matrix" : "matrices"}`,
      params: { expected: `one 3 × 3 matrix per ${noun}`, found: `${list.length} matrices` },
    });
    return;
  }
  list.forEach((matrix, i) => {
    const fault = densityMatrixFault(matrix);
    if (fault === undefined) return;
    context.addIssue({
      code: "custom",
      path: ["initial", ...(bare ? [] : [i]), ...fault.path],
      message: fault.message,
      params: { expected: fault.expected, found: fault.found },
    });
  });
}

export function checkSteadyState(site: Oscillator, path: readonly PropertyKey[], context: Context): void {
  const fault = steadyStateFault(site);
  if (fault === undefined) return;
  context.addIssue({
    code: "custom",
    path: [...path, fault.field],
    message: fault.message,
    params: { expected: fault.expected },
  });
}

export function ladderOf(ladder: z.infer<typeof ladderSchema>): Ladder {
  return "boson" in ladder ? bosonLadder(ladder.boson) : ladder;
}

/** True for one bare matrix, false for a list of matrices. */
function isSingleMatrix(initial: NestedMatrix | readonly NestedMatrix[]): initial is NestedMatrix {
  return typeof initial[0]?.[0]?.[0] === "number";
}

/**
 * Initial density matrix of each of `count` groups or sites.
 *
 * "seeded" gives the first group the seed and the second the mixed state; with `everySite` (networks) all get
 * the seed.
 */
export function initialMatrices(initial: Initial, count: number, everySite = false): ComplexMatrix[] {
  const each = <T>(value: (i: number) => T) => Array.from({ length: count }, (_, i) => value(i));
  if (initial === "seeded") return each((i) => (i === 0 || everySite ? seededState() : mixedState()));
  if (isSingleMatrix(initial)) return each(() => matrixFromNested(initial));
  return each((i) => matrixFromNested(initial[initial.length === 1 ? 0 : i]!));
}
