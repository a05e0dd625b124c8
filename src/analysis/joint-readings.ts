import { inverse, Matrix } from "ml-matrix";
import { EntrainError } from "#core/errors";
import { fullTurn } from "#core/units";
import type { Setting, Transition } from "#ir/operations";
import type { Measurement } from "#ir/plan";
import type { ComplexFunctional, Functional } from "./tomography.ts";

/** Estimators that read several settings together without knowing a whole state. */

const levels = 3;

/** Weights over assigned levels whose mean is p(m+1) − p(m) of the prepared ones: read-out errors undone. */
export function differenceWeights(assignment: readonly (readonly number[])[], lower: number): number[] {
  const wanted = [0, 1, 2].map((level) => (level === lower + 1 ? 1 : level === lower ? -1 : 0));
  return Matrix.rowVector(wanted)
    .mmul(inverse(new Matrix(assignment.map((row) => [...row]))))
    .getRow(0);
}

const lowerOf = (transition: Transition) => (transition === "01" ? 0 : 1);

function incomplete(found: string, expected: string): EntrainError {
  return new EntrainError("analysis.incomplete_settings", {
    path: "measurement.settings",
    message: "these settings do not determine what is to be estimated",
    found,
    expected,
  });
}

/** A setting that turns every site once by π/2 on a transition, and the phase of that turn. */
export function quarterTurn({ rotations }: Setting, transition: Transition): number | null {
  const [only] = rotations;
  const fits =
    rotations.length === 1 &&
    only!.sites === undefined &&
    only!.transition === transition &&
    Math.abs(only!.angle_rad - Math.PI / 2) < 1e-9;
  return fits ? only!.phase_rad : null;
}

/**
 * Mean over all pairs of Re⟨σ†_i σ_j⟩, σ = |m⟩⟨m+1|, from products of what the sites of a group show in the same shots:
 * (⟨Y_iY_j⟩ + ⟨X_iX_j⟩)/4, from a quarter turn of all sites about x and one about y. The phase that all share in a
 * shot drops out, so it may differ from shot to shot.
 *
 * @param members - ids of the group, in the order of its outcomes
 * @param sites - at least two of them
 * @throws EntrainError `analysis.incomplete_settings`
 */
export function correlatorFunctional(
  measurement: Measurement,
  members: readonly string[],
  sites: readonly string[],
  transition: Transition,
): Functional {
  const turns = measurement.settings.map((setting) => quarterTurn(setting, transition));
  const about = (phase: number) => turns.findIndex((turn) => turn !== null && Math.abs(turn - phase) < 1e-9);
  const used = [about(0), about(Math.PI / 2)];
  if (used.includes(-1)) {
    const names = measurement.settings.map(({ name }) => name).join(", ");
    throw incomplete(names, `quarter turns of ${transition} about x and y`);
  }
  const weights = sites.map((id) => {
    const { assignment } = measurement.sites.find((site) => site.id === id)!;
    return differenceWeights(assignment, lowerOf(transition));
  });
  const places = sites.map((id) => members.indexOf(id));
  const pairs = (sites.length * (sites.length - 1)) / 2;
  const row = Array.from({ length: levels ** members.length }, (_, outcome) => {
    const shown = places.map((p, s) => {
      const level = Math.floor(outcome / levels ** (members.length - 1 - p)) % levels;
      return weights[s]![level]!;
    });
    const sum = shown.reduce((a, b) => a + b, 0);
    const squares = shown.reduce((a, b) => a + b * b, 0);
    return (sum * sum - squares) / 2 / pairs / 4;
  });
  return {
    offset: 0,
    weight: measurement.settings.map((_, s) => (used.includes(s) ? row : row.map(() => 0))),
  };
}

/**
 * Fringe of one site against the phase φ of the last quarter turn: C e^{iφ₀} of p(m+1) − p(m) = A + C cos(φ − φ₀), from
 * evenly spaced phases, by its first Fourier component.
 *
 * @throws EntrainError `analysis.incomplete_settings` for fewer than four phases, or uneven ones
 */
export function fringeFunctional(
  measurement: Measurement,
  site: string,
  transition: Transition,
): ComplexFunctional {
  const turns = measurement.settings.map((setting) => quarterTurn(setting, transition));
  const phases = turns.filter((turn) => turn !== null);
  const even = phases.every((phase, k) => Math.abs(phase - (fullTurn * k) / phases.length) < 1e-9);
  if (phases.length < 4 || !even) {
    throw incomplete(`${phases.length} phases`, "four or more evenly spaced phases of one quarter turn");
  }
  const { assignment } = measurement.sites.find(({ id }) => id === site)!;
  const weights = differenceWeights(assignment, lowerOf(transition));
  const along = (part: (phase: number) => number): Functional => ({
    offset: 0,
    weight: turns.map((turn) =>
      weights.map((w) => (turn === null ? 0 : (2 / phases.length) * part(turn) * w)),
    ),
  });
  return { re: along(Math.cos), im: along(Math.sin) };
}
