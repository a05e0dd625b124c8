import type { Code, FunctionHandle, ModuleBuilder } from "../wasm/assembler.ts";
import { loadFixed, storeFixed, vectors } from "./vectors.ts";

/** Sweeps after which the rotations are at rounding, whatever the matrix. */
const mostSweeps = 10;

/** Sum of squares off the diagonal, relative to all, at which the matrix counts as diagonal. */
const diagonalShare = 1e-20;

/** Place of an entry, row ≥ column, of a lower triangle. */
export const triangleAt = (row: number, column: number) => (row * (row + 1)) / 2 + column;

/**
 * A function `name()` that diagonalises the symmetric matrices of both lanes by cyclic Jacobi rotations: the lower
 * triangle at `matrix` gets its eigenvalues on the diagonal, the columns of `basis` (row-major) the eigenvectors.
 *
 * @source Golub & Van Loan, Matrix Computations, §8.5
 */
export function defineEigen(
  module: ModuleBuilder,
  name: string,
  n: number,
  matrix: number,
  basis: number,
): FunctionHandle {
  return module.define(name, { params: [], results: [] }, (code) => {
    const a = vectors(code, (n * (n + 1)) / 2);
    const at = (r: number, c: number) => a[r >= c ? triangleAt(r, c) : triangleAt(c, r)]!;
    const locals = vectors(code, 5) as [number, number, number, number, number];
    const [size, off] = locals;
    const active = code.local("v128");
    const left = code.local("i32");
    a.forEach((local, k) => {
      loadFixed(code, matrix, k, local);
    });
    for (let r = 0; r < n; r++) {
      for (let c = 0; c < n; c++) {
        code.i32(basis);
        code.f64x2(r === c ? 1 : 0, r === c ? 1 : 0);
        code.memory("v128.store", 16 * (r * n + c));
      }
    }
    const squares = (diagonal: boolean) => {
      code.f64x2(0, 0);
      for (let r = 0; r < n; r++) {
        for (let c = 0; c <= r; c++) {
          if ((r === c) !== diagonal) continue;
          code.get(at(r, c));
          code.get(at(r, c));
          code.op("f64x2.mul");
          code.op("f64x2.add");
        }
      }
    };
    code.i32(mostSweeps);
    code.set(left);
    code.block(() => {
      code.loop(() => {
        squares(true);
        code.set(size);
        squares(false);
        code.set(off);
        code.get(off);
        code.get(size);
        code.f64x2(diagonalShare, diagonalShare);
        code.op("f64x2.mul");
        code.op("f64x2.gt");
        code.tee(active);
        code.op("v128.any_true");
        code.op("i32.eqz");
        code.branchIf(1);
        code.get(left);
        code.op("i32.eqz");
        code.branchIf(1);
        code.get(left);
        code.i32(-1);
        code.op("i32.add");
        code.set(left);
        for (let p = 0; p < n; p++) {
          for (let q = p + 1; q < n; q++) rotation(code, n, at, p, q, basis, active, locals);
        }
        code.branch(0);
      });
    });
    for (let r = 0; r < n; r++) storeFixed(code, matrix, triangleAt(r, r), at(r, r));
  });
}

/** The rotation that makes the entry (p, q) vanish, in the matrix and the basis. */
function rotation(
  code: Code,
  n: number,
  at: (r: number, c: number) => number,
  p: number,
  q: number,
  basis: number,
  active: number,
  [t, c, s, x, y]: readonly [number, number, number, number, number],
): void {
  const gap = x;
  code.get(at(q, q));
  code.get(at(p, p));
  code.op("f64x2.sub");
  code.set(gap);
  // t = ±2a/(|gap| + √(gap² + 4a²)), the smaller of the two; zero where both vanish
  const twice = y;
  code.get(at(p, q));
  code.get(at(p, q));
  code.op("f64x2.add");
  code.tee(twice);
  code.get(gap);
  code.f64x2(-0, -0);
  code.op("v128.and");
  code.op("v128.xor");
  code.get(gap);
  code.op("f64x2.abs");
  code.get(gap);
  code.get(gap);
  code.op("f64x2.mul");
  code.get(twice);
  code.get(twice);
  code.op("f64x2.mul");
  code.op("f64x2.add");
  code.op("f64x2.sqrt");
  code.op("f64x2.add");
  code.f64x2(Number.MIN_VALUE, Number.MIN_VALUE);
  code.op("f64x2.add");
  code.op("f64x2.div");
  // A lane that is done stays as it is, whatever the other needs.
  code.get(active);
  code.op("v128.and");
  code.set(t);
  code.f64x2(1, 1);
  code.f64x2(1, 1);
  code.get(t);
  code.get(t);
  code.op("f64x2.mul");
  code.op("f64x2.add");
  code.op("f64x2.sqrt");
  code.op("f64x2.div");
  code.tee(c);
  code.get(t);
  code.op("f64x2.mul");
  code.set(s);
  for (const [place, sign] of [
    [p, "f64x2.sub"],
    [q, "f64x2.add"],
  ] as const) {
    code.get(at(place, place));
    code.get(t);
    code.get(at(p, q));
    code.op("f64x2.mul");
    code.op(sign);
    code.set(at(place, place));
  }
  code.get(at(p, q));
  code.get(active);
  code.op("v128.andnot");
  code.set(at(p, q));
  const turn = (first: number, second: number) => {
    for (const [a, b, sign] of [
      [c, s, "f64x2.sub"],
      [s, c, "f64x2.add"],
    ] as const) {
      code.get(a);
      code.get(first);
      code.op("f64x2.mul");
      code.get(b);
      code.get(second);
      code.op("f64x2.mul");
      code.op(sign);
    }
  };
  for (let k = 0; k < n; k++) {
    if (k !== p && k !== q) {
      turn(at(k, p), at(k, q));
      code.set(at(k, q));
      code.set(at(k, p));
    }
    loadFixed(code, basis, k * n + p, x);
    loadFixed(code, basis, k * n + q, y);
    turn(x, y);
    code.set(y);
    code.set(x);
    storeFixed(code, basis, k * n + p, x);
    storeFixed(code, basis, k * n + q, y);
  }
}
