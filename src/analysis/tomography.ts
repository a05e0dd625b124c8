import { Matrix, pseudoInverse } from "ml-matrix";
import { adjoint, type ComplexMatrix, identity, product } from "#core/complex-matrix";
import { EntrainError } from "#core/errors";
import { type Setting, turns } from "#ir/operations";
import { type Measurement, shownOf } from "#ir/plan";
import { rotationOperator } from "#model/evolution";
import { coordinateCount, densityMatrixAt } from "#model/generator";

/** A linear functional of the outcome frequencies of one site or group: offset + Σ_{s,l} weight[s][l]·f[s][l]. */
export interface Functional {
  readonly offset: number;
  readonly weight: readonly (readonly number[])[];
}

/** Re and Im of a complex quantity. */
export interface ComplexFunctional {
  readonly re: Functional;
  readonly im: Functional;
}

/** Estimators of one site, all linear in the measured frequencies. */
export interface SiteEstimators {
  /** ⟨A†⟩ in the common frame of a point of the scan. */
  amplitude(point: number): ComplexFunctional;
  /** p₀, p₁, p₂. */
  populations(): readonly [Functional, Functional, Functional];
}

/** Unitary of a read-out setting in the frame of the drives, on one site or on every site it turns. */
export function settingUnitary(setting: Setting, site?: string): ComplexMatrix {
  return setting.rotations
    .filter((rotation) => site === undefined || turns(rotation, site))
    .reduce(
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
const levels = 3;

/** Expected frequencies of one site as affine maps of its coordinates, by setting: [setting][level][1 + coordinate]. */
function siteDesign(measurement: Measurement, site: number): number[][][] {
  const described = measurement.sites[site]!;
  return measurement.settings.map((setting, k) => {
    const unitary = settingUnitary(setting, described.id);
    const shown = shownOf(described, k);
    const rows = (x: Float64Array) => assignedProbabilities(unitary, shown, x);
    const origin = rows(new Float64Array(coordinateCount));
    const columns = Array.from({ length: determined }, (_, k) => {
      const x = new Float64Array(coordinateCount);
      x[k] = 1;
      return rows(x);
    });
    return origin.map((base, level) => [base, ...columns.map((column) => column[level]! - base)]);
  });
}

/**
 * Linear-inversion estimators over a table: the design maps unknowns y to expected frequencies, f = o + D·y, and the
 * estimator of c·y is c·D⁺(f − o). It may give negative populations: they are reported, not hidden.
 *
 * @param design - [setting][outcome][1 + unknown], the constant first
 */
function inversion(
  design: readonly (readonly (readonly number[])[])[],
  names: string,
): (coefficients: readonly number[], constant?: number) => Functional {
  const rows = design.flat();
  const unknowns = rows[0]!.length - 1;
  const matrix = new Matrix(rows.map((row) => row.slice(1)));
  const inverted = pseudoInverse(matrix);
  const outcomes = design[0]!.length;
  return (coefficients, constant = 0) => {
    const weights = Matrix.rowVector([...coefficients]).mmul(inverted);
    const recovered = weights.mmul(matrix);
    for (let k = 0; k < unknowns; k++) {
      if (Math.abs(recovered.get(0, k) - coefficients[k]!) <= 1e-6) continue;
      throw new EntrainError("analysis.incomplete_settings", {
        path: "measurement.settings",
        message: "these settings do not determine what is to be estimated",
        found: names,
        expected: "at least X01/2, Y01/2, X12/2, Y12/2 for amplitudes",
      });
    }
    const flat = weights.getRow(0);
    return {
      offset: constant - flat.reduce((sum, w, i) => sum + w * rows[i]![0]!, 0),
      weight: design.map((_, s) => flat.slice(s * outcomes, (s + 1) * outcomes)),
    };
  };
}

/** Re and Im of ⟨A†⟩ of a site at a point, common frame, as coefficients of its coordinates. */
function amplitudeCoefficients(
  measurement: Measurement,
  site: number,
  point: number,
): { re: number[]; im: number[] } {
  const { frame01_rad, frame12_rad } = measurement.sites[site]!;
  const [a1, a2] = measurement.ladder;
  const [c1, s1] = [Math.cos(frame01_rad[point]!), Math.sin(frame01_rad[point]!)];
  const [c2, s2] = [Math.cos(frame12_rad[point]!), Math.sin(frame12_rad[point]!)];
  return {
    re: [0, 0, a1 * c1, -a1 * s1, a2 * c2, -a2 * s2],
    im: [0, 0, a1 * s1, a1 * c1, a2 * s2, a2 * c2],
  };
}

const settingNames = (measurement: Measurement) => measurement.settings.map((s) => s.name).join(", ");

/**
 * Linear-inversion estimators of ⟨A†⟩ and of the populations from the settings of a measurement, each worked out when
 * it is asked for.
 *
 * @throws EntrainError `analysis.incomplete_settings`, on asking, when the settings do not determine the quantity
 */
export function siteEstimators(measurement: Measurement, site: number): SiteEstimators {
  const invert = inversion(siteDesign(measurement, site), settingNames(measurement));
  const unit = (k: number) => Array.from({ length: determined }, (_, i) => (i === k ? 1 : 0));
  return {
    amplitude: (point) => {
      const { re, im } = amplitudeCoefficients(measurement, site, point);
      return { re: invert(re), im: invert(im) };
    },
    populations: () => [invert(unit(0)), invert([-1, -1, 0, 0, 0, 0], 1), invert(unit(1))],
  };
}

/**
 * Estimators of ⟨A†_a A_b⟩ at a point over the nine joint outcomes of two sites (3·level_a + level_b), common frame.
 *
 * No symmetry is assumed: products of all coordinates of the two sites are the unknowns of the inversion.
 *
 * @throws EntrainError `analysis.incomplete_settings`
 */
export function pairEstimators(
  measurement: Measurement,
  a: number,
  b: number,
): (point: number) => ComplexFunctional {
  const [first, second] = [siteDesign(measurement, a), siteDesign(measurement, b)];
  const design = first.map((rowsA, s) =>
    rowsA.flatMap((rowA) => second[s]!.map((rowB) => rowA.flatMap((x) => rowB.map((y) => x * y)))),
  );
  const invert = inversion(design, settingNames(measurement));
  const products = (pick: (i: number, j: number) => number) =>
    Array.from({ length: (determined + 1) ** 2 - 1 }, (_, k) => {
      const [i, j] = [Math.floor((k + 1) / (determined + 1)), (k + 1) % (determined + 1)];
      return i === 0 || j === 0 ? 0 : pick(i - 1, j - 1);
    });
  return (point) => {
    const [ma, mb] = [
      amplitudeCoefficients(measurement, a, point),
      amplitudeCoefficients(measurement, b, point),
    ];
    return {
      re: invert(products((i, j) => ma.re[i]! * mb.re[j]! + ma.im[i]! * mb.im[j]!)),
      im: invert(products((i, j) => ma.im[i]! * mb.re[j]! - ma.re[i]! * mb.im[j]!)),
    };
  };
}

/**
 * A functional of the joint outcomes of a group from one of the joint outcomes of some of its sites.
 *
 * @param positions - of those sites in the group, in the functional's order
 */
export function liftFunctional(
  functional: Functional,
  size: number,
  positions: readonly number[],
): Functional {
  if (size === positions.length && positions.every((p, k) => p === k)) return functional;
  return {
    offset: functional.offset,
    weight: functional.weight.map((row) =>
      Array.from({ length: levels ** size }, (_, outcome) => {
        const digit = (p: number) => Math.floor(outcome / levels ** (size - 1 - p)) % levels;
        return row[positions.reduce((k, p) => k * levels + digit(p), 0)]!;
      }),
    ),
  };
}

/** Σ weight·functional; all over the same table. */
export function combineFunctionals(parts: readonly (readonly [number, Functional])[]): Functional {
  const [first] = parts;
  return {
    offset: parts.reduce((sum, [w, f]) => sum + w * f.offset, 0),
    weight: first![1].weight.map((row, s) =>
      row.map((_, l) => parts.reduce((sum, [w, f]) => sum + w * f.weight[s]![l]!, 0)),
    ),
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
