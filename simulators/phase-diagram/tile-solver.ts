import { rotated } from "../mean-field/rotation.ts";
import { scaledAmplitude } from "../mean-field/scaled-amplitude.ts";
import type { GroupModel } from "./group-system.ts";
import type { Onset } from "./onset-solver.ts";
import { type Orbit, turnBetween } from "./orbit-solver.ts";
import type { PointSolver } from "./point-solver.ts";
import { type Solution, sortOf } from "./solution.ts";
import type { Wave } from "./wave-solver.ts";

/** A solved point of a tile. */
export interface SolvedPoint {
  readonly onset: Onset;
  readonly solution: Solution;
  /** followed: continued from a neighbour; explored: integrated from the initial state; linear: nothing grows. */
  readonly method: "linear" | "followed" | "explored" | "integrated";
  /** Another stable state was found here that the initial state does not go to. */
  readonly multistable: boolean;
}

interface Cell extends SolvedPoint {
  /** Points since the orbit's Floquet growth was last worked out. */
  readonly age: number;
}

/** The points before one along a row or column, the nearest first. */
type Line = readonly (Cell | undefined)[];

/** Points after which the growth of deviations from a followed wave or orbit is worked out again, */
const examinedEvery = 6;

/** and twice as many where they decay faster than this, in units of the slowest relaxation. */
const fastDecay = 0.4;

/** Change of a coordinate from point to point beyond which it is worked out at every point. */
const closeness = 0.02;

/** Decay of deviations, in units of the slowest relaxation, below which it is worked out at every point. */
const safety = 0.25;

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
      const lines = [
        [1, 2, 3].map((k) => at(column + k * back, row)),
        [1, 2, 3].map((k) => at(column, row - k)),
      ];
      cells[row * columns + column] = solvePoint(solver, lines);
    }
  }
  settleBorders(solver, cells as Cell[], columns, rows, modelAt);
  return cells.map((cell) => {
    const { onset, solution, method, multistable } = cell!;
    return { onset, solution, method, multistable };
  });
}

function solvePoint(solver: PointSolver, lines: readonly Line[]): Cell {
  const onset = solver.onset();
  const tried = new Set<string>();
  const found: Cell[] = [];
  for (const line of lines) {
    const [nearest] = line;
    if (!nearest || nearest.solution.kind === "rest" || nearest.solution.kind === "irregular") continue;
    const sort = sortOf(nearest.solution);
    if (tried.has(sort)) continue;
    // With nothing growing only a branch of finite amplitude can reach here.
    if (onset.unstable === 0 && !isLarge(solver, nearest)) continue;
    const cell = followed(solver, onset, line);
    if (!cell) continue;
    tried.add(sort);
    found.push(cell);
  }
  if (onset.unstable === 0 && found.length === 0) {
    return { onset, solution: { kind: "rest" }, method: "linear", multistable: false, age: 0 };
  }
  if (found.length === 1 && onset.unstable > 0) return found[0]!;
  const explored = explore(
    solver,
    onset,
    lines.flatMap(([nearest]) => nearest?.solution ?? []),
  );
  const sort = sortOf(explored.solution);
  return { ...explored, multistable: found.some((cell) => sortOf(cell.solution) !== sort) };
}

/** Whether a mode grows so slowly that a state may only be on its way to what a neighbour is at. */
function isSlow(solver: PointSolver, { slowest }: Onset): boolean {
  return slowest < 0.1 * solver.relaxation();
}

/** The initial state followed to its end; what has not settled by then may be all but where a neighbour is. */
function explore(solver: PointSolver, onset: Onset, neighbours: readonly Solution[] = []): Cell {
  const common = { onset, method: "explored", multistable: false, age: 0 } as const;
  const solution = solver.explore(onset);
  if (solution.kind === "irregular" && isSlow(solver, onset)) {
    for (const neighbour of neighbours) {
      const arrived = solver.arrived(solution.end, neighbour);
      if (arrived) return { ...common, solution: arrived };
    }
  }
  return { ...common, solution };
}

/** Amplitude from which a neighbour of a stable unsynchronized point is not merely close to its own threshold. */
const finiteAmplitude = 0.1;

function isLarge(solver: PointSolver, { solution }: Cell): boolean {
  if (solution.kind === "orbit") return Math.max(...solution.observables.amplitudes) > finiteAmplitude;
  if (solution.kind !== "wave") return false;
  const { state } = solution.wave;
  for (let g = 0; g < solver.system.groups; g++) {
    if (Math.hypot(...solver.system.amplitude(state, g)) > finiteAmplitude) return true;
  }
  return false;
}

/** The solution of the nearest point continued to the solver's point; undefined when it ends or loses stability. */
function followed(solver: PointSolver, onset: Onset, line: Line): Cell | undefined {
  const nearest = line[0];
  if (!nearest) return undefined;
  const { solution } = nearest;
  const patience = (growth: number) =>
    growth < -fastDecay * solver.relaxation() ? 2 * examinedEvery : examinedEvery;
  const common = { onset, method: "followed", multistable: false } as const;
  if (solution.kind === "wave") {
    const wave = followedWave(solver, onset, line, solution.wave);
    if (!wave) return undefined;
    const age = nearest.age + 1;
    const growth = solution.wave.growth!;
    const close = age < patience(growth) && distance(wave.state, solution.wave.state) < closeness;
    if (close && growth < -safety * solver.relaxation()) {
      return { ...common, solution: { kind: "wave", wave: { ...wave, growth } }, age };
    }
    const examined = solver.waves.examined(wave);
    return examined.growth < 0
      ? { ...common, solution: { kind: "wave", wave: examined }, age: 0 }
      : undefined;
  }
  if (solution.kind !== "orbit") return undefined;
  const guess = extrapolatedOrbit(solution, line);
  let orbit =
    solver.orbits.follow(guess) ??
    (guess === solution.orbit ? undefined : solver.orbits.follow(solution.orbit)) ??
    orbitNearThreshold(solver, solution.orbit, onset.growth / nearest.onset.growth);
  if (!orbit) return undefined;
  let age = nearest.age + 1;
  const close = age < patience(orbit.growth ?? 0) && distance(orbit.state, solution.orbit.state) < closeness;
  if (orbit.growth === null || !close || orbit.growth > -safety * solver.relaxation()) {
    orbit = solver.orbits.examined(orbit);
    age = 0;
  }
  if (!orbit || orbit.growth === null || orbit.growth >= 0) return undefined;
  const observables = solver.observe(orbit);
  const result: Solution = { kind: "orbit", orbit, observables };
  return sortOf(result) === sortOf(solution) ? { ...common, solution: result, age } : undefined;
}

/** The orbit of a point where both amplitudes are smaller by the root of the ratio of the growth rates. */
function orbitNearThreshold(solver: PointSolver, orbit: Orbit, ratio: number): Orbit | undefined {
  if (!(ratio > 1e-3 && ratio < 1)) return undefined;
  const rest = new Float64Array(solver.system.size);
  solver.system.restState(rest);
  return solver.orbits.find(scaledAmplitude(orbit.state, ratio, rest), orbit.period);
}

function followedWave(solver: PointSolver, onset: Onset, line: Line, wave: Wave): Wave | undefined {
  const earlier = earlierWaves(line);
  if (earlier.length > 0) {
    const weights = earlier.length > 1 ? [3, -3, 1] : [2, -1];
    const waves = [wave, ...earlier];
    const aligned = waves.map(({ state }) => {
      const turn = turnBetween(state, wave.state);
      return Math.abs(turn) < 0.05 ? state : rotated(state, turn);
    });
    const state = new Float64Array(wave.state.length);
    let frequency = 0;
    weights.forEach((weight, k) => {
      frequency += weight * waves[k]!.frequency;
      for (let i = 0; i < state.length; i++) state[i]! += weight * aligned[k]![i]!;
    });
    const ahead = solver.waves.solve(state, frequency);
    if (ahead) return ahead;
  }
  const same = solver.waves.solve(wave.state, wave.frequency);
  if (same) return same;
  const ratio = onset.growth / line[0]!.onset.growth;
  if (!(ratio > 0)) return undefined;
  const rest = new Float64Array(solver.system.size);
  solver.system.restState(rest);
  return solver.waves.solve(scaledAmplitude(wave.state, ratio, rest), wave.frequency);
}

/** Waves at the points before the nearest, at most two, as far as they are of one branch with it. */
function earlierWaves([, second, third]: Line): Wave[] {
  if (second?.solution.kind !== "wave") return [];
  return third?.solution.kind === "wave"
    ? [second.solution.wave, third.solution.wave]
    : [second.solution.wave];
}

/** The orbit that two points of one branch point to; the nearest one itself where there is only one. */
function extrapolatedOrbit(solution: Solution & { kind: "orbit" }, [, second]: Line): Orbit {
  const { orbit } = solution;
  if (second?.solution.kind !== "orbit" || sortOf(second.solution) !== sortOf(solution)) return orbit;
  const old = second.solution.orbit;
  return {
    ...orbit,
    state: orbit.state.map((value, i) => 2 * value - old.state[i]!),
    period: 2 * orbit.period - old.period,
    turn: orbit.turn + wrapped(orbit.turn - old.turn),
  };
}

function distance(a: Float64Array, b: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

function wrapped(angle: number): number {
  return Math.atan2(Math.sin(angle), Math.cos(angle));
}

/** Tries the solutions along every border between sorts on the other side, until nothing changes. */
function settleBorders(
  solver: PointSolver,
  cells: Cell[],
  columns: number,
  rows: number,
  modelAt: (column: number, row: number) => GroupModel,
): void {
  const tried = cells.map(() => new Set<string>());
  const queue = [...cells.keys()];
  while (queue.length > 0) {
    const place = queue.shift()!;
    const cell = cells[place]!;
    if (cell.onset.unstable === 0 && cell.method === "linear") continue;
    const own = sortOf(cell.solution);
    const neighbours = neighboursOf(place, columns, rows);
    if (cell.age > 0 && neighbours.some((neighbour) => sortOf(cells[neighbour]!.solution) !== own)) {
      solver.set(modelAt(place % columns, Math.floor(place / columns)));
      cells[place] = confirmed(solver, cell);
      if (sortOf(cells[place]!.solution) !== own) {
        queue.push(place, ...neighbours);
        continue;
      }
    }
    for (const neighbour of neighbours) {
      const other = cells[neighbour]!;
      const sort = sortOf(other.solution);
      if (sort === own || sort === "rest" || sort === "irregular" || tried[place]!.has(sort)) continue;
      tried[place]!.add(sort);
      solver.set(modelAt(place % columns, Math.floor(place / columns)));
      const before = cells[place]!;
      if (before.solution.kind === "irregular" && isSlow(solver, before.onset)) {
        const solution = solver.arrived(before.solution.end, other.solution);
        if (solution) {
          cells[place] = { ...before, solution };
          queue.push(...neighbours);
          break;
        }
      }
      if (!followed(solver, cell.onset, [other])) continue;
      const decided = before.method === "explored" ? before : explore(solver, cell.onset);
      cells[place] = { ...decided, multistable: true };
      if (sortOf(decided.solution) !== sortOf(before.solution)) {
        queue.push(place, ...neighbours);
        break;
      }
    }
  }
}

/** A point at a border whose stability was taken over from a neighbour, with its own; explored where it has none. */
function confirmed(solver: PointSolver, cell: Cell): Cell {
  const { solution } = cell;
  if (solution.kind === "wave") {
    const wave = solver.waves.examined(solution.wave);
    if (wave.growth < 0) return { ...cell, solution: { kind: "wave", wave }, age: 0 };
  } else if (solution.kind === "orbit") {
    const orbit = solver.orbits.examined(solution.orbit);
    if (orbit && orbit.growth! < 0) return { ...cell, solution: { ...solution, orbit }, age: 0 };
  }
  return explore(solver, cell.onset);
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
