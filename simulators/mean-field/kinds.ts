import { adjoint, combine, product, zeros } from "#core/complex-matrix";
import { EntrainError } from "#core/errors";
import { createRandom } from "#core/random";
import { groupNetwork, type Initial, initialMatrices, networkOf, type SimulationRequest } from "#ir/simulate";
import { coordinateCount, coordinatesOf } from "#model/generator";
import { integrate } from "../kernel/dormand-prince.ts";
import { networkGrowthRate } from "../stability/linearisation.ts";
import { type LongTimeState, longTimeState } from "./long-time.ts";
import { type Network, networkRightHandSide, raisingAmplitude } from "./network.ts";
import { averageWindow, frequencyBound } from "./window.ts";

const tolerances = { rtol: 1e-11, atol: 1e-13 } as const;

/** Radians × sites that one request may follow; about a minute. */
const turningLimit = 3_000_000;

/** Amplitude below which a phase says nothing. */
const silent = 1e-10;

function initialCoordinates(initial: Initial, count: number, everySite: boolean): Float64Array {
  const y = new Float64Array(count * coordinateCount);
  initialMatrices(initial, count, everySite).forEach((rho, s) => {
    y.set(coordinatesOf(rho), s * coordinateCount);
  });
  return y;
}

function refuseEndless(network: Network, end: number): void {
  const bound = frequencyBound(network);
  const longest = turningLimit / (bound * network.sites.length);
  if (end <= longest) return;
  throw new EntrainError("simulate.too_large", {
    path: "times",
    message: `with rates, energies and fields up to ${bound.toPrecision(3)} and ${network.sites.length} sites this would take more than a minute`,
    found: end,
    expected: `times up to ${longest.toPrecision(3)}`,
  });
}

/**
 * `mean-field`: long-time state of one or two groups. Of a locked state that breathes, `relative_phase` is the
 * argument of the mean of ⟨S⁺⟩_A⟨S⁻⟩_B; `stable` is false for a state that only an exact symmetry of the initial
 * state keeps from decaying.
 */
export function runMeanField(request: SimulationRequest<"mean-field">) {
  const network = groupNetwork(request);
  const count = network.sites.length;
  const result = longTimeState(network, initialCoordinates(request.initial, count, false));
  const [a, b] = result.sites;
  return {
    state: result.state,
    breathing: result.breathing,
    groups: result.sites.map(({ amplitude, frequency, populations, coherences }) => ({
      amplitude,
      frequency,
      populations,
      coherences,
    })),
    order_parameter: result.orderParameter,
    frequency_difference:
      b === undefined || a!.frequency === null || b.frequency === null ? null : a!.frequency - b.frequency,
    // Site B relative to A, turned round.
    relative_phase: b === undefined || result.relativePhases === null ? null : -result.relativePhases[1]! + 0,
    converged: result.converged,
    error: result.error,
    stable: result.stable,
    motion: result.motion,
    lyapunov_exponent: result.lyapunovExponent,
    coexisting: coexistingStates(network, result, request.probes),
  };
}

/** Amplitudes, and frequencies in units of the rates, closer than this are those of one state. */
const sameState = 1e-3;

/** Long-time states other than the first that random initial states go to, each with the number that went there. */
function coexistingStates(network: Network, first: LongTimeState, probes: number) {
  const found: { state: LongTimeState; count: number }[] = [{ state: first, count: 0 }];
  const unit = Math.max(...network.sites.map((site) => site.gain + site.loss));
  for (let seed = 1; seed <= probes; seed++) {
    const state = longTimeState(network, randomCoordinates(network.sites.length, seed));
    const known = found.find(
      (other) =>
        other.state.state === state.state &&
        (other.state.motion === "chaotic" && state.motion === "chaotic"
          ? true
          : Math.abs(other.state.orderParameter - state.orderParameter) < sameState &&
            other.state.sites.every((site, s) => {
              const difference = (site.frequency ?? 0) - (state.sites[s]!.frequency ?? 0);
              return (
                Math.abs(difference) < sameState * unit &&
                Math.abs(site.amplitude - state.sites[s]!.amplitude) < sameState
              );
            })),
    );
    if (known) known.count++;
    else found.push({ state, count: 1 });
  }
  return found.slice(1).map(({ state, count }) => ({
    state: state.state,
    motion: state.motion,
    breathing: state.breathing,
    order_parameter: state.orderParameter,
    amplitudes: state.sites.map(({ amplitude }) => amplitude),
    frequencies: state.sites.map(({ frequency }) => frequency),
    probes: count,
  }));
}

/** Random mixed states: M M†/Tr of complex normal matrices. */
function randomCoordinates(count: number, seed: number): Float64Array {
  const random = createRandom(seed, "probe");
  const y = new Float64Array(count * coordinateCount);
  for (let s = 0; s < count; s++) {
    const m = zeros(3);
    for (let k = 0; k < 9; k++) {
      m.re[k] = random.normal();
      m.im[k] = random.normal();
    }
    const positive = product(m, adjoint(m));
    const trace = positive.re[0]! + positive.re[4]! + positive.re[8]!;
    y.set(coordinatesOf(combine([1 / trace, positive])), s * coordinateCount);
  }
  return y;
}

/** `trajectory`: ⟨A†⟩ and populations of each group at the given times. */
export function runTrajectory(request: SimulationRequest<"trajectory">) {
  const network = groupNetwork(request);
  const { times } = request;
  refuseEndless(network, times[times.length - 1]!);
  const y = initialCoordinates(request.initial, network.sites.length, false);
  const groups = network.sites.map(() => ({
    re: [] as number[],
    im: [] as number[],
    populations: [] as [number, number, number][],
  }));
  const record = (_: number, __: number, state: Float64Array) => {
    groups.forEach((group, s) => {
      const [re, im] = raisingAmplitude(network.sites, state, s);
      const lower = state[s * coordinateCount]!;
      const upper = state[s * coordinateCount + 1]!;
      group.re.push(re);
      group.im.push(im);
      group.populations.push([lower, 1 - lower - upper, upper]);
    });
  };
  integrate(networkRightHandSide(network), 0, y, times, record, tolerances);
  return { groups };
}

/**
 * `network`: order parameter at the given times; amplitude and rotation rate of every site averaged over the
 * second half of them, from the middle of the first and the last time on.
 */
export function runNetwork(request: SimulationRequest<"network">) {
  const network = networkOf(request);
  const { times } = request;
  const count = network.sites.length;
  const first = times[0]!;
  const last = times[times.length - 1]!;
  refuseEndless(network, last);
  const f = networkRightHandSide(network);
  const y = initialCoordinates(request.initial, count, true);
  const orderParameter: number[] = [];
  const middle = (first + last) / 2;
  const split = times.findIndex((t) => t >= middle);
  const stops = [...times.slice(0, split), middle, ...times.slice(split)];
  let halfway = y;
  integrate(
    f,
    0,
    Float64Array.from(y),
    stops,
    (index, _, state) => {
      if (index === split) halfway = Float64Array.from(state);
      else orderParameter.push(meanAmplitude(network, state));
    },
    tolerances,
  );
  return {
    order_parameter: orderParameter,
    sites: secondHalf(network, halfway, last - middle),
    growth_rate: networkGrowthRate(network),
  };
}

function secondHalf(network: Network, state: Float64Array, duration: number) {
  const f = networkRightHandSide(network);
  const shortest = 1e-6 / frequencyBound(network);
  const spacing = Math.min(0.1 / frequencyBound(network), Math.max(duration, shortest) / 64);
  const { sites } = averageWindow(
    network,
    f,
    state,
    Math.max(duration, shortest),
    spacing,
    "even",
    tolerances,
  );
  return sites.map(({ amplitude, frequency }) => ({
    amplitude,
    frequency: amplitude < silent ? null : frequency,
  }));
}

function meanAmplitude(network: Network, state: Float64Array): number {
  let re = 0;
  let im = 0;
  for (let s = 0; s < network.sites.length; s++) {
    const [r, i] = raisingAmplitude(network.sites, state, s);
    re += r;
    im += i;
  }
  return Math.hypot(re, im) / network.sites.length;
}
