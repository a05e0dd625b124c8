import { assignedProbabilities, evaluate, settingUnitary, siteEstimators } from "#analysis/tomography";
import { fullTurn } from "#core/units";
import type { Operation, Setting } from "#ir/operations";
import type { Measurement, Prediction } from "#ir/plan";
import type { Conditions, Platform } from "#ir/platform";
import {
  applyAffine,
  applyUnitary,
  rotationOperator,
  uncoupledEvolution,
  uncoupledState,
} from "#model/evolution";
import { type AffineMap, coordinateCount } from "#model/generator";
import type { Network } from "#model/network";
import { integrate, networkRightHandSide } from "#simulators/index";

/** What the prediction needs of a platform, with profile and knobs filled in. */
export interface Bench {
  readonly sites: readonly string[];
  network(conditions: Conditions): Network;
  readonly carriers: readonly { readonly offset01_hz: number; readonly offset12_hz: number }[];
  readonly rotation_s: number;
}

export function benchOf<P, K>(platform: Platform<P, K>, profile: P, knobs: K): Bench {
  return {
    sites: platform.layout(profile).sites,
    network: (conditions) => platform.network(profile, knobs, conditions),
    carriers: platform.carriers(profile, knobs),
    rotation_s: platform.rotationDuration(profile),
  };
}

/** Accuracy of the coupled evolution; an order of magnitude below what 10⁶ shots resolve. */
const rtol = 1e-7;

/** State of all sites while operations are carried out; times in s since the frames were zeroed. */
interface Progress {
  readonly x: Float64Array;
  time_s: number;
  /** When the last coupled evolution ended. */
  coupled_s: number;
}

/**
 * Carries out operations on the model, up to the measurement.
 *
 * Rotations act at the middle of their pulse; sites evolve freely in both halves. Exact between couplings,
 * integrated while couplings are on.
 */
function carryOut(
  bench: Bench,
  operations: readonly Operation[],
  exchange_hz: number,
  errors_hz: readonly number[],
  start: Progress | undefined,
): Progress {
  const conditions = (stabilisers: boolean, exchange: number): Conditions => ({
    stabilisers,
    exchange_hz: exchange,
    frequency_error_hz: errors_hz,
  });
  const maps = new Map<string, AffineMap[]>();
  const free = (progress: Progress, stabilisers: boolean, duration_s: number) => {
    const key = `${stabilisers}:${duration_s}`;
    let evolution = maps.get(key);
    if (!evolution) {
      evolution = bench
        .network(conditions(stabilisers, 0))
        .sites.map((site) => uncoupledEvolution(site, duration_s));
      maps.set(key, evolution);
    }
    evolution.forEach((map, s) => {
      applyAffine(map, progress.x, s * coordinateCount);
    });
    progress.time_s += duration_s;
  };
  const rotate = (progress: Progress, transition: "01" | "12", angle_rad: number, phase_rad: number) => {
    free(progress, false, bench.rotation_s / 2);
    bench.carriers.forEach((carrier, s) => {
      const offset = transition === "01" ? carrier.offset01_hz : carrier.offset12_hz;
      const unitary = rotationOperator(
        transition === "01" ? 0 : 1,
        angle_rad,
        phase_rad - fullTurn * offset * progress.time_s,
      );
      applyUnitary(unitary, progress.x, s * coordinateCount);
    });
    free(progress, false, bench.rotation_s / 2);
  };
  const progress: Progress = start
    ? { x: start.x.slice(), time_s: start.time_s, coupled_s: start.coupled_s }
    : { x: uncoupledState(bench.network(conditions(false, 0)).sites), time_s: 0, coupled_s: 0 };
  for (const operation of operations) {
    switch (operation.kind) {
      case "prepare":
        rotate(progress, "01", Math.PI, 0);
        break;
      case "stabilise":
        free(progress, true, operation.duration_s);
        break;
      case "rotate": {
        const { transition, angle_rad, phase_rad } = operation.rotation;
        rotate(progress, transition, angle_rad, phase_rad);
        break;
      }
      case "couple":
        if (exchange_hz === 0) free(progress, true, operation.duration_s);
        else {
          const network = bench.network(conditions(true, exchange_hz));
          const f = networkRightHandSide(network);
          integrate(f, 0, progress.x, [operation.duration_s], (_, __, state) => progress.x.set(state), {
            rtol,
          });
          progress.time_s += operation.duration_s;
        }
        progress.coupled_s = progress.time_s;
        break;
      case "evolve":
        free(progress, false, operation.duration_s);
        break;
      case "measure":
        return progress;
    }
  }
  return progress;
}

function settingsOf(operations: readonly Operation[]): readonly Setting[] {
  return operations.flatMap((operation) => (operation.kind === "measure" ? operation.settings : []));
}

/** How the measurement of these operations is read: the frames' phases when the coupling ends. */
export function measurementOf(
  bench: Bench,
  operations: readonly Operation[],
  assignment: readonly number[][][],
): Measurement {
  let time_s = 0;
  let coupled_s = 0;
  for (const operation of operations) {
    if ("duration_s" in operation) time_s += operation.duration_s;
    else if (operation.kind !== "measure") time_s += bench.rotation_s;
    if (operation.kind === "couple") coupled_s = time_s;
  }
  const turn = (offset_hz: number) => {
    const turns = offset_hz * coupled_s;
    return fullTurn * (turns - Math.round(turns));
  };
  const [a1, a2] = bench.network({ stabilisers: false, exchange_hz: 0 }).sites[0]!.ladder;
  return {
    settings: [...settingsOf(operations)],
    ladder: [a1, a2],
    sites: bench.sites.map((id, s) => ({
      id,
      assignment: assignment[s]!,
      frame01_rad: turn(bench.carriers[s]!.offset01_hz),
      frame12_rad: turn(bench.carriers[s]!.offset12_hz),
    })),
  };
}

/** Probabilities of assigned levels, [setting][site][level], for one exchange. */
function probabilitiesAt(
  bench: Bench,
  measurement: Measurement,
  progress: Progress,
  errors_hz: readonly number[],
) {
  return measurement.settings.map((setting) => {
    const rotations: Operation[] = setting.rotations.map((rotation) => ({ kind: "rotate", rotation }));
    const rotated = carryOut(bench, rotations, 0, errors_hz, progress);
    const plain = settingUnitary({ name: "", rotations: [] });
    return measurement.sites.map((site, s) =>
      assignedProbabilities(
        plain,
        site.assignment,
        rotated.x.subarray(s * coordinateCount, (s + 1) * coordinateCount),
      ),
    );
  });
}

/** Frequencies of one site over the settings, from [setting][site][level]. */
const ofSite = (probabilities: readonly (readonly number[][])[], s: number) =>
  probabilities.map((row) => row[s]!);

/**
 * Predicts what the measurement will return, point by point, by mean field on the device's own graph.
 *
 * Expected amplitudes are the analysis's own estimators at the predicted probabilities, so that prediction and
 * data differ by noise alone when plan, program and device agree. For each site one more simulation, its
 * frequency off by 1σ, gives the response to what calibration cannot know.
 *
 * @param uncertainty_hz - 1σ of each site's frequency
 */
export function predictSignals(
  bench: Bench,
  operations: readonly Operation[],
  measurement: Measurement,
  exchange_hz: readonly number[],
  uncertainty_hz: number,
  onProgress: (done: number, of: number) => void = () => {},
): Omit<Prediction, "growth_rate_per_s" | "onset_hz"> {
  const split = operations.findIndex((operation) => operation.kind === "couple");
  const before = operations.slice(0, split);
  const after = operations.slice(split);
  const count = bench.sites.length;
  const zero = Array.from({ length: count }, () => 0);
  const cases = [zero, ...(uncertainty_hz > 0 ? zero.map((_, s) => zero.with(s, uncertainty_hz)) : [])];
  let done = 0;
  const results = cases.map((errors) => {
    const prepared = carryOut(bench, before, 0, errors, undefined);
    return exchange_hz.map((exchange) => {
      const progress = carryOut(bench, after, exchange, errors, prepared);
      onProgress(++done, cases.length * exchange_hz.length);
      return probabilitiesAt(bench, measurement, progress, errors);
    });
  });
  const probabilities = results[0]!;
  const estimators = bench.sites.map((_, s) => siteEstimators(measurement, s));
  const amplitudes = probabilities.map((point) =>
    estimators.map((e, s) => ({
      re: evaluate(e.re, ofSite(point, s)),
      im: evaluate(e.im, ofSite(point, s)),
    })),
  );
  return {
    theory: `mean field (product states) on the device's graph of ${count} sites, three levels each`,
    exchange_hz: [...exchange_hz],
    settings: measurement.settings.map((setting) => setting.name),
    sites: [...bench.sites],
    probabilities,
    nuisances: results.slice(1).map((shifted, s) => ({
      name: `frequency of ${bench.sites[s]}`,
      change: shifted.map((point, k) =>
        point.map((row, i) => row.map((site, j) => site.map((p, l) => p - probabilities[k]![i]![j]![l]!))),
      ),
    })),
    amplitudes,
    order_parameter: amplitudes.map((sites) =>
      Math.hypot(
        sites.reduce((sum, m) => sum + m.re, 0) / count,
        sites.reduce((sum, m) => sum + m.im, 0) / count,
      ),
    ),
    populations: probabilities.map((point) => {
      const mean = (level: 0 | 1 | 2) =>
        estimators.reduce((sum, e, s) => sum + evaluate(e.populations[level], ofSite(point, s)), 0) / count;
      return [mean(0), mean(1), mean(2)];
    }),
  };
}
