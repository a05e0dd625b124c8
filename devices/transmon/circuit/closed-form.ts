/** Coefficients of f₀₁ and α in ξ = √(2E_C/E_J); Didier et al., arXiv:1706.06566, to fourth order. */
export const frequencySeries: readonly number[] = [1, 1 / 4, 21 / 128, 19 / 128, 5319 / 32768];
export const anharmonicitySeries: readonly number[] = [1, 9 / 16, 81 / 128, 3645 / 4096, 46899 / 32768];

/** Σ_k c_k x^k. */
export function series(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, c) => sum * x + c, 0);
}
