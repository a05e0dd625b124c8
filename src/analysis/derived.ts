import { type ComplexMatrix, entry } from "#core/complex-matrix";
import { EntrainError } from "#core/errors";
import type { Estimates, Measured } from "#ir/estimate";
import type { Transition } from "#ir/operations";
import type { Plan } from "#ir/plan";
import type { Record as MeasurementRecord } from "#ir/record";
import { positionOf, scanPoints } from "#ir/scan";
import type { CountTable } from "./frequencies.ts";
import { type PairStatistics, pairStatistics, quarterSettings } from "./pair-statistics.ts";
import { frequencyDifference, type PhasePoint, rotationFrequency } from "./rotation.ts";
import { estimateState, type StateEstimate, siteEffects } from "./state-likelihood.ts";

/** Indices on the axes. */
type Point = Readonly<Record<string, number>>;

/** A state in numbers. */
export interface StateSummary {
  readonly populations: readonly number[];
  /** |ρ₀₁|, |ρ₁₂|, |ρ₀₂|; null where the settings do not determine them all. */
  readonly coherences: readonly number[] | null;
  /** Of the whole state; null where the settings do not determine it. Negative for an inversion of noisy counts. */
  readonly smallest_eigenvalue: number | null;
}

export interface DerivedState {
  readonly point: Point;
  readonly site: string;
  /** Parameters of the state that the settings determine, of eight. */
  readonly determined: number;
  readonly linear: StateSummary;
  readonly likelihood: StateSummary & { readonly gap: number };
  readonly chi_squared: StateEstimate["chi_squared"];
}

export interface DerivedPairs extends PairStatistics {
  readonly point: Point;
  /**
   * Largest difference between the sites' frames on this transition, rad. What is locked in the common frame looks
   * weaker where it is seen in frames that differ: beyond half a radian there is no order parameter.
   */
  readonly frame_spread_rad: number;
}

export interface DerivedRotation {
  /** A site, a series, or two of either with ` − ` between them. */
  readonly of: string;
  /** Indices of the other axes. */
  readonly at: Point;
  readonly frequency_hz: Measured;
  /** Frequencies beyond this look like smaller ones. */
  readonly unambiguous_hz: number;
}

/** What follows from a run beside what its protocol asks for. Nothing here enters the verdict. */
export interface Derived {
  readonly states: readonly DerivedState[];
  readonly pairs: readonly DerivedPairs[];
  readonly rotations: readonly DerivedRotation[];
  readonly differences: readonly DerivedRotation[];
}

/** Frames that differ by more, in rad, hide what is locked in the common one. */
const widestFrames = 0.5;

type DerivedPlan = Pick<Plan, "measurement" | "axes" | "analysis" | "positions" | "sites" | "bonds">;

/**
 * States of the sites, pair correlations and rotation frequencies, as far as the settings and axes of a run tell.
 *
 * @param records - one after the other, in any order; the settings of one point are kept until all are there
 * @throws EntrainError `derive.bits` for circuits, which are read in bits
 */
export function deriveQuantities(
  plan: DerivedPlan,
  estimates: Estimates,
  table: CountTable,
  records: Iterable<MeasurementRecord>,
): Derived {
  if (plan.measurement.observables !== undefined) {
    throw new EntrainError("derive.bits", {
      path: "run",
      message: "these quantities are derived from levels",
      found: "a run of circuits, read in bits",
      expected: "a run whose read-out tells levels",
    });
  }
  return {
    states: statesOf(plan, table),
    pairs: pairsOf(plan, records),
    ...rotationsOf(plan, estimates),
  };
}

function statesOf({ measurement, axes, analysis }: DerivedPlan, table: CountTable): DerivedState[] {
  const effects = measurement.sites.map((_, s) => siteEffects(measurement, s));
  return scanPoints(axes).flatMap((point, k) =>
    measurement.sites.map(({ id }, s): DerivedState => {
      const group = analysis.groups.findIndex((members) => members.includes(id));
      const members = analysis.groups[group]!;
      const place = members.length - 1 - members.indexOf(id);
      const counts = table.counts[k]!.map((setting) => {
        const levels = [0, 0, 0];
        setting[group]!.forEach((n, outcome) => {
          levels[Math.floor(outcome / 3 ** place) % 3]! += n;
        });
        return levels;
      });
      const { determined, linear, likelihood, chi_squared } = estimateState(effects[s]!, counts);
      return {
        point,
        site: id,
        determined,
        linear: summary(linear, determined),
        likelihood: { ...summary(likelihood, determined), gap: likelihood.gap },
        chi_squared,
      };
    }),
  );
}

function summary(
  { state, eigenvalues }: { readonly state: ComplexMatrix; readonly eigenvalues: readonly number[] },
  determined: number,
): StateSummary {
  const modulus = (a: number, b: number) => Math.hypot(entry(state, a, b).re, entry(state, a, b).im);
  return {
    populations: [0, 1, 2].map((level) => entry(state, level, level).re),
    coherences: determined === 8 ? [modulus(0, 1), modulus(1, 2), modulus(0, 2)] : null,
    smallest_eigenvalue: determined === 8 ? eigenvalues[0]! : null,
  };
}

function pairsOf(plan: DerivedPlan, records: Iterable<MeasurementRecord>): DerivedPairs[] {
  const { measurement, axes, positions, sites } = plan;
  const shown = (["01", "12"] as const).flatMap((transition) => {
    const used = quarterSettings(measurement, transition);
    return used === null ? [] : [{ transition, used }];
  });
  if (sites.length < 2 || shown.length === 0) return [];
  const places = measurement.sites.map(({ id }) => positions[sites.indexOf(id)] ?? ([0, 0] as const));
  const waves = waveVectors(places);
  const points = scanPoints(axes);
  const waiting = new Map<string, MeasurementRecord[]>();
  const found: DerivedPairs[][] = points.map(() => []);
  for (const record of records) {
    const k = positionOf(axes, record.point);
    for (const { transition, used } of shown) {
      if (!used.includes(record.point.setting!)) continue;
      const key = `${k}/${transition}`;
      const known = [...(waiting.get(key) ?? []), record];
      if (known.length < used.length) {
        waiting.set(key, known);
        continue;
      }
      waiting.delete(key);
      const statistics = pairStatistics(known, measurement, transition, places, waves);
      const frame_spread_rad = frameSpread(measurement, transition, k);
      found[k]!.push({
        point: points[k]!,
        frame_spread_rad,
        ...statistics,
        order_parameter: frame_spread_rad > widestFrames ? null : statistics.order_parameter,
      });
    }
  }
  return found.flatMap((at) => at.toSorted((a, b) => a.transition.localeCompare(b.transition)));
}

function frameSpread({ sites }: Plan["measurement"], transition: Transition, point: number): number {
  const phases = sites.map((site) => (transition === "01" ? site.frame01_rad : site.frame12_rad)[point]!);
  return Math.max(...phases) - Math.min(...phases);
}

/** In phase, and alternating from site to site along each direction that the sites extend in. */
function waveVectors(positions: readonly (readonly [number, number])[]): [number, number][] {
  const alternating = ([0, 1] as const).map((axis) => {
    const sorted = positions.map((place) => place[axis]).toSorted((a, b) => a - b);
    const extent = sorted.at(-1)! - sorted[0]!;
    const gaps = sorted.slice(1).map((x, k) => x - sorted[k]!);
    const spacing = Math.min(...gaps.filter((gap) => gap > 1e-6 * extent));
    return Number.isFinite(spacing) ? [0, Math.PI / spacing] : [0];
  });
  return alternating[0]!.flatMap((x) => alternating[1]!.map((y): [number, number] => [x, y]));
}

function rotationsOf(
  { measurement, axes, analysis, bonds }: DerivedPlan,
  estimates: Estimates,
): Pick<Derived, "rotations" | "differences"> {
  const time = axes.find(({ name, unit }) => name === "delay" && unit === "s");
  if (time === undefined) return { rotations: [], differences: [] };
  const points = scanPoints(axes);
  /** Phase by point, of each site and each series that has one. */
  const phases = new Map<string, readonly Measured[]>();
  measurement.sites.forEach(({ id }, s) => {
    if (estimates.amplitudes === null) return;
    phases.set(
      id,
      estimates.amplitudes.map((row) => phaseOf(row[s]!)),
    );
  });
  for (const { id, phases: known } of estimates.series) if (known !== null) phases.set(id, known);
  const groups = analysis.series.flatMap((series) =>
    series.kind === "amplitude" || series.kind === "fringe" ? [{ id: series.id, sites: series.sites }] : [],
  );
  const disjoint = groups.flatMap((a, k) =>
    groups
      .slice(k + 1)
      .flatMap((b) => (a.sites.some((id) => b.sites.includes(id)) ? [] : [[a.id, b.id] as const])),
  );
  const pairs = [...bonds, ...disjoint].filter(([a, b]) => phases.has(a) && phases.has(b));
  // One line of delays for each combination of the other axes.
  const lines = new Map<string, number[]>();
  points.forEach((point, k) => {
    const key = JSON.stringify(Object.entries(point).filter(([name]) => name !== time.name));
    lines.set(key, [...(lines.get(key) ?? []), k]);
  });
  return [...lines].reduce<{ rotations: DerivedRotation[]; differences: DerivedRotation[] }>(
    (all, [key, line]) => {
      const at = Object.fromEntries(JSON.parse(key) as [string, number][]);
      const along = (name: string): PhasePoint[] =>
        line.map((k) => ({ time_s: time.values[points[k]![time.name]!]!, ...phases.get(name)![k]! }));
      const kept = (of: string, found: ReturnType<typeof rotationFrequency>): DerivedRotation[] =>
        found === null
          ? []
          : [{ of, at, frequency_hz: found.frequency, unambiguous_hz: found.unambiguous_hz }];
      return {
        rotations: [
          ...all.rotations,
          ...[...phases.keys()].flatMap((name) => kept(name, rotationFrequency(along(name)))),
        ],
        differences: [
          ...all.differences,
          ...pairs.flatMap(([a, b]) => kept(`${a} − ${b}`, frequencyDifference(along(a), along(b)))),
        ],
      };
    },
    { rotations: [], differences: [] },
  );
}

/** Phase of an amplitude, with the error across it; none where there is no amplitude. */
function phaseOf({ re, im }: { readonly re: Measured; readonly im: Measured }): Measured {
  const size = Math.hypot(re.value, im.value);
  if (size === 0) return { value: 0, error: Math.PI };
  const across = Math.hypot(im.value * re.error, re.value * im.error) / size;
  return { value: Math.atan2(im.value, re.value), error: Math.min(Math.PI, across / size) };
}
