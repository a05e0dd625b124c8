import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { EntrainError } from "#core/errors";
import { angularFromHz } from "#core/units";
import { hbar_js } from "../constants.ts";
import { zeroPointLength } from "./oscillator.ts";

/** A local well: ½mω²x² + c₃x³ + c₄x⁴. */
export interface Well {
  readonly mass_kg: number;
  readonly frequency_hz: number;
  /** c₃, J/m³. */
  readonly cubic_j_per_m3: number;
  /** c₄, J/m⁴. */
  readonly quartic_j_per_m4: number;
}

/** The well in units of its own quantum: g = c₃x₀³/ħω, q = c₄x₀⁴/ħω. */
export interface ReducedWell {
  readonly cubic: number;
  readonly quartic: number;
}

/** What the three levels n−1, n, n+1 of a well need. */
export interface MotionalLevels {
  /** f of |n−1⟩ ↔ |n⟩, Hz. */
  readonly lower_hz: number;
  /** K/2π = f(n ↔ n+1) − f(n−1 ↔ n), Hz. */
  readonly asymmetry_hz: number;
  readonly method: "perturbation" | "diagonalisation";
}

export function reduceWell(well: Well): ReducedWell {
  const x0 = zeroPointLength(well.mass_kg, well.frequency_hz);
  const quantum_j = hbar_js * angularFromHz(well.frequency_hz);
  return {
    cubic: (well.cubic_j_per_m3 * x0 ** 3) / quantum_j,
    quartic: (well.quartic_j_per_m4 * x0 ** 4) / quantum_j,
  };
}

/** c₄ = ½mω²/ℓ₄² in J/m⁴: the quartic term equals the harmonic one at x = ℓ₄. */
export function quarticFromLength(mass_kg: number, frequency_hz: number, length_m: number): number {
  return (mass_kg * angularFromHz(frequency_hz) ** 2) / (2 * length_m ** 2);
}

/** K/2π = 3ħ/(4πmℓ₄²) in Hz, to first order and whatever the trap frequency. */
export function asymmetryFromLength(mass_kg: number, length_m: number): number {
  return (3 * hbar_js) / (2 * mass_kg * length_m ** 2) / angularFromHz(1);
}

/** ℓ₄ in m that gives |K|/2π in Hz. */
export function lengthForAsymmetry(mass_kg: number, asymmetry_hz: number): number {
  return Math.sqrt((3 * hbar_js) / (2 * mass_kg * angularFromHz(Math.abs(asymmetry_hz))));
}

/** c₄ in J/m⁴ that gives K/2π to first order, K = 12c₄x₀⁴/ħ. */
export function quarticForAsymmetry(mass_kg: number, frequency_hz: number, asymmetry_hz: number): number {
  return (angularFromHz(asymmetry_hz) * hbar_js) / (12 * zeroPointLength(mass_kg, frequency_hz) ** 4);
}

/**
 * Height of the lowest barrier of ξ²/4 + gξ³ + qξ⁴ (in quanta, x = x₀ξ) over its minimum at 0; infinite when the
 * well is single.
 */
export function barrierHeight({ cubic: g, quartic: q }: ReducedWell): number {
  // Extrema beside 0 solve 4qξ² + 3gξ + ½ = 0.
  const at = (x: number) => x * x * (1 / 4 + g * x + q * x * x);
  if (q === 0) return g === 0 ? Infinity : at(-1 / (6 * g));
  const discriminant = 9 * g * g - 8 * q;
  if (discriminant < 0) return Infinity;
  const root = Math.sqrt(discriminant);
  // The form without cancellation; 2·(4q)·½ in the numerator cancels.
  const far = -(3 * g + (g >= 0 ? root : -root)) / 2;
  const extrema = far === 0 ? [] : [far / (4 * q), 1 / (2 * far)];
  return Math.min(...extrema.map(at).filter((height) => height > 0));
}

/** Quanta by which a barrier must stand above the levels in use before the well counts as one. */
const barrierMargin = 20;
/** Relative size of K beyond which second order is not trusted. */
const perturbationLimit = 0.01;
const basisSize = 80;

/**
 * Levels of a well around Fock state n: to second order in c₃ and c₄ while K/ω stays below 1 %, by diagonalisation
 * beyond.
 *
 * First order: K = 12qω, second: K = ω[12q − 2q²(204n + 102) − 60g²].
 *
 * @throws EntrainError `ion.barrier` when the well has a barrier less than 20 quanta above level n: oscillator states
 *   do not describe such a well
 * @accuracy perturbation: 0.03 % of K at K/ω = 1e-3, 0.5 % at the limit; diagonalisation: 1e-9 of ω
 *   (test/unit/devices/ion-chain/motion/electrodes.test.ts)
 */
export function wellLevels(well: Well, n: number): MotionalLevels {
  const reduced = reduceWell(well);
  const barrier = barrierHeight(reduced);
  if (barrier < n + barrierMargin) {
    throw new EntrainError(
      "ion.barrier",
      {
        path: "trap",
        message: `the well has a barrier ${barrier.toFixed(1)} quanta above its bottom`,
        found: barrier,
        expected: `at least ${n + barrierMargin} quanta, or a well without a barrier`,
        hint: "Weaken the cubic term, or the softening quartic one.",
      },
      { kind: "infeasible" },
    );
  }
  const { cubic: g, quartic: q } = reduced;
  const strong = Math.abs(12 * q) > perturbationLimit || 60 * g * g > perturbationLimit;
  return strong ? exactLevels(well, n) : perturbedLevels(well, n);
}

/** The levels to second order, whatever the size of c₃ and c₄. */
export function perturbedLevels(well: Well, n: number): MotionalLevels {
  const { cubic: g, quartic: q } = reduceWell(well);
  const f = well.frequency_hz;
  return {
    lower_hz: f * (1 + 12 * n * q - 2 * q * q * (102 * n * n + 42) - 60 * n * g * g),
    asymmetry_hz: f * (12 * q - 2 * q * q * (204 * n + 102) - 60 * g * g),
    method: "perturbation",
  };
}

/** The same by diagonalisation of a†a + gξ³ + qξ⁴, whatever their size; the barrier is not looked at. */
export function exactLevels(well: Well, n: number): MotionalLevels {
  const { cubic, quartic } = reduceWell(well);
  // ξ on more states than are kept, so that its powers are exact on those.
  const padded = basisSize + 4;
  const position = Matrix.zeros(padded, padded);
  for (let k = 1; k < padded; k++) {
    position.set(k, k - 1, Math.sqrt(k));
    position.set(k - 1, k, Math.sqrt(k));
  }
  const square = position.mmul(position);
  const h = Matrix.add(
    Matrix.mul(square.mmul(position), cubic),
    Matrix.mul(square.mmul(square), quartic),
  ).subMatrix(0, basisSize - 1, 0, basisSize - 1);
  for (let k = 0; k < basisSize; k++) h.set(k, k, h.get(k, k) + k);
  const energies = new EigenvalueDecomposition(h, { assumeSymmetric: true }).realEigenvalues.toSorted(
    (a, b) => a - b,
  );
  const lower = energies[n]! - energies[n - 1]!;
  return {
    lower_hz: well.frequency_hz * lower,
    asymmetry_hz: well.frequency_hz * (energies[n + 1]! - energies[n]! - lower),
    method: "diagonalisation",
  };
}
