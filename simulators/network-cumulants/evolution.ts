import type { Complex } from "#core/complex";
import { EntrainError, invalidInput } from "#core/errors";
import { coordinateCount } from "#model/generator";
import type { Network } from "#model/network";
import { integrate } from "../kernel/dormand-prince.ts";
import { networkRightHandSide, raisingAmplitude } from "../mean-field/network.ts";
import { frequencyBound } from "../mean-field/window.ts";
import { networkCumulantRightHandSide, stateLength } from "./equations.ts";
import { pairCorrelationAt, positivityExcess } from "./physicality.ts";
import { SecondHalf, type SiteMean } from "./second-half.ts";

export const meanFieldTheory = "mean field (product states)";
export const cumulantTheory = "second-order cumulants (third cumulants of three sites set to zero)";

const tolerances = { rtol: 1e-9, atol: 1e-11 } as const;

/** Excess over positivity from which on the closure counts as broken down; small ones are usual. */
const largestExcess = 0.25;

/** A coordinate beyond this stops the integration on the spot; a density matrix has none above 1. */
const largestCoordinate = 3;

/** Where the truncation stopped describing a state; what follows is not given. */
export interface Breakdown {
  readonly time: number;
  readonly reason: string;
}

/** What a network shows at the given times. Values after a breakdown are NaN. */
export interface NetworkCumulants {
  readonly theory: string;
  readonly times: readonly number[];
  /** |⟨A†⟩| per site, then per time. */
  readonly amplitudes: readonly (readonly number[])[];
  /** |Σ⟨A†⟩|/N. */
  readonly orderParameter: readonly number[];
  /** [p₀, p₁, p₂] per site, then per time. */
  readonly populations: readonly (readonly (readonly [number, number, number])[])[];
  /** Mean over all pairs of Re⟨A†_i A_j⟩: order that the drifting of the common phase does not hide. */
  readonly meanPairCorrelation: readonly number[];
  /** ⟨A†_i A_j⟩ at the times, ⟨A†_i A_i⟩ for i = j. */
  pairCorrelation(i: number, j: number): Complex[];
  /** N × N at the last time that was reached. */
  readonly lastPairCorrelation: readonly (readonly Complex[])[];
  /** Mean amplitude and rotation rate of each site over the second half of the times. */
  readonly sites: readonly SiteMean[];
  /** The same from product states. */
  readonly meanField: {
    readonly amplitudes: readonly (readonly number[])[];
    readonly orderParameter: readonly number[];
  };
  /** Largest difference from the mean field over the times: of the order parameter, of a site's amplitude. */
  readonly disagreement: { readonly orderParameter: number; readonly amplitude: number };
  /** Largest excess over positivity on the way (see `positivityExcess`); 0 for physical states. */
  readonly positivityExcess: number;
  readonly breakdown: Breakdown | null;
}

export interface NetworkCumulantOptions {
  /** Keeps ⟨A†_i A_j⟩ at every time, 16·N²·times bytes, default true. */
  readonly keepPairs?: boolean;
}

class BrokenDown extends Error {
  readonly breakdown: Breakdown;
  constructor(time: number, reason: string) {
    super(reason);
    this.breakdown = { time, reason };
  }
}

/**
 * Second-order cumulants of a network of single oscillators, site by site, with the mean field beside them.
 *
 * Two sites are exact. For more, the result is exact at short times and weak coupling and improves on the mean field
 * where correlations stay small; once the common phase has drifted by about a radian connected correlators are of
 * order one and neither theory is quantitative (the cumulants then lose the amplitude too early).
 *
 * @param network - without self-fields: a diagonal of J stands for a group of many, not for one oscillator
 * @param initial - N·8 coordinates of a product state
 * @param times - ascending, from 0 on
 * @throws EntrainError `simulate.invalid` when a site couples to itself
 * @accuracy 1e-9 in time integration; the closure as stated at `networkCumulantRightHandSide`
 */
export function networkCumulants(
  network: Network,
  initial: Float64Array,
  times: readonly number[],
  options: NetworkCumulantOptions = {},
): NetworkCumulants {
  refuseSelfFields(network);
  const count = network.sites.length;
  const keepPairs = options.keepPairs ?? true;
  const result = recorder(network, times.length);
  const reference = recorder(network, times.length);
  integrate(
    networkRightHandSide(network),
    0,
    Float64Array.from(initial),
    times,
    (index, _, state) => reference.record(index, state),
    tolerances,
  );
  const meanPairs = new Array<number>(times.length).fill(Number.NaN);
  const pairs = new Float64Array(keepPairs ? 2 * count * count * times.length : 0).fill(Number.NaN);
  const last = new Float64Array(stateLength(count));
  const y = new Float64Array(stateLength(count));
  y.set(initial);
  const schedule = stopsOf(network, times);
  const half = new SecondHalf(network.sites, schedule.spacing);
  let reached = 0;
  let excess = 0;
  let breakdown: Breakdown | null = null;
  const right = networkCumulantRightHandSide(network);
  const visit = (stop: number, t: number, state: Float64Array) => {
    const now = positivityExcess(network, state);
    if (!(now <= largestExcess)) throw new BrokenDown(t, "correlators that no density matrix has");
    excess = Math.max(excess, now);
    last.set(state);
    reached = t;
    if (schedule.cell[stop]! >= 0) half.add(schedule.cell[stop]!, state);
    const index = schedule.index[stop]!;
    if (index < 0) return;
    result.record(index, state);
    let sum = 0;
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < count; j++) {
        if (!keepPairs && j <= i) continue;
        const value = pairCorrelationAt(network, state, i, j);
        if (j > i) sum += value[0];
        if (keepPairs) pairs.set(value, 2 * ((index * count + i) * count + j));
      }
    }
    meanPairs[index] = count === 1 ? Number.NaN : (2 * sum) / (count * (count - 1));
  };
  try {
    integrate(
      (t, state, dy) => {
        for (let k = 0; k < coordinateCount * count; k++) {
          if (!(Math.abs(state[k]!) < largestCoordinate))
            throw new BrokenDown(t, "density matrices that diverge");
        }
        right(t, state, dy);
      },
      0,
      y,
      schedule.stops,
      visit,
      tolerances,
    );
  } catch (error) {
    if (error instanceof BrokenDown) breakdown = error.breakdown;
    else if (error instanceof EntrainError && error.code === "numerics.step_limit") {
      breakdown = { time: reached, reason: "steps that shrink to nothing" };
    } else throw error;
  }
  const complexAt = (from: number): Complex => ({ re: pairs[from]!, im: pairs[from + 1]! });
  const indices = network.sites.map((_, s) => s);
  return {
    theory: cumulantTheory,
    times,
    amplitudes: result.amplitudes,
    orderParameter: result.orderParameter,
    populations: result.populations,
    meanPairCorrelation: meanPairs,
    pairCorrelation(i, j) {
      if (!keepPairs) throw invalidInput({ path: "keepPairs", message: "pair correlations were not kept" });
      return times.map((_, index) => complexAt(2 * ((index * count + i) * count + j)));
    },
    lastPairCorrelation: indices.map((i) =>
      indices.map((j) => {
        const [re, im] = pairCorrelationAt(network, last, i, j);
        return { re, im };
      }),
    ),
    sites: half.means(),
    meanField: { amplitudes: reference.amplitudes, orderParameter: reference.orderParameter },
    disagreement: {
      orderParameter: largestDifference(result.orderParameter, reference.orderParameter),
      amplitude: indices.reduce(
        (worst, s) => Math.max(worst, largestDifference(result.amplitudes[s]!, reference.amplitudes[s]!)),
        0,
      ),
    },
    positivityExcess: excess,
    breakdown,
  };
}

function refuseSelfFields({ sites, coupling }: Network): void {
  sites.forEach((_, s) => {
    for (let k = coupling.start[s]!; k < coupling.start[s + 1]!; k++) {
      if (coupling.column[k] !== s || (coupling.re[k] === 0 && coupling.im[k] === 0)) continue;
      throw invalidInput(
        {
          path: "couplings",
          message: `site ${s} has a self-field, which stands for a group of many oscillators; cumulants take every site as one oscillator`,
          found: coupling.re[k],
          expected: "no diagonal entries, or the mean-field theory",
        },
        "simulate.invalid",
      );
    }
  });
}

/** Fields that mean field and cumulants share: the coordinates of the sites come first in both states. */
function recorder(network: Network, length: number) {
  const { sites } = network;
  const empty = () => new Array<number>(length).fill(Number.NaN);
  const amplitudes = sites.map(empty);
  const orderParameter = empty();
  const populations = sites.map(() =>
    Array.from({ length }, (): [number, number, number] => [Number.NaN, Number.NaN, Number.NaN]),
  );
  const record = (index: number, state: Float64Array) => {
    let sumRe = 0;
    let sumIm = 0;
    sites.forEach((_, s) => {
      const [re, im] = raisingAmplitude(sites, state, s);
      amplitudes[s]![index] = Math.hypot(re, im);
      sumRe += re;
      sumIm += im;
      const p0 = state[s * coordinateCount]!;
      const p2 = state[s * coordinateCount + 1]!;
      populations[s]![index] = [p0, 1 - p0 - p2, p2];
    });
    orderParameter[index] = Math.hypot(sumRe, sumIm) / sites.length;
  };
  return { amplitudes, orderParameter, populations, record };
}

/** Over the times at which both are numbers. */
function largestDifference(a: readonly number[], b: readonly number[]): number {
  return a.reduce((worst, value, i) => {
    const difference = Math.abs(value - b[i]!);
    return difference > worst ? difference : worst;
  }, 0);
}

/**
 * Times at which the state is looked at: those asked for, an even grid over the second half for the averages, and
 * one as fine over the first half so that a breakdown between two times is not missed.
 */
function stopsOf(network: Network, times: readonly number[]) {
  const first = times[0]!;
  const end = times[times.length - 1]!;
  const middle = (first + end) / 2;
  const finest = 0.5 / frequencyBound(network);
  const cells = Math.max(16, 2 * Math.ceil((end - middle) / finest / 2));
  const spacing = (end - middle) / cells;
  const earlier = Math.ceil(middle / finest);
  const stops = [
    ...times.map((t, index) => ({ t, index, cell: -1 })),
    ...Array.from({ length: earlier }, (_, k) => ({ t: (k * middle) / earlier, index: -1, cell: -1 })),
    ...Array.from({ length: cells + 1 }, (_, k) => ({
      t: k === cells ? end : middle + k * spacing,
      index: -1,
      cell: k,
    })),
  ].sort((a, b) => a.t - b.t);
  return {
    spacing,
    stops: Float64Array.from(stops, ({ t }) => t),
    index: stops.map(({ index }) => index),
    cell: stops.map(({ cell }) => cell),
  };
}
