import { seriesEstimators, seriesValue } from "#analysis/series";
import type { Plan } from "#ir/plan";

/** 1σ of what a series is predicted to show, by point, from the unknowns that the prediction lists. */
export interface SeriesBand {
  readonly values: readonly number[];
  /** rad; null for a series that has none. */
  readonly phases: readonly number[] | null;
}

/**
 * How far every measured series may lie from its predicted curve because calibration cannot know the device better:
 * the changes of the series under all unknowns of the prediction, each by one standard deviation, added in quadrature.
 * Linear, as the prediction states them.
 */
export function calibrationBands(
  plan: Pick<Plan, "measurement" | "axes" | "operations" | "analysis" | "prediction">,
): ReadonlyMap<string, SeriesBand> {
  const { probabilities, nuisances } = plan.prediction;
  return new Map(
    seriesEstimators(plan).map((estimator) => {
      const real = estimator.parts(0).every(({ im }) => im === null);
      const widths = probabilities.map((settings, k) => {
        const parts = estimator.parts(k);
        const at = (nuisance?: number) =>
          seriesValue(parts, (group) =>
            settings.map((groups, s) =>
              groups[group]!.map((p, outcome) =>
                nuisance === undefined ? p : p + nuisances[nuisance]!.change[k]![s]![group]![outcome]!,
              ),
            ),
          );
        const expected = at();
        const size = Math.hypot(expected.re, expected.im);
        let value = 0;
        let phase = 0;
        nuisances.forEach((_, q) => {
          const moved = at(q);
          value += (real ? moved.re - expected.re : Math.hypot(moved.re, moved.im) - size) ** 2;
          // Component across the expected direction.
          if (size > 0) phase += ((expected.re * moved.im - expected.im * moved.re) / size ** 2) ** 2;
        });
        return { value: Math.sqrt(value), phase: Math.min(Math.PI, Math.sqrt(phase)) };
      });
      return [
        estimator.declaration.id,
        {
          values: widths.map(({ value }) => value),
          phases: real ? null : widths.map(({ phase }) => phase),
        },
      ];
    }),
  );
}

/** A number between the points of a scan, linear between its neighbours; `x` rising or falling. */
export function interpolated(x: readonly number[], y: readonly number[], at: number): number {
  const order = x.map((_, k) => k).toSorted((a, b) => x[a]! - x[b]!);
  const after = order.findIndex((k) => x[k]! >= at);
  if (after === 0) return y[order[0]!]!;
  if (after < 0) return y[order.at(-1)!]!;
  const [a, b] = [order[after - 1]!, order[after]!];
  return y[a]! + ((y[b]! - y[a]!) * (at - x[a]!)) / (x[b]! - x[a]!);
}
