import { EntrainError } from "#core/errors";

/** Read-out points of shots prepared in one level: I and Q of each, one after the other. */
export type IqCloud = ArrayLike<number>;

/** How points become levels, and how often that is wrong. */
export interface LevelClassifier {
  levelOf(i: number, q: number): number;
  /** Assignment matrix: rows assigned, columns prepared. */
  readonly assignment: readonly (readonly number[])[];
  /** Shots behind each of its columns. */
  readonly shots: readonly number[];
}

/** Fewer calibration shots of a level than this say too little about how often it is mistaken. */
export const fewestCalibrationShots = 100;

/**
 * Linear discriminant analysis of the read-out points of one site: a normal distribution for each prepared level, all
 * with the pooled covariance, and the most probable one at equal weights.
 *
 * The assignment matrix is cross-validated: shots of even number are classified by what those of odd number taught,
 * and the other way round, so that it is not flattered by the shots that the boundaries were drawn from. It includes
 * the errors of preparation, as any matrix from prepared levels does.
 *
 * @param clouds - one for each level, in order
 * @throws EntrainError `iq.calibration`
 * @source R. A. Fisher, Ann. Eugenics 7, 179 (1936)
 */
export function trainClassifier(clouds: readonly IqCloud[], path: string): LevelClassifier {
  return crossValidated(clouds, path, discriminants);
}

/** Learns boundaries from the chosen shots of each level. */
export type Learn = (
  clouds: readonly IqCloud[],
  chosen: (shot: number) => boolean,
  path: string,
) => (i: number, q: number) => number;

/**
 * A classifier that learns from all shots, with the assignment matrix of the two that learn from half of them each.
 *
 * @throws EntrainError `iq.calibration`
 */
export function crossValidated(clouds: readonly IqCloud[], path: string, learn: Learn): LevelClassifier {
  clouds.forEach((cloud, level) => {
    const shots = cloud.length / 2;
    if (shots < fewestCalibrationShots) {
      throw refused(
        `${path}[level=${level}]`,
        "too few calibration shots",
        shots,
        `at least ${fewestCalibrationShots}`,
      );
    }
    const odd = Array.prototype.findIndex.call(cloud, (value: number) => !Number.isFinite(value));
    if (odd >= 0) {
      throw refused(
        `${path}[level=${level},shot=${Math.floor(odd / 2)}]`,
        "not a point",
        String(cloud[odd]),
        "numbers",
      );
    }
  });
  const halves = [0, 1].map((parity) => learn(clouds, (shot) => shot % 2 === parity, path));
  const seen = clouds.map(() => clouds.map(() => 0));
  clouds.forEach((cloud, prepared) => {
    const shots = cloud.length / 2;
    for (let shot = 0; shot < shots; shot++) {
      const level = halves[1 - (shot % 2)]!(cloud[2 * shot]!, cloud[2 * shot + 1]!);
      seen[level]![prepared]!++;
    }
  });
  const shots = clouds.map((cloud) => cloud.length / 2);
  return {
    levelOf: learn(clouds, () => true, path),
    assignment: seen.map((row) => row.map((count, prepared) => count / shots[prepared]!)),
    shots,
  };
}

/** The level of the largest linear discriminant, learnt from the chosen shots. */
function discriminants(
  clouds: readonly IqCloud[],
  chosen: (shot: number) => boolean,
  path: string,
): (i: number, q: number) => number {
  let count = 0;
  const means = clouds.map((cloud) => {
    const sum = [0, 0];
    let shots = 0;
    for (let shot = 0; shot < cloud.length / 2; shot++) {
      if (!chosen(shot)) continue;
      sum[0]! += cloud[2 * shot]!;
      sum[1]! += cloud[2 * shot + 1]!;
      shots++;
    }
    count += shots;
    return [sum[0]! / shots, sum[1]! / shots] as const;
  });
  let [ii, iq, qq] = [0, 0, 0];
  clouds.forEach((cloud, level) => {
    for (let shot = 0; shot < cloud.length / 2; shot++) {
      if (!chosen(shot)) continue;
      const i = cloud[2 * shot]! - means[level]![0];
      const q = cloud[2 * shot + 1]! - means[level]![1];
      ii += i * i;
      iq += i * q;
      qq += q * q;
    }
  });
  return nearestCentre(means, [ii / count, iq / count, qq / count], path);
}

/**
 * The most probable of normal distributions with one covariance, at equal weights.
 *
 * @param covariance - of I with I, I with Q, Q with Q
 * @throws EntrainError `iq.calibration` where it is singular
 */
export function nearestCentre(
  centres: readonly (readonly [number, number])[],
  [ii, iq, qq]: readonly [number, number, number],
  path: string,
): (i: number, q: number) => number {
  const determinant = ii * qq - iq * iq;
  if (!(determinant > 1e-12 * (ii + qq) ** 2)) {
    throw refused(
      path,
      "the points of the calibration lie on a line",
      `${ii}, ${iq}, ${qq}`,
      "points in a plane",
    );
  }
  const weights = centres.map(([i, q]) => {
    const w = [(qq * i - iq * q) / determinant, (ii * q - iq * i) / determinant] as const;
    return [...w, -(w[0] * i + w[1] * q) / 2] as const;
  });
  return (i, q) => {
    let best = 0;
    let largest = Number.NEGATIVE_INFINITY;
    for (let level = 0; level < weights.length; level++) {
      const [wi, wq, offset] = weights[level]!;
      const value = wi * i + wq * q + offset;
      if (value > largest) {
        largest = value;
        best = level;
      }
    }
    return best;
  };
}

function refused(path: string, message: string, found: unknown, expected: string): EntrainError {
  return new EntrainError("iq.calibration", { path, message, found, expected });
}

/**
 * One-σ changes of an assignment matrix that so many calibration shots leave open, independent of each other: for each
 * prepared level, the factors of its multinomial covariance.
 */
export function assignmentErrors({
  assignment,
  shots,
}: Pick<LevelClassifier, "assignment" | "shots">): number[][][] {
  const levels = assignment.length;
  return shots.flatMap((count, prepared) => {
    // A level that was never seen may still occur: as if once in as many shots.
    const column = assignment.map((row) => Math.max(row[prepared]!, 1 / count));
    const total = column.reduce((sum, p) => sum + p, 0);
    const p = column.map((value) => value / total);
    // Columns of the Cholesky factor of the multinomial covariance; Tanabe & Sagae, J. R. Stat. Soc. B 54, 211 (1992).
    return Array.from({ length: levels - 1 }, (_, first) => {
      const rest = p.slice(first).reduce((sum, value) => sum + value, 0);
      const after = rest - p[first]!;
      const size = Math.sqrt((p[first]! * after) / (rest * count));
      return assignment.map((row, level) =>
        row.map((__, other) => {
          if (other !== prepared || level < first) return 0;
          return level === first ? size : (-size * p[level]!) / after;
        }),
      );
    });
  });
}
