import {
  adjoint,
  type ComplexMatrix,
  combine,
  commutator,
  dissipator,
  unit,
  zeros,
} from "#core/complex-matrix";
import { bareHamiltonian, jumpOperators, type Oscillator } from "./oscillator.ts";

/**
 * Real coordinates of a 3 × 3 density matrix, trace one built in:
 * x = [ρ₀₀, ρ₂₂, Re ρ₀₁, Im ρ₀₁, Re ρ₁₂, Im ρ₁₂, Re ρ₀₂, Im ρ₀₂], ρ₁₁ = 1 − ρ₀₀ − ρ₂₂.
 */
export const coordinateCount = 8;

/** Coordinates of a Hermitian matrix; its trace is not looked at. */
export function coordinatesOf(rho: ComplexMatrix): Float64Array {
  const { re, im } = rho;
  return Float64Array.of(re[0]!, re[8]!, re[1]!, im[1]!, re[5]!, im[5]!, re[2]!, im[2]!);
}

/** Density matrix at coordinates x[offset … offset + 8). */
export function densityMatrixAt(x: ArrayLike<number>, offset = 0): ComplexMatrix {
  const rho = zeros(3);
  const at = (k: number) => x[offset + k]!;
  rho.re[0] = at(0);
  rho.re[4] = 1 - at(0) - at(1);
  rho.re[8] = at(1);
  const set = (row: number, column: number, re: number, im: number) => {
    rho.re[3 * row + column] = re;
    rho.im[3 * row + column] = im;
    rho.re[3 * column + row] = re;
    rho.im[3 * column + row] = -im;
  };
  set(0, 1, at(2), at(3));
  set(1, 2, at(4), at(5));
  set(0, 2, at(6), at(7));
  return rho;
}

/** x' = constant + linear·x, both of the real coordinates; linear is 8 × 8 row-major. */
export interface AffineMap {
  readonly constant: Float64Array;
  readonly linear: Float64Array;
}

/** The affine map on coordinates that a linear, Hermiticity-preserving map on ρ induces. */
export function affineMapOf(map: (rho: ComplexMatrix) => ComplexMatrix): AffineMap {
  const origin = densityMatrixAt(new Float64Array(coordinateCount));
  const constant = coordinatesOf(map(origin));
  const linear = new Float64Array(coordinateCount * coordinateCount);
  for (let column = 0; column < coordinateCount; column++) {
    const x = new Float64Array(coordinateCount);
    x[column] = 1;
    const image = coordinatesOf(map(densityMatrixAt(x)));
    for (let row = 0; row < coordinateCount; row++) {
      linear[row * coordinateCount + column] = image[row]! - constant[row]!;
    }
  }
  return { constant, linear };
}

/** Generator of the uncoupled oscillator: −i[H, ρ] + Σ rate·D[jump]ρ. */
export function bareGenerator(site: Oscillator): AffineMap {
  const hamiltonian = bareHamiltonian(site);
  const jumps = jumpOperators(site);
  return affineMapOf((rho) =>
    combine(
      [{ re: 0, im: -1 }, commutator(hamiltonian, rho)],
      ...jumps.map((jump) => [jump.rate, dissipator(jump.operator, rho)] as const),
    ),
  );
}

/**
 * Generators of the four real drives on the two rungs: the Hamiltonian F₀₁|1⟩⟨0| + F₁₂|2⟩⟨1| + h.c. adds
 * Re F₀₁·[0] + Im F₀₁·[1] + Re F₁₂·[2] + Im F₁₂·[3] to the generator. A field F that couples through the
 * ladder has F₀₁ = a₁F, F₁₂ = a₂F.
 */
export function driveGenerators(): [AffineMap, AffineMap, AffineMap, AffineMap] {
  const generator = (factor: { re: number; im: number }, raising: ComplexMatrix) => {
    const half = combine([factor, raising]);
    const hamiltonian = combine([1, half], [1, adjoint(half)]);
    return affineMapOf((rho) => combine([{ re: 0, im: -1 }, commutator(hamiltonian, rho)]));
  };
  const one = { re: 1, im: 0 };
  const i = { re: 0, im: 1 };
  const lower = unit(3, 1, 0);
  const upper = unit(3, 2, 1);
  return [generator(one, lower), generator(i, lower), generator(one, upper), generator(i, upper)];
}
