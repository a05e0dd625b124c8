import { createRandom } from "#core/random";
import { coordinateCount, coordinatesOf } from "#model/generator";
import { createCoupling } from "#model/network";
import type { Oscillator } from "#model/oscillator";
import type { RightHandSide } from "../kernel/dormand-prince.ts";
import { networkRightHandSide } from "../mean-field/network.ts";
import { frequencyBound } from "../mean-field/window.ts";
import { type EnsembleEvolution, EnsembleStatistics, jackknifeGroups } from "./ensemble-statistics.ts";
import { symmetricCovariance } from "./fluctuations.ts";
import { type GroupProblem, groupNetworkOf } from "./group-problem.ts";
import { covarianceRoot, diffusionKernel } from "./noise.ts";

const n = coordinateCount;

/** Trajectories that advance together, few enough for the processor's cache. */
const batchSize = 64;

/** Radians of the fastest motion per step. */
const stepAngle = 0.3;

/**
 * The group with the self terms i = j of the collective Hamiltonian taken out: (V/N)Σ_{i<j}(A†_i A_j + h.c.) is
 * collective but for −(V/2N)(A†A + AA†) on every site, an O(1/N) shift of the levels.
 */
export function withoutSelfTerms({ site, size, coupling }: Omit<GroupProblem, "initial">): Oscillator {
  const [a1, a2] = site.ladder;
  const unit = coupling / (2 * size);
  return {
    ...site,
    // Levels shift by −unit·(a₁², a₁² + a₂², a₂²); a common shift does nothing.
    detuning: site.detuning - unit * a2 * a2,
    asymmetry: site.asymmetry + unit * (a1 * a1 + a2 * a2),
  };
}

/** Steps of each trajectory, and sums kept along them. */
export function ensembleCost(
  problem: GroupProblem,
  times: readonly number[],
  trajectories: number,
): { readonly steps: number; readonly kept: number } {
  const steps = stepCounts(problem, times).reduce((sum, count) => sum + count, 0);
  return { steps, kept: steps * Math.min(trajectories, jackknifeGroups) };
}

function stepCounts(problem: GroupProblem, times: readonly number[]): number[] {
  const longest = stepAngle / frequencyBound(groupNetworkOf(problem));
  return times.map((t, k) => Math.ceil((t - (k === 0 ? 0 : times[k - 1]!)) / longest));
}

/**
 * Collective truncated-Wigner ensemble of N identical oscillators with pair coupling V/N.
 *
 * The eight collective coordinates X_a = (1/N)Σ_i λ_a^i obey Langevin equations (Itô): mean-field drift with the
 * self terms taken out, noise of covariance 2D(X)dt/N from the dissipators (`diffusionMatrices`), Gaussian initial
 * values with the symmetric covariance of the product state. Means over the ensemble are symmetrically ordered
 * expectation values. The Hamiltonian enters through the classical bracket only: exact to O(1/N) at t/N fixed, so
 * phase diffusion and lifetime are right for large N.
 *
 * A step is half a flow, the noise, half a flow (Strang); flows by Runge–Kutta of order four. Each trajectory has its
 * own stream of random numbers: the same seed gives the same answer.
 *
 * @param times - ascending, from 0 on
 * @accuracy systematic O(1/N): the lifetime is within 3 % of the exact one at N = 18 … 30
 *   (test/slow/finite-size-wigner.test.ts); step error below 1e-3 of the noise
 * @source supplement of Nadolny & Bruder for the model; dissipative truncated Wigner: Huber, Rey & Rabl, Phys. Rev. A
 *   105, 013716 (2022)
 */
export function evolveTruncatedWigner(
  problem: GroupProblem,
  times: readonly number[],
  options: { readonly trajectories: number; readonly seed: number },
): EnsembleEvolution {
  const { size } = problem;
  const { trajectories, seed } = options;
  const site = withoutSelfTerms(problem);
  const counts = stepCounts(problem, times);
  const diffusion = diffusionKernel(site);
  const mean = coordinatesOf(problem.initial);
  const { root, factor } = covarianceRoot();
  factor(symmetricCovariance(problem.initial));
  const spread = Float64Array.from(root);
  const statistics = new EnsembleStatistics({ site, size, trajectories, times, counts, mean });
  const matrix = new Float64Array(n * n);
  const normals = new Float64Array(n);
  let clipped = 0;
  let steps = 0;
  let flow: Flow | undefined;

  for (let first = 0; first < trajectories; first += batchSize) {
    const count = Math.min(batchSize, trajectories - first);
    flow = count === batchSize && flow ? flow : ensembleFlow(site, problem.coupling, count);
    const advance = flow;
    const streams = Array.from({ length: count }, (_, k) => createRandom(seed, `trajectory/${first + k}`));
    const y = new Float64Array(count * n);
    const kick = (s: number, width: Float64Array, scale: number) => {
      for (let a = 0; a < n; a++) normals[a] = streams[s]!.normal();
      for (let a = 0; a < n; a++) {
        let sum = 0;
        for (let b = 0; b < n; b++) sum += width[a * n + b]! * normals[b]!;
        y[s * n + a]! += scale * sum;
      }
    };
    for (let s = 0; s < count; s++) {
      y.set(mean, s * n);
      kick(s, spread, 1 / Math.sqrt(size));
    }
    statistics.startBatch();
    let t = 0;
    times.forEach((end, k) => {
      const h = counts[k] === 0 ? 0 : (end - t) / counts[k]!;
      for (let step = 0; step < counts[k]!; step++) {
        advance(y, h / 2);
        for (let s = 0; s < count; s++) {
          diffusion(y, s * n, matrix);
          if (factor(matrix)) clipped++;
          kick(s, root, Math.sqrt(h / size));
        }
        advance(y, h / 2);
        steps += count;
        statistics.addPhase(y, first, count);
      }
      statistics.addSample(k, y, count);
      t = end;
    });
  }
  return { ...statistics.summary(), clippedFraction: steps === 0 ? 0 : clipped / steps, steps };
}

type Flow = (y: Float64Array, h: number) => void;

/** Drift of `count` trajectories: the sites of a network in which each is coupled to itself alone. */
function ensembleFlow(site: Oscillator, coupling: number, count: number): Flow {
  const sites = Array.from({ length: count }, () => site);
  const loops = sites.map((_, i) => ({ i, j: i, re: coupling, im: 0 }));
  return rungeKutta(networkRightHandSide({ sites, coupling: createCoupling(count, loops) }), count * n);
}

/** Classical Runge–Kutta step of an autonomous system, in place. */
function rungeKutta(f: RightHandSide, length: number): Flow {
  const k1 = new Float64Array(length);
  const k2 = new Float64Array(length);
  const k3 = new Float64Array(length);
  const k4 = new Float64Array(length);
  const stage = new Float64Array(length);
  return (y, h) => {
    f(0, y, k1);
    for (let i = 0; i < length; i++) stage[i] = y[i]! + 0.5 * h * k1[i]!;
    f(0, stage, k2);
    for (let i = 0; i < length; i++) stage[i] = y[i]! + 0.5 * h * k2[i]!;
    f(0, stage, k3);
    for (let i = 0; i < length; i++) stage[i] = y[i]! + h * k3[i]!;
    f(0, stage, k4);
    for (let i = 0; i < length; i++) y[i]! += (h / 6) * (k1[i]! + 2 * (k2[i]! + k3[i]!) + k4[i]!);
  };
}
