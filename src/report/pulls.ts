import { Matrix, solve } from "ml-matrix";
import type { CountTable } from "#analysis/frequencies";
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
const rounds = 3;

interface Cell extends Omit<Pull, "value"> {
  readonly observed: number;
  readonly variance: number;
  /** Expected count = centre + cos φ · along + sin φ · across, φ the common phase of its exchange point. */
  readonly centre: number;
  readonly along: number;
  readonly across: number;
  /** Change of the expected count for each nuisance at +1σ. */
  readonly nuisances: readonly number[];
}

/**
 * Pulls of all outcome frequencies. What the prediction leaves open is fitted first: the common phase of every
 * exchange point, and the nuisances, whose prior is a unit normal. When data and prediction agree, the pulls
 * follow a unit normal, a little narrower by what was fitted.
 */
export function pullsOf(table: CountTable, prediction: Prediction): Pull[] {
  const cells = cellsOf(table, prediction);
  const points = prediction.exchange_hz.length;
  const parameters = [
    ...firstPhases(cells, points),
    ...prediction.nuisances.map(() => 0),
  ];
  for (let round = 0; round < rounds; round++) refine(cells, parameters, points);
  return cells.map((cell) => ({
    exchange: cell.exchange,
    setting: cell.setting,
    site: cell.site,
    level: cell.level,
    value: residual(cell, parameters, points) / Math.sqrt(cell.variance),
  }));
}

function cellsOf({ counts, shots }: CountTable, prediction: Prediction): Cell[] {
  const { probabilities, half_turn, quarter_turn, nuisances } = prediction;
  return counts.flatMap((settings, exchange) =>
    settings.flatMap((sites, setting) =>
      sites.flatMap((levels, site) =>
        levels.flatMap((observed, level): Cell[] => {
          const at = (p: Prediction["probabilities"]) => p[exchange]![setting]![site]![level]!;
          const [zero, half, quarter] = [at(probabilities), at(half_turn), at(quarter_turn)];
          const centre = (zero + half) / 2;
          if (shots * Math.min(centre, 1 - centre) < smallestExpected) return [];
          return [
            {
              exchange,
              setting,
              site,
              level,
              observed,
              variance: shots * centre * (1 - centre) + (shots * discrepancyFloor) ** 2,
              centre: shots * centre,
              along: shots * (zero - centre),
              across: shots * (quarter - centre),
              nuisances: nuisances.map(({ change }) => shots * at(change)),
            },
          ];
        }),
      ),
    ),
  );
}

/** Phase of each exchange point by itself: the expectation is linear in (cos φ, sin φ). */
function firstPhases(cells: readonly Cell[], points: number): number[] {
  const sums = Array.from({ length: points }, () => ({ aa: 0, ab: 0, bb: 0, ra: 0, rb: 0 }));
  for (const { exchange, observed, centre, along, across, variance } of cells) {
    const sum = sums[exchange]!;
    sum.aa += along ** 2 / variance;
    sum.ab += (along * across) / variance;
    sum.bb += across ** 2 / variance;
    sum.ra += ((observed - centre) * along) / variance;
    sum.rb += ((observed - centre) * across) / variance;
  }
  return sums.map(({ aa, ab, bb, ra, rb }) =>
    aa * bb - ab * ab > 0 ? Math.atan2(aa * rb - ab * ra, bb * ra - ab * rb) : 0,
  );
}

function residual(cell: Cell, parameters: readonly number[], points: number): number {
  const phase = parameters[cell.exchange]!;
  const expected = cell.centre + Math.cos(phase) * cell.along + Math.sin(phase) * cell.across;
  return cell.nuisances.reduce(
    (rest, change, q) => rest - change * parameters[points + q]!,
    cell.observed - expected,
  );
}

/** One Gauss–Newton step on phases and nuisances together, in place. */
function refine(cells: readonly Cell[], parameters: number[], points: number): void {
  const size = parameters.length;
  const normal = Matrix.zeros(size, size);
  const right = Matrix.zeros(size, 1);
  for (const cell of cells) {
    const phase = parameters[cell.exchange]!;
    const turn = Math.cos(phase) * cell.across - Math.sin(phase) * cell.along;
    const gradient: [number, number][] = [
      [cell.exchange, turn],
      ...cell.nuisances.map((change, q): [number, number] => [points + q, change]),
    ];
    const rest = residual(cell, parameters, points);
    for (const [a, x] of gradient) {
      right.set(a, 0, right.get(a, 0) + (x * rest) / cell.variance);
      for (const [b, y] of gradient) normal.set(a, b, normal.get(a, b) + (x * y) / cell.variance);
    }
  }
  for (let a = 0; a < size; a++) {
    if (a >= points) {
      normal.set(a, a, normal.get(a, a) + 1);
      right.set(a, 0, right.get(a, 0) - parameters[a]!);
    } else if (normal.get(a, a) < 1e-6) normal.set(a, a, 1);
  }
  const step = solve(normal, right);
  for (let a = 0; a < size; a++) {
    const change = step.get(a, 0);
    parameters[a]! += a < points ? Math.max(-0.3, Math.min(0.3, change)) : change;
  }
}
