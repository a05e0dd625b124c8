import type { CountTable } from "#analysis/frequencies";
import { expectedTurning, type FitTerm, fitPhases, nuisanceTurnings } from "#analysis/phase-fit";
import { discrepancyFloor } from "#analysis/verdict";
import type { Prediction } from "#ir/plan";

/** How far one outcome frequency lies from its prediction, in standard errors. */
export interface Pull {
  readonly exchange: number;
  readonly setting: number;
  readonly site: number;
  readonly level: number;
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
  const fit = fitPhases(cells, prediction.exchange_hz.length, prediction.nuisances.length);
  return cells.map(({ exchange, setting, site, level }, c) => ({
    exchange,
    setting,
    site,
    level,
    value: fit.residuals[c]! / Math.sqrt(fit.variances[c]!),
  }));
}

function cellsOf({ counts, shots }: CountTable, prediction: Prediction): Cell[] {
  return counts.flatMap((settings, exchange) =>
    settings.flatMap((sites, setting) =>
      sites.flatMap((levels, site) =>
        levels.flatMap((n, level): Cell[] => {
          const at = [exchange, setting, site, level] as const;
          const expected = expectedTurning(prediction, at);
          if (shots * Math.min(expected.centre, 1 - expected.centre) < smallestExpected) return [];
          const certain = 1 / shots;
          const floor = discrepancyFloor(prediction, exchange);
          return [
            {
              exchange,
              setting,
              site,
              level,
              observed: n / shots,
              expected,
              nuisances: nuisanceTurnings(prediction, at),
              variance: (p) => Math.max(p * (1 - p), certain) / shots + floor ** 2,
            },
          ];
        }),
      ),
    ),
  );
}
