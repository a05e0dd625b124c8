import type { ResultDeclaration } from "#ir/analysis";
import type { Estimates, Measured, MeasuredResult } from "#ir/estimate";
import { stepsAt } from "#ir/operations";
import { scanPoints, sizesOf } from "#ir/scan";
import { highestPeak } from "./bit-estimators.ts";
import type { CountTable } from "./frequencies.ts";
import { largestIntervals, type Reading, readingIntervals } from "./intervals.ts";
import { fitLifetime } from "./lifetime.ts";
import { fitOnset } from "./onset.ts";
import { type CountingErrors, fitLadderRates, type LadderRates, type RelaxationCurve } from "./rates.ts";
import { riceExpectation } from "./rice.ts";
import { type AnalysedPlan, type GroupFrequencies, measureSeries, seriesEstimators } from "./series.ts";
import { fitSlope } from "./slope.ts";
import { evaluate, type Functional, liftFunctional, siteEstimators, varianceOf } from "./tomography.ts";

/** Frequencies of all groups: [point][setting][group][outcome]. */
type Frequencies = readonly (readonly (readonly (readonly number[])[])[])[];

/** Series, results and amplitudes from counts. Errors are 1σ of multinomial counting noise, groups independent. */
export function estimate(table: CountTable, plan: AnalysedPlan): Estimates {
  const frequencies = table.counts.map((settings) =>
    settings.map((groups) => groups.map((counts) => counts.map((n) => n / table.shots))),
  );
  return estimateFrom(frequencies, table.shots, plan, false);
}

/**
 * The same estimators at expected frequencies: what `estimate` tends to, with the errors that so many shots will have.
 */
export function estimateExpected(probabilities: Frequencies, shots: number, plan: AnalysedPlan): Estimates {
  return estimateFrom(probabilities, shots, plan, true);
}

function estimateFrom(all: Frequencies, shots: number, plan: AnalysedPlan, expected: boolean): Estimates {
  const groupsAt = (k: number) => {
    const cache = new Map<number, GroupFrequencies>();
    return (group: number): GroupFrequencies => {
      let found = cache.get(group);
      if (!found) {
        found = all[k]!.map((setting) => setting[group]!);
        cache.set(group, found);
      }
      return found;
    };
  };
  const points = all.map((_, k) => groupsAt(k));
  const series = seriesEstimators(plan).map((estimator) => {
    const measured = points.map((frequencies, k) =>
      measureSeries(estimator, k, frequencies, shots, expected),
    );
    const real = measured.some((point) => point.phase === null);
    return {
      id: estimator.declaration.id,
      values: measured.map((point) => point.value),
      phases: real ? null : measured.map((point) => point.phase!),
      readings: measured.map((point) => point.reading),
    };
  });
  const seriesOf = (id: string) => series.find((entry) => entry.id === id)!;
  const rates = new Map<string, LadderRates>();
  const ratesOf = (site: string) => {
    const known = rates.get(site);
    if (known) return known;
    const found = fitLadderRates(relaxationCurves(plan, points, site), countingErrors(plan, shots, site));
    rates.set(site, found);
    return found;
  };
  return {
    series: series.map(({ id, values, phases }) => ({ id, values, phases })),
    results: plan.analysis.results.map((declaration) => ({
      id: declaration.id,
      title: declaration.title,
      unit: declaration.unit,
      measured:
        declaration.kind === "peak"
          ? peakOf(declaration, plan, points, shots)
          : resultOf(
              declaration,
              plan,
              (id) => seriesOf(id).values,
              (id) => seriesOf(id).phases ?? [],
              (id) => seriesOf(id).readings,
              ratesOf,
              expected,
            ),
    })),
    amplitudes: amplitudesOf(plan, points, shots),
  };
}

function peakOf(
  declaration: Extract<ResultDeclaration, { kind: "peak" }>,
  { measurement, axes }: AnalysedPlan,
  points: readonly PointFrequencies[],
  shots: number,
): Measured | null {
  const at = Object.entries(declaration.at);
  const k = scanPoints(axes).findIndex((point) => at.every(([name, index]) => point[name] === index));
  return highestPeak(measurement, declaration, points[k]!(0), shots);
}

function resultOf(
  declaration: Exclude<ResultDeclaration, { kind: "peak" }>,
  { axes }: AnalysedPlan,
  valuesOf: (series: string) => readonly Measured[],
  phasesOf: (series: string) => readonly Measured[],
  readingsOf: (series: string) => readonly Reading[],
  ratesOf: (site: string) => LadderRates,
  expected: boolean,
): MeasuredResult | null {
  switch (declaration.kind) {
    case "onset":
      return fitOnset(
        axes.find((axis) => axis.name === declaration.axis)!.values,
        valuesOf(declaration.series),
      );
    case "largest":
      return {
        ...valuesOf(declaration.series).reduce((a, b) => (b.value > a.value ? b : a)),
        ...(expected ? {} : largestIntervals(readingsOf(declaration.series))),
      };
    case "value": {
      const { values } = axes.find((axis) => axis.name === declaration.axis)!;
      const nearest = values.reduce(
        (best, x, k) => (Math.abs(x - declaration.at) < Math.abs(values[best]! - declaration.at) ? k : best),
        0,
      );
      const fixed = Object.entries(declaration.fixed ?? {});
      const k = scanPoints(axes).findIndex(
        (point) =>
          point[declaration.axis] === nearest && fixed.every(([name, index]) => point[name] === index),
      );
      const reading = readingsOf(declaration.series)[k]!;
      return {
        ...valuesOf(declaration.series)[k]!,
        ...(reading.modulus && !expected ? readingIntervals(reading) : {}),
      };
    }
    case "rate":
      return ratesOf(declaration.site)[declaration.rate];
    case "slope": {
      const { values } = axes.find((axis) => axis.name === declaration.axis)!;
      const measured =
        declaration.of === "value" ? valuesOf(declaration.series) : phasesOf(declaration.series);
      return fitSlope(
        scanPoints(axes).map((point, k) => ({ x: values[point[declaration.axis]!]!, ...measured[k]! })),
        declaration.of === "phase",
      );
    }
    case "lifetime": {
      const { values } = axes.find((axis) => axis.name === declaration.axis)!;
      const measured = readingsOf(declaration.series).map((reading) =>
        expected && reading.modulus
          ? { ...reading, value: reading.error * riceExpectation(reading.value / reading.error) }
          : reading,
      );
      const decay = scanPoints(axes).flatMap((point, k) =>
        Object.entries(declaration.at).every(([name, index]) => point[name] === index)
          ? [{ time: values[point[declaration.axis]!]!, ...measured[k]! }]
          : [],
      );
      return fitLifetime(decay);
    }
  }
}

type PointFrequencies = (group: number) => GroupFrequencies;

/** Populations of one site along `delay` for each of the curves of a dissipator scan, against the time since the first. */
function relaxationCurves(
  plan: AnalysedPlan,
  points: readonly PointFrequencies[],
  site: string,
): RelaxationCurve[] {
  const { measurement, analysis, axes, operations } = plan;
  const s = measurement.sites.findIndex(({ id }) => id === site);
  const group = analysis.groups.findIndex((members) => members.includes(site));
  const members = analysis.groups[group]!;
  const [p0, , p2] = siteEstimators(measurement, s)
    .populations()
    .map((f) => liftFunctional(f, members.length, [members.indexOf(site)]));
  const curves = axes.find((axis) => axis.name === "curve")!;
  const all = scanPoints(axes);
  const sizes = sizesOf(axes);
  const lasts = (k: number) =>
    stepsAt(operations, sizes, all[k]!).reduce(
      (sum, step) => sum + ("duration_s" in step ? step.duration_s : 0),
      0,
    );
  return curves.labels!.map((label, c) => {
    const at = all.flatMap((point, k) => (point.curve === c ? [k] : []));
    const measure = (f: typeof p0) => at.map((k) => evaluate(f!, points[k]!(group)));
    return {
      reservoirs: label as RelaxationCurve["reservoirs"],
      times: at.map((k) => lasts(k) - lasts(at[0]!)),
      p0: measure(p0),
      p2: measure(p2),
    };
  });
}

/** Populations below this many counts have the error of so many. */
const fewest = 1;

/** Errors of p₀ and p₂ of a site from a plain level read-out. */
function countingErrors({ measurement }: AnalysedPlan, shots: number, site: string): CountingErrors {
  const s = measurement.sites.findIndex(({ id }) => id === site);
  const { assignment } = measurement.sites[s]!;
  const [f0, , f2] = siteEstimators(measurement, s).populations();
  const bounded = (p: number) => Math.min(1, Math.max(fewest / shots, p));
  return (p0, p2) => {
    const [a, c] = [bounded(p0), bounded(p2)];
    const levels = [a, Math.max(0, 1 - a - c), c];
    const row = assignment.map((to) => to.reduce((sum, x, k) => sum + x * levels[k]!, 0));
    const frequencies = measurement.settings.map(() => row);
    const error = (f: Functional) => Math.sqrt(Math.max(1 / shots ** 2, varianceOf(f, frequencies, shots)));
    return [error(f0), error(f2)];
  };
}

function amplitudesOf(
  { measurement, analysis }: AnalysedPlan,
  points: readonly PointFrequencies[],
  shots: number,
): Estimates["amplitudes"] {
  if (measurement.observables !== undefined) return null;
  if (!analysis.series.some((entry) => entry.kind === "amplitude")) return null;
  const sites = measurement.sites.map(({ id }, s) => {
    const group = analysis.groups.findIndex((members) => members.includes(id));
    const members = analysis.groups[group]!;
    const lift = (f: Functional) => liftFunctional(f, members.length, [members.indexOf(id)]);
    return { group, lift, estimators: siteEstimators(measurement, s) };
  });
  return points.map((frequencies, k) =>
    sites.map(({ group, lift, estimators }) => {
      const f = frequencies(group);
      const { re, im } = estimators.amplitude(k);
      const measured = (site: Functional): Measured => {
        const functional = lift(site);
        return {
          value: evaluate(functional, f),
          error: Math.sqrt(Math.max(0, varianceOf(functional, f, shots))),
        };
      };
      return { re: measured(re), im: measured(im) };
    }),
  );
}
