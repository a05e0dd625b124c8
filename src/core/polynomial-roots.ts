/**
 * Roots of a complex polynomial by Ehrlich–Aberth iteration, all at once.
 *
 * @param re, im - coefficients c₀ … c_{n−1} of xⁿ + c_{n−1}xⁿ⁻¹ + … + c₀
 * @param rootsRe, rootsIm - starting values in, n roots out; distinct starting values
 * @returns false when some root still moved after the last iteration
 * @source Aberth, Math. Comp. 27, 339 (1973)
 * @accuracy rounding for well-separated roots; about ε^(1/m) for m roots that coincide
 *   (test/unit/core/polynomial-roots.test.ts)
 */
export function polynomialRoots(
  re: ArrayLike<number>,
  im: ArrayLike<number>,
  rootsRe: Float64Array,
  rootsIm: Float64Array,
): boolean {
  const n = re.length;
  for (let iteration = 0; iteration < 100; iteration++) {
    let moving = false;
    for (let k = 0; k < n; k++) {
      const x = rootsRe[k]!;
      const y = rootsIm[k]!;
      // Horner for the value and the derivative.
      let pr = 1;
      let pi = 0;
      let dr = 0;
      let di = 0;
      for (let j = n - 1; j >= 0; j--) {
        const nextDr = dr * x - di * y + pr;
        di = dr * y + di * x + pi;
        dr = nextDr;
        const nextPr = pr * x - pi * y + re[j]!;
        pi = pr * y + pi * x + im[j]!;
        pr = nextPr;
      }
      if (pr === 0 && pi === 0) continue;
      // p/p' and the repulsion of the other roots
      const size = dr * dr + di * di;
      if (size === 0) {
        rootsRe[k] = x + 1e-3 * (1 + Math.abs(x));
        rootsIm[k] = y + 1e-3;
        moving = true;
        continue;
      }
      const nr = (pr * dr + pi * di) / size;
      const ni = (pi * dr - pr * di) / size;
      let sr = 0;
      let si = 0;
      for (let j = 0; j < n; j++) {
        if (j === k) continue;
        const ur = x - rootsRe[j]!;
        const ui = y - rootsIm[j]!;
        const distance = ur * ur + ui * ui;
        if (distance === 0) continue;
        sr += ur / distance;
        si -= ui / distance;
      }
      const qr = 1 - (nr * sr - ni * si);
      const qi = -(nr * si + ni * sr);
      const scale = qr * qr + qi * qi;
      const stepR = scale === 0 ? nr : (nr * qr + ni * qi) / scale;
      const stepI = scale === 0 ? ni : (ni * qr - nr * qi) / scale;
      rootsRe[k] = x - stepR;
      rootsIm[k] = y - stepI;
      if (Math.abs(stepR) + Math.abs(stepI) > 4e-16 * (1 + Math.abs(x) + Math.abs(y))) moving = true;
    }
    if (!moving) return true;
  }
  return false;
}
