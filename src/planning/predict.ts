import { assignedProbabilities, evaluate, settingUnitary, siteEstimators } from "#analysis/tomography";
import { fullTurn } from "#core/units";
import type { Operation, Rotation, Setting } from "#ir/operations";
import type { Measurement, Prediction } from "#ir/plan";
import type { Conditions, Platform } from "#ir/platform";
import {
  applyAffine,
  composeAffine,
  identityMap,
  rotationOperator,
  uncoupledEvolution,
  uncoupledState,
  unitaryMap,
} from "#model/evolution";
import { type AffineMap, coordinateCount } from "#model/generator";
import type { Network } from "#model/network";
import { integrate, networkRightHandSide } from "#simulators/index";

/** Points of the drawn curve for each step of the scan. */
const refinement = 4;

/** What the prediction needs of a platform, with profile and knobs filled in. */
export interface Bench {
  readonly sites: readonly string[];
  network(conditions: Conditions): Network;
  readonly carriers: readonly { readonly offset01_hz: number; readonly offset12_hz: number }[];
  /** Duration of a rotation and the part of its angle in each slice. */
  readonly rotation: { readonly duration_s: number; readonly slices: readonly number[] };
}

export function benchOf<P, K>(platform: Platform<P, K>, profile: P, knobs: K): Bench {
  return {
    sites: platform.layout(profile).sites,
    network: (conditions) => platform.network(profile, knobs, conditions),
    carriers: platform.carriers(profile, knobs),
    rotation: platform.rotation(profile),
  };
}

/** Tolerance of the coupled evolution: for the expected signals, and for their small changes. */
const fine = 1e-8;
const coarse = 1e-6;

/** State of all sites while operations are carried out; times in s since the frames were zeroed. */
interface Progress {
  readonly x: Float64Array;
  time_s: number;
  /** When the last coupled evolution ended. */
  coupled_s: number;
}

/**
 * Maps of single sites, computed once: free evolution by (site, frequency error, tones, duration), pulses by
 * (site, frequency error, rotation, time).
 */
class SiteMaps {
  readonly #bench: Bench;
  readonly #maps = new Map<string, AffineMap>();

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  free(errors_hz: readonly number[], s: number, stabilisers: boolean, duration_s: number): AffineMap {
    return this.#cached(`${s}|${errors_hz[s]}|${stabilisers}|${duration_s}`, () => {
      const conditions = { stabilisers, exchange_hz: 0, frequency_error_hz: errors_hz };
      return uncoupledEvolution(this.#bench.network(conditions).sites[s]!, duration_s);
    });
  }

  /**
   * A rotation that begins at `time_s`: a train of small ones, one in the middle of each slice of the pulse, with
   * free evolution between, so that decoherence during the pulse counts.
   */
  pulse(
    errors_hz: readonly number[],
    s: number,
    rotation: Rotation,
    stabilised: boolean,
    time_s: number,
  ): AffineMap {
    const { transition, angle_rad, phase_rad } = rotation;
    return this.#cached(
      `${s}|${errors_hz[s]}|${stabilised}|${transition}|${angle_rad}|${phase_rad}|${time_s}`,
      () => {
        const { duration_s, slices } = this.#bench.rotation;
        const half_s = duration_s / slices.length / 2;
        const free = this.free(errors_hz, s, stabilised, half_s);
        const carrier = this.#bench.carriers[s]!;
        const offset = transition === "01" ? carrier.offset01_hz : carrier.offset12_hz;
        return slices.reduce<AffineMap>((map, part, k) => {
          const phase = phase_rad - fullTurn * offset * (time_s + (2 * k + 1) * half_s);
          const turn = unitaryMap(rotationOperator(transition === "01" ? 0 : 1, angle_rad * part, phase));
          return [free, turn, free].reduce((first, then) => composeAffine(then, first), map);
        }, identityMap());
      },
    );
  }

  #cached(key: string, make: () => AffineMap): AffineMap {
    let map = this.#maps.get(key);
    if (!map) {
      map = make();
      this.#maps.set(key, map);
    }
    return map;
  }
}

/**
 * Carries out operations on the model, up to the measurement. Exact between couplings, integrated while couplings
 * are on.
 */
function carryOut(
  maps: SiteMaps,
  bench: Bench,
  operations: readonly Operation[],
  exchange_hz: number,
  errors_hz: readonly number[],
  rtol: number,
  start: Progress | undefined,
): Progress {
  const progress: Progress = start
    ? { x: start.x.slice(), time_s: start.time_s, coupled_s: start.coupled_s }
    : {
        x: uncoupledState(
          bench.network({ stabilisers: false, exchange_hz: 0, frequency_error_hz: errors_hz }).sites,
        ),
        time_s: 0,
        coupled_s: 0,
      };
  const everySite = (duration_s: number, mapOf: (s: number) => AffineMap) => {
    for (let s = 0; s < bench.sites.length; s++) applyAffine(mapOf(s), progress.x, s * coordinateCount);
    progress.time_s += duration_s;
  };
  const free = (stabilisers: boolean, duration_s: number) =>
    everySite(duration_s, (s) => maps.free(errors_hz, s, stabilisers, duration_s));
  const rotate = (rotation: Rotation, stabilised: boolean) => {
    const begin_s = progress.time_s;
    everySite(bench.rotation.duration_s, (s) => maps.pulse(errors_hz, s, rotation, stabilised, begin_s));
  };
  for (const operation of operations) {
    switch (operation.kind) {
      case "prepare":
        break;
      case "stabilise":
        free(true, operation.duration_s);
        break;
      case "rotate":
        rotate(operation.rotation, operation.stabilised);
        break;
      case "couple":
        if (exchange_hz === 0) free(true, operation.duration_s);
        else {
          const network = bench.network({ stabilisers: true, exchange_hz, frequency_error_hz: errors_hz });
          const f = networkRightHandSide(network);
          integrate(f, 0, progress.x, [operation.duration_s], (_, __, state) => progress.x.set(state), {
            rtol,
          });
          progress.time_s += operation.duration_s;
        }
        progress.coupled_s = progress.time_s;
        break;
      case "evolve":
        free(false, operation.duration_s);
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
    else if (operation.kind === "rotate") time_s += bench.rotation.duration_s;
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

/** Turns the common phase of all sites: ρ₀₁ and ρ₁₂ by φ, ρ₀₂ by 2φ. */
function turnCommonPhase(x: Float64Array, phase_rad: number): Float64Array {
  const turned = x.slice();
  const turn = (at: number, angle: number) => {
    const [re, im] = [x[at]!, x[at + 1]!];
    turned[at] = Math.cos(angle) * re - Math.sin(angle) * im;
    turned[at + 1] = Math.sin(angle) * re + Math.cos(angle) * im;
  };
  for (let o = 0; o < x.length; o += coordinateCount) {
    turn(o + 2, phase_rad);
    turn(o + 4, phase_rad);
    turn(o + 6, 2 * phase_rad);
  }
  return turned;
}

/** Probabilities of assigned levels, [setting][site][level]. */
type SettingProbabilities = number[][][];

/** What the read-out shows of one state, its common phase turned by `phase_rad` first. */
function readOut(
  maps: SiteMaps,
  bench: Bench,
  measurement: Measurement,
  progress: Progress,
  errors_hz: readonly number[],
  phase_rad = 0,
): SettingProbabilities {
  const start = { ...progress, x: turnCommonPhase(progress.x, phase_rad) };
  const plain = settingUnitary({ name: "", rotations: [] });
  return measurement.settings.map((setting) => {
    const rotations: Operation[] = setting.rotations.map((rotation) => ({
      kind: "rotate",
      rotation,
      stabilised: false,
    }));
    const rotated = carryOut(maps, bench, rotations, 0, errors_hz, coarse, start);
    return measurement.sites.map((site, s) =>
      assignedProbabilities(
        plain,
        site.assignment,
        rotated.x.subarray(s * coordinateCount, (s + 1) * coordinateCount),
      ),
    );
  });
}

/** Small changes are known to three digits at best; more would only fill files. */
const significant = (value: number) => Number(value.toPrecision(4));

/** Frequencies of one site over the settings, from [setting][site][level]. */
const ofSite = (probabilities: SettingProbabilities, s: number) => probabilities.map((row) => row[s]!);

type Estimators = readonly ReturnType<typeof siteEstimators>[];

function amplitudesOf(estimators: Estimators, probabilities: SettingProbabilities) {
  return estimators.map((e, s) => ({
    re: evaluate(e.re, ofSite(probabilities, s)),
    im: evaluate(e.im, ofSite(probabilities, s)),
  }));
}

function meanAmplitude(amplitudes: readonly { re: number; im: number }[]) {
  return {
    re: amplitudes.reduce((sum, m) => sum + m.re, 0) / amplitudes.length,
    im: amplitudes.reduce((sum, m) => sum + m.im, 0) / amplitudes.length,
  };
}

/**
 * Predicts what the measurement will return, point by point, by mean field on the device's own graph.
 *
 * Expected amplitudes are the analysis's own estimators at the predicted probabilities, so that prediction and
 * data differ by noise alone when plan, program and device agree. The common phase of the group is free (the
 * model has no preferred phase, and a coupling known to 10⁻³ turns it by a radian): the prediction holds what a
 * quarter turn of it would show, and validation fits it. For each site one more simulation, its frequency off by
 * 1σ, gives the response to what calibration cannot know.
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
  // The first case is the prediction; the second its coarse twin, from which changes are counted.
  const shifted = uncertainty_hz > 0 ? zero.map((_, s) => zero.with(s, uncertainty_hz)) : [];
  const cases = [zero, zero, ...shifted];
  const estimators = bench.sites.map((_, s) => siteEstimators(measurement, s));
  const maps = new SiteMaps(bench);
  const between = exchange_hz.slice(1).flatMap((to, k) => {
    const from = exchange_hz[k]!;
    return Array.from({ length: refinement - 1 }, (_, i) => from + ((to - from) * (i + 1)) / refinement);
  });
  const work = cases.length * exchange_hz.length + between.length;
  let done = 0;
  const states = cases.map((errors, c) => {
    const rtol = c === 0 ? fine : coarse;
    const prepared = carryOut(maps, bench, before, 0, errors, rtol, undefined);
    return exchange_hz.map((exchange) => {
      const progress = carryOut(maps, bench, after, exchange, errors, rtol, prepared);
      onProgress(++done, work);
      return progress;
    });
  });
  const read = (c: number, k: number, phase_rad = 0) =>
    readOut(maps, bench, measurement, states[c]![k]!, cases[c]!, phase_rad);
  const probabilities = exchange_hz.map((_, k) => read(0, k));
  const amplitudes = probabilities.map((point) => amplitudesOf(estimators, point));
  const orderParameter = (sites: readonly { re: number; im: number }[]) => {
    const mean = meanAmplitude(sites);
    return Math.hypot(mean.re, mean.im);
  };
  const rested = carryOut(maps, bench, before, 0, zero, coarse, undefined);
  const curve = [
    ...exchange_hz.map((exchange, k) => ({ exchange, value: orderParameter(amplitudes[k]!) })),
    ...between.map((exchange) => {
      const progress = carryOut(maps, bench, after, exchange, zero, coarse, rested);
      onProgress(++done, work);
      const shown = readOut(maps, bench, measurement, progress, zero);
      return { exchange, value: orderParameter(amplitudesOf(estimators, shown)) };
    }),
  ].toSorted((a, b) => a.exchange - b.exchange);
  /** A case at one point, its common phase brought to the prediction's and then turned. */
  const aligned = (c: number, k: number, turn = 0): SettingProbabilities => {
    const expected = meanAmplitude(amplitudes[k]!);
    const { re, im } = meanAmplitude(amplitudesOf(estimators, read(c, k)));
    return read(c, k, Math.atan2(expected.im, expected.re) - Math.atan2(im, re) + turn);
  };
  const difference = (a: SettingProbabilities, b: SettingProbabilities): SettingProbabilities =>
    a.map((row, i) => row.map((site, j) => site.map((p, l) => significant(p - b[i]![j]![l]!))));
  const changes = (c: number, turn: number) =>
    exchange_hz.map((_, k) => difference(aligned(c, k, turn), aligned(1, k, turn)));
  const accuracy = exchange_hz.map((_, k) =>
    Math.max(...difference(aligned(1, k), probabilities[k]!).flat(2).map(Math.abs)),
  );
  return {
    theory: `mean field (product states) on the device's graph of ${count} sites, three levels each`,
    exchange_hz: [...exchange_hz],
    settings: measurement.settings.map((setting) => setting.name),
    sites: [...bench.sites],
    probabilities,
    quarter_turn: exchange_hz.map((_, k) => read(0, k, Math.PI / 2)),
    half_turn: exchange_hz.map((_, k) => read(0, k, Math.PI)),
    accuracy,
    nuisances: shifted.map((_, s) => ({
      name: `frequency of ${bench.sites[s]}`,
      change: changes(s + 2, 0),
      quarter_turn: changes(s + 2, Math.PI / 2),
      half_turn: changes(s + 2, Math.PI),
    })),
    amplitudes,
    order_parameter: amplitudes.map(orderParameter),
    curve: {
      exchange_hz: curve.map((point) => point.exchange),
      order_parameter: curve.map((point) => point.value),
    },
    populations: probabilities.map((point) => {
      const mean = (level: 0 | 1 | 2) =>
        estimators.reduce((sum, e, s) => sum + evaluate(e.populations[level], ofSite(point, s)), 0) / count;
      return [mean(0), mean(1), mean(2)];
    }),
  };
}
