import fc from "fast-check";
import { adjoint, type ComplexMatrix, combine, product, trace, zeros } from "#core/complex-matrix";

const entry = fc.double({ min: -1, max: 1, noNaN: true });

/** Density matrices XX†/Tr XX†, a little mixed with I/3 so that no trace vanishes. */
export const densityMatrices: fc.Arbitrary<ComplexMatrix> = fc
  .array(entry, { minLength: 18, maxLength: 18 })
  .map((entries) => {
    const x = {
      rows: 3,
      columns: 3,
      re: Float64Array.from(entries.slice(0, 9)),
      im: Float64Array.from(entries.slice(9)),
    };
    const mixed = zeros(3);
    for (let i = 0; i < 3; i++) mixed.re[4 * i] = 0.05;
    const positive = combine([1, product(x, adjoint(x))], [1, mixed]);
    return combine([1 / trace(positive).re, positive]);
  });

/** As nested [re, im], the form of a request. */
export function nested(rho: ComplexMatrix): [number, number][][] {
  return [0, 1, 2].map((r) =>
    [0, 1, 2].map((c): [number, number] => [rho.re[3 * r + c]!, rho.im[3 * r + c]!]),
  );
}
