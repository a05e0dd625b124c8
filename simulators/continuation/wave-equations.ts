import { LuDecomposition, Matrix } from "ml-matrix";
import type { Complex } from "#core/complex";
import { eigenvalues } from "#core/eigenvalues";
import type { Network } from "#model/network";
import { networkRightHandSide } from "../mean-field/network.ts";
import { meanFieldJacobian } from "../mean-field/rotating-wave.ts";
import { rotationRate } from "../mean-field/rotation.ts";

/**
 * A rotating wave at a parameter as one vector u = [x, ω, q] of 8M + 2 numbers: coordinates, frequency, and the
 * parameter in units of `scale`, so that the plain Euclidean length of a piece of u is its arclength.
 */
export interface WaveFamily {
  readonly networkAt: (parameter: number) => Network;
  readonly scale: number;
}

export function parameterOf(family: WaveFamily, u: Float64Array): number {
  return u[u.length - 1]! * family.scale;
}

export function stateOf(u: Float64Array): Float64Array {
  return u.slice(0, u.length - 2);
}

/** Distance in q between the two networks of the difference quotient along the parameter. */
const parameterStep = 1e-5;

/** f − ωRx, and its derivative by u as n rows of n + 2. */
function linearise(family: WaveFamily, u: Float64Array) {
  const n = u.length - 2;
  const x = stateOf(u);
  const omega = u[n]!;
  const q = u[n + 1]!;
  const f = networkRightHandSide(family.networkAt(q * family.scale));
  const fx = new Float64Array(n);
  f(0, x, fx);
  const turned = rotationRate(x);
  const residual = fx.map((value, i) => value - omega * turned[i]!);
  const jacobian = corotatingJacobian(meanFieldJacobian(f, x), n, omega);
  const ahead = new Float64Array(n);
  const behind = new Float64Array(n);
  networkRightHandSide(family.networkAt((q + parameterStep) * family.scale))(0, x, ahead);
  networkRightHandSide(family.networkAt((q - parameterStep) * family.scale))(0, x, behind);
  const derivative = ahead.map((value, i) => (value - behind[i]!) / (2 * parameterStep));
  return { residual, jacobian, turned, derivative };
}

/** Df − ωR, row-major. */
function corotatingJacobian(jacobian: Float64Array, n: number, omega: number): Float64Array {
  const unit = new Float64Array(n);
  const turned = new Float64Array(n);
  for (let column = 0; column < n; column++) {
    unit[column] = 1;
    rotationRate(unit, turned);
    unit[column] = 0;
    for (let row = 0; row < n; row++) jacobian[row * n + column]! -= omega * turned[row]!;
  }
  return jacobian;
}

/** The derivative of [f − ωRx, Rx₀·x, t·u], (n + 2) × (n + 2). */
function borderedMatrix(
  { jacobian, turned, derivative }: ReturnType<typeof linearise>,
  reference: Float64Array,
  direction: Float64Array,
): Matrix {
  const n = turned.length;
  const matrix = Matrix.zeros(n + 2, n + 2);
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) matrix.set(row, column, jacobian[row * n + column]!);
    matrix.set(row, n, -turned[row]!);
    matrix.set(row, n + 1, derivative[row]!);
    matrix.set(n, row, reference[row]!);
  }
  direction.forEach((value, column) => {
    matrix.set(n + 1, column, value);
  });
  return matrix;
}

const maximalIterations = 12;

/**
 * Newton's method on f − ωRx = 0 with the phase held at that of `base` and the component along `direction` fixed.
 *
 * @param guess - start; its component along `direction` is the one that is kept
 * @returns undefined when the iteration does not converge
 */
export function correctWave(
  family: WaveFamily,
  base: Float64Array,
  guess: Float64Array,
  direction: Float64Array,
): { readonly u: Float64Array; readonly iterations: number } | undefined {
  const n = guess.length - 2;
  const anchor = stateOf(base);
  const reference = rotationRate(anchor);
  const u = Float64Array.from(guess);
  for (let iterations = 1; iterations <= maximalIterations; iterations++) {
    const equations = linearise(family, u);
    const right = Matrix.zeros(n + 2, 1);
    let drift = 0;
    for (let i = 0; i < n; i++) {
      right.set(i, 0, -equations.residual[i]!);
      drift += reference[i]! * (u[i]! - anchor[i]!);
    }
    right.set(n, 0, -drift);
    let advance = 0;
    for (let i = 0; i < n + 2; i++) advance += direction[i]! * (u[i]! - guess[i]!);
    right.set(n + 1, 0, -advance);
    const step = solve(borderedMatrix(equations, reference, direction), right);
    if (!step) return undefined;
    let size = 0;
    for (let i = 0; i < n + 2; i++) {
      u[i]! += step[i]!;
      size = Math.max(size, Math.abs(step[i]!));
    }
    if (!(size < 1)) return undefined;
    const largest = equations.jacobian.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    const error = equations.residual.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // The residual is that before the step: quadratic convergence makes the one after it rounding.
    if (size < 1e-8 && error < 1e-6 * largest) return { u, iterations };
  }
  return undefined;
}

/** Unit tangent of the branch at u, on the side of `direction`; undefined at a singular point. */
export function tangentAt(
  family: WaveFamily,
  u: Float64Array,
  direction: Float64Array,
): Float64Array | undefined {
  const n = u.length - 2;
  const equations = linearise(family, u);
  const right = Matrix.zeros(n + 2, 1);
  right.set(n + 1, 0, 1);
  const tangent = solve(borderedMatrix(equations, rotationRate(stateOf(u)), direction), right);
  if (!tangent) return undefined;
  const length = Math.hypot(...tangent);
  return tangent.map((value) => value / length);
}

function solve(matrix: Matrix, right: Matrix): Float64Array | undefined {
  const lu = new LuDecomposition(matrix);
  if (lu.isSingular()) return undefined;
  const solution = Float64Array.from(lu.solve(right).to1DArray());
  return solution.every(Number.isFinite) ? solution : undefined;
}

/**
 * Stability exponents in the frame of the wave, largest real part first, without the zero of the common phase.
 *
 * The phase direction Rx is split off by a reflection before the eigenvalues are taken: next to a fold the zero and
 * the small exponent would else form a Jordan block, and come out with errors of √ε.
 *
 * @accuracy a few ε·‖Df‖ also at folds
 */
export function waveExponents(family: WaveFamily, u: Float64Array): Complex[] {
  const n = u.length - 2;
  const x = stateOf(u);
  const f = networkRightHandSide(family.networkAt(parameterOf(family, u)));
  const matrix = corotatingJacobian(meanFieldJacobian(f, x), n, u[n]!);
  const normal = rotationRate(x);
  const length = Math.hypot(...normal);
  // Householder vector that takes the first unit vector to ±Rx/|Rx|.
  normal[0]! += normal[0]! < 0 ? -length : length;
  const square = normal.reduce((sum, value) => sum + value * value, 0);
  reflectRows(matrix, normal, square, n);
  reflectColumns(matrix, normal, square, n);
  const size = n - 1;
  const rest = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      rest[row * size + column] = matrix[(row + 1) * n + column + 1]!;
    }
  }
  return eigenvalues({ rows: size, columns: size, re: rest, im: new Float64Array(size * size) }).sort(
    (a, b) => b.re - a.re,
  );
}

function reflectRows(matrix: Float64Array, normal: Float64Array, square: number, n: number): void {
  for (let column = 0; column < n; column++) {
    let sum = 0;
    for (let row = 0; row < n; row++) sum += normal[row]! * matrix[row * n + column]!;
    const factor = (2 * sum) / square;
    for (let row = 0; row < n; row++) matrix[row * n + column]! -= factor * normal[row]!;
  }
}

function reflectColumns(matrix: Float64Array, normal: Float64Array, square: number, n: number): void {
  for (let row = 0; row < n; row++) {
    let sum = 0;
    for (let column = 0; column < n; column++) sum += matrix[row * n + column]! * normal[column]!;
    const factor = (2 * sum) / square;
    for (let column = 0; column < n; column++) matrix[row * n + column]! -= factor * normal[column]!;
  }
}
