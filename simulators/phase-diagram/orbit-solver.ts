import { realEigenvalues } from "#core/real-eigenvalues";
import { fullTurn } from "#core/units";
import { coordinateCount } from "#model/generator";
import { rotated, rotationRate } from "../mean-field/rotation.ts";
import { factor, solveFactored } from "./dense.ts";
import type { Flow } from "./flow.ts";
import type { GroupSystem } from "./group-system.ts";

/**
 * A relative periodic orbit: after one period the state is the same up to a common turn of the phase,
 * Φ_T(x) = e^{−iφS^z} x e^{iφS^z}. Groups that drift against each other, and groups that breathe, move on one.
 */
export interface Orbit {
  readonly state: Float64Array;
  readonly period: number;
  /** φ: how far ⟨A†⟩ has turned after one period, modulo whole turns. */
  readonly turn: number;
  /** Largest ln|μ|/T of the Floquet multipliers beside the two that are one; null until they have been worked out. */
  readonly growth: number | null;
  /** Inverse of the derivative of the shooting equations, kept up by secant updates. */
  readonly inverse: Float64Array;
}

export interface OrbitWork {
  newtonSteps: number;
  monodromies: number;
}

export interface OrbitSolver {
  readonly work: OrbitWork;
  /** From a rough guess, with its Floquet growth. Undefined when the iteration does not converge. */
  find(state: Float64Array, period: number): Orbit | undefined;
  /**
   * From a predicted orbit nearby, with the inverse of the neighbour and secant updates of it; `growth` is that of
   * the neighbour unless the derivative had to be renewed.
   */
  follow(guess: Orbit): Orbit | undefined;
  /** The orbit with its Floquet growth and a fresh inverse. */
  examined(orbit: Orbit): Orbit | undefined;
}

/** Residual at which an orbit is closed, in units of the amplitude of the group it belongs to. */
const tolerance = 1e-6;
/** Amplitude that counts as that of a group with less. */
const faint = 1e-4;
const secantIterations = 9;
/** One-sided and central: small against the curvature of the flow, large against the noise of its steps. */
const probes = { 1: 1e-4, 2: 3e-3 } as const;

/** |growth| below which its sign is worked out with central differences. */
const doubtful = 0.02;
/** A residual above patience·hurryᵏ times the first one after k steps will not go down in time. */
const patience = 4;
const hurry = 0.5;
/** Change of a coordinate on the way to an orbit up to which the derivative at the start speaks for it. */
const near = 0.05;
/** Decay of deviations that does not need to be known better. */
const certain = -0.1;
/** Largest change of an unknown in one step; turns and periods are in units of one. */
const largestStep = 0.5;

/**
 * Shooting: unknowns (x, T, φ), equations R_{−φ}Φ_T(x) − x = 0 with two conditions that keep the starting point from
 * sliding along the orbit and from turning.
 *
 * @source multiple shooting for relative periodic orbits: Viswanath, J. Fluid Mech. 580, 339 (2007); secant updates:
 *   Broyden, Math. Comp. 19, 577 (1965)
 */
export function createOrbitSolver(system: GroupSystem, flow: Flow): OrbitSolver {
  const n = system.size;
  const q = n + 2;
  const probed = new Float64Array((n + 1) * n);
  const probedTwice = new Float64Array(2 * n * n);
  const monodromy = new Float64Array(n * n);
  const scratch = new Float64Array(n * n);
  const bordered = new Float64Array(q * q);
  const pivots = new Int32Array(q);
  const column = new Float64Array(q);
  const re = new Float64Array(n);
  const im = new Float64Array(n);
  const velocity = new Float64Array(n);
  const arrival = new Float64Array(n);
  const ahead = new Float64Array(n);
  const behind = new Float64Array(n);
  const unknowns = new Float64Array(q);
  const unknownState = unknowns.subarray(0, n);
  const residuals: [Float64Array, Float64Array] = [new Float64Array(q), new Float64Array(q)];
  const change = new Float64Array(q);
  const moved = new Float64Array(q);
  const row = new Float64Array(q);
  const work: OrbitWork = { newtonSteps: 0, monodromies: 0 };

  /**
   * R_{−φ}Φ_T(x) − x into `out`; the conditions hold by construction of the steps. Returns its size relative to the
   * amplitudes: a mode that is still small, but grows, must not pass for part of an orbit.
   */
  const residual = (x: Float64Array, period: number, turn: number, out: Float64Array): number => {
    arrival.set(x);
    flow.advance(arrival, period);
    const back = rotated(arrival, -turn, arrival);
    let largest = 0;
    for (let g = 0; g < system.groups; g++) {
      let size = 0;
      for (let i = g * coordinateCount; i < (g + 1) * coordinateCount; i++) {
        out[i] = back[i]! - x[i]!;
        size = Math.max(size, Math.abs(out[i]!));
      }
      const [re, im] = system.amplitude(x, g);
      largest = Math.max(largest, size / Math.max(faint, Math.sqrt(re * re + im * im)));
    }
    out[n] = 0;
    out[n + 1] = 0;
    return largest;
  };

  /**
   * R_{−φ}·∂Φ_T/∂x by differences, row-major: one-sided with a small probe, or central with a large one, twice the
   * work and a tenth of the error.
   */
  const differentiate = (x: Float64Array, period: number, turn: number, sides: 1 | 2) => {
    const probe = probes[sides];
    const states = sides === 1 ? probed : probedTwice;
    for (let k = 0; k < n; k++) {
      states.set(x, k * n);
      states[k * n + k]! += probe;
      states.set(x, (sides === 1 ? n : n + k) * n);
      if (sides === 2) states[(n + k) * n + k]! -= probe;
    }
    flow.advanceAll(states, period);
    work.monodromies++;
    for (let k = 0; k < n; k++) {
      const base = (sides === 1 ? n : n + k) * n;
      const above = rotated(states.subarray(k * n, (k + 1) * n), -turn, ahead);
      const below = rotated(states.subarray(base, base + n), -turn, behind);
      for (let i = 0; i < n; i++) monodromy[i * n + k] = (above[i]! - below[i]!) / (sides * probe);
    }
  };

  /** Inverse of the bordered derivative, or undefined when it is singular. */
  const inverseAt = (x: Float64Array): Float64Array | undefined => {
    system.rightHandSide(x, velocity);
    const turning = rotationRate(x);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) bordered[i * q + j] = monodromy[i * n + j]! - (i === j ? 1 : 0);
      bordered[i * q + n] = velocity[i]!;
      bordered[i * q + n + 1] = -turning[i]!;
      bordered[n * q + i] = velocity[i]!;
      bordered[(n + 1) * q + i] = turning[i]!;
    }
    for (const i of [n, n + 1]) for (const j of [n, n + 1]) bordered[i * q + j] = 0;
    if (!factor(bordered, q, pivots)) return undefined;
    const inverse = new Float64Array(q * q);
    for (let k = 0; k < q; k++) {
      column.fill(0);
      column[k] = 1;
      solveFactored(bordered, q, pivots, column);
      for (let i = 0; i < q; i++) inverse[i * q + k] = column[i]!;
    }
    return inverse;
  };

  const growthOf = (period: number): number => {
    scratch.set(monodromy);
    realEigenvalues(scratch, n, re, im);
    const sizes = Array.from(re, (value, k) => ({
      size: Math.hypot(value, im[k]!),
      fromOne: Math.hypot(value - 1, im[k]!),
    })).sort((a, b) => a.fromOne - b.fromOne);
    // Two multipliers are one: along the orbit, and along the common phase.
    const largest = Math.max(...sizes.slice(2).map(({ size }) => size));
    return Math.log(largest) / period;
  };

  const step = (inverse: Float64Array, r: Float64Array) => {
    let largest = 0;
    for (let i = 0; i < q; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum -= inverse[i * q + j]! * r[j]!;
      change[i] = sum;
      largest = Math.max(largest, Math.abs(sum));
    }
    const damping = largest > largestStep ? largestStep / largest : 1;
    for (let i = 0; i < q; i++) {
      change[i]! *= damping;
      unknowns[i]! += change[i]!;
    }
    work.newtonSteps++;
  };

  const orbitAt = (growth: number | null, inverse: Float64Array): Orbit | undefined => {
    const period = unknowns[n]!;
    if (!(period > 0)) return undefined;
    const turn = unknowns[n + 1]! - fullTurn * Math.round(unknowns[n + 1]! / fullTurn);
    return { state: unknowns.slice(0, n), period, turn, growth, inverse };
  };

  const examined = (orbit: Orbit): Orbit | undefined => {
    differentiate(orbit.state, orbit.period, orbit.turn, 1);
    let growth = growthOf(orbit.period);
    if (Math.abs(growth) < doubtful) {
      differentiate(orbit.state, orbit.period, orbit.turn, 2);
      growth = growthOf(orbit.period);
    }
    const inverse = inverseAt(orbit.state);
    return inverse && { ...orbit, inverse, growth };
  };

  return {
    work,
    examined,
    find(state, period) {
      arrival.set(state);
      flow.advance(arrival, period);
      const turn = turnBetween(state, arrival);
      differentiate(state, period, turn, 1);
      const growth = growthOf(period);
      const inverse = inverseAt(state);
      const found = inverse && iterate({ state, period, turn, growth, inverse });
      if (!found) return undefined;
      const close = found.state.every((value, i) => Math.abs(value - state[i]!) < near);
      return close && growth < certain ? found : examined(found);
    },
    follow: iterate,
  };

  /** Broyden's update of an inverse derivative: H ← H + (s − Hy)sᵀH/(sᵀHy) for a step s that changed the residual by y. */
  function secantUpdate(inverse: Float64Array, before: Float64Array, after: Float64Array): void {
    row.fill(0);
    let scale = 0;
    let size = 0;
    for (let i = 0; i < q; i++) {
      const step = change[i]!;
      let sum = 0;
      for (let j = 0; j < n; j++) sum += inverse[i * q + j]! * (after[j]! - before[j]!);
      for (let j = 0; j < q; j++) row[j]! += step * inverse[i * q + j]!;
      moved[i] = sum;
      scale += step * sum;
      size += step * step;
    }
    if (Math.abs(scale) < 0.05 * size) return;
    for (let i = 0; i < q; i++) {
      const factorOf = (change[i]! - moved[i]!) / scale;
      for (let j = 0; j < q; j++) inverse[i * q + j]! += factorOf * row[j]!;
    }
  }

  function iterate(guess: Orbit): Orbit | undefined {
    unknowns.set(guess.state);
    unknowns[n] = guess.period;
    unknowns[n + 1] = guess.turn;
    if (!(guess.period > 0)) return undefined;
    let { inverse } = guess;
    let [before, after] = residuals;
    let error = residual(unknownState, unknowns[n]!, unknowns[n + 1]!, before);
    const start = error;
    for (let iteration = 0; iteration < secantIterations; iteration++) {
      if (error < tolerance) break;
      if (!(error < patience * start * hurry ** iteration)) return undefined;
      step(inverse, before);
      if (!(unknowns[n]! > 0 && unknowns[n]! < 2 * guess.period)) return undefined;
      error = residual(unknownState, unknowns[n]!, unknowns[n + 1]!, after);
      if (inverse === guess.inverse) inverse = inverse.slice();
      secantUpdate(inverse, before, after);
      [before, after] = [after, before];
    }
    return error < tolerance ? orbitAt(guess.growth, inverse) : undefined;
  }
}

/** Turn that carries the coherences of `from` closest to those of `to`. */
export function turnBetween(from: ArrayLike<number>, to: ArrayLike<number>): number {
  let re = 0;
  let im = 0;
  for (let o = 0; o < from.length; o += 8) {
    for (const k of [2, 4]) {
      re += from[o + k]! * to[o + k]! + from[o + k + 1]! * to[o + k + 1]!;
      im += from[o + k]! * to[o + k + 1]! - from[o + k + 1]! * to[o + k]!;
    }
  }
  return Math.atan2(im, re);
}
