import type { Estimates, Measured } from "#ir/estimate";
import type { Plan } from "#ir/plan";

/** What a scan of the exchange is predicted to show. */
export interface OnsetPrediction {
  readonly exchange_hz: readonly number[];
  readonly order_parameter: readonly number[];
  /** The order parameter at more values of the exchange. */
  readonly curve: { readonly exchange_hz: readonly number[]; readonly order_parameter: readonly number[] };
  readonly populations: readonly (readonly [number, number, number])[];
  readonly growth_rate_per_s: readonly number[];
  readonly onset_hz: number | null;
}

/** What it showed. */
export interface OnsetEstimates {
  readonly exchange_hz: readonly number[];
  readonly order_parameter: readonly Measured[];
  readonly populations: readonly (readonly [Measured, Measured, Measured])[];
  readonly amplitudes: NonNullable<Estimates["amplitudes"]>;
  readonly onset_hz: Measured | null;
}

/** True for a plan that looks for the onset along a scan of the exchange. */
export function seeksOnset({ analysis }: Plan): boolean {
  return analysis.results.some(({ kind }) => kind === "onset");
}

export function onsetPrediction({ prediction, axes }: Plan): OnsetPrediction {
  const exchange_hz = axes[0]!.values;
  const valuesOf = (id: string) => prediction.series.find((entry) => entry.id === id)!;
  const order = valuesOf("order_parameter");
  const levels = ["p0", "p1", "p2"].map((id) => valuesOf(id).values);
  return {
    exchange_hz,
    order_parameter: order.values,
    curve: { exchange_hz: order.curve?.x ?? [], order_parameter: order.curve?.y ?? [] },
    populations: exchange_hz.map((_, k) => [levels[0]![k]!, levels[1]![k]!, levels[2]![k]!]),
    growth_rate_per_s: valuesOf("growth_rate").values,
    onset_hz: prediction.results.find(({ id }) => id === "onset_hz")!.value,
  };
}

export function onsetEstimates({ axes }: Plan, estimates: Estimates): OnsetEstimates {
  const exchange_hz = axes[0]!.values;
  const valuesOf = (id: string) => estimates.series.find((entry) => entry.id === id)!.values;
  const levels = ["p0", "p1", "p2"].map(valuesOf);
  return {
    exchange_hz,
    order_parameter: valuesOf("order_parameter"),
    populations: exchange_hz.map((_, k) => [levels[0]![k]!, levels[1]![k]!, levels[2]![k]!]),
    amplitudes: estimates.amplitudes!,
    onset_hz: estimates.results.find(({ id }) => id === "onset_hz")!.measured,
  };
}
