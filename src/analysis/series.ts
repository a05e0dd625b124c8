import { EntrainError } from "#core/errors";
import type { SeriesDeclaration } from "#ir/analysis";
import type { Measured } from "#ir/estimate";
import type { Plan } from "#ir/plan";
import { bitFunctionals, isReal, phaseDistribution } from "./bit-estimators.ts";
import type { Reading } from "./intervals.ts";
import { correlatorFunctional, fringeFunctional } from "./joint-readings.ts";
import {
  combineFunctionals,
  evaluate,
  type Functional,
  liftFunctional,
  pairEstimators,
  siteEstimators,
  varianceOf,
} from "./tomography.ts";

/** What the analysis needs of a plan. */
export type AnalysedPlan = Pick<Plan, "measurement" | "axes" | "operations" | "analysis">;

/** Frequencies of a group's outcomes at one point: [setting][outcome]. */
export type GroupFrequencies = readonly (readonly number[])[];

/** Part of a series that one group of sites contributes. */
export interface SeriesPart {
  readonly group: number;
  readonly re: Functional;
  /** Null for a real series. */
  readonly im: Functional | null;
}

/** A measured series as functionals of the outcome frequencies; groups are independent of each other. */
export interface SeriesEstimator {
  readonly declaration: Exclude<SeriesDeclaration, { kind: "growth_rate" | "ideal" }>;
  /** At a point of the scan. */
  parts(point: number): readonly SeriesPart[];
}

/**
 * Estimators of all measured series.
 *
 * @throws EntrainError `analysis.incomplete_settings`, on asking for parts
 */
export function seriesEstimators({ measurement, analysis }: AnalysedPlan): SeriesEstimator[] {
  if (measurement.observables !== undefined) return bitSeries(measurement, analysis);
  const ids = measurement.sites.map((site) => site.id);
  const sites = ids.map((_, s) => siteEstimators(measurement, s));
  return analysis.series.flatMap((declaration): SeriesEstimator[] => {
    if (isPredictedOnly(declaration) || isOfBits(declaration)) return [];
    if (declaration.kind === "pair") {
      const [a, b] = declaration.sites;
      const group = analysis.groups.findIndex((members) => members.includes(a) && members.includes(b));
      const members = analysis.groups[group];
      if (members === undefined) throw uncorrelated(declaration.sites);
      const estimatorsAt = pairEstimators(measurement, ids.indexOf(a), ids.indexOf(b));
      const lift = (f: Functional) =>
        liftFunctional(f, members.length, [members.indexOf(a), members.indexOf(b)]);
      const parts = (point: number) => {
        const { re, im } = estimatorsAt(point);
        return [{ group, re: lift(re), im: lift(im) }];
      };
      return [{ declaration, parts: remembered(parts) }];
    }
    if (declaration.kind === "correlator") {
      const { sites: chosen, transition } = declaration;
      const group = analysis.groups.findIndex((members) => chosen.every((id) => members.includes(id)));
      const members = analysis.groups[group];
      if (members === undefined) throw uncorrelated(chosen);
      const parts = remembered(() => [
        { group, re: correlatorFunctional(measurement, members, chosen, transition), im: null },
      ]);
      return [{ declaration, parts: () => parts(0) }];
    }
    const weight = 1 / declaration.sites.length;
    const partsOf = (of: (site: (typeof sites)[number]) => readonly Functional[]): SeriesPart[] =>
      analysis.groups.flatMap((members, group): SeriesPart[] => {
        const chosen = members.filter((id) => declaration.sites.includes(id));
        if (chosen.length === 0) return [];
        const lifted = chosen.map((id) =>
          of(sites[ids.indexOf(id)]!).map((f) => liftFunctional(f, members.length, [members.indexOf(id)])),
        );
        const [re, im] = lifted[0]!.map((_, k) =>
          combineFunctionals(lifted.map((functionals) => [weight, functionals[k]!])),
        );
        return [{ group, re: re!, im: im ?? null }];
      });
    if (declaration.kind === "population") {
      const parts = partsOf((site) => [site.populations()[declaration.level]]);
      return [{ declaration, parts: () => parts }];
    }
    if (declaration.kind === "fringe") {
      const parts = remembered(() =>
        partsOf((site) => {
          const { re, im } = fringeFunctional(measurement, ids[sites.indexOf(site)]!, declaration.transition);
          return [re, im];
        }),
      );
      return [{ declaration, parts: () => parts(0) }];
    }
    const parts = (point: number) =>
      partsOf((site) => {
        const { re, im } = site.amplitude(point);
        return [re, im];
      });
    return [{ declaration, parts: remembered(parts) }];
  });
}

function uncorrelated(sites: readonly string[]): EntrainError {
  return new EntrainError("analysis.uncorrelated", {
    path: "analysis.groups",
    message: `the theory of the prediction knows no correlations between ${sites.join(" and ")}`,
    found: "product states",
    expected: "a device small enough for the exact theory",
  });
}

/** Estimators of series of circuits: all bits are one group. */
function bitSeries(measurement: Plan["measurement"], { series }: Plan["analysis"]): SeriesEstimator[] {
  return series.flatMap((declaration): SeriesEstimator[] => {
    if (isPredictedOnly(declaration)) return [];
    if (declaration.kind === "correlator" || declaration.kind === "fringe") {
      throw new EntrainError("analysis.not_of_circuits", {
        path: "analysis.series",
        message: `a ${declaration.kind} is read from levels, and circuits measure bits`,
        found: declaration.id,
        expected: "amplitude, pair, population or phase distribution",
      });
    }
    const parts = remembered((): readonly SeriesPart[] => {
      if (declaration.kind === "phase_distribution") {
        const re = phaseDistribution(measurement, declaration.sites[0]!, declaration.at_rad);
        return [{ group: 0, re, im: null }];
      }
      const { re, im } = bitFunctionals(measurement, declaration);
      return [{ group: 0, re, im: isReal(declaration.kind) ? null : im }];
    });
    // The same at every point.
    return [{ declaration, parts: () => parts(0) }];
  });
}

/** True for a series that only the prediction has. */
export function isPredictedOnly(
  declaration: SeriesDeclaration,
): declaration is Extract<SeriesDeclaration, { kind: "growth_rate" | "ideal" }> {
  return declaration.kind === "growth_rate" || declaration.kind === "ideal";
}

/** True for a series that only circuits are read out for. */
function isOfBits(
  declaration: SeriesDeclaration,
): declaration is Extract<SeriesDeclaration, { kind: "harmonic" | "leakage" | "phase_distribution" }> {
  return ["harmonic", "leakage", "phase_distribution"].includes(declaration.kind);
}

/** The same function of a point, each value worked out once. */
function remembered<T>(of: (point: number) => T): (point: number) => T {
  const known = new Map<number, T>();
  return (point) => {
    let value = known.get(point);
    if (value === undefined) {
      value = of(point);
      known.set(point, value);
    }
    return value;
  };
}

/** Value of a series' parts; `im` is 0 for a real one. */
export function seriesValue(
  parts: readonly SeriesPart[],
  frequencies: (group: number) => GroupFrequencies,
): { re: number; im: number } {
  return {
    re: parts.reduce((sum, part) => sum + evaluate(part.re, frequencies(part.group)), 0),
    im: parts.reduce((sum, { im, group }) => (im === null ? sum : sum + evaluate(im, frequencies(group))), 0),
  };
}

/** Variance of c·Re + s·Im of a series under multinomial counting noise. */
export function seriesVariance(
  parts: readonly SeriesPart[],
  frequencies: (group: number) => GroupFrequencies,
  shots: number,
  [c, s]: readonly [number, number],
): number {
  return parts.reduce((sum, { group, re, im }) => {
    const along =
      im === null
        ? re
        : combineFunctionals([
            [c, re],
            [s, im],
          ]);
    return sum + Math.max(0, varianceOf(along, frequencies(group), shots));
  }, 0);
}

/** A series at one point with errors; the phase is null for a real one. */
export interface SeriesPoint {
  readonly value: Measured;
  readonly phase: Measured | null;
  /** As it came out, not corrected for noise. */
  readonly reading: Reading;
}

/**
 * Value of a series with its 1σ error by linear propagation.
 *
 * A modulus is corrected for its positive bias, |Z|² − Var(Z), unless `expected` says that the frequencies carry no
 * noise; its error is that along the measured direction.
 */
export function measureSeries(
  estimator: SeriesEstimator,
  point: number,
  frequencies: (group: number) => GroupFrequencies,
  shots: number,
  expected = false,
): SeriesPoint {
  const parts = estimator.parts(point);
  const { re, im } = seriesValue(parts, frequencies);
  const variance = (direction: readonly [number, number]) =>
    seriesVariance(parts, frequencies, shots, direction);
  if (isReal(estimator.declaration.kind)) {
    const value = { value: re, error: Math.sqrt(variance([1, 0])) };
    return { value, phase: null, reading: { ...value, modulus: false } };
  }
  const squared = re ** 2 + im ** 2;
  const size = Math.sqrt(squared);
  const noise = variance([1, 0]) + variance([0, 1]);
  const value = expected ? size : Math.sqrt(Math.max(0, squared - noise));
  if (size === 0) {
    const error = Math.sqrt(noise / 2);
    return {
      value: { value, error },
      phase: { value: 0, error: Math.PI },
      reading: { value: size, error, modulus: true },
    };
  }
  const along = Math.sqrt(variance([re / size, im / size]));
  const across = Math.sqrt(variance([-im / size, re / size]));
  return {
    value: { value, error: along },
    phase: { value: Math.atan2(im, re), error: Math.min(Math.PI, across / size) },
    reading: { value: size, error: along, modulus: true },
  };
}
