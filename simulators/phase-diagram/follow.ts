import { rotated } from "../mean-field/rotation.ts";
import { scaledAmplitude } from "../mean-field/scaled-amplitude.ts";
import { type Cell, cellOf, type Line } from "./cell.ts";
import type { Onset } from "./onset-solver.ts";
import { type Orbit, turnBetween } from "./orbit-solver.ts";
import type { PointSolver } from "./point-solver.ts";
import type { Solution } from "./solution.ts";
import type { Wave } from "./wave-solver.ts";

/** Points after which the growth of deviations from a followed wave or orbit is worked out again, */
const examinedEvery = 6;

/** and twice as many where they decay faster than this, in units of the slowest relaxation. */
const fastDecay = 0.4;

/** Change of a coordinate from point to point beyond which it is worked out at every point. */
const closeness = 0.02;

/**
 * Decay of deviations, in units of the slowest relaxation, below which it is worked out at every point, and so it is
 * where it could be lost if it went on to change so many times as fast as it last did.
 */
const safety = 0.04;
const caution = 4;

/** Growth, in units of the slowest relaxation, up to which a neighbour's small amplitude may have to be scaled. */
const nearThreshold = 0.1;

/** Amplitude from which a neighbour of a stable unsynchronized point is not merely close to its own threshold. */
const finiteAmplitude = 0.1;

export function isLarge(solver: PointSolver, solution: Solution): boolean {
  if (solution.kind === "orbit") return Math.max(...solution.observables.amplitudes) > finiteAmplitude;
  if (solution.kind !== "wave") return false;
  const { state } = solution.wave;
  for (let g = 0; g < solver.system.groups; g++) {
    if (Math.hypot(...solver.system.amplitude(state, g)) > finiteAmplitude) return true;
  }
  return false;
}

/** The solution of the nearest point continued to the solver's point; undefined when it ends or loses stability. */
export function followed(solver: PointSolver, onset: Onset, line: Line): Cell | undefined {
  const kind = line[0]?.solution.kind;
  if (kind === "wave") return followedToWave(solver, onset, line);
  return kind === "orbit" ? followedToOrbit(solver, onset, line) : undefined;
}

function followedToWave(solver: PointSolver, onset: Onset, line: Line): Cell | undefined {
  const nearest = line[0]!;
  const { wave: old } = nearest.solution as Solution & { kind: "wave" };
  const wave = followedWave(solver, onset, line, old);
  if (!wave) return undefined;
  const growth = old.growth!;
  const age = nearest.age + 1;
  if (isCertain(solver, growth, age, nearest.trend) && distance(wave.state, old.state) < closeness) {
    const { state, frequency } = wave;
    return cellOf(
      onset,
      { kind: "wave", wave: { state, frequency, growth } },
      "followed",
      age,
      nearest.trend,
    );
  }
  const examined = solver.waves.examined(wave);
  if (examined.growth >= 0) return undefined;
  const trend = Math.abs(examined.growth - growth) / age;
  return cellOf(onset, { kind: "wave", wave: examined }, "followed", 0, trend);
}

function followedToOrbit(solver: PointSolver, onset: Onset, line: Line): Cell | undefined {
  const nearest = line[0]!;
  const { orbit: old } = nearest.solution as Solution & { kind: "orbit" };
  const guess = extrapolatedOrbit(nearest, line);
  let orbit =
    solver.orbits.follow(guess) ??
    (guess === old ? undefined : solver.orbits.follow(old)) ??
    orbitNearThreshold(solver, old, onset.growth / nearest.onset.growth);
  if (!orbit) return undefined;
  const { growth } = orbit;
  let age = nearest.age + 1;
  let { trend } = nearest;
  if (
    growth === null ||
    !isCertain(solver, growth, age, trend) ||
    distance(orbit.state, old.state) >= closeness
  ) {
    orbit = solver.orbits.examined(orbit);
    if (!orbit || orbit.growth === null || orbit.growth >= 0) return undefined;
    trend = growth === null ? null : Math.abs(orbit.growth - growth) / age;
    age = 0;
  }
  const observables = solver.observe(orbit);
  const cell = cellOf(onset, { kind: "orbit", orbit, observables }, "followed", age, trend);
  return cell.sort === nearest.sort ? cell : undefined;
}

/** Whether deviations still decay at a point, by what is known from `age` points before. */
function isCertain(solver: PointSolver, growth: number, age: number, trend: number | null): boolean {
  if (trend === null) return false;
  const unit = solver.relaxation();
  const patience = growth < -fastDecay * unit ? 2 * examinedEvery : examinedEvery;
  return age < patience && growth < -Math.max(safety * unit, caution * trend * age);
}

/** The orbit of a point where both amplitudes are smaller by the root of the ratio of the growth rates. */
function orbitNearThreshold(solver: PointSolver, orbit: Orbit, ratio: number): Orbit | undefined {
  if (!(ratio > 1e-3 && ratio < 1)) return undefined;
  if (solver.onset().growth > nearThreshold * solver.relaxation()) return undefined;
  const rest = new Float64Array(solver.system.size);
  solver.system.restState(rest);
  return solver.orbits.find(scaledAmplitude(orbit.state, ratio, rest), orbit.period);
}

function followedWave(solver: PointSolver, onset: Onset, line: Line, wave: Wave): Wave | undefined {
  const [, second, third] = line;
  if (second?.solution.kind === "wave") {
    const one = second.solution.wave;
    const two = third?.solution.kind === "wave" ? third.solution.wave : undefined;
    const [a, b, c] = two ? [3, -3, 1] : [2, -1, 0];
    const state = wave.state.map((value) => a! * value);
    addTurned(state, b!, one.state, wave.state);
    if (two) addTurned(state, c!, two.state, wave.state);
    const frequency = a! * wave.frequency + b! * one.frequency + (two ? c! * two.frequency : 0);
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

/** Adds a multiple of a state, turned to the phase of another where the two are apart. */
function addTurned(sum: Float64Array, weight: number, state: Float64Array, like: Float64Array): void {
  const turn = turnBetween(state, like);
  const aligned = Math.abs(turn) < 0.05 ? state : rotated(state, turn);
  for (let i = 0; i < sum.length; i++) sum[i]! += weight * aligned[i]!;
}

/** The orbit that two or three points of one branch point to; the nearest one itself where there is only one. */
function extrapolatedOrbit(nearest: Cell, [, second, third]: Line): Orbit {
  const { orbit } = nearest.solution as Solution & { kind: "orbit" };
  const orbitOf = (cell: Cell | undefined) =>
    cell?.sort === nearest.sort && cell.solution.kind === "orbit" ? cell.solution.orbit : undefined;
  const one = orbitOf(second);
  if (!one) return orbit;
  const two = orbitOf(third);
  const [a, b, c] = two ? [3, -3, 1] : [2, -1, 0];
  const far = two ?? one;
  return {
    ...orbit,
    state: orbit.state.map((value, i) => a! * value + b! * one.state[i]! + c! * far.state[i]!),
    period: a! * orbit.period + b! * one.period + c! * far.period,
    turn: orbit.turn - (b! + c!) * wrapped(orbit.turn - one.turn) - c! * wrapped(one.turn - far.turn),
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
