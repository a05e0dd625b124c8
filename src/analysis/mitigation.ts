import { inverse, Matrix } from "ml-matrix";
import { invalidInput } from "#core/errors";
import { createRandom } from "#core/random";

/** Populations behind assigned levels. */
export interface Mitigated {
  /** A⁻¹f as it is: it may be negative, and adds up to 1. */
  readonly probabilities: readonly number[];
  /** 1σ by linear propagation of multinomial noise. */
  readonly errors: readonly number[];
  /** Indices of negative entries. */
  readonly negative: readonly number[];
  /** How many σ the most negative entry is below zero; beyond 3 the assignment matrix is probably wrong. */
  readonly worst_sigma: number;
}

/**
 * Undoes the assignment errors of one site by the inverse of its matrix. Nothing is clipped: a negative probability is
 * returned and flagged, because it is how a wrong matrix shows.
 *
 * @param counts - by assigned level
 * @param assignment - rows assigned, columns prepared
 * @throws EntrainError `analysis.assignment` when the matrix is singular or its columns do not add up to 1
 */
export function mitigateReadout(
  counts: readonly number[],
  assignment: readonly (readonly number[])[],
): Mitigated {
  const sums = counts.map((_, j) => assignment.reduce((sum, row) => sum + row[j]!, 0));
  if (sums.some((sum) => Math.abs(sum - 1) > 1e-6)) {
    throw invalidInput(
      { path: "assignment", message: "columns must add up to 1", found: sums, expected: "1 each" },
      "analysis.assignment",
    );
  }
  let inverted: Matrix;
  try {
    inverted = inverse(new Matrix(assignment.map((row) => [...row])));
  } catch {
    throw invalidInput(
      {
        path: "assignment",
        message: "the matrix cannot be inverted",
        found: assignment,
        expected: "distinct columns",
      },
      "analysis.assignment",
    );
  }
  const shots = counts.reduce((sum, n) => sum + n, 0);
  const frequencies = counts.map((n) => n / shots);
  const probabilities = frequencies.map((_, k) =>
    frequencies.reduce((sum, f, l) => sum + inverted.get(k, l) * f, 0),
  );
  const errors = probabilities.map((p, k) =>
    Math.sqrt(
      Math.max(0, frequencies.reduce((sum, f, l) => sum + inverted.get(k, l) ** 2 * f, 0) - p ** 2) / shots,
    ),
  );
  return {
    probabilities,
    errors,
    negative: probabilities.flatMap((p, k) => (p < 0 ? [k] : [])),
    worst_sigma: Math.max(
      0,
      ...probabilities.map((p, k) => (p < 0 ? -p / Math.max(errors[k]!, 1 / shots) : 0)),
    ),
  };
}

/**
 * 1σ of a statistic of shots that may be correlated with their neighbours: blocks of consecutive shots are drawn with
 * replacement (Künsch, Ann. Statist. 17, 1217 (1989), blocks not overlapping).
 *
 * @param statistic - of the indices of shots, repeats included
 * @param block - shots in a block, several times the correlation length
 */
export function blockBootstrap(
  shots: number,
  statistic: (indices: Int32Array) => number,
  { block, draws = 200, seed }: { readonly block: number; readonly draws?: number; readonly seed: number },
): number {
  const blocks = Math.floor(shots / block);
  if (blocks < 2) {
    throw invalidInput({
      path: "block",
      message: "needs at least two blocks",
      found: block,
      expected: `at most ${Math.floor(shots / 2)}`,
    });
  }
  const random = createRandom(seed, "bootstrap");
  const indices = new Int32Array(blocks * block);
  const values = Array.from({ length: draws }, () => {
    for (let k = 0; k < blocks; k++) {
      const from = Math.floor(blocks * random.uniform()) * block;
      for (let i = 0; i < block; i++) indices[k * block + i] = from + i;
    }
    return statistic(indices);
  });
  const mean = values.reduce((sum, x) => sum + x, 0) / draws;
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (draws - 1));
}
