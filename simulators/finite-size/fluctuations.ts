import { adjoint, type ComplexMatrix, combine, commutator, product, trace } from "#core/complex-matrix";
import { coordinateCount, densityMatrixAt } from "#model/generator";
import { jumpOperators, type Oscillator } from "#model/oscillator";
import { coordinateOperators } from "./superoperators.ts";

const n = coordinateCount;

/**
 * Diffusion matrix of the collective coordinates X_a = (1/N)Σ_i λ_a^i of N oscillators, times N:
 *
 *   2D_ab(x) = 𝓛†(½{λ_a, λ_b}) − ½{𝓛†λ_a, λ_b} − ½{λ_a, 𝓛†λ_b} = Σ_jumps rate·Re⟨[λ_a, o]†[λ_b, o]⟩,
 *
 * which is linear in the one-body state: 2D(x) = constant + Σ_c linear[c] x_c. Positive for every density matrix.
 *
 * @returns 8 × 8 matrices, row-major
 */
export function diffusionMatrices(site: Oscillator): {
  readonly constant: Float64Array;
  readonly linear: readonly Float64Array[];
} {
  const jumps = jumpOperators(site);
  const at = (x: Float64Array) => {
    const rho = densityMatrixAt(x);
    const sum = new Float64Array(n * n);
    for (const { rate, operator } of jumps) {
      const commutators = coordinateOperators.slice(1).map((lambda) => commutator(lambda, operator));
      for (let a = 0; a < n; a++) {
        for (let b = 0; b < n; b++) {
          const pair = product(adjoint(commutators[a]!), commutators[b]!);
          sum[a * n + b]! += rate * trace(product(pair, rho)).re;
        }
      }
    }
    return sum;
  };
  const constant = at(new Float64Array(n));
  const linear = Array.from({ length: n }, (_, c) => {
    const x = new Float64Array(n);
    x[c] = 1;
    return at(x).map((value, k) => value - constant[k]!);
  });
  return { constant, linear };
}

/** 2D at one state. */
export function diffusionAt(site: Oscillator, x: ArrayLike<number>): Float64Array {
  const { constant, linear } = diffusionMatrices(site);
  return constant.map((value, k) => linear.reduce((sum, matrix, c) => sum + matrix[k]! * x[c]!, value));
}

/** ½⟨{λ_a, λ_b}⟩ − ⟨λ_a⟩⟨λ_b⟩ of one oscillator: N times the covariance of X in a product state. 8 × 8. */
export function symmetricCovariance(rho: ComplexMatrix): Float64Array {
  const operators = coordinateOperators.slice(1);
  const mean = operators.map((lambda) => trace(product(lambda, rho)).re);
  const covariance = new Float64Array(n * n);
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < n; b++) {
      const pair = combine(
        [0.5, product(operators[a]!, operators[b]!)],
        [0.5, product(operators[b]!, operators[a]!)],
      );
      covariance[a * n + b] = trace(product(pair, rho)).re - mean[a]! * mean[b]!;
    }
  }
  return covariance;
}
