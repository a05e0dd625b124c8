import type { Observables } from "./observables.ts";
import type { Onset } from "./onset-solver.ts";
import type { PointSolver } from "./point-solver.ts";
import type { SolvedPoint } from "./tile-solver.ts";

/** Product of time and gain + loss that the paper's maps integrate over: 500/γ₋ at γ₊ = γ₋/2. */
export const bruteForceDuration = 750;

/** Amplitude below which an integrated point counts as unsynchronized. */
const silent = 1e-3;

/**
 * A point the way the paper solves it: integrated from the initial state over a fixed time, read off over the second
 * half. Slow transients are taken for what they are at that time.
 */
export function integratePoint(
  solver: PointSolver,
  initial: Float64Array,
  onset: Onset,
  rate: number,
): SolvedPoint {
  const duration = bruteForceDuration / rate;
  const x = initial.slice();
  solver.flow.advance(x, duration / 2);
  const observables = solver.window(x, duration / 2);
  const common = { onset, method: "integrated", multistable: false } as const;
  if (Math.max(...observables.amplitudes) < silent) return { ...common, solution: { kind: "rest" } };
  return {
    ...common,
    solution: { kind: "integrated", observables, error: driftOf(observables, duration), end: x },
  };
}

/** What a rotation rate over a window without weights can be off by: the phase is read at both ends. */
function driftOf({ spread }: Observables, duration: number): number {
  return (2 * Math.max(spread, 1e-6)) / duration;
}
