import type { Complex } from "#core/complex";
import { adjoint, type ComplexMatrix, combine, kronecker } from "#core/complex-matrix";
import { EntrainError } from "#core/errors";
import type { Network } from "#model/network";
import { raisingOperator } from "#model/oscillator";
import { type Entry, lindbladGenerator, lindbladOf, placed, type SparseOperator } from "./joint-operators.ts";
import { type Functional, propagate, type TaylorStep } from "./taylor.ts";

/** Largest network whose 3^N × 3^N density matrix is propagated. */
export const networkExactLimit = 6;

/** What each site of a small network shows at given times. */
export interface NetworkEvolution {
  /** ⟨A†_i⟩, [site][time]. */
  readonly raising: Complex[][];
  /** [site][time]. */
  readonly populations: [p0: number, p1: number, p2: number][][];
  /** ⟨A†_i A_j⟩, i < j, in the order 01, 02, …, 12, …; [pair][time]. */
  readonly pairCorrelation: Complex[][];
}

/**
 * Full master equation of a small network of different oscillators, H = Σ_i H_i + Σ_{i<j}(J_ij A†_i A_j + h.c.), on
 * the 3^N × 3^N density matrix.
 *
 * @param network - at most `networkExactLimit` sites; a self-field has no meaning here and is refused
 * @param initial - one 3 × 3 density matrix per site, uncorrelated
 * @param times - ascending, from 0 on
 * @throws EntrainError `simulate.too_large`, `input.invalid`
 * @accuracy 1e-12 absolute (test/unit/simulators-finite/network-exact.test.ts, against the permutation-invariant code)
 */
export function evolveNetworkExactly(
  network: Network,
  initial: readonly ComplexMatrix[],
  times: readonly number[],
): NetworkEvolution {
  const { sites } = network;
  const count = sites.length;
  if (count > networkExactLimit) {
    throw new EntrainError("simulate.too_large", {
      path: "sites",
      message: `the full density matrix of ${count} different oscillators has ${9 ** count} elements`,
      found: count,
      expected: `at most ${networkExactLimit} sites`,
    });
  }
  const dimension = 3 ** count;
  const raisings = sites.map((site) => raisingOperator(site.ladder));
  const { effective, jumps } = lindbladOf(network);
  const one = { re: 1, im: 0 };
  const functionals: Functional[] = [];
  sites.forEach((_, i) => {
    functionals.push(expectation(dimension, placed(count, [[i, raisings[i]!]], one)));
    for (const level of [0, 2]) {
      const projector = combine([0, raisings[i]!]);
      projector.re[4 * level] = 1;
      functionals.push(expectation(dimension, placed(count, [[i, projector]], one)));
    }
  });
  const pairs = sites.flatMap((_, i) => sites.slice(i + 1).map((__, k) => [i, i + 1 + k] as const));
  for (const [i, j] of pairs) {
    const factors = [
      [i, raisings[i]!],
      [j, adjoint(raisings[j]!)],
    ] as const;
    functionals.push(expectation(dimension, placed(count, factors, one)));
  }
  const values = run(effective, jumps, initial, times, functionals);
  return {
    raising: sites.map((_, i) => values[3 * i]!),
    populations: sites.map((_, i) =>
      values[3 * i + 1]!.map(({ re: p0 }, k) => [
        p0,
        1 - p0 - values[3 * i + 2]![k]!.re,
        values[3 * i + 2]![k]!.re,
      ]),
    ),
    pairCorrelation: pairs.map((_, k) => values[3 * count + k]!),
  };
}

/** Tr(Oρ) as a functional of ρ, O real. */
function expectation(dimension: number, operator: Iterable<Entry>): Functional {
  const index: number[] = [];
  const weight: number[] = [];
  for (const [row, column, re] of operator) {
    index.push(column * dimension + row);
    weight.push(re);
  }
  return { index: Int32Array.from(index), weight: Float64Array.from(weight) };
}

function run(
  effective: SparseOperator,
  jumps: readonly SparseOperator[],
  initial: readonly ComplexMatrix[],
  times: readonly number[],
  functionals: readonly Functional[],
): Complex[][] {
  const { dimension } = effective;
  const rho = initial.reduce((joint, matrix) => kronecker(joint, matrix));
  const x = new Float64Array(2 * dimension * dimension);
  for (let i = 0; i < dimension * dimension; i++) {
    x[2 * i] = rho.re[i]!;
    x[2 * i + 1] = rho.im[i]!;
  }
  const { generator, size } = lindbladGenerator({ effective, jumps });
  const end = times[times.length - 1]!;
  const until = end > 0 ? end : 1e-9 / (size + 1);
  const steps: TaylorStep[] = [];
  propagate(generator, x, until, functionals, 1e-16, 4 / (size + 1e-300), (step) => {
    steps.push(step);
  });
  return functionals.map((_, f) => {
    let k = 0;
    return times.map((t) => {
      while (k + 1 < steps.length && t >= steps[k + 1]!.start) k++;
      const [re, im] = steps[k]!.value(f, (t - steps[k]!.start) / steps[k]!.duration);
      return { re, im };
    });
  });
}
