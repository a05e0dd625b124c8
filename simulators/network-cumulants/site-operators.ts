import { adjoint, type ComplexMatrix, combine, commutator, product, trace } from "#core/complex-matrix";
import {
  type AffineMap,
  affineMapOf,
  bareGenerator,
  coordinateCount,
  densityMatrixAt,
} from "#model/generator";
import { type Oscillator, raisingOperator } from "#model/oscillator";

/**
 * What the pair equations need of one site, on the coordinates of `#model/generator`. With the quadratures
 * X = A† + A and Y = i(A† − A) the Hamiltonian FA† + F*A is Re F·X + Im F·Y, and A = (X + iY)/2.
 */
export interface SiteOperators {
  /** The uncoupled generator. */
  readonly bare: AffineMap;
  /** ρ → −i[X, ρ] and ρ → −i[Y, ρ]. */
  readonly turnX: AffineMap;
  readonly turnY: AffineMap;
  /** ρ → ½{A, ρ}, real and imaginary part: ¼{X, ρ} and ¼{Y, ρ}. */
  readonly symmetricRe: AffineMap;
  readonly symmetricIm: AffineMap;
  /** ⟨A⟩ as a row on the coordinates. */
  readonly lowerRe: Float64Array;
  readonly lowerIm: Float64Array;
}

/** Derives every map of a site from its operators. */
export function siteOperators(site: Oscillator): SiteOperators {
  const raising = raisingOperator(site.ladder);
  const lowering = adjoint(raising);
  const x = combine([1, raising], [1, lowering]);
  const y = combine([{ re: 0, im: 1 }, raising], [{ re: 0, im: -1 }, lowering]);
  const turn = (m: ComplexMatrix) => affineMapOf((rho) => combine([{ re: 0, im: -1 }, commutator(m, rho)]));
  const symmetric = (m: ComplexMatrix) =>
    affineMapOf((rho) => combine([0.25, product(m, rho)], [0.25, product(rho, m)]));
  return {
    bare: bareGenerator(site),
    turnX: turn(x),
    turnY: turn(y),
    symmetricRe: symmetric(x),
    symmetricIm: symmetric(y),
    lowerRe: expectationRow(x).map((value) => value / 2),
    lowerIm: expectationRow(y).map((value) => value / 2),
  };
}

/** Tr(Mρ) as a row on the coordinates, for a Hermitian M without diagonal: no constant. */
function expectationRow(m: ComplexMatrix): Float64Array {
  return Float64Array.from({ length: coordinateCount }, (_, k) => {
    const x = new Float64Array(coordinateCount);
    x[k] = 1;
    return trace(product(m, densityMatrixAt(x))).re;
  });
}
