import { estimateExpected } from "#analysis/estimate";
import { type AnalysedPlan, measureSeries, seriesEstimators } from "#analysis/series";
import { type Measurement, type Prediction, shownOf } from "#ir/plan";
import { scanPoints } from "#ir/scan";
import { coordinateCount } from "#model/generator";
import {
  type ArrayState,
  assignOutcomes,
  createNetworkFlow,
  exactSites,
  outcomesOf,
} from "#simulators/index";
import type { Bench, Scan } from "./bench.ts";
import { type Progress, ScanSimulation, SiteMaps } from "./carry-out.ts";

/** Points of the drawn curve for each step of the scan. */
const refinement = 4;

/** Tolerance of the coupled evolution: for the expected signals, and for their small changes. */
const fine = 1e-8;
const coarse = 1e-6;

/** Whether an array is predicted with all its correlations. */
export function isExact(sites: readonly string[]): boolean {
  return sites.length <= exactSites;
}

/** Sites whose outcomes are counted together: all of them where the theory knows their correlations. */
export function groupsOf(sites: readonly string[]): string[][] {
  return isExact(sites) ? [[...sites]] : sites.map((id) => [id]);
}

/** Turns the common phase of all sites: ρ₀₁ and ρ₁₂ by φ, ρ₀₂ by 2φ; of product states. */
function turnCommonPhase(state: ArrayState, phase_rad: number): ArrayState {
  if (phase_rad === 0 || state.kind !== "product") return state;
  const x = state.x.slice();
  const turn = (at: number, angle: number) => {
    const [re, im] = [x[at]!, x[at + 1]!];
    x[at] = Math.cos(angle) * re - Math.sin(angle) * im;
    x[at + 1] = Math.sin(angle) * re + Math.cos(angle) * im;
  };
  for (let o = 0; o < x.length; o += coordinateCount) {
    turn(o + 2, phase_rad);
    turn(o + 4, phase_rad);
    turn(o + 6, 2 * phase_rad);
  }
  return { kind: "product", x };
}

/** Probabilities of assigned outcomes, [setting][group][outcome]. */
type SettingProbabilities = number[][][];

/** What the read-out shows of one state, its common phase turned by `phase_rad` first. */
function readOut(
  simulation: ScanSimulation,
  measurement: Measurement,
  groups: readonly (readonly number[])[],
  progress: Progress,
  phase_rad = 0,
): SettingProbabilities {
  const start = { ...progress, state: turnCommonPhase(progress.state, phase_rad) };
  return measurement.settings.map((setting, k) => {
    const { state } = setting.rotations.reduce<Progress>(
      (before, rotation) => simulation.rotated(before, rotation),
      start,
    );
    return groups.map((group) =>
      assignOutcomes(
        outcomesOf(state, group),
        group.map((s) => shownOf(measurement.sites[s]!, k)),
      ),
    );
  });
}

/** Small changes are known to three digits at best; more would only fill files. */
const significant = (value: number) => Number(value.toPrecision(4));

const difference = (a: SettingProbabilities, b: SettingProbabilities): SettingProbabilities =>
  a.map((row, i) => row.map((group, j) => group.map((p, l) => significant(p - b[i]![j]![l]!))));

/** The signals of a measurement, everything but series and results. */
export interface PredictedSignals {
  readonly prediction: Omit<Prediction, "series" | "results" | "amplitudes">;
  /** |Σ⟨A†⟩|/N at more values of a scan of the exchange alone. */
  readonly curve: { readonly x: readonly number[]; readonly y: readonly number[] } | null;
}

/**
 * Predicts what the measurement will return, point by point: by mean field on the device's own graph, or by the master
 * equation of all sites where there are few.
 *
 * Where nothing fixes the common phase (mean field of a group: a coupling known to 10⁻³ turns it by a radian), the
 * prediction holds what a quarter and a half turn of it would show, and validation fits it. For each site one more
 * simulation, its frequency off by 1σ, gives the response to what calibration cannot know.
 *
 * @param uncertainty_hz - 1σ of each site's frequency
 */
export function predictSignals(
  bench: Bench,
  scan: Scan,
  plan: AnalysedPlan,
  uncertainty_hz: number,
  onProgress: (done: number, of: number) => void = () => {},
): PredictedSignals {
  const { measurement, analysis } = plan;
  const exact = isExact(bench.sites);
  const groups = analysis.groups.map((members) => members.map((id) => bench.sites.indexOf(id)));
  const zero = bench.sites.map(() => 0);
  const shifted = uncertainty_hz > 0 ? zero.map((_, s) => zero.with(s, uncertainty_hz)) : [];
  const maps = new SiteMaps(bench);
  const points = scanPoints(scan.axes);
  const between = analysis.free_phase && scan.axes.length === 1 ? refined(scan.exchange_hz) : [];
  const work = (2 + shifted.length) * points.length + between.length;
  const flow = createNetworkFlow(work);
  let done = 0;
  const simulate = (errors: readonly number[], rtol: number) => {
    const simulation = new ScanSimulation(bench, maps, flow, scan, errors, rtol);
    const states = simulation.states(() => onProgress(++done, work));
    const read = (k: number, phase_rad = 0) =>
      readOut(simulation, measurement, groups, states[k]!, phase_rad);
    return { simulation, read };
  };
  const expected = simulate(zero, fine);
  // Changes are counted from a coarse twin; the exact theory has no tolerance.
  const twin = exact ? expected : simulate(zero, coarse);
  const probabilities = points.map((_, k) => expected.read(k));

  const free = analysis.free_phase && !exact;
  const order = free ? seriesEstimators(plan).find((e) => e.declaration.kind === "amplitude") : undefined;
  const phaseOf = (k: number, shown: SettingProbabilities) =>
    order === undefined
      ? 0
      : measureSeries(order, k, (g) => shown.map((row) => row[g]!), 1, true).phase!.value;
  /** A case at one point, its common phase brought to the prediction's and then turned. */
  const aligned = (simulated: typeof twin, k: number, turn = 0): SettingProbabilities =>
    order === undefined
      ? simulated.read(k)
      : simulated.read(k, phaseOf(k, probabilities[k]!) - phaseOf(k, simulated.read(k)) + turn);
  const changes = (simulated: typeof twin, turn: number) =>
    points.map((_, k) => difference(aligned(simulated, k, turn), aligned(twin, k, turn)));
  const nuisances = shifted.map((errors, s) => {
    const simulated = simulate(errors, coarse);
    return {
      name: `frequency of ${bench.sites[s]}`,
      change: changes(simulated, 0),
      quarter_turn: free ? changes(simulated, Math.PI / 2) : null,
      half_turn: free ? changes(simulated, Math.PI) : null,
    };
  });

  const rough = new ScanSimulation(bench, maps, flow, scan, zero, coarse);
  const reached = between.length === 0 ? [] : rough.statesAt(between, () => onProgress(++done, work));
  const drawn = between.map((exchange, k) => {
    const shown = readOut(rough, measurement, groups, reached[k]!);
    const size = measureSeries(order!, 0, (g) => shown.map((row) => row[g]!), 1, true);
    return { x: exchange, y: size.value.value };
  });
  const count = bench.sites.length;
  return {
    prediction: {
      theory: exact
        ? `master equation of ${count === 1 ? "one site" : `all ${count} sites`}, three levels each`
        : `mean field (product states) on the device's graph of ${count} sites, three levels each`,
      settings: measurement.settings.map((setting) => setting.name),
      sites: [...bench.sites],
      probabilities,
      quarter_turn: free ? points.map((_, k) => expected.read(k, Math.PI / 2)) : null,
      half_turn: free ? points.map((_, k) => expected.read(k, Math.PI)) : null,
      accuracy: points.map((_, k) =>
        twin === expected
          ? 0
          : Math.max(...difference(aligned(twin, k), probabilities[k]!).flat(2).map(Math.abs)),
      ),
      nuisances,
    },
    curve: drawn.length === 0 ? null : { x: drawn.map(({ x }) => x), y: drawn.map(({ y }) => y) },
  };
}

/** Values between those of a scan. */
function refined(values: readonly number[]): number[] {
  return values.slice(1).flatMap((to, k) => {
    const from = values[k]!;
    return Array.from({ length: refinement - 1 }, (_, i) => from + ((to - from) * (i + 1)) / refinement);
  });
}

/**
 * Series, results and amplitudes that the analysis should find: its own estimators at the predicted probabilities, so
 * that prediction and data differ by noise alone when plan, program and device agree.
 *
 * @param growth - growth rate of the unsynchronized state by exchange, where it is asked for
 * @param onset_hz - by linear stability
 */
export function expectedFindings(
  { prediction, curve }: PredictedSignals,
  plan: AnalysedPlan,
  shots: number,
  growth_rate_per_s: readonly number[],
  onset_hz: number | null,
): Prediction {
  const expected = estimateExpected(prediction.probabilities, shots, plan);
  const points = scanPoints(plan.axes);
  const series = plan.analysis.series.map((declaration): Prediction["series"][number] => {
    const { id } = declaration;
    if (declaration.kind === "growth_rate") {
      const values = points.map((point) => growth_rate_per_s[point.exchange ?? 0]!);
      return { id, values, phases: null, curve: null };
    }
    const found = expected.series.find((entry) => entry.id === id)!;
    const values = found.values.map(({ value }) => value);
    const whole =
      declaration.kind === "amplitude" && curve !== null
        ? [
            ...curve.x.map((x, k) => ({ x, y: curve.y[k]! })),
            ...plan.axes[0]!.values.map((x, k) => ({ x, y: values[k]! })),
          ].toSorted((a, b) => a.x - b.x)
        : null;
    return {
      id,
      values,
      phases: found.phases?.map(({ value }) => value) ?? null,
      curve: whole && { x: whole.map(({ x }) => x), y: whole.map(({ y }) => y) },
    };
  });
  return {
    ...prediction,
    amplitudes:
      expected.amplitudes?.map((row) => row.map(({ re, im }) => ({ re: re.value, im: im.value }))) ?? null,
    series,
    results: plan.analysis.results.map(({ id, kind }) => ({
      id,
      value:
        kind === "onset"
          ? onset_hz
          : (expected.results.find((result) => result.id === id)?.measured?.value ?? null),
    })),
  };
}
