import { fullTurn } from "#core/units";
import { crossValidated, type IqCloud, type LevelClassifier, nearestCentre } from "./iq-levels.ts";

/** Clouds of the levels themselves, with what the shots of each prepared level are made of. */
export interface IqMixture {
  readonly centres: readonly (readonly [number, number])[];
  /** Of I with I, I with Q, Q with Q; the same for all levels. */
  readonly covariance: readonly [number, number, number];
  /** Share of a level's cloud (row) in the shots of a prepared level (column). */
  readonly shares: readonly (readonly number[])[];
  /** Mean log-likelihood of a shot. */
  readonly likelihood: number;
  /** False where the steps ran out first. */
  readonly converged: boolean;
}

/** Steps of expectation and maximisation. */
const mostSteps = 2000;

/** Change of the mean log-likelihood of a shot at which they end. */
const tolerance = 1e-10;

/** Share of its own cloud that a level starts with. */
const startingShare = 0.9;

/**
 * Fits a normal distribution for each level, all with one covariance, to shots of prepared levels that may have left
 * their level before or while they were read: the shots of each prepared level are a mixture of all clouds in shares of
 * their own. Expectation and maximisation from the medians of the prepared levels, which stand at the right clouds as
 * long as most shots of a level show that level.
 *
 * @param clouds - one for each prepared level, in order
 * @throws EntrainError `iq.calibration` for points on a line
 * @source A. P. Dempster, N. M. Laird, D. B. Rubin, J. R. Stat. Soc. B 39, 1 (1977)
 */
export function fitMixture(
  clouds: readonly IqCloud[],
  path: string,
  chosen: (shot: number) => boolean = () => true,
): IqMixture {
  const points = clouds.map((cloud) => {
    const kept: number[] = [];
    for (let shot = 0; shot < cloud.length / 2; shot++) {
      if (chosen(shot)) kept.push(cloud[2 * shot]!, cloud[2 * shot + 1]!);
    }
    return Float64Array.from(kept);
  });
  const total = points.reduce((sum, cloud) => sum + cloud.length / 2, 0);
  const levels = clouds.length;
  let centres = points.map((cloud): [number, number] => [median(cloud, 0), median(cloud, 1)]);
  let covariance = scatter(points, centres, total);
  let shares = points.map((_, c) =>
    points.map((__, k) => (c === k ? startingShare : (1 - startingShare) / (levels - 1))),
  );
  let likelihood = Number.NEGATIVE_INFINITY;
  let converged = false;
  for (let step = 0; step < mostSteps && !converged; step++) {
    // Throws where there is no plane; what it answers is not needed here.
    nearestCentre(centres, covariance, path);
    const next = improve(points, { centres, covariance, shares }, total);
    converged = next.likelihood - likelihood < tolerance;
    ({ centres, covariance, shares, likelihood } = next);
  }
  return { centres, covariance, shares, likelihood, converged };
}

/**
 * Classifier of one site from the clouds of the levels as `fitMixture` finds them: the most probable level at equal
 * weights. Unlike linear discriminants of the prepared shots (`trainClassifier`), its boundaries are not drawn towards
 * where shots end that relax during the read-out. The assignment matrix is cross-validated in the same way, and holds
 * that relaxation, which the data have too.
 *
 * @throws EntrainError `iq.calibration`
 */
export function trainMixture(clouds: readonly IqCloud[], path: string): LevelClassifier {
  return crossValidated(clouds, path, (all, chosen) => {
    const { centres, covariance } = fitMixture(all, path, chosen);
    return nearestCentre(centres, covariance, path);
  });
}

function median(cloud: Float64Array, quadrature: 0 | 1): number {
  const sorted = cloud.filter((_, k) => k % 2 === quadrature).sort();
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle - 1)]!) / 2;
}

/** Covariance of all points about the centre of the level that was prepared. */
function scatter(
  points: readonly Float64Array[],
  centres: readonly (readonly [number, number])[],
  total: number,
): [number, number, number] {
  let [ii, iq, qq] = [0, 0, 0];
  points.forEach((cloud, level) => {
    for (let k = 0; k < cloud.length; k += 2) {
      const i = cloud[k]! - centres[level]![0];
      const q = cloud[k + 1]! - centres[level]![1];
      ii += i * i;
      iq += i * q;
      qq += q * q;
    }
  });
  return [ii / total, iq / total, qq / total];
}

/** One step; the likelihood is that before it. */
function improve(
  points: readonly Float64Array[],
  {
    centres,
    covariance: [ii, iq, qq],
    shares,
  }: {
    readonly centres: readonly (readonly [number, number])[];
    readonly covariance: readonly [number, number, number];
    readonly shares: readonly (readonly number[])[];
  },
  total: number,
) {
  const levels = centres.length;
  const determinant = ii * qq - iq * iq;
  const norm = -Math.log(fullTurn) - Math.log(determinant) / 2;
  const weight = new Float64Array(levels);
  // Weight, first and second moments of each cloud, about its centre before the step.
  const moments = centres.map(() => new Float64Array(6));
  const parts = centres.map(() => points.map(() => 0));
  let likelihood = 0;
  points.forEach((cloud, prepared) => {
    const logs = shares.map((row) => Math.log(row[prepared]!) + norm);
    for (let k = 0; k < cloud.length; k += 2) {
      let largest = Number.NEGATIVE_INFINITY;
      for (let c = 0; c < levels; c++) {
        const i = cloud[k]! - centres[c]![0];
        const q = cloud[k + 1]! - centres[c]![1];
        weight[c] = logs[c]! - (qq * i * i - 2 * iq * i * q + ii * q * q) / (2 * determinant);
        largest = Math.max(largest, weight[c]!);
      }
      let sum = 0;
      for (let c = 0; c < levels; c++) {
        weight[c] = Math.exp(weight[c]! - largest);
        sum += weight[c]!;
      }
      likelihood += largest + Math.log(sum);
      for (let c = 0; c < levels; c++) {
        const w = weight[c]! / sum;
        const i = cloud[k]! - centres[c]![0];
        const q = cloud[k + 1]! - centres[c]![1];
        const m = moments[c]!;
        m[0]! += w;
        m[1]! += w * i;
        m[2]! += w * q;
        m[3]! += w * i * i;
        m[4]! += w * i * q;
        m[5]! += w * q * q;
        parts[c]![prepared]! += w;
      }
    }
  });
  const next: [number, number, number] = [0, 0, 0];
  const moved = centres.map(([i, q], c): [number, number] => {
    const [n, si, sq] = [moments[c]![0]!, moments[c]![1]!, moments[c]![2]!];
    // A cloud that nothing is left of stays where it is.
    if (n < 1) return [i, q];
    next[0] += (moments[c]![3]! - (si * si) / n) / total;
    next[1] += (moments[c]![4]! - (si * sq) / n) / total;
    next[2] += (moments[c]![5]! - (sq * sq) / n) / total;
    return [i + si / n, q + sq / n];
  });
  return {
    centres: moved,
    covariance: next,
    shares: parts.map((row) => row.map((sum, prepared) => sum / (points[prepared]!.length / 2))),
    likelihood: likelihood / total,
  };
}
