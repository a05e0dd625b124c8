import { LuDecomposition, Matrix } from "ml-matrix";
import { type ComplexMatrix, entry } from "#core/complex-matrix";
import { EntrainError } from "#core/errors";
import { fullTurn } from "#core/units";
import { bareGenerator, coordinateCount, densityMatrixAt, driveGenerators } from "#model/generator";
import type { Oscillator } from "#model/oscillator";
import type { PhaseHarmonics } from "./phase-distribution.ts";

/**
 * Steady state of one oscillator under a resonant drive: H = detuning·S^z + K|2⟩⟨2| + Ω(A† + A).
 *
 * One linear solve of the affine generator on the eight real coordinates.
 *
 * @param drive - Ω, in the unit of the rates
 * @returns 3 × 3 density matrix
 * @throws EntrainError `simulate.no_steady_state` when the steady state is not unique
 * @source Nadolny & Bruder, Eq. (S3), any ladder and channels
 * @accuracy about 1e-15 for rates of order one (test/unit/simulators-microscopic/driven.test.ts)
 */
export function drivenSteadyState(site: Oscillator, drive: number): ComplexMatrix {
  const bare = bareGenerator(site);
  const drives = driveGenerators();
  const n = coordinateCount;
  const matrix = Matrix.zeros(n, n);
  const right = Matrix.zeros(n, 1);
  const [a1, a2] = site.ladder;
  const terms = [
    [1, bare],
    [a1 * drive, drives[0]],
    [a2 * drive, drives[2]],
  ] as const;
  for (const [factor, map] of terms) {
    for (let row = 0; row < n; row++) {
      right.set(row, 0, right.get(row, 0) - factor * map.constant[row]!);
      for (let column = 0; column < n; column++) {
        matrix.set(row, column, matrix.get(row, column) + factor * map.linear[row * n + column]!);
      }
    }
  }
  const lu = new LuDecomposition(matrix);
  const pivots = Array.from({ length: n }, (_, k) => Math.abs(lu.upperTriangularMatrix.get(k, k)));
  if (!(Math.min(...pivots) > 1e-14 * Math.max(...pivots))) {
    throw new EntrainError("simulate.no_steady_state", {
      path: site.gain === 0 ? "gain" : "loss",
      message: "with these rates and this drive the steady state is not unique",
      found: site.gain === 0 ? site.gain : site.loss,
      expected: "rates that connect all levels",
    });
  }
  return densityMatrixAt(lu.solve(right).to1DArray());
}

/** 3/(8√2), weight of ρ₀₁ + ρ₁₂ in the phase distribution of one spin 1. */
const firstWeight = 3 / (8 * Math.SQRT2);

/**
 * Harmonics of the Husimi phase distribution of one three-level state:
 * z₁ = 3/(8√2)·(ρ₀₁ + ρ₁₂), z₂ = ρ₀₂/2π.
 *
 * The spin-coherent states e^{−iφ}cos²(θ/2)|2⟩ + (sin θ/√2)|1⟩ + e^{iφ}sin²(θ/2)|0⟩ are integrated over θ; they
 * define the phase of three levels whatever the ladder.
 *
 * @source Nadolny & Bruder, Eqs. (S4)–(S6), integrated in closed form
 */
export function drivenHarmonics(rho: ComplexMatrix): PhaseHarmonics {
  const a = entry(rho, 0, 1);
  const b = entry(rho, 1, 2);
  const c = entry(rho, 0, 2);
  return {
    first: { re: firstWeight * (a.re + b.re), im: firstWeight * (a.im + b.im) },
    second: { re: c.re / fullTurn, im: c.im / fullTurn },
  };
}
