import { Matrix, pseudoInverse } from "ml-matrix";
import { adjoint, type ComplexMatrix, identity, product } from "#core/complex-matrix";
import { EntrainError } from "#core/errors";
import type { Setting } from "#ir/operations";
import type { Measurement } from "#ir/plan";
import { rotationOperator } from "#model/evolution";
import { coordinateCount, densityMatrixAt } from "#model/generator";

/** A linear functional of the level frequencies of one site: offset + Σ_{s,l} weight[s][l]·f[s][l]. */
export interface Functional {
  readonly offset: number;
  readonly weight: readonly (readonly number[])[];
}

/** Estimators of one site, all linear in the measured frequencies. */
export interface SiteEstimators {
  /** Re and Im of ⟨A†⟩ in the common frame. */
  readonly re: Functional;
  readonly im: Functional;
  /** p₀, p₁, p₂. */
  readonly populations: readonly [Functional, Functional, Functional];
}

/** Unitary of a read-out setting in the frame of the drives. */
export function settingUnitary(setting: Setting): ComplexMatrix {
  return setting.rotations.reduce(
    (u, { transition, angle_rad, phase_rad }) =>
      product(rotationOperator(transition === "01" ? 0 : 1, angle_rad, phase_rad), u),
    identity(3),
  );
}

/** Probabilities of the assigned levels after a setting, for the state with coordinates x. */
export function assignedProbabilities(
  setting: ComplexMatrix,
  assignment: readonly (readonly number[])[],
  x: ArrayLike<number>,
): number[] {
  const rho = product(product(setting, densityMatrixAt(x)), adjoint(setting));
  const levels = [rho.re[0]!, rho.re[4]!, rho.re[8]!];
  return assignment.map((row) => row.reduce((sum, a, k) => sum + a * levels[k]!, 0));
}

/** p₀, p₂, Re ρ₀₁, Im ρ₀₁, Re ρ₁₂, Im ρ₁₂: what the amplitude settings determine; ρ₀₂ they do not see. */
const determined = 6;

/**
 * Linear-inversion estimators of ⟨A†⟩ and of the populations from the settings of a measurement.
 *
 * The settings and the assignment matrix make a linear map from the state to the expected frequencies; its
 * pseudo-inverse is the estimator. It may give negative populations: they are reported, not hidden.
 *
 * @throws EntrainError `analysis.incomplete_settings` when the settings do not determine ⟨A†⟩
 */
export function siteEstimators(measurement: Measurement, site: number): SiteEstimators {
  const { assignment, frame01_rad, frame12_rad } = measurement.sites[site]!;
  const unitaries = measurement.settings.map(settingUnitary);
  const rowsOf = (x: Float64Array) => unitaries.flatMap((u) => assignedProbabilities(u, assignment, x));
  const origin = rowsOf(new Float64Array(coordinateCount));
  const design = new Matrix(origin.length, determined);
  for (let column = 0; column < determined; column++) {
    const x = new Float64Array(coordinateCount);
    x[column] = 1;
    rowsOf(x).forEach((value, row) => {
      design.set(row, column, value - origin[row]!);
    });
  }
  const inverted = pseudoInverse(design);
  const recovered = inverted.mmul(design);
  for (let k = 0; k < determined; k++) {
    if (Math.abs(recovered.get(k, k) - 1) > 1e-6) {
      throw new EntrainError("analysis.incomplete_settings", {
        path: "measurement.settings",
        message: "these settings do not determine ⟨A†⟩ and the populations",
        found: measurement.settings.map((s) => s.name).join(", "),
        expected: "at least X01/2, Y01/2, X12/2, Y12/2",
      });
    }
  }
  const functional = (row: (k: number) => number, constant = 0): Functional => {
    const flat = origin.map((_, i) => {
      let sum = 0;
      for (let k = 0; k < determined; k++) sum += row(k) * inverted.get(k, i);
      return sum;
    });
    const levels = assignment.length;
    return {
      offset: constant - flat.reduce((sum, w, i) => sum + w * origin[i]!, 0),
      weight: unitaries.map((_, s) => flat.slice(s * levels, (s + 1) * levels)),
    };
  };
  const [a1, a2] = measurement.ladder;
  const [c1, s1, c2, s2] = [frame01_rad, frame12_rad].flatMap((f) => [Math.cos(f), Math.sin(f)]) as [
    number,
    number,
    number,
    number,
  ];
  const re = [0, 0, a1 * c1, -a1 * s1, a2 * c2, -a2 * s2];
  const im = [0, 0, a1 * s1, a1 * c1, a2 * s2, a2 * c2];
  return {
    re: functional((k) => re[k]!),
    im: functional((k) => im[k]!),
    populations: [
      functional((k) => (k === 0 ? 1 : 0)),
      functional((k) => (k < 2 ? -1 : 0), 1),
      functional((k) => (k === 1 ? 1 : 0)),
    ],
  };
}

/** Value of a functional at frequencies f[s][l]. */
export function evaluate(functional: Functional, frequencies: readonly (readonly number[])[]): number {
  return functional.weight.reduce(
    (sum, row, s) => sum + row.reduce((inner, w, l) => inner + w * frequencies[s]![l]!, 0),
    functional.offset,
  );
}

/** Variance of a functional under multinomial frequencies of `shots` shots a setting. */
export function varianceOf(
  functional: Functional,
  frequencies: readonly (readonly number[])[],
  shots: number,
): number {
  return functional.weight.reduce((sum, row, s) => {
    let first = 0;
    let second = 0;
    row.forEach((w, l) => {
      first += w * frequencies[s]![l]!;
      second += w * w * frequencies[s]![l]!;
    });
    return sum + (second - first * first) / shots;
  }, 0);
}
