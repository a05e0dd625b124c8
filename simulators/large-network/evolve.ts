import type { ComplexMatrix } from "#core/complex-matrix";
import { EntrainError, invalidInput } from "#core/errors";
import { fullTurn } from "#core/units";
import { coordinateCount, coordinatesOf } from "#model/generator";
import {
  type LargeNetwork,
  type LargeNetworkCost,
  type LargeNetworkOptions,
  planLargeNetwork,
} from "./plan.ts";
import { createStepper, type Stepper } from "./stepper.ts";

export type { LargeCoupling } from "./coupling.ts";
export {
  type LargeNetwork,
  type LargeNetworkCost,
  type LargeNetworkOptions,
  largeNetworkCost,
} from "./plan.ts";

/** One 3 × 3 density matrix for all sites, or one for each. */
export type LargeInitial = ComplexMatrix | ((site: number) => ComplexMatrix);

export interface LargeEvolution {
  /** |Σ⟨A†_i⟩|/N at the requested times. */
  readonly orderParameter: Float64Array;
  /** Σ⟨A†_i⟩/N, (re, im) at each time. */
  readonly mean: Float64Array;
  /** Populations p₀, p₁, p₂ averaged over the sites, at each time. */
  readonly populations: Float64Array;
  /** Of each site over the second half of the times: mean |⟨A†⟩| and rotation rate; NaN where the amplitude is 0. */
  readonly amplitude: Float64Array;
  readonly frequency: Float64Array;
  /** Coordinates of every site (`#model/generator`) at the last time. */
  readonly finalState: (site: number) => Float64Array;
  readonly steps: number;
  readonly rejected: number;
  readonly evaluations: number;
  /** Relative error of the couplings of a chain; 0 elsewhere. */
  readonly couplingError: number;
  readonly cost: LargeNetworkCost;
}

/** Amplitude below which a phase says nothing. */
const silent = 1e-10;

/**
 * Mean-field evolution of a network of up to millions of sites: each site obeys its own 3 × 3 master equation in the
 * field F_i = Σ_j J_ij ⟨A_j⟩. Nadolny & Bruder, Eq. (2), on any graph.
 *
 * Memory is four copies of the state and one of what else a site needs, beside the couplings; nothing is kept of the
 * way but sums over the sites. Time averages are taken over the second half of the times, from the middle of the
 * first and the last on.
 *
 * @param initial - at t = 0
 * @param times - ascending, from 0 on
 * @throws EntrainError `input.invalid`, `simulate.too_large` before anything is allocated, `numerics.step_limit`
 * @accuracy local error of every site per step below atol + rtol·|x| (root mean square over its coordinates); averages
 *   of amplitudes to fourth order in the step (test/unit/simulators-large-network)
 */
export function evolveLargeNetwork(
  network: LargeNetwork,
  initial: LargeInitial,
  times: ArrayLike<number>,
  options: LargeNetworkOptions = {},
): LargeEvolution {
  checkTimes(times);
  const plan = planLargeNetwork(network, options);
  const { size } = network;
  const stepper = createStepper(plan, options);
  setInitial(stepper, size, initial);
  const end = times[times.length - 1]!;
  const middle = (times[0]! + end) / 2;
  stepper.begin();
  stepper.advanceTo(middle);
  stepper.openWindow();
  stepper.advanceTo(end);
  const averages = stepper.closeWindow();
  const count = times.length;
  const orderParameter = new Float64Array(count);
  const mean = new Float64Array(2 * count);
  const populations = new Float64Array(3 * count);
  const sums = new Float64Array(4);
  for (let k = 0; k < count; k++) {
    stepper.history.at(times[k]!, sums);
    const [re, im, p0, p2] = [0, 1, 2, 3].map((q) => sums[q]! / size) as [number, number, number, number];
    orderParameter[k] = Math.hypot(re, im);
    mean.set([re, im], 2 * k);
    populations.set([p0, 1 - p0 - p2, p2], 3 * k);
  }
  return {
    orderParameter,
    mean,
    populations,
    ...siteAverages(stepper, averages, size, end - middle),
    finalState: (site) => stepper.coordinates(site),
    ...stepper.statistics(),
    couplingError: plan.operator.kernelError,
    cost: plan.cost,
  };
}

function checkTimes(times: ArrayLike<number>): void {
  const refuse = (path: string, found: unknown, expected: string) => {
    throw invalidInput({ path, message: `must be ${expected}`, found, expected });
  };
  if (times.length === 0) refuse("times", [], "at least one time");
  for (let k = 0; k < times.length; k++) {
    const t = times[k]!;
    if (!Number.isFinite(t) || t < (k === 0 ? 0 : times[k - 1]!)) {
      refuse(`times[${k}]`, t, "finite, ascending and at least 0");
    }
  }
}

function setInitial(stepper: Stepper, size: number, initial: LargeInitial): void {
  const common = typeof initial === "function" ? undefined : coordinatesOf(initial);
  for (let site = 0; site < size; site++) {
    const x = common ?? coordinatesOf((initial as (site: number) => ComplexMatrix)(site));
    for (let c = 0; c < coordinateCount; c++) {
      if (!Number.isFinite(x[c])) {
        throw new EntrainError("input.invalid", {
          path: `initial[${site}]`,
          message: "must be a density matrix",
          found: x[c],
          expected: "finite elements",
        });
      }
    }
    stepper.setCoordinates(site, x);
  }
}

function siteAverages(
  stepper: Stepper,
  { strength, turns, phase, instant }: ReturnType<Stepper["closeWindow"]>,
  size: number,
  duration: number,
): { amplitude: Float64Array; frequency: Float64Array } {
  const amplitude = new Float64Array(size);
  const frequency = new Float64Array(size);
  for (let site = 0; site < size; site++) {
    const at = stepper.place(site);
    const now = instant(at);
    amplitude[site] = duration > 0 ? strength[at]! / duration : now.amplitude;
    const rate = duration > 0 ? (fullTurn * turns[at]! + phase(at)) / duration : now.frequency;
    frequency[site] = amplitude[site]! < silent ? Number.NaN : rate;
  }
  return { amplitude, frequency };
}
