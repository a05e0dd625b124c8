import { type ComplexMatrix, combine, commutator, product, trace, unit, zeros } from "#core/complex-matrix";
import { bareGenerator, coordinateCount, coordinatesOf } from "#model/generator";
import { type Oscillator, raisingOperator } from "#model/oscillator";

/**
 * Linear maps on Hermitian 3 × 3 matrices as real 9 × 9 matrices: index 0 is the trace, 1 … 8 are the coordinates of
 * `#model/generator`. Unlike the affine maps there, these need not keep the trace.
 */
export const extendedCount = coordinateCount + 1;

/** Hermitian basis matrix of each extended coordinate: the matrix whose coordinate is one and the others zero. */
const basis: readonly ComplexMatrix[] = [
  unit(3, 1, 1),
  combine([1, unit(3, 0, 0)], [-1, unit(3, 1, 1)]),
  combine([1, unit(3, 2, 2)], [-1, unit(3, 1, 1)]),
  ...(
    [
      [0, 1],
      [1, 2],
      [0, 2],
    ] as const
  ).flatMap(([r, c]) => [
    combine([1, unit(3, r, c)], [1, unit(3, c, r)]),
    combine([{ re: 0, im: 1 }, unit(3, r, c)], [{ re: 0, im: -1 }, unit(3, c, r)]),
  ]),
];

/**
 * Hermitian operator λ_a of each extended coordinate, x_a = Tr(λ_a ρ): 1, |0⟩⟨0|, |2⟩⟨2|, then (|c⟩⟨r| + h.c.)/2 and
 * (|c⟩⟨r| − h.c.)/2i for ρ_rc = ρ₀₁, ρ₁₂, ρ₀₂.
 */
export const coordinateOperators: readonly ComplexMatrix[] = [
  combine([1, unit(3, 0, 0)], [1, unit(3, 1, 1)], [1, unit(3, 2, 2)]),
  unit(3, 0, 0),
  unit(3, 2, 2),
  ...(
    [
      [0, 1],
      [1, 2],
      [0, 2],
    ] as const
  ).flatMap(([r, c]) => [
    combine([0.5, unit(3, c, r)], [0.5, unit(3, r, c)]),
    combine([{ re: 0, im: -0.5 }, unit(3, c, r)], [{ re: 0, im: 0.5 }, unit(3, r, c)]),
  ]),
];

/** Trace and coordinates of a Hermitian matrix. */
export function extendedCoordinates(rho: ComplexMatrix): Float64Array {
  const x = new Float64Array(extendedCount);
  x[0] = trace(rho).re;
  x.set(coordinatesOf(rho), 1);
  return x;
}

/** 9 × 9 row-major matrix of a linear map that keeps Hermiticity. */
export function superoperator(map: (rho: ComplexMatrix) => ComplexMatrix): Float64Array {
  const matrix = new Float64Array(extendedCount * extendedCount);
  basis.forEach((element, column) => {
    const image = extendedCoordinates(map(element));
    for (let row = 0; row < extendedCount; row++) matrix[row * extendedCount + column] = image[row]!;
  });
  return matrix;
}

/** The uncoupled generator on extended coordinates. */
export function extendedGenerator(site: Oscillator): Float64Array {
  const { constant, linear } = bareGenerator(site);
  const matrix = new Float64Array(extendedCount * extendedCount);
  for (let row = 0; row < coordinateCount; row++) {
    matrix[(row + 1) * extendedCount] = constant[row]!;
    for (let column = 0; column < coordinateCount; column++) {
      matrix[(row + 1) * extendedCount + column + 1] = linear[row * coordinateCount + column]!;
    }
  }
  return matrix;
}

/** One quadrature M of the coupling operator: M = A† + A or i(A† − A). */
export interface Quadrature {
  /** ρ → −i[M, ρ]. */
  readonly commutator: Float64Array;
  /** ρ → {M, ρ}. */
  readonly anticommutator: Float64Array;
  /** Tr(Mρ) as a row of nine. */
  readonly expectation: Float64Array;
}

/**
 * The two quadratures X = A† + A, Y = i(A† − A) of a ladder: A†_i A_j + h.c. = ½(X_i X_j + Y_i Y_j) and
 * ⟨A†⟩ = (⟨X⟩ − i⟨Y⟩)/2.
 */
export function quadratures(site: Oscillator): [Quadrature, Quadrature] {
  const raising = raisingOperator(site.ladder);
  const hermitian = (factor: { re: number; im: number }): ComplexMatrix => {
    const m = zeros(3);
    for (let r = 0; r < 3; r++) {
      for (let c = 0; c < 3; c++) {
        const up = raising.re[3 * r + c]!;
        const down = raising.re[3 * c + r]!;
        m.re[3 * r + c] = factor.re * (up + down);
        m.im[3 * r + c] = factor.im * (up - down);
      }
    }
    return m;
  };
  const quadrature = (m: ComplexMatrix): Quadrature => ({
    commutator: superoperator((rho) => combine([{ re: 0, im: -1 }, commutator(m, rho)])),
    anticommutator: superoperator((rho) => combine([1, product(m, rho)], [1, product(rho, m)])),
    expectation: Float64Array.from(basis, (element) => trace(product(m, element)).re),
  });
  return [quadrature(hermitian({ re: 1, im: 0 })), quadrature(hermitian({ re: 0, im: 1 }))];
}
