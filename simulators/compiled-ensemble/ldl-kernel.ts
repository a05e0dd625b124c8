import type { Code } from "../wasm/assembler.ts";
import { triangleAt as at } from "./eigen-kernel.ts";
import { subtractProduct } from "./vectors.ts";

/**
 * A = LDLᵀ in place, both lanes, without pivoting: the lower triangle `a` gets L·D below the diagonal and 1/D on it.
 *
 * @param onPivot - called with each pivot before it is inverted; may change it
 */
export function factorInPlace(
  code: Code,
  n: number,
  a: readonly number[],
  scratch: number,
  onPivot: (j: number, pivot: number) => void,
): void {
  for (let j = 0; j < n; j++) {
    const pivot = a[at(j, j)]!;
    onPivot(j, pivot);
    code.f64x2(1, 1);
    code.get(pivot);
    code.op("f64x2.div");
    code.set(pivot);
    for (let i = j + 1; i < n; i++) {
      code.get(a[at(i, j)]!);
      code.get(pivot);
      code.op("f64x2.mul");
      code.set(scratch);
      for (let k = j + 1; k <= i; k++) subtractProduct(code, a[at(i, k)]!, scratch, a[at(k, j)]!);
    }
  }
}

/** x ← A⁻¹x with `a` as `factorInPlace` leaves it; column by column, so that no sum waits for itself. */
export function solveInPlace(code: Code, n: number, a: readonly number[], x: readonly number[]): void {
  const scale = (r: number) => {
    code.get(x[r]!);
    code.get(a[at(r, r)]!);
    code.op("f64x2.mul");
    code.set(x[r]!);
  };
  for (let c = 0; c < n; c++) {
    // (L⁻¹x)_c/D_c, with which L·D takes its part away.
    scale(c);
    for (let r = c + 1; r < n; r++) subtractProduct(code, x[r]!, a[at(r, c)]!, x[c]!);
  }
  backSubstitute(code, n, a, x);
}

/** x ← L⁻ᵀx. */
export function backSubstitute(code: Code, n: number, a: readonly number[], x: readonly number[]): void {
  // L_ic x_i = (LD)_ic x_i/D_c: sums are gathered before they are divided.
  for (let c = n - 2; c >= 0; c--) {
    code.get(x[c]!);
    for (let i = c + 1; i < n; i++) {
      code.get(a[at(i, c)]!);
      code.get(x[i]!);
      code.op("f64x2.mul");
      if (i > c + 1) code.op("f64x2.add");
    }
    code.get(a[at(c, c)]!);
    code.op("f64x2.mul");
    code.op("f64x2.sub");
    code.set(x[c]!);
  }
}
