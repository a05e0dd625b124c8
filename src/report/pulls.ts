import type { CountTable } from "#analysis/frequencies";
import { expectedTurning, type FitTerm, fitPhases, nuisanceTurnings } from "#analysis/phase-fit";
import { allowedVariance } from "#analysis/verdict";
import type { Prediction } from "#ir/plan";

/** How far one outcome frequency lies from its prediction, in standard errors. */
export interface Pull {
  readonly point: number;
  readonly setting: number;
  readonly group: number;
  /** The group's assigned levels in base three, first site first. */
  readonly outcome: number;
  readonly value: number;
}

/** Outcomes expected less often than this have no normal distribution to compare with. */
const smallestExpected = 5;

type Cell = FitTerm & Omit<Pull, "value">;

/**
 * Pulls of all outcome frequencies, what the prediction leaves open fitted first (see `fitPhases`). When data and
 * prediction agree, they follow a unit normal, a little narrower by what was fitted.
 */
export function pullsOf(table: CountTable, prediction: Prediction): Pull[] {
  const cells = cellsOf(table, prediction);
  const fit = fitPhases(cells, prediction.accuracy.length, prediction.nuisances.length);
  return cells.map(({ point, setting, group, outcome }, c) => ({
    point,
    setting,
    group,
    outcome,
    value: fit.residuals[c]! / Math.sqrt(fit.variances[c]!),
  }));
}

function cellsOf({ counts, shots }: CountTable, prediction: Prediction): Cell[] {
  return counts.flatMap((settings, point) =>
    settings.flatMap((groups, setting) =>
      groups.flatMap((outcomes, group) =>
        outcomes.flatMap((n, outcome): Cell[] => {
          const at = [point, setting, group, outcome] as const;
          const expected = expectedTurning(prediction, at);
          if (shots * Math.min(expected.centre, 1 - expected.centre) < smallestExpected) return [];
          const certain = 1 / shots;
          return [
            {
              point,
              setting,
              group,
              outcome,
              observed: n / shots,
              expected,
              nuisances: nuisanceTurnings(prediction, at),
              variance: (p) =>
                Math.max(p * (1 - p), certain) / shots +
                allowedVariance(prediction, point, p, outcomes.length),
            },
          ];
        }),
      ),
    ),
  );
}
