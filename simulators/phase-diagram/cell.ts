import type { Onset } from "./onset-solver.ts";
import { type Solution, sortOf } from "./solution.ts";

/** How a point was solved; followed: continued from a neighbour; explored: integrated from the initial state; linear: nothing grows. */
export type SolutionMethod = "linear" | "followed" | "explored" | "integrated";

/** A solved point of a tile. */
export interface SolvedPoint {
  readonly onset: Onset;
  readonly solution: Solution;
  readonly method: SolutionMethod;
  /** Another stable state was found here that the initial state does not go to. */
  readonly multistable: boolean;
}

/** A solved point with what its neighbours need to know. */
export interface Cell extends SolvedPoint {
  readonly sort: string;
  /** Points since the growth of deviations was last worked out, or the initial state last followed. */
  readonly age: number;
  /** How much that growth changed from point to point when it was; null when that is not known. */
  readonly trend: number | null;
}

/** The points before one along a row or column, the nearest first. */
export type Line = readonly (Cell | undefined)[];

export function cellOf(
  onset: Onset,
  solution: Solution,
  method: SolutionMethod,
  age = 0,
  trend: number | null = null,
  multistable = false,
): Cell {
  return { onset, solution, method, multistable, sort: sortOf(solution), age, trend };
}
