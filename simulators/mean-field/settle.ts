import { fullTurn } from "#core/units";
import { coordinateCount } from "#model/generator";
import { linearResponse } from "#model/linear-response";
import { uncoupledPopulations } from "#model/oscillator";
import { integrate, type RightHandSide } from "../kernel/dormand-prince.ts";
import { networkGrowthRate } from "../stability/linearisation.ts";
import { transverseExponent } from "./lyapunov.ts";
import { type Network, networkRightHandSide } from "./network.ts";
import { distanceUpToPhase, findRotatingWave, largestAmplitude, type RotatingWave } from "./rotating-wave.ts";
import { scaledAmplitude } from "./scaled-amplitude.ts";
import { averageWindow, frequencyBound, type WindowAverages } from "./window.ts";

/** What a connected network does after long times. */
export type Attractor =
  | { readonly kind: "none" }
  | { readonly kind: "wave"; readonly wave: RotatingWave; readonly stable: boolean; readonly error: number }
  | {
      readonly kind: "moving";
      readonly averages: WindowAverages;
      /** False as well in chaos, however well its averages agree. */
      readonly converged: boolean;
      /** Largest change of an average between the last two windows. */
      readonly error: number;
      /** Largest Lyapunov exponent beside those that are zero by symmetry; null where the averages leave no doubt. */
      readonly exponent: number | null;
    };

export interface Settled {
  readonly attractor: Attractor;
  /** Trajectory at the time at which the attractor was recognised. */
  readonly state: Float64Array;
  readonly time: number;
}

const tolerances = { rtol: 1e-8, atol: 1e-11 } as const;
const sampleCount = 24;
const transientChunks = 40;
/** Steps × sites after which an undecided run is answered with what the last window gave. */
const workLimit = 1_500_000;
const amplitudeTolerance = 2e-5;
const frequencyTolerance = 5e-6;
/** Slowest relaxation times over which a Lyapunov exponent is averaged. */
const chaosDuration = 500;
/** Sites up to which one is worked out. */
const chaosSiteLimit = 8;
/** Two mean frequencies count as one below this difference, in units of the largest gain + loss. */
export const lockTolerance = 2e-6;

/**
 * Follows a connected network from an initial state until its attractor is known: the unsynchronized state, a
 * rotating wave (then polished by Newton's method), or a motion whose averages over smooth windows of doubling
 * length agree.
 *
 * A wave or the unsynchronized state is answered only when it is linearly stable, or reached to rounding, and the
 * trajectory approaches it; an amplitude that still falls slowly near the threshold therefore counts as what it
 * falls to. Rates must be of order one.
 *
 * @param initial - M·8 coordinates
 */
export function settle(network: Network, initial: Float64Array): Settled {
  const f = networkRightHandSide(network);
  const y = Float64Array.from(initial);
  if (isIncoherent(network, y)) return { attractor: { kind: "none" }, state: y, time: 0 };
  const growth = networkGrowthRate(network);
  const relaxation = slowestDecay(network);
  const rest = restState(network);
  const marginal = Math.abs(growth) < 0.05 * relaxation;
  const chunk = 10 / relaxation;
  let time = 0;
  let work = 0;
  let candidate: RotatingWave | undefined;
  let approach = 0;
  let lastDistance = Infinity;
  let lastAmplitude = Infinity;
  let fading = 0;

  /** A small amplitude that grows slowly points to its wave long before it is near. */
  const ratios = growth > 0 && marginal ? [1, 4, 0.25, 16, 64, 256] : [1];
  const waveNear = (state: Float64Array): RotatingWave | undefined => {
    let first: RotatingWave | undefined;
    for (const ratio of ratios) {
      const guess = ratio === 1 ? state : scaledAmplitude(state, ratio, rest);
      const wave = acceptable(findRotatingWave(network, f, guess), network, growth);
      if (wave && isStable(wave)) return wave;
      first ??= wave;
    }
    return first;
  };

  /** Whether the trajectory is on its way into the candidate, a stable wave. */
  const arrives = (): boolean => {
    const distance = candidate ? distanceUpToPhase(y, candidate.state) : Infinity;
    if (!candidate || distance >= lastDistance) {
      candidate = waveNear(y);
      approach = 0;
    } else approach++;
    if (!candidate) {
      lastDistance = Infinity;
      return false;
    }
    lastDistance = distanceUpToPhase(y, candidate.state);
    const size = largestAmplitude(network, candidate.state);
    if (!isStable(candidate)) return lastDistance < 1e-8 && approach > 0;
    if (lastDistance < Math.min(1e-4, 0.1 * size)) return true;
    return approach >= 5 && ((growth > 0 && marginal) || lastDistance < 0.02);
  };
  const waveAnswer = (): Settled => ({
    attractor: {
      kind: "wave",
      wave: candidate!,
      stable: isStable(candidate!),
      error: Math.max(1e-13, candidate!.lastStep),
    },
    state: y,
    time,
  });

  for (let index = 0; index < transientChunks; index++) {
    const { amplitude, steps } = advance(network, f, y, chunk);
    time += chunk;
    work += steps * network.sites.length;
    fading = amplitude < lastAmplitude ? fading + 1 : 0;
    lastAmplitude = amplitude;
    const excess = rest.reduce((largest, value, i) => Math.max(largest, Math.abs(y[i]! - value)), 0);
    if (growth < 0 && fading > 0 && amplitude < 1e-4 && excess < 1e-3) {
      return { attractor: { kind: "none" }, state: y, time };
    }
    if (arrives()) return waveAnswer();
    if (growth <= 1e-9 && marginal && fading >= 5 && amplitude < 0.1 && !candidate) {
      return { attractor: { kind: "none" }, state: y, time };
    }
    if (index >= 6 && !(candidate && isStable(candidate)) && !marginal) break;
    if (work > workLimit / 4) break;
  }

  const spacing = 0.5 / frequencyBound(network);
  let previous: WindowAverages | undefined;
  for (let duration = 6 * chunk; ; duration *= 2) {
    const averages = averageWindow(network, f, y, duration, spacing, "bump", tolerances);
    const cost = averages.steps * network.sites.length;
    time += duration;
    work += cost;
    if (arrives()) return waveAnswer();
    if (candidate && previous && lastDistance < 0.05 && isDamped(candidate, previous, averages, duration)) {
      return waveAnswer();
    }
    const change = previous
      ? changeBetween(previous, averages)
      : { amplitude: Infinity, frequency: Infinity };
    const error = Math.max(change.amplitude, change.frequency);
    // Near an unstable wave averages agree for as long as the trajectory has not left it.
    const leaving = candidate !== undefined && !isStable(candidate) && lastDistance < 1e-2;
    const converged =
      change.amplitude < amplitudeTolerance &&
      change.frequency < frequencyTolerance &&
      !leaving &&
      !isCreeping(averages, duration);
    if (converged || (previous && work + 2 * cost > workLimit)) {
      // Smooth windows over a regular motion agree to many digits at once; chaos agrees slowly, but does agree.
      const doubtful = error > 1e-8 && network.sites.length <= chaosSiteLimit;
      const exponent = doubtful
        ? transverseExponent(f, y, chaosDuration / relaxation, 0.5 / relaxation)
        : null;
      const regular = exponent === null || !isChaotic(exponent, relaxation);
      return {
        attractor: { kind: "moving", averages, converged: converged && regular, error, exponent },
        state: y,
        time,
      };
    }
    previous = averages;
  }
}

/** Whether an exponent is positive beyond what shear on a torus, ln(t)/t, makes of zero. */
export function isChaotic(exponent: number, relaxation: number): boolean {
  return exponent > (8 * relaxation) / chaosDuration;
}

/** Smallest decay rate of a coherence that the coupling acts on. */
export function slowestDecay(network: Network): number {
  let slowest = Infinity;
  for (const site of network.sites) {
    const { decay01, decay12 } = linearResponse(site);
    slowest = Math.min(slowest, decay01, decay12);
  }
  return slowest;
}

/**
 * Whether some site slips against the first, but by less than three turns within the window: near the edge of
 * locking the phase creeps for long and then slips, and no part of that is the average.
 */
function isCreeping({ sites }: WindowAverages, duration: number): boolean {
  return sites.some(({ frequency, amplitude }) => {
    const difference = Math.abs(frequency - sites[0]!.frequency);
    return amplitude > 1e-9 && difference > lockTolerance && difference * duration < 3 * fullTurn;
  });
}

/**
 * Whether the oscillation about a stable wave shrinks from one window to the next, twice as long one at no less
 * than half the rate of the wave's slowest mode. Near a Hopf point waiting for it to vanish would take for ever.
 */
function isDamped(
  wave: RotatingWave,
  before: WindowAverages,
  after: WindowAverages,
  duration: number,
): boolean {
  const rate = wave.exponents[0]?.re ?? 0;
  const spread = ({ sites }: WindowAverages) => Math.max(...sites.map((site) => site.spread));
  return rate < 0 && Math.log(spread(after) / spread(before)) < 0.5 * rate * 0.75 * duration;
}

/** Integrates over `duration`; mean of the largest |⟨A†⟩| of the sites on the way. */
function advance(network: Network, f: RightHandSide, y: Float64Array, duration: number) {
  const times = Float64Array.from({ length: sampleCount }, (_, k) => ((k + 1) * duration) / sampleCount);
  let sum = 0;
  const { steps } = integrate(
    f,
    0,
    y,
    times,
    (_, __, state) => {
      sum += largestAmplitude(network, state);
    },
    tolerances,
  );
  return { amplitude: sum / sampleCount, steps };
}

/** No coherence that the coupling could amplify: ⟨A†⟩ stays exactly zero. */
function isIncoherent(network: Network, y: Float64Array): boolean {
  return network.sites.every((_, s) => [2, 3, 4, 5].every((k) => y[s * coordinateCount + k] === 0));
}

/** Coordinates of the uncoupled steady state. */
export function restState(network: Network): Float64Array {
  const x = new Float64Array(network.sites.length * coordinateCount);
  network.sites.forEach((site, s) => {
    const [lower, , upper] = uncoupledPopulations(site);
    x[s * coordinateCount] = lower;
    x[s * coordinateCount + 1] = upper;
  });
  return x;
}

function isStable(wave: RotatingWave): boolean {
  return (wave.exponents[0]?.re ?? 0) < 0;
}

/** At a threshold the residual of any small amplitude is at rounding level: such solutions are no waves. */
function acceptable(wave: RotatingWave | undefined, network: Network, growth: number) {
  if (!wave) return undefined;
  const size = largestAmplitude(network, wave.state);
  return size < 1e-6 || (size < 1e-4 && growth < 1e-8) ? undefined : wave;
}

function changeBetween(a: WindowAverages, b: WindowAverages): { amplitude: number; frequency: number } {
  let amplitude = Math.abs(a.orderParameter - b.orderParameter);
  let frequency = 0;
  a.sites.forEach((site, s) => {
    const other = b.sites[s]!;
    amplitude = Math.max(
      amplitude,
      Math.abs(site.amplitude - other.amplitude),
      Math.abs(site.spread - other.spread),
    );
    frequency = Math.max(frequency, Math.abs(site.frequency - other.frequency));
  });
  return { amplitude, frequency };
}
