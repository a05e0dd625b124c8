import { LuDecomposition, Matrix } from "ml-matrix";
import type { Complex } from "#core/complex";
import { eigenvalues } from "#core/eigenvalues";
import type { RightHandSide } from "../kernel/dormand-prince.ts";
import { type Network, raisingAmplitude } from "./network.ts";
import { rotated, rotationRate } from "./rotation.ts";

/** A state that only turns: ρ(t) = e^{−iωS^z t} ρ(0) e^{iωS^z t} at every site, ⟨A†⟩ ∝ e^{iωt}. */
export interface RotatingWave {
  /** M·8 coordinates. */
  readonly state: Float64Array;
  /** ω. */
  readonly frequency: number;
  /** max |f(x) − ωRx|. */
  readonly residual: number;
  /** Size of the last Newton step, an estimate of the error of `state`. */
  readonly lastStep: number;
  /** Eigenvalues in the frame of the wave, largest real part first, the Goldstone zero left out. */
  readonly exponents: readonly Complex[];
}

/**
 * Jacobian of the mean-field equations, row-major. The equations are quadratic in the coordinates, so the central
 * difference is exact up to rounding whatever its step.
 */
export function meanFieldJacobian(f: RightHandSide, x: Float64Array): Float64Array {
  const n = x.length;
  const jacobian = new Float64Array(n * n);
  const probe = Float64Array.from(x);
  const forward = new Float64Array(n);
  const backward = new Float64Array(n);
  for (let column = 0; column < n; column++) {
    const kept = x[column]!;
    probe[column] = kept + 0.5;
    f(0, probe, forward);
    probe[column] = kept - 0.5;
    f(0, probe, backward);
    probe[column] = kept;
    for (let row = 0; row < n; row++) jacobian[row * n + column] = forward[row]! - backward[row]!;
  }
  return jacobian;
}

/** Rotation rate of the field: that of the sites' ⟨A†⟩, weighted with their squared moduli. */
export function instantaneousFrequency(network: Network, f: RightHandSide, x: Float64Array): number {
  const dx = new Float64Array(x.length);
  f(0, x, dx);
  let turning = 0;
  let weight = 0;
  network.sites.forEach((_, s) => {
    const [re, im] = raisingAmplitude(network.sites, x, s);
    const [dre, dim] = raisingAmplitude(network.sites, dx, s);
    turning += re * dim - im * dre;
    weight += re * re + im * im;
  });
  return weight === 0 ? 0 : turning / weight;
}

/** Largest |⟨A†⟩| of the sites. */
export function largestAmplitude(network: Network, x: ArrayLike<number>): number {
  let largest = 0;
  for (let s = 0; s < network.sites.length; s++) {
    largest = Math.max(largest, Math.hypot(...raisingAmplitude(network.sites, x, s)));
  }
  return largest;
}

const maximalIterations = 25;

/**
 * Rotating wave near a state, by Newton's method on (x, ω): f(x) − ωRx = 0 with the phase fixed by
 * Rx₀·(x − x₀) = 0.
 *
 * @param guess - M·8 coordinates, rates of order one
 * @returns undefined when Newton's method diverges, leaves the density matrices or ends on zero amplitude
 * @accuracy residual below 1e-13 of the rates (test/unit/simulators/rotating-wave.test.ts)
 */
export function findRotatingWave(
  network: Network,
  f: RightHandSide,
  guess: Float64Array,
): RotatingWave | undefined {
  const n = guess.length;
  const x = Float64Array.from(guess);
  const reference = rotationRate(guess);
  const fx = new Float64Array(n);
  const rx = new Float64Array(n);
  let omega = instantaneousFrequency(network, f, x);
  const residual = () => {
    f(0, x, fx);
    rotationRate(x, rx);
    let largest = 0;
    for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(fx[i]! - omega * rx[i]!));
    return largest;
  };
  let error = residual();
  let lastStep = Infinity;
  let best = Infinity;
  for (let iteration = 0; iteration < maximalIterations; iteration++) {
    const bordered = corotatingJacobian(meanFieldJacobian(f, x), n, omega, n + 1);
    for (let i = 0; i < n; i++) {
      bordered.set(i, n, -rx[i]!);
      bordered.set(n, i, reference[i]!);
    }
    const right = Matrix.zeros(n + 1, 1);
    let drift = 0;
    for (let i = 0; i < n; i++) {
      right.set(i, 0, omega * rx[i]! - fx[i]!);
      drift += reference[i]! * (x[i]! - guess[i]!);
    }
    right.set(n, 0, -drift);
    const lu = new LuDecomposition(bordered);
    if (lu.isSingular()) return undefined;
    const step = lu.solve(right);
    let size = 0;
    for (let i = 0; i < n; i++) size = Math.max(size, Math.abs(step.get(i, 0)));
    if (!Number.isFinite(size) || size > 1e3) return undefined;
    const damping = Math.min(1, 0.3 / size);
    for (let i = 0; i < n; i++) x[i]! += damping * step.get(i, 0);
    omega += damping * step.get(n, 0);
    lastStep = size;
    error = residual();
    if (error < 1e-13 * (1 + Math.abs(omega)) && size < 1e-7) {
      // Once at rounding level another step only stirs it.
      if (error >= best || error === 0 || size < 1e-13) break;
      best = error;
    }
  }
  if (!(error < 1e-12 * (1 + Math.abs(omega)))) return undefined;
  if (largestAmplitude(network, x) < 1e-8 || !isPhysical(x)) return undefined;
  return { state: x, frequency: omega, residual: error, lastStep, exponents: exponentsOf(f, x, omega) };
}

/** Df − ωR in the leading n × n block of a size × size matrix. */
function corotatingJacobian(jacobian: Float64Array, n: number, omega: number, size: number): Matrix {
  const matrix = Matrix.zeros(size, size);
  const unit = new Float64Array(n);
  const turned = new Float64Array(n);
  for (let column = 0; column < n; column++) {
    unit[column] = 1;
    rotationRate(unit, turned);
    unit[column] = 0;
    for (let row = 0; row < n; row++) {
      matrix.set(row, column, jacobian[row * n + column]! - omega * turned[row]!);
    }
  }
  return matrix;
}

function exponentsOf(f: RightHandSide, x: Float64Array, omega: number): Complex[] {
  const n = x.length;
  const matrix = corotatingJacobian(meanFieldJacobian(f, x), n, omega, n);
  const values = eigenvalues({
    rows: n,
    columns: n,
    re: Float64Array.from(matrix.to1DArray()),
    im: new Float64Array(n * n),
  });
  const size = (value: Complex) => Math.hypot(value.re, value.im);
  const goldstone = values.reduce((best, value) => (size(value) < size(best) ? value : best));
  return values.filter((value) => value !== goldstone).sort((a, b) => b.re - a.re);
}

/** Populations within [0, 1]; the exact positivity of a solution is left to the tests. */
function isPhysical(x: Float64Array): boolean {
  for (let o = 0; o < x.length; o += 8) {
    const lower = x[o]!;
    const upper = x[o + 1]!;
    if (lower < -1e-9 || upper < -1e-9 || lower + upper > 1 + 1e-9) return false;
  }
  return true;
}

/** Distance between two states (largest coordinate), after the common phase that brings them closest. */
export function distanceUpToPhase(a: Float64Array, b: Float64Array): number {
  let re = 0;
  let im = 0;
  for (let o = 0; o < a.length; o += 8) {
    for (const k of [2, 4]) {
      re += a[o + k]! * b[o + k]! + a[o + k + 1]! * b[o + k + 1]!;
      im += a[o + k + 1]! * b[o + k]! - a[o + k]! * b[o + k + 1]!;
    }
  }
  const turned = rotated(b, Math.atan2(im, re));
  let distance = 0;
  for (let i = 0; i < a.length; i++) distance = Math.max(distance, Math.abs(a[i]! - turned[i]!));
  return distance;
}
