import { fullTurn } from "#core/units";
import type { Observables } from "./observables.ts";
import type { Orbit } from "./orbit-solver.ts";
import type { Wave } from "./wave-solver.ts";

/**
 * Long-time state of one point. irregular: neither a rotating wave nor a relative periodic orbit was reached: chaos,
 * a torus of more frequencies, or a transient that outlasts the patience. integrated: read off after a fixed time,
 * whatever it is.
 */
export type Solution =
  | { readonly kind: "rest" }
  | { readonly kind: "wave"; readonly wave: Wave }
  | { readonly kind: "orbit"; readonly orbit: Orbit; readonly observables: Observables }
  | {
      readonly kind: "irregular" | "integrated";
      readonly observables: Observables;
      readonly error: number;
      /** Where the integration ended. */
      readonly end: Float64Array;
    };

/** Whole turns by which group 0 gains on group 1 within a period of the orbit. */
export function slipsOf({ frequencies }: Observables, period: number): number {
  return frequencies.length < 2 ? 0 : Math.round(((frequencies[0]! - frequencies[1]!) * period) / fullTurn);
}

/** What a solution is like: two of one sort may be one branch. */
export function sortOf(solution: Solution): string {
  return solution.kind === "orbit"
    ? `orbit ${slipsOf(solution.observables, solution.orbit.period)}`
    : solution.kind;
}
