import { fullTurn } from "#core/units";
import { type Rotation, type Step, stepsAt, type Tones, tonesOf, turns } from "#ir/operations";
import { scanPoints, sizesOf } from "#ir/scan";
import {
  composeAffine,
  identityMap,
  rotationOperator,
  uncoupledEvolution,
  uncoupledState,
  unitaryMap,
} from "#model/evolution";
import type { AffineMap } from "#model/generator";
import { type ArrayState, evolveArray, mapSites, uncorrelatedState } from "#simulators/index";
import type { Bench, Scan } from "./bench.ts";

/** State of all sites while steps are carried out; time in s since the frames were zeroed. */
export interface Progress {
  readonly state: ArrayState;
  readonly time_s: number;
}

/**
 * What else a step depends on: the point of the scan, by the index of the axis `detuning`, and the exchange. A step
 * without couplers has exchange 0.
 */
interface Surroundings {
  readonly detuning: number | undefined;
  readonly exchange_hz: number;
}

/**
 * Maps of single sites, computed once: free evolution by (site, frequency error, tones, detuning, duration), pulses by
 * (site, frequency error, rotation, time).
 */
export class SiteMaps {
  readonly #bench: Bench;
  readonly #maps = new Map<string, AffineMap>();

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  free(
    errors_hz: readonly number[],
    s: number,
    tones: Tones,
    detuning: number | undefined,
    duration_s: number,
  ): AffineMap {
    return this.#cached(`${s}|${errors_hz[s]}|${tones}|${detuning}|${duration_s}`, () => {
      const network = this.#bench.network({
        tones,
        exchange_hz: 0,
        frequency_error_hz: errors_hz,
        ...(detuning === undefined ? {} : { point: { detuning } }),
      });
      return uncoupledEvolution(network.sites[s]!, duration_s);
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
    tones: Tones,
    detuning: number | undefined,
    time_s: number,
  ): AffineMap {
    const { transition, angle_rad, phase_rad } = rotation;
    return this.#cached(
      `${s}|${errors_hz[s]}|${tones}|${detuning}|${transition}|${angle_rad}|${phase_rad}|${time_s}`,
      () => {
        const { duration_s, slices } = this.#bench.rotation;
        const half_s = duration_s / slices.length / 2;
        const free = this.free(errors_hz, s, tones, detuning, half_s);
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
 * Carries out the steps of a scan on the model, up to the measurement: exact between couplings; while couplings are on
 * by mean field, or exactly where the array is small. What points have in common is done once.
 */
export class ScanSimulation {
  readonly #bench: Bench;
  readonly #maps: SiteMaps;
  readonly #scan: Scan;
  readonly #errors_hz: readonly number[];
  readonly #rtol: number;
  /** States after a beginning, by what was done; each with durations of its last step. */
  readonly #known = new Map<string, { duration_s: number; progress: Progress }[]>();

  constructor(bench: Bench, maps: SiteMaps, scan: Scan, errors_hz: readonly number[], rtol: number) {
    this.#bench = bench;
    this.#maps = maps;
    this.#scan = scan;
    this.#errors_hz = errors_hz;
    this.#rtol = rtol;
  }

  /** @param exchange_hz - instead of the scan's */
  stateAt(point: Readonly<Record<string, number>>, exchange_hz?: number): Progress {
    const { axes, operations, exchange_hz: values } = this.#scan;
    const exchange = exchange_hz ?? values[point.exchange ?? 0]!;
    let key = "";
    let progress = this.#ground();
    for (const step of stepsAt(operations, sizesOf(axes), point)) {
      if (step.kind === "measure") break;
      if (step.kind === "prepare") continue;
      const surroundings = {
        detuning: tonesOf(step) === "none" ? undefined : point.detuning,
        exchange_hz: step.kind === "couple" ? exchange : 0,
      };
      const duration_s = "duration_s" in step ? step.duration_s : 0;
      const lasting = `${key}|${JSON.stringify([{ ...step, duration_s: 0 }, surroundings])}`;
      progress = this.#after(lasting, progress, step, duration_s, surroundings);
      key = `${lasting}:${duration_s}`;
    }
    return progress;
  }

  /** All points, in order. */
  states(onPoint: () => void = () => {}): Progress[] {
    return scanPoints(this.#scan.axes).map((point) => {
      const progress = this.stateAt(point);
      onPoint();
      return progress;
    });
  }

  /** What a rotation makes of a state when everything else is off. */
  rotated(progress: Progress, rotation: Rotation): Progress {
    return this.#rotate(progress, rotation, "none", undefined);
  }

  #ground(): Progress {
    const network = this.#bench.network({
      tones: "none",
      exchange_hz: 0,
      frequency_error_hz: this.#errors_hz,
    });
    return { state: uncorrelatedState(uncoupledState(network.sites)), time_s: 0 };
  }

  #after(key: string, start: Progress, step: Step, duration_s: number, surroundings: Surroundings): Progress {
    const known = this.#known.get(key) ?? [];
    this.#known.set(key, known);
    const same = known.find((entry) => entry.duration_s === duration_s);
    if (same) return same.progress;
    // A longer stay goes on where a shorter one has ended.
    const shorter = known
      .filter((entry) => entry.duration_s < duration_s)
      .toSorted((a, b) => b.duration_s - a.duration_s)[0];
    const progress =
      step.kind === "rotate"
        ? this.#rotate(start, step.rotation, tonesOf(step), surroundings.detuning)
        : this.#stay(shorter?.progress ?? start, step, duration_s - (shorter?.duration_s ?? 0), surroundings);
    known.push({ duration_s, progress });
    return progress;
  }

  #stay(
    { state, time_s }: Progress,
    step: Step,
    duration_s: number,
    { detuning, exchange_hz }: Surroundings,
  ) {
    const tones = tonesOf(step);
    const after_s = time_s + duration_s;
    if (exchange_hz === 0) {
      const mapOf = (s: number) => this.#maps.free(this.#errors_hz, s, tones, detuning, duration_s);
      return { state: mapSites(state, mapOf), time_s: after_s };
    }
    const network = this.#bench.network({
      tones,
      exchange_hz,
      frequency_error_hz: this.#errors_hz,
      ...(step.kind === "couple" && step.bonds ? { bonds: step.bonds } : {}),
      ...(detuning === undefined ? {} : { point: { detuning } }),
    });
    return { state: evolveArray(state, network, duration_s, this.#rtol), time_s: after_s };
  }

  #rotate(
    { state, time_s }: Progress,
    rotation: Rotation,
    tones: Tones,
    detuning: number | undefined,
  ): Progress {
    const { duration_s } = this.#bench.rotation;
    const mapOf = (s: number) =>
      turns(rotation, this.#bench.sites[s]!)
        ? this.#maps.pulse(this.#errors_hz, s, rotation, tones, detuning, time_s)
        : this.#maps.free(this.#errors_hz, s, tones, detuning, duration_s);
    return { state: mapSites(state, mapOf), time_s: time_s + duration_s };
  }
}
