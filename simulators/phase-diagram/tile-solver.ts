import { type Cell, cellOf, type Line, type SolvedPoint } from "./cell.ts";
import { followed, isLarge } from "./follow.ts";
import type { GroupModel } from "./group-system.ts";
import type { Onset } from "./onset-solver.ts";
import type { PointSolver } from "./point-solver.ts";
import type { Solution } from "./solution.ts";

export type { SolvedPoint } from "./cell.ts";

/** Points in a row that irregular motion is followed to without going back to the initial state. */
const wanderings = 3;

/**
 * Solves the points of a rectangle, each from its neighbours where that is possible.
 *
 * Points are visited along rows in turns. A point takes over the sort of solution of a solved neighbour when that
 * can be continued to it and is stable there; where no neighbour's can, and at the first point, the initial state is
 * integrated. Afterwards every solution is tried on the neighbours of another sort: where two are stable, the
 * initial state decides, and the point is marked.
 *
 * @param columns - points in a row
 * @param rows - number of rows
 * @param modelAt - model at (column, row)
 * @returns the points row by row; the same whatever was solved before
 */
export function solveTile(
  solver: PointSolver,
  columns: number,
  rows: number,
  modelAt: (column: number, row: number) => GroupModel,
): SolvedPoint[] {
  solver.reset();
  const cells = new Array<Cell | undefined>(columns * rows);
  const at = (column: number, row: number) =>
    column >= 0 && column < columns && row >= 0 && row < rows ? cells[row * columns + column] : undefined;

  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < columns; k++) {
      const forward = row % 2 === 0;
      const column = forward ? k : columns - 1 - k;
      const back = forward ? -1 : 1;
      solver.set(modelAt(column, row));
      const along = [at(column + back, row), at(column + 2 * back, row), at(column + 3 * back, row)];
      const across = [at(column, row - 1), at(column, row - 2), at(column, row - 3)];
      cells[row * columns + column] = solvePoint(solver, along, across);
    }
  }
  settleBorders(solver, cells as Cell[], columns, rows, modelAt);
  return cells as Cell[];
}

function solvePoint(solver: PointSolver, along: Line, across: Line): Cell {
  const onset = solver.onset();
  const first = continued(solver, onset, along);
  const second = first && first.sort === across[0]?.sort ? undefined : continued(solver, onset, across);
  const found = first ?? second;
  if (found && onset.unstable > 0 && (!first || !second || first.sort === second.sort)) return found;
  if (!found) {
    if (onset.unstable === 0) return cellOf(onset, rest, "linear");
    const wanderer = [along[0], across[0]].find(
      (cell) => cell?.solution.kind === "irregular" && cell.age < wanderings,
    );
    if (wanderer) return wandered(solver, onset, wanderer);
  }
  const neighbours = [along[0], across[0]].flatMap((cell) => cell?.solution ?? []);
  const explored = explore(solver, onset, neighbours);
  const others = [first, second].some((cell) => cell && cell.sort !== explored.sort);
  return others ? { ...explored, multistable: true } : explored;
}

const rest: Solution = { kind: "rest" };

function continued(solver: PointSolver, onset: Onset, line: Line): Cell | undefined {
  const [nearest] = line;
  // With nothing growing only a branch of finite amplitude can reach here.
  if (!nearest || (onset.unstable === 0 && !isLarge(solver, nearest.solution))) return undefined;
  return followed(solver, onset, line);
}

/** What goes on from where the irregular motion of a neighbour has come to. */
function wandered(solver: PointSolver, onset: Onset, { solution, age }: Cell): Cell {
  const { end } = solution as Solution & { kind: "irregular" };
  const next = solver.explore(onset, end);
  if (next.kind === "rest" || (next.kind === "irregular" && isSlow(solver, onset))) {
    return explore(solver, onset, [solution]);
  }
  return cellOf(onset, next, "followed", next.kind === "irregular" ? age + 1 : 0);
}

/** Whether a mode grows so slowly that a state may only be on its way to what a neighbour is at. */
function isSlow(solver: PointSolver, { slowest }: Onset): boolean {
  return slowest < 0.1 * solver.relaxation();
}

/** The initial state followed to its end; what has not settled by then may be all but where a neighbour is. */
function explore(solver: PointSolver, onset: Onset, neighbours: readonly Solution[] = []): Cell {
  const solution = solver.explore(onset);
  if (solution.kind === "irregular" && isSlow(solver, onset)) {
    for (const neighbour of neighbours) {
      const arrived = solver.arrived(solution.end, neighbour);
      if (arrived) return cellOf(onset, arrived, "explored");
    }
  }
  return cellOf(onset, solution, "explored");
}

/** Tries the solutions along every border between sorts on the other side, until nothing changes. */
function settleBorders(
  solver: PointSolver,
  cells: Cell[],
  columns: number,
  rows: number,
  modelAt: (column: number, row: number) => GroupModel,
): void {
  const tried = new Map<number, Set<string>>();
  const queue = [...cells.keys()];
  for (let next = 0; next < queue.length; next++) {
    const place = queue[next]!;
    const cell = cells[place]!;
    if (cell.method === "linear") continue;
    const own = cell.sort;
    const neighbours = neighboursOf(place, columns, rows);
    if (neighbours.every((neighbour) => cells[neighbour]!.sort === own)) continue;
    if (cell.age > 0) {
      solver.set(modelAt(place % columns, Math.floor(place / columns)));
      cells[place] = confirmed(solver, cell);
      if (cells[place]!.sort !== own) {
        queue.push(place, ...neighbours);
        continue;
      }
    }
    const sorts = tried.get(place) ?? new Set<string>();
    tried.set(place, sorts);
    for (const neighbour of neighbours) {
      const other = cells[neighbour]!;
      if (other.sort === own || other.sort === "rest" || other.sort === "irregular") continue;
      if (sorts.has(other.sort)) continue;
      sorts.add(other.sort);
      solver.set(modelAt(place % columns, Math.floor(place / columns)));
      const before = cells[place]!;
      if (before.solution.kind === "irregular" && isSlow(solver, before.onset)) {
        const solution = solver.arrived(before.solution.end, other.solution);
        if (solution) {
          cells[place] = {
            ...cellOf(before.onset, solution, before.method),
            multistable: before.multistable,
          };
          queue.push(...neighbours);
          break;
        }
      }
      if (!followed(solver, cell.onset, [other])) continue;
      const decided = before.method === "explored" ? before : explore(solver, cell.onset);
      cells[place] = { ...decided, multistable: true };
      if (decided.sort !== before.sort) {
        queue.push(place, ...neighbours);
        break;
      }
    }
  }
}

/** A point at a border whose stability was taken over from a neighbour, with its own; explored where it has none. */
function confirmed(solver: PointSolver, cell: Cell): Cell {
  const { solution, onset } = cell;
  if (solution.kind === "wave") {
    const wave = solver.waves.examined(solution.wave);
    if (wave.growth < 0) return { ...cell, solution: { kind: "wave", wave }, age: 0 };
  } else if (solution.kind === "orbit") {
    const orbit = solver.orbits.examined(solution.orbit);
    if (orbit && orbit.growth! < 0) return { ...cell, solution: { ...solution, orbit }, age: 0 };
  }
  return explore(solver, onset);
}

function neighboursOf(place: number, columns: number, rows: number): number[] {
  const column = place % columns;
  const row = Math.floor(place / columns);
  return [
    ...(column > 0 ? [place - 1] : []),
    ...(column + 1 < columns ? [place + 1] : []),
    ...(row > 0 ? [place - columns] : []),
    ...(row + 1 < rows ? [place + columns] : []),
  ];
}
