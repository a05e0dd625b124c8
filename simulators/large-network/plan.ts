import { EntrainError, invalidInput } from "#core/errors";
import { coordinateCount } from "#model/generator";
import type { Oscillator } from "#model/oscillator";
import { memoryLimit, padded } from "../wasm/arena.ts";
import { checkCoupling, fieldOperator, type LargeCoupling, largestSize } from "./coupling.ts";
import type { FieldOperator } from "./field-operator.ts";
import { meanSpan, reverseCuthillMcKee } from "./renumber.ts";
import { type DisorderName, disorderNames } from "./site-derivative.ts";
import { siteArrayBytes } from "./site-pass.ts";

/** A network of oscillators that are equal but for the numbers given site by site. */
export interface LargeNetwork {
  readonly size: number;
  /** What all sites share; also the values of parameters that do not differ. */
  readonly site: Oscillator;
  /** Values of one parameter for every site, in the place of the one of `site`. */
  readonly disorder?: { readonly [name in DisorderName]?: Float64Array };
  readonly coupling: LargeCoupling;
}

/** What a run takes, known before anything is allocated. */
export interface LargeNetworkCost {
  /** Bytes of all arrays. */
  readonly bytes: number;
  /** Bytes of states, amplitudes, fields, averages and parameters alone. */
  readonly stateBytes: number;
  readonly bytesPerSite: number;
  /** Copies of the state (eight doubles a site) that `stateBytes` make. */
  readonly stateVectors: number;
  /** Rough seconds for one evaluation of the right-hand side on one core. */
  readonly secondsPerEvaluation: number;
  /** Rough seconds for one step of the integration. */
  readonly secondsPerStep: number;
}

export interface LargeNetworkOptions {
  /** Relative tolerance per step, default 1e-8. */
  readonly rtol?: number;
  /** Absolute tolerance per coordinate, default rtol/100. */
  readonly atol?: number;
  /** Relative error of the couplings of a chain, default rtol/10. */
  readonly couplingAccuracy?: number;
  /** Bytes that may be used, default 8 GiB. */
  readonly memoryBytes?: number;
  /** Steps after which the call gives up, default one million. */
  readonly maxSteps?: number;
}

const defaultMemory = 2 * 65_536 * 65_536;

/** Sustained rates of one core, of the order of those of any recent processor. */
const bytesPerSecond = 1.8e10;
const operationsPerSecond = 1e10;

/** Bytes that a stage reads and writes per site beside the fields: four registers, amplitudes and fields. */
const stageTraffic = 512;

/** Evaluations of the right-hand side in a step. */
export const evaluationsPerStep = 11;

/** A network that has been looked at and fits. */
export interface LargePlan {
  readonly network: LargeNetwork;
  readonly operator: FieldOperator;
  readonly differing: readonly DisorderName[];
  /** Where each site stands in the arrays; undefined: in its own order. */
  readonly rank: Uint32Array | undefined;
  readonly arenaBytes: number;
  readonly cost: LargeNetworkCost;
}

/**
 * Memory and rough time of a network, from its size and coupling alone.
 *
 * @throws EntrainError `input.invalid` for a network that cannot be, `simulate.too_large` for one that does not fit,
 *   with the size that would
 */
export function largeNetworkCost(network: LargeNetwork, options: LargeNetworkOptions = {}): LargeNetworkCost {
  return planLargeNetwork(network, options, false).cost;
}

/** @param renumber - whether to work out a better order of the sites of a sparse network */
export function planLargeNetwork(
  network: LargeNetwork,
  options: LargeNetworkOptions,
  renumber = true,
): LargePlan {
  const { size, coupling } = network;
  const differing = checkNetwork(network);
  const limit = options.memoryBytes ?? defaultMemory;
  const operator = fieldOperator(size, coupling, couplingAccuracy(options));
  const stateBytes = siteArrayBytes(size, differing.length);
  const arenaBytes = stateBytes + operator.arenaBytes + padded(1);
  const bytes = arenaBytes + operator.otherBytes;
  if (bytes > limit || arenaBytes > memoryLimit)
    refuseMemory(network, differing.length, operator, bytes, limit);
  const fields = Math.max(operator.traffic / bytesPerSecond, operator.operations / operationsPerSecond);
  const secondsPerEvaluation = fields + (stageTraffic * size) / bytesPerSecond;
  const rank = renumber ? betterOrder(size, coupling) : undefined;
  return {
    network,
    operator: rank ? fieldOperator(size, coupling, couplingAccuracy(options), rank) : operator,
    differing,
    rank,
    arenaBytes,
    cost: {
      bytes,
      stateBytes,
      bytesPerSite: bytes / size,
      stateVectors: stateBytes / (8 * coordinateCount * size),
      secondsPerEvaluation,
      secondsPerStep: evaluationsPerStep * secondsPerEvaluation,
    },
  };
}

function couplingAccuracy({
  rtol = 1e-8,
  couplingAccuracy: accuracy = rtol / 10,
}: LargeNetworkOptions): number {
  return accuracy;
}

function checkNetwork({ size, site, disorder, coupling }: LargeNetwork): DisorderName[] {
  if (!Number.isInteger(size) || size < 1 || size > largestSize) {
    const expected = `a whole number from 1 to ${largestSize}`;
    throw invalidInput({ path: "size", message: `must be ${expected}`, found: size, expected });
  }
  const differing = disorderNames.filter((name) => disorder?.[name] !== undefined);
  for (const name of differing) {
    const values = disorder![name]!;
    const refuse = (path: string, found: unknown, expected: string) => {
      throw invalidInput({ path, message: `must be ${expected}`, found, expected });
    };
    if (values.length !== size) refuse(`disorder.${name}`, values.length, `${size} numbers`);
    const rate = name === "gain" || name === "loss";
    for (let i = 0; i < size; i++) {
      const good = Number.isFinite(values[i]) && !(rate && values[i]! < 0);
      if (!good) refuse(`disorder.${name}[${i}]`, values[i], rate ? "a finite rate, at least 0" : "finite");
    }
  }
  for (const name of disorderNames) {
    if (!Number.isFinite(site[name])) {
      throw invalidInput({
        path: `site.${name}`,
        message: "must be finite",
        found: site[name],
        expected: "finite",
      });
    }
  }
  checkCoupling(size, coupling);
  return differing;
}

/** Amplitudes beyond this many bytes do not stay in the cache of a core. */
const cacheBytes = 2 ** 19;

/** An order in which neighbours stand closer, where that is worth its time: far neighbours cost a cache miss each. */
function betterOrder(size: number, coupling: LargeCoupling): Uint32Array | undefined {
  if (coupling.kind !== "sparse") return undefined;
  const span = meanSpan(coupling.pairs);
  if (16 * 2 * span < cacheBytes) return undefined;
  const rank = reverseCuthillMcKee(size, coupling.pairs);
  return meanSpan(coupling.pairs, rank) < 0.9 * span ? rank : undefined;
}

function refuseMemory(
  { size, coupling }: LargeNetwork,
  differing: number,
  operator: FieldOperator,
  bytes: number,
  limit: number,
): never {
  const perSite = siteArrayBytes(1024, differing) / 1024;
  const fits = (n: number) => {
    const scale = n / size;
    const grown = coupling.kind === "dense" ? scale * scale : scale;
    const arena = perSite * n + operator.arenaBytes * scale;
    return arena <= memoryLimit && arena + operator.otherBytes * grown <= limit;
  };
  let low = 1;
  let high = size;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  const gigabytes = (value: number) => (value / 2 ** 30).toPrecision(3);
  throw new EntrainError("simulate.too_large", {
    path: "size",
    message:
      bytes > limit
        ? `a network of ${size} sites takes ${gigabytes(bytes)} GiB of the ${gigabytes(limit)} GiB allowed`
        : `a network of ${size} sites takes ${gigabytes(bytes)} GiB, more than the 4 GiB that its arrays can share`,
    found: size,
    expected: `at most about ${Number(low.toPrecision(2))} sites of this kind`,
  });
}
