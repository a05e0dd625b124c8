import { fullTurn } from "#core/units";
import { type Rotation, type Step, stepsAt, type Tones, tonesOf, turns } from "#ir/operations";
import { scanPoints, sizesOf } from "#ir/scan";
import {
  composeAffine,
  identityMap,
  ladderRotation,
  rotationOperator,
  uncoupledEvolution,
  uncoupledState,
  unitaryMap,
} from "#model/evolution";
import { type AffineMap, coordinateCount } from "#model/generator";
import type { Ladder } from "#model/oscillator";
import {
  type ArrayRun,
  type ArrayState,
  evolveArrays,
  mapSites,
  type NetworkFlow,
  uncorrelatedState,
} from "#simulators/index";
import type { Bench, Scan } from "./bench.ts";

/** State of all sites while steps are carried out; time in s since the frames were zeroed. */
export interface Progress {
  readonly state: ArrayState;
  readonly time_s: number;
}

/** Axes that a device steps through by other settings while its tones are on. */
const settingAxes = ["detuning", "ratio"] as const;

/** Indices of those axes. */
type Place = Readonly<Record<string, number>>;

/** What else a step depends on: the point of the scan, and the exchange. A step without couplers has exchange 0. */
interface Surroundings {
  readonly point: Place | undefined;
  readonly exchange_hz: number;
}

/** A step that a place of the scan comes to. */
interface Wanted {
  readonly place: number;
  /** What was done so far, and the step but for its duration. */
  readonly key: string;
  readonly start: Progress;
  readonly step: Step;
  readonly duration_s: number;
  readonly surroundings: Surroundings;
}

/** A step that lasts, from where something shorter of its kind has ended. */
interface Stay {
  readonly want: Wanted;
  readonly from: Progress;
  readonly lasting_s: number;
}

/** Coupled evolutions that a simulation cannot go on without. */
interface Request {
  readonly runs: readonly ArrayRun[];
  readonly duration_s: number;
  readonly rtol: number;
}

/** A simulation that hands out its coupled evolutions and goes on with what came of them. */
type Working<Result> = Generator<Request, Result, ArrayState[]>;

/**
 * Carries out several simulations side by side: what they ask for at the same time is evolved together, so that both
 * lanes of a kernel are busy to the end. Each is as it would be alone.
 */
export function carryOutTogether<Result>(flow: NetworkFlow, works: readonly Working<Result>[]): Result[] {
  const results: Result[] = [];
  let open = works.map((work, index) => ({ index, work, step: work.next() }));
  while (open.length > 0) {
    const asking = open.flatMap(({ index, work, step }) => {
      if (!step.done) return [{ index, work, request: step.value }];
      results[index] = step.value;
      return [];
    });
    const answers = new Map<number, ArrayState[]>();
    for (const { request, index } of asking) {
      if (answers.has(index)) continue;
      const { duration_s, rtol } = request;
      const alike = asking.filter((a) => a.request.duration_s === duration_s && a.request.rtol === rtol);
      const states = evolveArrays(
        flow,
        alike.flatMap((a) => a.request.runs),
        duration_s,
        rtol,
      );
      let from = 0;
      for (const a of alike) {
        answers.set(a.index, states.slice(from, from + a.request.runs.length));
        from += a.request.runs.length;
      }
    }
    open = asking.map(({ index, work }) => ({ index, work, step: work.next(answers.get(index)!) }));
  }
  return results;
}

function placeOf(point: Place): Place | undefined {
  const set = settingAxes.filter((name) => point[name] !== undefined);
  return set.length === 0 ? undefined : Object.fromEntries(set.map((name) => [name, point[name]!]));
}

const keyOf = (point: Place | undefined) => settingAxes.map((name) => point?.[name]).join();

/** Maps of all sites, by site. */
type MapOfSite = (site: number) => AffineMap;

/**
 * Maps of single sites, each computed once: free evolution by (tones, point, duration), pulses by (rotation, tones,
 * point, time), both for every site and frequency error of it.
 */
export class SiteMaps {
  readonly #bench: Bench;
  /** By condition, then by site, then by frequency error. */
  readonly #maps = new Map<string, Map<number, AffineMap>[]>();

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  free(errors_hz: readonly number[], tones: Tones, point: Place | undefined, duration_s: number): MapOfSite {
    return this.#remembered(errors_hz, `${tones}|${keyOf(point)}|${duration_s}`, () => {
      const network = this.#bench.network({
        tones,
        exchange_hz: 0,
        frequency_error_hz: errors_hz,
        ...(point === undefined ? {} : { point }),
      });
      return (s) => uncoupledEvolution(network.sites[s]!, duration_s);
    });
  }

  /**
   * A rotation that begins at `time_s`: a train of small ones, one in the middle of each slice of the pulse, with
   * free evolution between, so that decoherence during the pulse counts.
   */
  pulse(
    errors_hz: readonly number[],
    rotation: Rotation,
    tones: Tones,
    point: Place | undefined,
    time_s: number,
  ): MapOfSite {
    const { transition, angle_rad, phase_rad } = rotation;
    const key = `${tones}|${keyOf(point)}|${transition}|${angle_rad}|${phase_rad}|${time_s}`;
    return this.#remembered(errors_hz, key, () => {
      const { duration_s, slices, whole_ladder } = this.#bench.rotation;
      const half_s = duration_s / slices.length / 2;
      const free = this.free(errors_hz, tones, point, half_s);
      return (s) => {
        const ladder = whole_ladder ? this.#ladder(s) : undefined;
        const carrier = this.#bench.carriers[s]!;
        const offset = transition === "01" ? carrier.offset01_hz : carrier.offset12_hz;
        return slices.reduce<AffineMap>((map, part, k) => {
          const phase = phase_rad - fullTurn * offset * (time_s + (2 * k + 1) * half_s);
          const lower = transition === "01" ? 0 : 1;
          const turn = unitaryMap(
            ladder === undefined
              ? rotationOperator(lower, angle_rad * part, phase)
              : ladderRotation(lower, angle_rad * part, phase, ladder),
          );
          return [free(s), turn, free(s)].reduce((first, then) => composeAffine(then, first), map);
        }, identityMap());
      };
    });
  }

  #ladder(s: number): Ladder {
    return this.#bench.network({ tones: "none", exchange_hz: 0 }).sites[s]!.ladder;
  }

  /** @param make - how maps that are not known yet are computed; called once if there are any */
  #remembered(errors_hz: readonly number[], key: string, make: () => MapOfSite): MapOfSite {
    let bySite = this.#maps.get(key);
    if (!bySite) {
      bySite = errors_hz.map(() => new Map());
      this.#maps.set(key, bySite);
    }
    const known = bySite;
    let making: MapOfSite | undefined;
    return (s) => {
      let map = known[s]!.get(errors_hz[s]!);
      if (!map) {
        making ??= make();
        map = making(s);
        known[s]!.set(errors_hz[s]!, map);
      }
      return map;
    };
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

  /** All points, in order. */
  states(onPoint: () => void = () => {}): Working<Progress[]> {
    return this.#carryOut(
      scanPoints(this.#scan.axes).map((point) => ({
        point,
        exchange_hz: this.#scan.exchange_hz[point.exchange ?? 0]!,
      })),
      onPoint,
    );
  }

  /** The first point of a scan of the exchange alone, at other values of it. */
  statesAt(exchange_hz: readonly number[], onPoint: () => void = () => {}): Working<Progress[]> {
    return this.#carryOut(
      exchange_hz.map((value) => ({ point: { exchange: 0 }, exchange_hz: value })),
      onPoint,
    );
  }

  /** Step by step for all places together, so that those that are coupled at the same time are advanced side by side. */
  *#carryOut(
    places: readonly { readonly point: Readonly<Record<string, number>>; readonly exchange_hz: number }[],
    onPoint: () => void,
  ): Working<Progress[]> {
    const { axes, operations } = this.#scan;
    const sizes = sizesOf(axes);
    const ways = places.map((place) => ({
      ...place,
      steps: stepsAt(operations, sizes, place.point).filter(({ kind }) => kind !== "prepare"),
      key: "",
      progress: this.#ground(),
    }));
    const longest = Math.max(...ways.map(({ steps }) => steps.length));
    for (let k = 0; k < longest; k++) {
      const wanted: Wanted[] = ways.flatMap((way, place) => {
        const step = way.steps[k];
        if (step === undefined || step.kind === "measure") return [];
        const surroundings = {
          point: tonesOf(step) === "none" ? undefined : placeOf(way.point),
          exchange_hz: step.kind === "couple" ? way.exchange_hz : 0,
        };
        const duration_s = "duration_s" in step ? step.duration_s : 0;
        const key = `${way.key}|${JSON.stringify([{ ...step, duration_s: 0 }, surroundings])}`;
        return [{ place, key, start: way.progress, step, duration_s, surroundings }];
      });
      yield* this.#learn(wanted);
      for (const { place, key, duration_s } of wanted) {
        const way = ways[place]!;
        way.progress = this.#known.get(key)!.find((entry) => entry.duration_s === duration_s)!.progress;
        way.key = `${key}:${duration_s}`;
      }
    }
    return ways.map(({ progress }) => {
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
    const x = uncoupledState(network.sites);
    if (this.#bench.prepared) {
      const [p0, , p2] = this.#bench.prepared;
      for (let at = 0; at < x.length; at += coordinateCount) x.set([p0, p2], at);
    }
    return { state: uncorrelatedState(x), time_s: 0 };
  }

  /** Works out what is wanted and not known yet; a longer stay goes on where a shorter one has ended. */
  *#learn(wanted: readonly Wanted[]): Working<void> {
    let open = wanted;
    while (open.length > 0) {
      const next = new Map<string, Wanted>();
      for (const want of open) {
        const known = this.#known.get(want.key) ?? [];
        this.#known.set(want.key, known);
        if (known.some((entry) => entry.duration_s === want.duration_s)) continue;
        const before = next.get(want.key);
        if (before === undefined || want.duration_s < before.duration_s) next.set(want.key, want);
      }
      const stays: Stay[] = [];
      for (const want of next.values()) {
        const { key, start, step, duration_s, surroundings } = want;
        const known = this.#known.get(key)!;
        if (step.kind === "rotate") {
          const progress = this.#rotate(start, step.rotation, tonesOf(step), surroundings.point);
          known.push({ duration_s, progress });
          continue;
        }
        const shorter = known
          .filter((entry) => entry.duration_s < duration_s)
          .toSorted((a, b) => b.duration_s - a.duration_s)[0];
        stays.push({
          want,
          from: shorter?.progress ?? start,
          lasting_s: duration_s - (shorter?.duration_s ?? 0),
        });
      }
      yield* this.#stay(stays);
      open = open.filter(
        ({ key, duration_s }) => !this.#known.get(key)!.some((entry) => entry.duration_s === duration_s),
      );
    }
  }

  *#stay(stays: readonly Stay[]): Working<void> {
    const durations = new Set(stays.map(({ lasting_s }) => lasting_s));
    for (const lasting_s of durations) {
      const equal = stays.filter((stay) => stay.lasting_s === lasting_s);
      const coupled = equal.filter(({ want }) => want.surroundings.exchange_hz !== 0);
      const runs = coupled.map(({ want, from }) => ({
        state: from.state,
        network: this.#networkOf(want, from.time_s),
      }));
      const states = runs.length === 0 ? [] : yield { runs, duration_s: lasting_s, rtol: this.#rtol };
      for (const { want, from } of equal) {
        const { step, surroundings, key, duration_s } = want;
        const at = coupled.findIndex((stay) => stay.want === want);
        const state =
          at < 0
            ? mapSites(
                from.state,
                this.#maps.free(this.#errors_hz, tonesOf(step), surroundings.point, lasting_s),
              )
            : states[at]!;
        this.#known.get(key)!.push({ duration_s, progress: { state, time_s: from.time_s + lasting_s } });
      }
    }
  }

  #networkOf({ step, surroundings: { point, exchange_hz } }: Wanted, start_s: number) {
    return this.#bench.network({
      tones: tonesOf(step),
      exchange_hz,
      start_s,
      frequency_error_hz: this.#errors_hz,
      ...(step.kind === "couple" && step.bonds ? { bonds: step.bonds } : {}),
      ...(point === undefined ? {} : { point }),
    });
  }

  #rotate({ state, time_s }: Progress, rotation: Rotation, tones: Tones, point: Place | undefined): Progress {
    const { duration_s } = this.#bench.rotation;
    const turned = this.#maps.pulse(this.#errors_hz, rotation, tones, point, time_s);
    const still = this.#maps.free(this.#errors_hz, tones, point, duration_s);
    const mapOf = (s: number) => (turns(rotation, this.#bench.sites[s]!) ? turned : still)(s);
    return { state: mapSites(state, mapOf), time_s: time_s + duration_s };
  }
}
