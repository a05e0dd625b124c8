import { Matrix, solve } from "ml-matrix";

/**
 * exp(A) of a real square matrix by scaling and squaring with the [6/6] Padé approximant.
 *
 * @param a - n × n, row-major
 * @returns n × n, row-major
 * @source Moler & Van Loan, SIAM Rev. 45, 3 (2003), method 3
 * @accuracy about 2^s·ε, s = log2‖A‖, relative to ‖exp(A)‖ (test/unit/core/expm.test.ts)
 */
export function expm(a: Float64Array, n: number): Float64Array {
  let norm = 0;
  for (let r = 0; r < n; r++) {
    let sum = 0;
    for (let c = 0; c < n; c++) sum += Math.abs(a[r * n + c]!);
    norm = Math.max(norm, sum);
  }
  const squarings = norm > 0.5 ? Math.ceil(Math.log2(norm / 0.5)) : 0;
  const x = Matrix.from1DArray(n, n, a).mul(2 ** -squarings);
  let power = Matrix.eye(n, n);
  const numerator = Matrix.eye(n, n);
  const denominator = Matrix.eye(n, n);
  const order = 6;
  let coefficient = 1;
  for (let k = 1; k <= order; k++) {
    coefficient *= (order - k + 1) / (k * (2 * order - k + 1));
    power = power.mmul(x);
    numerator.add(Matrix.mul(power, coefficient));
    denominator.add(Matrix.mul(power, k % 2 === 0 ? coefficient : -coefficient));
  }
  let result = solve(denominator, numerator);
  for (let s = 0; s < squarings; s++) result = result.mmul(result);
  return Float64Array.from(result.to1DArray());
}
