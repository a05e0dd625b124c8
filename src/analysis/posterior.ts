import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { createRandom } from "#core/random";

/** Draws from a posterior with what tells whether to believe them. */
export interface Posterior {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** 2.5 %, 16 %, 50 %, 84 %, 97.5 %, by coordinate. */
  readonly quantiles: readonly (readonly number[])[];
  /** Split R̂ of every coordinate; 1 where the chains agree. */
  readonly rHat: readonly number[];
  /** Effective number of independent draws. */
  readonly effective: readonly number[];
  readonly acceptance: number;
  /** Worst R̂ below 1.02 and at least 200 effective draws in every coordinate. */
  readonly converged: boolean;
}

/** Split R̂ of Gelman et al., Bayesian Data Analysis (2013), sec. 11.4: each chain cut in two. */
export function splitRHat(chains: readonly (readonly number[])[]): number {
  const { within, total } = variances(halves(chains));
  return within === 0 ? 1 : Math.sqrt(total / within);
}

/**
 * Effective sample size of split chains, autocorrelations summed to the first negative pair (Geyer's initial positive
 * sequence), as in sec. 11.5 of the same book.
 */
export function effectiveSize(chains: readonly (readonly number[])[]): number {
  const split = halves(chains);
  const { within, total } = variances(split);
  const n = split[0]!.length;
  const all = split.length * n;
  if (total === 0) return all;
  const means = split.map(meanOf);
  const correlation = (lag: number) => {
    const covariance =
      split.reduce((sum, chain, c) => {
        let inner = 0;
        for (let i = 0; i + lag < n; i++) inner += (chain[i]! - means[c]!) * (chain[i + lag]! - means[c]!);
        return sum + inner / n;
      }, 0) / split.length;
    return 1 - (within - covariance) / total;
  };
  let sum = 1;
  for (let lag = 1; lag + 1 < n; lag += 2) {
    const pair = correlation(lag) + correlation(lag + 1);
    if (pair < 0) break;
    sum += 2 * pair;
  }
  return Math.min(all, all / Math.max(sum, 1e-12));
}

const meanOf = (x: readonly number[]) => x.reduce((a, b) => a + b, 0) / x.length;

function halves(chains: readonly (readonly number[])[]): number[][] {
  return chains.flatMap((chain) => {
    const half = Math.floor(chain.length / 2);
    return [chain.slice(0, half), chain.slice(half, 2 * half)];
  });
}

function variances(chains: readonly (readonly number[])[]): { within: number; total: number } {
  const n = chains[0]!.length;
  const means = chains.map(meanOf);
  const grand = meanOf(means);
  const between = (n / (chains.length - 1)) * means.reduce((sum, m) => sum + (m - grand) ** 2, 0);
  const within = meanOf(
    chains.map((chain, c) => chain.reduce((sum, x) => sum + (x - means[c]!) ** 2, 0) / (n - 1)),
  );
  return { within, total: ((n - 1) / n) * within + between / n };
}

/**
 * Random-walk Metropolis in the units of a covariance, step adapted while warming up only, so that the draws kept come
 * from one fixed transition (no adaptation bias). Chains start twice as far out as the covariance says.
 *
 * @param logDensity - up to a constant
 */
export function samplePosterior(
  logDensity: (x: readonly number[]) => number,
  centre: readonly number[],
  covariance: readonly (readonly number[])[],
  {
    seed,
    chains = 4,
    warmup = 1000,
    draws = 3000,
  }: {
    readonly seed: number;
    readonly chains?: number;
    readonly warmup?: number;
    readonly draws?: number;
  },
): Posterior {
  const size = centre.length;
  const lower = new CholeskyDecomposition(
    new Matrix(covariance.map((row, a) => row.map((value, b) => (value + covariance[b]![a]!) / 2))),
  ).lowerTriangularMatrix;
  let accepted = 0;
  const kept = Array.from({ length: chains }, (_, chain) => {
    const random = createRandom(seed, `posterior/${chain}`);
    const jump = (from: readonly number[], scale: number) => {
      const z = from.map(() => random.normal());
      return from.map(
        (x, a) => x + scale * z.slice(0, a + 1).reduce((sum, v, b) => sum + lower.get(a, b) * v, 0),
      );
    };
    let x = jump(centre, 2);
    let density = logDensity(x);
    let scale = 2.38 / Math.sqrt(size);
    const path: number[][] = [];
    for (let step = 0; step < warmup + draws; step++) {
      const next = jump(x, scale);
      const there = logDensity(next);
      const chance = Math.min(1, Math.exp(there - density));
      if (random.uniform() < chance) {
        x = next;
        density = there;
        if (step >= warmup) accepted++;
      }
      if (step < warmup) scale *= Math.exp((chance - 0.3) / (1 + step) ** 0.6);
      else path.push(x);
    }
    return path;
  });
  const byCoordinate = centre.map((_, a) => kept.map((path) => path.map((x) => x[a]!)));
  const rHat = byCoordinate.map(splitRHat);
  const effective = byCoordinate.map(effectiveSize);
  return {
    mean: byCoordinate.map((c) => meanOf(c.flat())),
    deviation: byCoordinate.map((c) => {
      const all = c.flat();
      const mean = meanOf(all);
      return Math.sqrt(meanOf(all.map((x) => (x - mean) ** 2)));
    }),
    quantiles: byCoordinate.map((c) => {
      const sorted = c.flat().toSorted((p, q) => p - q);
      return [0.025, 0.16, 0.5, 0.84, 0.975].map((q) => sorted[Math.floor(q * (sorted.length - 1))]!);
    }),
    rHat,
    effective,
    acceptance: accepted / (chains * draws),
    converged: rHat.every((r) => r < 1.02) && effective.every((n) => n >= 200),
  };
}
