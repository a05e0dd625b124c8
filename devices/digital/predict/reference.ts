import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { type Complex, modulus } from "#core/complex";
import {
  adjoint,
  type ComplexMatrix,
  combine,
  identity,
  kronecker,
  product,
  unit,
} from "#core/complex-matrix";
import {
  bareHamiltonian,
  jumpOperators,
  noChannels,
  raisingOperator,
  spinOneLadder,
} from "#model/oscillator";
import type { CircuitSite } from "../compile/site.ts";

/** The continuous-time model that a circuit approximates. */
export interface ReferenceModel {
  readonly sites: readonly CircuitSite[];
  /** J of each neighbouring pair. */
  readonly couplings: readonly Complex[];
  /** Constant field F on every oscillator, H = F·A† + F*·A; none when absent. */
  readonly field?: Complex;
}

const minusI = { re: 0, im: -1 };

/** operator on oscillator `at` of n. */
function on(operator: ComplexMatrix, at: number, n: number): ComplexMatrix {
  return Array.from({ length: n }, (_, i) => (i === at ? operator : identity(3))).reduce((joint, factor) =>
    kronecker(joint, factor),
  );
}

/**
 * exp(𝓛t) on a density matrix of N oscillators by a Taylor series in short pieces; dense 3^N × 3^N, for N ≤ 3.
 *
 * It chooses step numbers and checks layouts; being on this floor it cannot use the simulators.
 *
 * @param rho - 3^N × 3^N
 * @accuracy 1e-12 (test/unit/devices/digital/exact.test.ts, against the simulators)
 */
export function evolveReference(model: ReferenceModel, rho: ComplexMatrix, time: number): ComplexMatrix {
  const n = model.sites.length;
  const oscillators = model.sites.map((site) => ({ ...site, ladder: spinOneLadder, channels: noChannels }));
  const raising = raisingOperator(spinOneLadder);
  const terms: [Complex | number, ComplexMatrix][] = [];
  oscillators.forEach((site, i) => {
    terms.push([1, on(bareHamiltonian(site), i, n)]);
    if (model.field !== undefined) {
      const up = on(combine([model.field, raising]), i, n);
      terms.push([1, up], [1, adjoint(up)]);
    }
  });
  model.couplings.forEach((coupling, i) => {
    const hop = combine([coupling, product(on(raising, i, n), adjoint(on(raising, i + 1, n)))]);
    terms.push([1, hop], [1, adjoint(hop)]);
  });
  const jumps = oscillators.flatMap((site, i) =>
    jumpOperators(site).map(({ rate, operator }) => combine([Math.sqrt(rate), on(operator, i, n)])),
  );
  for (const jump of jumps) terms.push([{ re: 0, im: -0.5 }, product(adjoint(jump), jump)]);
  const effective = combine(...terms);
  const daggers = jumps.map(adjoint);
  const generator = (x: ComplexMatrix): ComplexMatrix => {
    const half = combine([minusI, product(effective, x)]);
    return combine(
      [1, half],
      [1, adjoint(half)],
      ...jumps.map((jump, k) => [1, product(product(jump, x), daggers[k]!)] as const),
    );
  };
  let size = 0;
  for (let r = 0; r < effective.rows; r++) {
    let sum = 0;
    for (let c = 0; c < effective.columns; c++) {
      sum += modulus({
        re: effective.re[r * effective.columns + c]!,
        im: effective.im[r * effective.columns + c]!,
      });
    }
    size = Math.max(size, sum);
  }
  // ‖𝓛‖ ≤ 4·size: the series of a piece with ‖𝓛‖t ≤ 2 ends below rounding at 24 terms.
  const pieces = Math.max(1, Math.ceil(2 * size * time));
  let state = rho;
  for (let piece = 0; piece < pieces; piece++) {
    let term = state;
    for (let k = 1; k <= 24; k++) {
      term = combine([time / (pieces * k), generator(term)]);
      state = combine([1, state], [1, term]);
    }
  }
  return state;
}

/** |1⟩ of every oscillator. */
export function middleState(n: number): ComplexMatrix {
  return Array.from({ length: n }, () => unit(3, 1, 1)).reduce((joint, factor) => kronecker(joint, factor));
}

/**
 * ½‖a − b‖₁ of two Hermitian matrices.
 *
 * @accuracy 1e-15 times their size
 */
export function traceDistance(a: ComplexMatrix, b: ComplexMatrix): number {
  const n = a.rows;
  // A Hermitian X + iY has the eigenvalues of [[X, −Y], [Y, X]], each there twice.
  const real = Matrix.zeros(2 * n, 2 * n);
  for (let r = 0; r < n; r++) {
    for (let c = 0; c < n; c++) {
      const x = a.re[r * n + c]! - b.re[r * n + c]!;
      const y = a.im[r * n + c]! - b.im[r * n + c]!;
      real.set(r, c, x);
      real.set(n + r, n + c, x);
      real.set(n + r, c, y);
      real.set(r, n + c, -y);
    }
  }
  const { realEigenvalues } = new EigenvalueDecomposition(real, { assumeSymmetric: true });
  return realEigenvalues.reduce((sum, value) => sum + Math.abs(value), 0) / 4;
}
