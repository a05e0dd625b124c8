import { coordinateCount, coordinatesOf } from "#model/generator";
import { type EnsembleEvolution, EnsembleStatistics } from "../finite-size/ensemble-statistics.ts";
import { symmetricCovariance } from "../finite-size/fluctuations.ts";
import type { GroupProblem } from "../finite-size/group-problem.ts";
import { covarianceRoot } from "../finite-size/noise.ts";
import { ensembleCost, withoutSelfTerms } from "../finite-size/truncated-wigner.ts";
import { createArena } from "../wasm/arena.ts";
import { compileEnsemble, ensembleBytes, takeEnsembleArrays } from "./ensemble-kernel.ts";
import { streamPairBytes } from "./random-kernel.ts";
import { streamState } from "./random-stream.ts";

const n = coordinateCount;

/** Trajectories that advance together, few enough for the processor's cache. */
const batchSize = 64;

/**
 * `evolveTruncatedWigner`, two trajectories per vector: the same equations, steps, initial spread and statistics, with
 * other random numbers.
 *
 * Each trajectory draws from its own stream (`random-stream.ts`): eight deviates for its start, then eight a step. The
 * same seed gives the same trajectories whatever their number; a sum over them may differ in its last digit.
 *
 * @param times - ascending, from 0 on
 * @accuracy one flow is that of the reference to rounding; trajectories driven by the same deviates agree to rounding
 *   (test/unit/simulators-compiled-ensemble)
 * @source as `evolveTruncatedWigner`
 */
export function evolveCompiledEnsemble(
  problem: GroupProblem,
  times: readonly number[],
  options: { readonly trajectories: number; readonly seed: number },
): EnsembleEvolution {
  const { size } = problem;
  const { trajectories, seed } = options;
  const site = withoutSelfTerms(problem);
  const counts = times.map((t, k) => ensembleCost(problem, [t - (k === 0 ? 0 : times[k - 1]!)], 1).steps);
  const mean = coordinatesOf(problem.initial);
  const { root, factor } = covarianceRoot();
  factor(symmetricCovariance(problem.initial));
  const spread = Float64Array.from(root);
  const statistics = new EnsembleStatistics({ site, size, trajectories, times, counts, mean });

  const pairs = batchSize / 2;
  const arena = createArena(ensembleBytes(pairs));
  const arrays = takeEnsembleArrays(arena, pairs);
  const state = arena.doubles(arrays.state, 2 * n * pairs);
  const normals = arena.doubles(arrays.noise.normals, 2 * n);
  const coefficients = arena.doubles(arrays.coefficients, 8);
  const streams = new BigUint64Array(arena.memory.buffer, arrays.streams, 8 * pairs);
  const clips = arena.doubles(arrays.noise.clips, 2 * pairs);
  let clipped = 0;

  /** x += scale·width·ξ of one lane of a pair. */
  const kick = (pair: number, lane: number, width: Float64Array, scale: number) => {
    for (let a = 0; a < n; a++) {
      let sum = 0;
      for (let b = 0; b < n; b++) sum += width[a * n + b]! * normals[2 * b + lane]!;
      state[2 * (n * pair + a) + lane]! += scale * sum;
    }
  };
  const run = compileEnsemble(arena, arrays, site, problem.coupling);

  const y = new Float64Array(batchSize * n);
  const copy = (count: number, from: number, to: number) => {
    for (let s = 0; s < count; s++) {
      const at = 2 * n * (s >> 1) + (s & 1);
      for (let c = from; c < to; c++) y[s * n + c] = state[at + 2 * c]!;
    }
  };
  let steps = 0;
  for (let first = 0; first < trajectories; first += batchSize) {
    const count = Math.min(batchSize, trajectories - first);
    const used = Math.ceil(count / 2);
    clips.fill(0);
    for (let s = 0; s < 2 * used; s++) {
      streamState(seed, first + s).forEach((word, k) => {
        streams[8 * (s >> 1) + 2 * k + (s & 1)] = word;
      });
      for (let c = 0; c < n; c++) state[2 * n * (s >> 1) + 2 * c + (s & 1)] = mean[c]!;
    }
    for (let pair = 0; pair < used; pair++) {
      run.draw!(arrays.streams + streamPairBytes * pair);
      for (const lane of [0, 1]) kick(pair, lane, spread, 1 / Math.sqrt(size));
    }
    statistics.startBatch();
    let t = 0;
    times.forEach((end, k) => {
      const h = counts[k] === 0 ? 0 : (end - t) / counts[k]!;
      [h / 4, h / 2, h / 12, Math.sqrt(h / size)].forEach((value, slot) => {
        coefficients.fill(value, 2 * slot, 2 * slot + 2);
      });
      for (let step = 0; step < counts[k]!; step++) {
        run.step!(0, 16 * used);
        steps += count;
        copy(count, 2, 6);
        statistics.addPhase(y, first, count);
      }
      copy(count, 0, n);
      statistics.addSample(k, y, count);
      t = end;
    });
    for (let s = 0; s < count; s++) clipped += clips[s]!;
  }
  return { ...statistics.summary(), clippedFraction: steps === 0 ? 0 : clipped / steps, steps };
}
