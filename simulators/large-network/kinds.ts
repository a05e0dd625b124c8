import { EntrainError } from "#core/errors";
import { createRandom, type Random } from "#core/random";
import type { LargeNetworkRequest } from "#ir/large-network";
import { initialMatrices, ladderOf } from "#ir/simulate";
import type { Oscillator } from "#model/oscillator";
import type { LargeCoupling } from "./coupling.ts";
import { evolveLargeNetwork, type LargeNetwork, largeNetworkCost } from "./evolve.ts";
import { randomRegularPairs } from "./random-graph.ts";
import { type DisorderName, disorderNames } from "./site-derivative.ts";
import type { SparsePairs } from "./sparse-field.ts";

/**
 * `large-network`: product states of up to millions of sites.
 *
 * Answer: `order_parameter`, `mean` [re, im] of Σ⟨A†⟩/N and `populations` at the times; `amplitude` and `frequency`
 * over the second half of them as mean, deviation, smallest and largest over the sites (`frequency` of sites that have
 * an amplitude; null when none has), and with `per_site` site by site; `steps`, `evaluations`, `coupling_error`, `cost`.
 */
export function runLargeNetwork(request: LargeNetworkRequest) {
  const network = networkOf(request);
  const options = { rtol: request.rtol, memoryBytes: request.memory_gib * 2 ** 30 };
  const { bytes, bytesPerSite, secondsPerStep } = largeNetworkCost(network, options);
  const duration = request.times.at(-1)!;
  const seconds = secondsPerStep * Math.ceil(duration * frequencyBound(network) * stepsPerRadian);
  const cost = {
    bytes,
    bytes_per_site: bytesPerSite,
    seconds_per_step: secondsPerStep,
    estimated_seconds: seconds,
  };
  if (request.estimate_only) return { cost };
  if (seconds > request.time_limit_s) refuseTime(request, seconds);
  const found = evolveLargeNetwork(
    network,
    initialMatrices(request.initial, 1, true)[0]!,
    request.times,
    options,
  );
  const { mean, populations } = found;
  const amplitude = Array.from(found.amplitude);
  const frequency = Array.from(found.frequency, (value) => (Number.isNaN(value) ? null : value));
  return {
    order_parameter: Array.from(found.orderParameter),
    mean: request.times.map((_, k) => [mean[2 * k]!, mean[2 * k + 1]!]),
    populations: request.times.map((_, k) => Array.from(populations.subarray(3 * k, 3 * k + 3))),
    amplitude: overSites(amplitude),
    frequency: overSites(frequency.filter((value) => value !== null)),
    ...(request.per_site
      ? { sites: amplitude.map((a, i) => ({ amplitude: a, frequency: frequency[i]! })) }
      : {}),
    steps: found.steps,
    rejected: found.rejected,
    evaluations: found.evaluations,
    coupling_error: found.couplingError,
    cost,
  };
}

/** Steps of the integration per radian of the fastest motion, at the usual tolerances. */
const stepsPerRadian = 1.5;

function refuseTime(request: LargeNetworkRequest, seconds: number): never {
  const share = request.time_limit_s / seconds;
  throw new EntrainError("simulate.too_large", {
    path: "times",
    message: `this would take about ${readable(seconds)}, longer than ${readable(request.time_limit_s)}`,
    found: request.times.at(-1),
    expected: `times up to about ${(request.times.at(-1)! * share).toPrecision(2)}, or ${Number((request.size * share).toPrecision(2))} sites`,
    hint: "A longer time_limit_s lets it run.",
  });
}

function readable(seconds: number): string {
  if (seconds < 120) return `${seconds.toPrecision(2)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${(seconds / 3600).toPrecision(2)} hours`;
}

function networkOf(request: LargeNetworkRequest): LargeNetwork {
  const { size, gain, loss, asymmetry, detuning, channels } = request;
  const site: Oscillator = { gain, loss, asymmetry, detuning, channels, ladder: ladderOf(request.ladder) };
  const disorder: { [name in DisorderName]?: Float64Array } = {};
  for (const name of disorderNames) {
    const spread = request.disorder[name];
    if (spread === undefined || spread.width === 0) continue;
    const random = createRandom(request.seed, `disorder/${name}`);
    const rate = name === "gain" || name === "loss";
    disorder[name] = Float64Array.from({ length: size }, () => {
      const value = site[name] + spread.width * deviate(random, spread);
      return rate ? Math.max(0, value) : value;
    });
  }
  return { size, site, disorder, coupling: couplingOf(request) };
}

type Spread = NonNullable<LargeNetworkRequest["disorder"][DisorderName]>;

function deviate(random: Random, { distribution, cutoff }: Spread): number {
  if (distribution === "normal") return random.normal();
  if (distribution === "uniform") return 2 * random.uniform() - 1;
  // By the inverse of the distribution function between the cutoffs.
  return Math.tan((2 * random.uniform() - 1) * Math.atan(cutoff));
}

function couplingOf({ size, coupling }: LargeNetworkRequest): LargeCoupling {
  switch (coupling.kind) {
    case "all-to-all":
      return { kind: "chain", alpha: 0, strength: coupling.strength / size, boundary: "open" };
    case "random": {
      const { i, j } = randomRegularPairs(size, coupling.degree, coupling.seed);
      return { kind: "sparse", pairs: { i, j, re: new Float64Array(i.length).fill(coupling.strength) } };
    }
    case "pairs":
      return { kind: "sparse", pairs: sparsePairs(size, coupling.pairs) };
    default:
      return coupling;
  }
}

function sparsePairs(size: number, pairs: readonly (readonly [number, number, number])[]): SparsePairs {
  const seen = new Set<number>();
  pairs.forEach(([i, j], k) => {
    const key = Math.min(i, j) * size + Math.max(i, j);
    if (i < size && j < size && !seen.has(key)) {
      seen.add(key);
      return;
    }
    throw new EntrainError("simulate.invalid", {
      path: `coupling.pairs[${k}]`,
      message: seen.has(key) ? `sites ${i} and ${j} are coupled twice` : "there is no such site",
      found: [i, j],
      expected: seen.has(key) ? "each pair once" : `sites from 0 to ${size - 1}`,
    });
  });
  return {
    i: Uint32Array.from(pairs, ([i]) => i),
    j: Uint32Array.from(pairs, ([, j]) => j),
    re: Float64Array.from(pairs, ([, , strength]) => strength),
  };
}

/** About the fastest turning, as for small networks: levels and rates, and the largest field there can be. */
function frequencyBound({ size, site, disorder, coupling }: LargeNetwork): number {
  const largest = (name: DisorderName) =>
    disorder?.[name]?.reduce((most, value) => Math.max(most, Math.abs(value)), 0) ?? Math.abs(site[name]);
  const ladder = site.ladder[0] ** 2 + site.ladder[1] ** 2;
  return (
    (largest("gain") + largest("loss")) / 2 +
    largest("detuning") +
    largest("asymmetry") +
    0.5 * ladder * rowSum(size, coupling)
  );
}

/** Largest Σ_j |J_ij|. */
function rowSum(size: number, coupling: LargeCoupling): number {
  switch (coupling.kind) {
    case "chain": {
      let sum = 0;
      for (let d = 1; d <= size / 2; d++) sum += 2 / d ** coupling.alpha;
      return Math.abs(coupling.strength) * sum;
    }
    case "ring":
      return 2 * coupling.range * Math.abs(coupling.strength);
    case "square":
      return 4 * Math.abs(coupling.strength);
    case "sparse": {
      const sums = new Float64Array(size);
      const { i, j, re } = coupling.pairs;
      re.forEach((value, k) => {
        sums[i[k]!]! += Math.abs(value);
        if (j[k] !== i[k]) sums[j[k]!]! += Math.abs(value);
      });
      return sums.reduce((most, value) => Math.max(most, value), 0);
    }
    default:
      return 0;
  }
}

function overSites(values: readonly number[]) {
  if (values.length === 0) return null;
  let mean = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    mean += value / values.length;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2 / values.length;
  return { mean, deviation: Math.sqrt(squares), smallest: least, largest: most };
}
