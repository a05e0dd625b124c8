import { EigenvalueDecomposition, Matrix, solve } from "ml-matrix";
import { EntrainError } from "#core/errors";
import { angularFromHz } from "#core/units";
import { coulombConstant_jm } from "../constants.ts";

/** ℓ = (e²/4πε₀mω_z²)^⅓ in m, the unit of length of a chain in a harmonic trap. */
export function chainLength(mass_kg: number, axial_hz: number): number {
  return Math.cbrt(coulombConstant_jm / (mass_kg * angularFromHz(axial_hz) ** 2));
}

/**
 * Equilibrium places of N equal ions in a harmonic trap, in units of ℓ, ascending: Newton's method on the potential
 * Σu²/2 + Σ1/|u_i − u_j|, whose Hessian is positive definite.
 *
 * @source James, Appl. Phys. B 66, 181 (1998), Eq. (5)
 * @accuracy 1e-12; N = 2, 3 agree with ±(1/4)^⅓ and ±(5/4)^⅓
 */
export function equilibriumPlaces(count: number): number[] {
  // Even spacing at the mean density of the known law.
  const spacing = 2.3 / count ** 0.56;
  const u = Array.from({ length: count }, (_, i) => (i - (count - 1) / 2) * spacing);
  const hessian = () => axialMatrix(u);
  for (let step = 0; step < 100; step++) {
    const force = u.map((at, i) =>
      u.reduce((sum, other, j) => (i === j ? sum : sum - Math.sign(at - other) / (at - other) ** 2), at),
    );
    const move = solve(hessian(), Matrix.columnVector(force)).to1DArray();
    // A step never brings two ions closer than half their distance.
    let scale = 1;
    for (let i = 0; i + 1 < count; i++) {
      const closing = move[i + 1]! - move[i]!;
      const gap = u[i + 1]! - u[i]!;
      if (closing * scale > gap / 2) scale = gap / 2 / closing;
    }
    move.forEach((m, i) => {
      u[i]! -= scale * m;
    });
    if (Math.max(...move.map(Math.abs)) < 1e-13 * count) break;
  }
  return u;
}

/** Second derivatives of the potential at the given places, in units of mω_z². */
export function axialMatrix(places: readonly number[]): Matrix {
  const matrix = Matrix.eye(places.length, places.length);
  places.forEach((a, i) => {
    places.forEach((b, j) => {
      if (i === j) return;
      const stiffness = 2 / Math.abs(a - b) ** 3;
      matrix.set(i, j, -stiffness);
      matrix.set(i, i, matrix.get(i, i) + stiffness);
    });
  });
  return matrix;
}

/** One normal mode: its frequency and the part that each ion has in it (a unit vector). */
export interface NormalMode {
  readonly frequency_hz: number;
  readonly participation: readonly number[];
}

/** Axial modes of a chain, ascending in frequency: ω_z·√λ of the axial matrix. */
export function axialModes(places: readonly number[], axial_hz: number): NormalMode[] {
  return modesOf(axialMatrix(places), axial_hz);
}

/**
 * Transverse modes of a chain: (ω_x/ω_z)² − (λ − 1)/2.
 *
 * @throws EntrainError `ion.zigzag` when the chain is not straight at these frequencies
 */
export function transverseModes(
  places: readonly number[],
  axial_hz: number,
  transverse_hz: number,
): NormalMode[] {
  const size = places.length;
  const stiffness = (transverse_hz / axial_hz) ** 2;
  const matrix = Matrix.sub(
    Matrix.mul(Matrix.eye(size, size), stiffness + 0.5),
    Matrix.mul(axialMatrix(places), 0.5),
  );
  return modesOf(matrix, axial_hz);
}

function modesOf(matrix: Matrix, axial_hz: number): NormalMode[] {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  return realEigenvalues
    .map((value, k) => {
      if (value <= 0) {
        throw new EntrainError(
          "ion.zigzag",
          {
            path: "geometry.transverse_frequency_hz",
            message: "a straight chain is not stable at these trap frequencies",
            found: value,
            expected: "a stiffer transverse or a softer axial trap",
          },
          { kind: "infeasible" },
        );
      }
      return { frequency_hz: axial_hz * Math.sqrt(value), participation: eigenvectorMatrix.getColumn(k) };
    })
    .toSorted((a, b) => a.frequency_hz - b.frequency_hz);
}
