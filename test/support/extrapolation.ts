import { createRequire } from "node:module";

/** What is used of the package `odex`, whose own types are TypeScript sources that strict settings refuse. */
interface ExtrapolationSolver {
  absoluteTolerance: number;
  relativeTolerance: number;
  maxSteps: number;
  solve(
    f: (t: number, y: readonly number[]) => number[],
    start: number,
    y: readonly number[],
    end: number,
  ): { y: number[] };
}

const { Solver } = createRequire(import.meta.url)("odex") as {
  Solver: new (size: number) => ExtrapolationSolver;
};

/** State at `end` by Gragg–Bulirsch–Stoer extrapolation (ODEX of Hairer, Nørsett & Wanner). */
export function extrapolate(
  f: (t: number, y: readonly number[]) => number[],
  y: readonly number[],
  end: number,
  tolerance: number,
): number[] {
  const solver = new Solver(y.length);
  solver.absoluteTolerance = tolerance / 10;
  solver.relativeTolerance = tolerance;
  solver.maxSteps = 100_000;
  return solver.solve(f, 0, [...y], end).y;
}
