import { estimateExpected } from "#analysis/estimate";
import { type AnalysedPlan, seriesEstimators, seriesValue } from "#analysis/series";
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
import { carryOutTogether, type Progress, ScanSimulation, SiteMaps } from "./carry-out.ts";

/** Points of the drawn curve for each step of the scan. */
const refinement = 4;

/** Tolerance of the coupled evolution: for the expected signals, and for their small changes. */
const fine = 1e-8;
const coarse = 1e-6;

/** Sites whose frequency errors are simulated side by side: a pair fills both lanes of a kernel to the end. */
export const together = 2;

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

const argument = ({ re, im }: { readonly re: number; readonly im: number }) => Math.atan2(im, re);

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

/** To a millionth, far below what any number of shots shows: more would only fill files. */
const rounded = (value: number) => Math.round(value * 1e6) / 1e6;

const farthest = (a: SettingProbabilities, b: SettingProbabilities): number =>
  Math.max(
    ...a.flatMap((row, i) => row.flatMap((group, j) => group.map((p, l) => Math.abs(p - b[i]![j]![l]!)))),
  );

const difference = (a: SettingProbabilities, b: SettingProbabilities): SettingProbabilities =>
  a.map((row, i) => row.map((group, j) => group.map((p, l) => rounded(p - b[i]![j]![l]!))));

/** The signals of a measurement, everything but series and results. */
export interface PredictedSignals {
  readonly prediction: Omit<Prediction, "series" | "results" | "amplitudes">;
  /** |Σ⟨A†⟩|/N at more values of a scan of the exchange alone. */
  readonly curve: { readonly x: readonly number[]; readonly y: readonly number[] } | null;
}

type Nuisance = Prediction["nuisances"][number];

/** A prediction in two parts, of which the first can be shared out: it is most of the work. */
export interface Predictor {
  /** Responses to the frequency error of some sites, each from a simulation of its own. */
  nuisances(sites: readonly number[]): Nuisance[];
  /** Does now, while others work, what `signals` would do at the end. */
  prepare(): void;
  /** @param nuisances - of all sites, in order */
  signals(nuisances: readonly Nuisance[]): PredictedSignals;
  /** Sites whose frequency is uncertain. */
  readonly uncertain: readonly number[];
}

/** Points simulated so far, and how many there will be. */
export type Simulated = (done: number, of: number) => void;

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
export function createPredictor(
  bench: Bench,
  scan: Scan,
  plan: AnalysedPlan,
  uncertainty_hz: number,
  onProgress: Simulated = () => {},
): Predictor {
  const { measurement, analysis } = plan;
  const exact = isExact(bench.sites);
  const groups = analysis.groups.map((members) => members.map((id) => bench.sites.indexOf(id)));
  const zero = bench.sites.map(() => 0);
  const uncertain = uncertainty_hz > 0 ? [...zero.keys()] : [];
  const maps = new SiteMaps(bench);
  const points = scanPoints(scan.axes);
  const between = analysis.free_phase && scan.axes.length === 1 ? refined(scan.exchange_hz) : [];
  const work = (2 + uncertain.length) * points.length + between.length;
  const flow = createNetworkFlow(work);
  let done = 0;
  /** One case for each set of frequency errors. */
  const simulate = (cases: readonly (readonly number[])[], rtol: number) => {
    const simulations = cases.map((errors) => new ScanSimulation(bench, maps, scan, errors, rtol));
    const reached = carryOutTogether(
      flow,
      simulations.map((simulation) => simulation.states(() => onProgress(++done, work))),
    );
    return simulations.map(
      (simulation, index) =>
        (k: number, phase_rad = 0) =>
          readOut(simulation, measurement, groups, reached[index]![k]!, phase_rad),
    );
  };
  const expected = simulate([zero], fine)[0]!;
  // Changes are counted from a coarse twin; the exact theory has no tolerance.
  const twin = exact ? expected : simulate([zero], coarse)[0]!;
  const probabilities = points.map((_, k) => expected(k));

  const free = analysis.free_phase && !exact;
  const order = free ? seriesEstimators(plan).find((e) => e.declaration.kind === "amplitude") : undefined;
  const phaseOf = (k: number, shown: SettingProbabilities) =>
    order === undefined ? 0 : argument(seriesValue(order.parts(k), (g) => shown.map((row) => row[g]!)));
  /** A case at every point, its common phase brought to the prediction's, and then turned. */
  const aligned = (read: typeof twin) => {
    const phases = points.map((_, k) =>
      order === undefined ? 0 : phaseOf(k, probabilities[k]!) - phaseOf(k, read(k)),
    );
    return (turn: number): SettingProbabilities[] => points.map((_, k) => read(k, phases[k]! + turn));
  };
  const alignedTwin = aligned(twin);
  const turns = free ? [0, Math.PI / 2, Math.PI] : [0];
  const undisturbed = turns.map(alignedTwin);

  const nuisance = (site: number, read: typeof twin): Nuisance => {
    const shown = aligned(read);
    const changes = turns.map((turn, t) =>
      shown(turn).map((table, k) => difference(table, undisturbed[t]![k]!)),
    );
    return {
      name: `frequency of ${bench.sites[site]}`,
      change: changes[0]!,
      quarter_turn: changes[1] ?? null,
      half_turn: changes[2] ?? null,
    };
  };

  let curve: PredictedSignals["curve"] | undefined;
  const drawCurve = (): PredictedSignals["curve"] => {
    if (curve !== undefined) return curve;
    if (between.length === 0) return null;
    const rough = new ScanSimulation(bench, maps, scan, zero, coarse);
    const [reached] = carryOutTogether(flow, [rough.statesAt(between, () => onProgress(++done, work))]);
    const y = reached!.map((progress) => {
      const shown = readOut(rough, measurement, groups, progress);
      const { re, im } = seriesValue(order!.parts(0), (g) => shown.map((row) => row[g]!));
      return Math.hypot(re, im);
    });
    curve = { x: between, y };
    return curve;
  };
  const count = bench.sites.length;
  return {
    uncertain,
    nuisances: (sites) =>
      Array.from({ length: Math.ceil(sites.length / together) }, (_, k) => {
        const few = sites.slice(k * together, (k + 1) * together);
        const reads = simulate(
          few.map((site) => zero.with(site, uncertainty_hz)),
          coarse,
        );
        return few.map((site, i) => nuisance(site, reads[i]!));
      }).flat(),
    prepare: () => void drawCurve(),
    signals: (nuisances) => ({
      prediction: {
        theory: exact
          ? `master equation of ${count === 1 ? "one site" : `all ${count} sites`}, three levels each`
          : `mean field (product states) on the device's graph of ${count} sites, three levels each`,
        settings: measurement.settings.map((setting) => setting.name),
        sites: [...bench.sites],
        probabilities,
        quarter_turn: free ? points.map((_, k) => expected(k, Math.PI / 2)) : null,
        half_turn: free ? points.map((_, k) => expected(k, Math.PI)) : null,
        accuracy: points.map((_, k) =>
          twin === expected ? 0 : farthest(undisturbed[0]![k]!, probabilities[k]!),
        ),
        nuisances: [...nuisances],
      },
      curve: drawCurve(),
    }),
  };
}

/** What the measurement will return, all of it here and now. */
export function predictSignals(
  bench: Bench,
  scan: Scan,
  plan: AnalysedPlan,
  uncertainty_hz: number,
  onProgress?: Simulated,
): PredictedSignals {
  const predictor = createPredictor(bench, scan, plan, uncertainty_hz, onProgress);
  return predictor.signals(predictor.nuisances(predictor.uncertain));
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
