import { inverse, Matrix } from "ml-matrix";
import type { Plan, Prediction } from "#ir/plan";

type Table = Prediction["probabilities"];

/**
 * Adds to a prediction what a measured assignment matrix leaves open: for every site and each independent error of its
 * matrix, how all probabilities move.
 *
 * @param errors - by site, 1σ changes of the matrix (see `assignmentErrors`)
 */
export function withAssignmentErrors(
  plan: Plan,
  errors: ReadonlyMap<string, readonly (readonly (readonly number[])[])[]>,
): Plan {
  const { prediction, measurement, analysis } = plan;
  const nuisances = measurement.sites.flatMap(({ id, assignment }) => {
    const inverted = inverse(new Matrix(assignment));
    return (errors.get(id) ?? []).map((error, k) => {
      // Levels before the read-out are A⁻¹p; the read-out's change δA acts on them.
      const act = new Matrix(error.map((row) => [...row])).mmul(inverted).to2DArray();
      const changed = (table: Table | null) =>
        table?.map((settings) =>
          settings.map((groups) =>
            groups.map((p, g) => {
              const members = analysis.groups[g]!;
              return members.includes(id)
                ? applied(act, p, members.indexOf(id), members.length)
                : p.map(() => 0);
            }),
          ),
        ) ?? null;
      return {
        name: `assignment of ${id} (${k + 1})`,
        change: changed(prediction.probabilities)!,
        quarter_turn: changed(prediction.quarter_turn),
        half_turn: changed(prediction.half_turn),
      };
    });
  });
  return { ...plan, prediction: { ...prediction, nuisances: [...prediction.nuisances, ...nuisances] } };
}

/** A matrix on one site's part of joint outcomes, whose digits stand for the sites, first site first. */
function applied(
  act: readonly (readonly number[])[],
  p: readonly number[],
  site: number,
  sites: number,
): number[] {
  const base = act.length;
  const stride = base ** (sites - 1 - site);
  return p.map((_, outcome) => {
    const level = Math.floor(outcome / stride) % base;
    return act[level]!.reduce((sum, x, other) => sum + x * p[outcome + (other - level) * stride]!, 0);
  });
}
