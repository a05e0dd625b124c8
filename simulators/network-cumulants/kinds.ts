import { EntrainError } from "#core/errors";
import { type Initial, initialMatrices, networkOf, type SimulationRequest } from "#ir/simulate";
import { coordinateCount, coordinatesOf } from "#model/generator";
import type { Network } from "#model/network";
import { runNetwork } from "../mean-field/kinds.ts";
import { frequencyBound } from "../mean-field/window.ts";
import { cumulantTheory, meanFieldTheory, networkCumulants } from "./evolution.ts";

/** Sites that the cumulants of a network are answered for: 3160 pairs, 202 880 numbers. */
export const cumulantSiteLimit = 80;

/** Seconds that one request may take, by the estimate of `expectedSeconds`. */
const patience = 300;

/**
 * `network` in the theory asked for. `theory` names the one that `order_parameter` and `sites` come from; with
 * "cumulant" or "both" the second-order cumulants stand under `cumulant`, and `disagreement` is the largest
 * difference of the two theories over the times.
 */
export function runNetworkTheory(request: SimulationRequest<"network">) {
  if (request.theory === "mean-field") return { ...runNetwork(request), theory: meanFieldTheory };
  const network = networkOf(request);
  const { times } = request;
  refuseTooLarge(network, times);
  const meanField = runNetwork(request);
  const result = networkCumulants(network, startOf(request.initial, network), times, { keepPairs: false });
  const sites = result.sites.map(({ amplitude, frequency }) => ({
    amplitude: present(amplitude),
    frequency: frequency === null ? null : present(frequency),
  }));
  const orderParameter = result.orderParameter.map(present);
  const cumulant = {
    theory: cumulantTheory,
    order_parameter: orderParameter,
    sites,
    mean_pair_correlation: result.meanPairCorrelation.map(present),
    pair_correlation: result.lastPairCorrelation.map((row) => row.map(({ re, im }) => [re, im])),
    positivity_excess: result.positivityExcess,
    breakdown: result.breakdown,
  };
  const both = {
    cumulant,
    disagreement: {
      order_parameter: result.disagreement.orderParameter,
      amplitude: result.disagreement.amplitude,
    },
  };
  if (request.theory === "both") return { ...meanField, theory: meanFieldTheory, ...both };
  return { ...meanField, order_parameter: orderParameter, sites, theory: cumulantTheory, ...both };
}

/** What was not reached is null: JSON has no NaN. */
function present(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function startOf(initial: Initial, network: Network): Float64Array {
  const y = new Float64Array(network.sites.length * coordinateCount);
  initialMatrices(initial, network.sites.length, true).forEach((rho, s) => {
    y.set(coordinatesOf(rho), s * coordinateCount);
  });
  return y;
}

function refuseTooLarge(network: Network, times: readonly number[]): void {
  const count = network.sites.length;
  if (count > cumulantSiteLimit) {
    throw new EntrainError("simulate.too_large", {
      path: "sites",
      message: `second-order cumulants follow every pair of sites and stop at ${cumulantSiteLimit} sites`,
      found: count,
      expected: `at most ${cumulantSiteLimit} sites`,
      hint: 'The theory "mean-field" takes this network; for identical sites all coupled alike the kind "cumulant" takes any size.',
    });
  }
  const end = times[times.length - 1]!;
  const seconds = expectedSeconds(network, end, times.length);
  if (seconds <= patience) return;
  throw new EntrainError("simulate.too_large", {
    path: "times",
    message: `second-order cumulants of ${count} sites up to time ${end} at ${times.length} times would take about ${Math.round(seconds / 60)} minutes`,
    found: end,
    expected: `about ${((end * patience) / seconds).toPrecision(2)} at most with as dense times`,
    hint: 'The theory "mean-field" takes this network.',
  });
}

/** Rough time of one run: floating-point work of a right-hand side times the steps that the frequencies ask for. */
function expectedSeconds(network: Network, end: number, samples: number): number {
  const { sites, coupling } = network;
  const count = sites.length;
  const entries = coupling.column.length;
  const pairs = count * count;
  const nanosecondsPerCall = 32 * count * entries + 2400 * entries + 1100 * pairs;
  const turns = frequencyBound(network) * end;
  return 1e-9 * (callsPerRadian * turns * nanosecondsPerCall + (samples + 2 * turns) * 150 * pairs);
}

/** Calls of the right-hand side per unit of frequency × time at the tolerances used, measured generously. */
const callsPerRadian = 40;
