import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { CountTable } from "./frequencies.ts";
import type { LinearFit, LinearModel } from "./likelihood.ts";
import { fitLinear, likelihoodOf } from "./likelihood.ts";

/** A combination of parameters that the data leave open. */
export interface OpenDirection {
  /** Parts of each parameter, in units of what is plausible; unit length. */
  readonly parts: readonly number[];
  /** 1σ along it in the same units. */
  readonly deviation: number;
}

/** 1σ, in units of what is plausible before any data, above which a direction counts as undetermined. */
const undetermined = 0.5;
/** Correlation above which two parameters are said to be told apart badly. */
const entangled = 0.95;

/** Correlation matrix of a covariance. */
export function correlations(covariance: readonly (readonly number[])[]): number[][] {
  return covariance.map((row, a) =>
    row.map((value, b) => value / Math.sqrt(covariance[a]![a]! * covariance[b]![b]!)),
  );
}

/**
 * Directions that the data hardly determine: eigenvectors of the covariance in units of the plausible ranges whose
 * deviation is more than half of a range.
 */
export function openDirections(
  covariance: readonly (readonly number[])[],
  plausible: readonly number[],
): OpenDirection[] {
  const scaled = new Matrix(
    covariance.map((row, a) => row.map((value, b) => value / (plausible[a]! * plausible[b]!))),
  );
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(scaled, {
    assumeSymmetric: true,
  });
  return realEigenvalues.flatMap((value, k) =>
    value > undetermined ** 2 ? [{ parts: eigenvectorMatrix.getColumn(k), deviation: Math.sqrt(value) }] : [],
  );
}

/** What a fit cannot tell, in sentences. */
export function identifiabilityWarnings(
  covariance: readonly (readonly number[])[],
  parameters: readonly { readonly symbol: string; readonly plausible: number }[],
): string[] {
  const open = openDirections(
    covariance,
    parameters.map(({ plausible }) => plausible),
  ).map(({ parts, deviation }) => {
    const named = parts
      .map((part, a) => ({ part, symbol: parameters[a]!.symbol }))
      .filter(({ part }) => Math.abs(part) > 0.2)
      .toSorted((a, b) => Math.abs(b.part) - Math.abs(a.part));
    const sign = Math.sign(named[0]!.part);
    const text = named
      .map(
        ({ part, symbol }, k) =>
          `${sign * part < 0 ? "− " : k > 0 ? "+ " : ""}${Math.abs(part).toFixed(2)} ${symbol}`,
      )
      .join(" ");
    return named.length === 1
      ? `These data say little about ${named[0]!.symbol}: ${(100 * deviation).toFixed(0)} % of its plausible range is left.`
      : `These data cannot tell apart ${named.map(({ symbol }) => symbol).join(", ")}: the combination ${text} (in units of the plausible ranges) is known to ${(100 * deviation).toFixed(0)} % only.`;
  });
  const matrix = correlations(covariance);
  const pairs = parameters.flatMap((first, a) =>
    parameters.slice(a + 1).flatMap((second, k) => {
      const r = matrix[a]![a + 1 + k]!;
      return Math.abs(r) > entangled
        ? [`${first.symbol} and ${second.symbol} are correlated by ${r.toFixed(3)}: quote them together.`]
        : [];
    }),
  );
  return [...open, ...pairs];
}

/** One point of a profile likelihood: the rest fitted anew. */
export interface ProfilePoint {
  readonly value: number;
  /** Rise of −2 ln L, priors included, above the fit's. */
  readonly rise: number;
}

/** Profile of the multinomial likelihood in one coordinate over ±`reach` standard deviations, and where −2 ln L has risen by 1 and by 3.84. */
export function profileOf(
  model: LinearModel,
  table: CountTable,
  fit: LinearFit,
  coordinate: number,
  reach = 3,
  steps = 6,
): { points: ProfilePoint[]; interval68: [number, number]; interval95: [number, number] } {
  const centre = fit.values[coordinate]!;
  const deviation = Math.sqrt(fit.covariance[coordinate]![coordinate]!);
  const deviance = ({ values, phases }: LinearFit) =>
    -2 * likelihoodOf(model, table, phases)(values) +
    model.priors.reduce<number>((sum, prior, q) => sum + (prior === null ? 0 : (values[q]! / prior) ** 2), 0);
  const least = deviance(fit);
  const points = Array.from({ length: 2 * steps + 1 }, (_, k): ProfilePoint => {
    const value = centre + ((k - steps) / steps) * reach * deviation;
    const held = k === steps ? fit : fitLinear(model, table, new Map([[coordinate, value]]));
    return { value, rise: deviance(held) - least };
  });
  const crossing = (level: number, side: -1 | 1) => {
    for (let k = 1; k <= steps; k++) {
      const [near, far] = [points[steps + side * (k - 1)]!, points[steps + side * k]!];
      if (far.rise < level) continue;
      // √rise is straight where the likelihood is normal.
      const [a, b] = [Math.sqrt(Math.max(0, near.rise)), Math.sqrt(far.rise)];
      return near.value + ((Math.sqrt(level) - a) / (b - a)) * (far.value - near.value);
    }
    return centre + side * reach * deviation;
  };
  const interval = (level: number): [number, number] => [crossing(level, -1), crossing(level, 1)];
  return { points, interval68: interval(1), interval95: interval(3.841458820694124) };
}
