import type { Complex } from "#core/complex";
import { invalidInput } from "#core/errors";
import { coordinateCount } from "#model/generator";
import type { Network } from "#model/network";
import { networkRightHandSide, raisingAmplitude } from "../mean-field/network.ts";
import { findRotatingWave, largestAmplitude, type RotatingWave } from "../mean-field/rotating-wave.ts";
import { onsetNear } from "./onset.ts";
import { rootBetween } from "./root.ts";
import {
  correctWave,
  parameterOf,
  stateOf,
  tangentAt,
  type WaveFamily,
  waveExponents,
} from "./wave-equations.ts";

export interface ContinuationOptions {
  /** Parameters between which the branch is followed; `networkAt` must hold a hair beyond them. */
  readonly range: readonly [from: number, to: number];
  /** Sign of the first change of the parameter, default 1. */
  readonly direction?: 1 | -1;
  /** Arclengths in (x, ω, parameter/width of the range): default 0.01, at most 0.05, at least 1e-9. */
  readonly firstStep?: number;
  readonly maxStep?: number;
  readonly minStep?: number;
  /** Default 2000. */
  readonly maxPoints?: number;
}

export interface BranchPoint {
  readonly parameter: number;
  readonly frequency: number;
  /** |⟨A†⟩| per site. */
  readonly amplitudes: readonly number[];
  readonly stable: boolean;
  /** The two with the largest real parts, in the frame of the wave, without the zero of the common phase. */
  readonly exponents: readonly Complex[];
  /** M·8 coordinates. */
  readonly state: Float64Array;
}

/**
 * fold: the branch turns back in the parameter. hopf: a pair of exponents crosses the imaginary axis (the amplitude
 * starts to breathe). branch: a real exponent crosses zero without a fold (another branch crosses). onset: the
 * amplitude reaches zero.
 */
export interface SpecialPoint {
  readonly kind: "fold" | "hopf" | "branch" | "onset";
  readonly parameter: number;
  /** Of the wave. */
  readonly frequency: number;
  /** hopf: |Im| of the pair, the rate of the breathing; else 0. */
  readonly breathing: number;
}

export interface WaveBranch {
  /** In the order of the arclength, from the start on. */
  readonly points: readonly BranchPoint[];
  /** In the same order. */
  readonly special: readonly SpecialPoint[];
  /** stalled: no step length leads on. */
  readonly end: "range" | "onset" | "points" | "stalled";
}

interface Place {
  readonly u: Float64Array;
  readonly tangent: Float64Array;
  readonly exponents: readonly Complex[];
  readonly amplitude: number;
}

/** Cosine of the largest angle between the tangents of neighbouring points. */
const straightness = 0.97;

/**
 * Follows a rotating wave in one parameter by its arclength, through folds and through changes of stability.
 *
 * Between neighbouring points a sign change of the tangent's parameter component is a fold, a change of the number
 * of unstable exponents a Hopf or a branch point; each is located on the branch itself. A branch whose amplitude
 * goes to zero ends at the onset, which is solved for as an eigenvalue problem of the unsynchronized state. A closed
 * branch is gone round until `maxPoints`. Two crossings of the same exponent within one step cancel and are missed:
 * `maxStep` bounds how far apart they can be.
 *
 * @param networkAt - connected network at a parameter, smooth in it, rates of order one
 * @param start - a rotating wave and the parameter it belongs to, within the range
 * @throws EntrainError `input.invalid` when there is no wave at the start
 * @source pseudo-arclength continuation: Keller, in Applications of Bifurcation Theory (1977); Kuznetsov, Elements
 *   of Applied Bifurcation Theory, §10.2–10.3
 * @accuracy points 1e-11, special points 1e-10 in the parameter (test/unit/simulators-continuation)
 */
export function continueWave(
  networkAt: (parameter: number) => Network,
  start: { readonly parameter: number; readonly wave: Pick<RotatingWave, "state"> },
  options: ContinuationOptions,
): WaveBranch {
  const [low, high] = options.range;
  if (!(low < high && start.parameter >= low && start.parameter <= high)) {
    throw invalidInput({
      path: "range",
      message: "the range must be ascending and hold the parameter of the start",
      found: [low, start.parameter, high],
      expected: "from <= start <= to",
    });
  }
  const family: WaveFamily = { networkAt, scale: high - low };
  const maxStep = options.maxStep ?? 0.05;
  const minStep = options.minStep ?? 1e-9;
  const maxPoints = options.maxPoints ?? 2000;
  const points: BranchPoint[] = [];
  const special: SpecialPoint[] = [];
  const network = networkAt(start.parameter);
  const describe = (place: Place): BranchPoint => ({
    parameter: parameterOf(family, place.u),
    frequency: place.u[place.u.length - 2]!,
    amplitudes: network.sites.map((_, s) => Math.hypot(...amplitudeAt(family, place.u, s))),
    stable: (place.exponents[0]?.re ?? 0) < 0,
    exponents: place.exponents.slice(0, 2),
    state: stateOf(place.u),
  });

  let place = firstPlace(family, network, start, options.direction ?? 1);
  points.push(describe(place));
  let largest = place.amplitude;
  let step = Math.min(options.firstStep ?? 0.01, maxStep);
  const finish = (end: WaveBranch["end"]): WaveBranch => ({ points, special, end });

  while (points.length < maxPoints) {
    const next = advance(family, place, step);
    if (!next) {
      step /= 2;
      if (step < minStep) return finish("stalled");
      continue;
    }
    const met = crossings(family, place, next.place);
    const outside = [...met.map((crossing) => crossing.place), next.place].find(({ u }) => {
      const parameter = parameterOf(family, u);
      return parameter < low || parameter > high;
    });
    if (outside) {
      const last = edgeBetween(family, place, outside, options.range);
      if (!last) return finish("stalled");
      if (last !== place) {
        special.push(...crossings(family, place, last).map(({ point }) => point));
        points.push(describe(last));
      }
      return finish("range");
    }
    special.push(...met.map(({ point }) => point));
    const before = place;
    place = next.place;
    points.push(describe(place));
    largest = Math.max(largest, place.amplitude);
    const onset = onsetAhead(family, before, place, largest);
    if (onset) {
      special.push({ kind: "onset", ...onset, breathing: 0 });
      return finish("onset");
    }
    if (next.iterations <= 3 && next.straightness > 0.995) step = Math.min(1.5 * step, maxStep);
  }
  return finish("points");
}

function amplitudeAt(family: WaveFamily, u: Float64Array, s: number): [number, number] {
  return raisingAmplitude(family.networkAt(parameterOf(family, u)).sites, u, s);
}

function firstPlace(
  family: WaveFamily,
  network: Network,
  start: { readonly parameter: number; readonly wave: Pick<RotatingWave, "state"> },
  direction: 1 | -1,
): Place {
  const wave = findRotatingWave(network, networkRightHandSide(network), start.wave.state);
  if (!wave) {
    throw invalidInput({
      path: "start",
      message: "there is no rotating wave near the given state",
      found: start.parameter,
      expected: "a state close to a rotating wave of the network at the start",
    });
  }
  const n = wave.state.length;
  const u = new Float64Array(n + 2);
  u.set(wave.state);
  u[n] = wave.frequency;
  u[n + 1] = start.parameter / family.scale;
  const ahead = new Float64Array(n + 2);
  ahead[n + 1] = direction;
  const tangent = tangentAt(family, u, ahead);
  if (!tangent) {
    throw invalidInput({
      path: "start",
      message: "the branch turns back or meets another one at the start",
      found: start.parameter,
      expected: "a start away from folds and branch points",
    });
  }
  return { u, tangent, exponents: waveExponents(family, u), amplitude: largestAmplitude(network, u) };
}

/** One step along the tangent; undefined when it is too long. */
function advance(family: WaveFamily, from: Place, step: number) {
  const guess = from.u.map((value, i) => value + step * from.tangent[i]!);
  const corrected = correctWave(family, from.u, guess, from.tangent);
  if (!corrected || corrected.iterations > 6) return undefined;
  const { u, iterations } = corrected;
  const tangent = tangentAt(family, u, from.tangent);
  if (!tangent) return undefined;
  const cosine = dot(tangent, from.tangent);
  if (cosine < straightness) return undefined;
  const amplitude = largestAmplitude(family.networkAt(parameterOf(family, u)), u);
  // A longer step could pass through zero amplitude, where every frequency solves the equations, to the same branch
  // half a turn further.
  if (amplitude < 0.4 * from.amplitude || alignment(from.u, u) <= 0) return undefined;
  const place: Place = { u, tangent, exponents: waveExponents(family, u), amplitude };
  return { place, iterations, straightness: cosine };
}

/** Overlap of the coherences of two points: negative when the phase has turned by more than a quarter. */
function alignment(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let o = 0; o + 2 < a.length; o += coordinateCount) {
    for (const k of [2, 3, 4, 5]) sum += a[o + k]! * b[o + k]!;
  }
  return sum;
}

/** The point between two neighbours of the branch at which a function of it vanishes. */
function placeBetween(
  family: WaveFamily,
  a: Place,
  b: Place,
  test: (u: Float64Array) => number,
): Place | undefined {
  const at = (share: number) => {
    if (share === 0) return a.u;
    if (share === 1) return b.u;
    const guess = a.u.map((value, i) => value + share * (b.u[i]! - value));
    return correctWave(family, a.u, guess, a.tangent)?.u;
  };
  const share = rootBetween(
    (s) => {
      const u = at(s);
      return u ? test(u) : Number.NaN;
    },
    0,
    1,
  );
  const u = share === undefined ? undefined : at(share);
  const tangent = u && tangentAt(family, u, a.tangent);
  if (!u || !tangent) return undefined;
  const amplitude = largestAmplitude(family.networkAt(parameterOf(family, u)), u);
  return { u, tangent, exponents: waveExponents(family, u), amplitude };
}

const unstableCount = ({ exponents }: Place) => exponents.filter(({ re }) => re > 0).length;

/** Where the branch leaves the range between a point within and one outside; the first itself when it is there. */
function edgeBetween(
  family: WaveFamily,
  inside: Place,
  outside: Place,
  [low, high]: readonly [number, number],
): Place | undefined {
  const edge = (parameterOf(family, outside.u) < low ? low : high) / family.scale;
  const q = inside.u.length - 1;
  if (inside.u[q] === edge) return inside;
  return placeBetween(family, inside, outside, (u) => u[q]! - edge);
}

interface Crossing {
  readonly point: SpecialPoint;
  readonly place: Place;
  readonly along: number;
}

/** Folds, Hopf points and branch points between two neighbours, in order. */
function crossings(family: WaveFamily, a: Place, b: Place): Crossing[] {
  const found: Crossing[] = [];
  const q = a.u.length - 1;
  const record = (kind: SpecialPoint["kind"], place: Place, breathing: number) => {
    const along = dot(
      a.tangent,
      place.u.map((value, i) => value - a.u[i]!),
    );
    const parameter = parameterOf(family, place.u);
    found.push({ point: { kind, parameter, frequency: place.u[q - 1]!, breathing }, place, along });
  };
  const turns = a.tangent[q]! * b.tangent[q]! < 0;
  if (turns) {
    const fold = placeBetween(family, a, b, (u) => tangentAt(family, u, a.tangent)?.[q] ?? Number.NaN);
    if (fold) record("fold", fold, 0);
  }
  const before = unstableCount(a);
  const after = unstableCount(b);
  // The exponent of a rank, counted from the largest real part, changes sign between the two points.
  for (let rank = Math.min(before, after); rank < Math.max(before, after); rank++) {
    const place = placeBetween(family, a, b, (u) => waveExponents(family, u)[rank]!.re);
    if (!place) continue;
    const size = Math.abs(place.exponents[rank]!.im);
    if (size > 1e-5) {
      record("hopf", place, size);
      // The other one of the pair.
      rank++;
    } else if (!turns) record("branch", place, 0);
  }
  return found.sort((x, y) => x.along - y.along);
}

/** The onset, when the last two points show the amplitude on its way there: |⟨A†⟩|² linear in the parameter. */
function onsetAhead(family: WaveFamily, before: Place, now: Place, largest: number) {
  if (now.amplitude >= before.amplitude || now.amplitude > 0.05 * largest) return undefined;
  const p0 = parameterOf(family, before.u);
  const p1 = parameterOf(family, now.u);
  const a0 = before.amplitude ** 2;
  const a1 = now.amplitude ** 2;
  const expected = (a1 / (a0 - a1)) * (p1 - p0);
  const onset = onsetNear(family, now.u);
  if (!onset) return undefined;
  return Math.abs(onset.parameter - p1 - expected) < 0.1 * Math.abs(expected) + 1e-9 * family.scale
    ? onset
    : undefined;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
