import { coordinateCount } from "#model/generator";
import type { Code, FunctionHandle, ModuleBuilder } from "../wasm/assembler.ts";
import { triangleAt as at } from "./eigen-kernel.ts";
import { backSubstitute, factorInPlace, solveInPlace } from "./ldl-kernel.ts";
import { laneMask, largestVariance, type NoiseArrays, pivotShare, triangle } from "./noise-arrays.ts";
import { dot, loadFixed, loadVector, subtractProduct, vectors } from "./vectors.ts";

const n = coordinateCount;

/** Negative variances become this share of the largest one: a hundred-thousandth of its noise. */
const floorShare = 1e-9;

/** Residual of an eigenvector, in the same unit, at which it is good enough: the covariance is then as exact. */
const residualShare = 1e-8;

/** Steps towards one direction. */
const iterations = 6;

/**
 * `correct(lanes to leave alone, address of the matrix)`: raises one negative variance of each other lane, where Rayleigh
 * quotient iteration finds its direction from the one in which the factorisation failed.
 */
export function defineCorrect(module: ModuleBuilder, arrays: NoiseArrays): FunctionHandle {
  return module.define("correct", { params: ["i32", "i32"], results: [] }, (code) => {
    const [good, base] = [0, 1];
    const left = code.local("i32");
    const v = vectors(code, n);
    const image = vectors(code, n);
    const a = vectors(code, triangle);
    const [scale, skip, quotient, done, size, shift, least] = vectors(code, 7) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    failingDirection(code, arrays, v, a, image);
    largestVariance(code, arrays);
    code.set(scale);
    laneMask(code, good);
    code.set(skip);
    normalise(code, v, size);
    code.i32(iterations);
    code.set(left);
    code.block(() => {
      code.loop(() => {
        applyMatrix(code, base, v, image);
        dot(code, v, image);
        code.set(quotient);
        // |Mv − ρv|² against the tolerance
        image.forEach((local, k) => {
          subtractProduct(code, local, v[k]!, quotient);
        });
        dot(code, image, image);
        code.get(scale);
        code.f64x2(residualShare, residualShare);
        code.op("f64x2.mul");
        code.tee(size);
        code.get(size);
        code.op("f64x2.mul");
        code.op("f64x2.le");
        code.get(quotient);
        code.get(scale);
        code.f64x2(floorShare, floorShare);
        code.op("f64x2.mul");
        code.op("f64x2.lt");
        code.op("v128.and");
        code.set(done);
        code.get(done);
        code.get(skip);
        code.op("v128.or");
        code.op("i64x2.all_true");
        code.branchIf(1);
        code.get(left);
        code.op("i32.eqz");
        code.branchIf(1);
        code.get(left);
        code.i32(-1);
        code.op("i32.add");
        code.set(left);
        // The Rayleigh quotient, reflected as long as it is positive
        code.get(quotient);
        code.op("f64x2.abs");
        code.op("f64x2.neg");
        code.set(shift);
        factorShifted(code, base, a, shift, scale, [size, least]);
        v.forEach((local, k) => {
          code.get(local);
          code.set(image[k]!);
        });
        solveInPlace(code, n, a, image);
        normalise(code, image, size);
        v.forEach((local, k) => {
          code.get(local);
          code.get(image[k]!);
          code.get(done);
          code.op("v128.bitselect");
          code.set(local);
        });
        code.branch(0);
      });
    });
    code.get(done);
    code.get(skip);
    code.op("v128.andnot");
    code.set(done);
    raise(code, arrays, { v, quotient, scale, done, amount: shift });
  });
}

/**
 * v with vᵀMv = d < 0, d the first pivot that is not positive: v = L⁻ᵀ(0, 1, 0), the one at its place, L the factor up
 * to there.
 */
function failingDirection(
  code: Code,
  arrays: NoiseArrays,
  v: readonly number[],
  l: readonly number[],
  passed: readonly number[],
): void {
  passed.forEach((local, k) => {
    loadFixed(code, arrays.passed, k, local);
  });
  l.forEach((local, k) => {
    loadFixed(code, arrays.factor, k, local);
  });
  for (let c = n - 1; c >= 0; c--) {
    // Columns behind the failing one hold nothing of use.
    for (let r = c; r < n; r++) {
      code.get(l[at(r, c)]!);
      code.get(passed[c]!);
      code.op("v128.and");
      code.set(l[at(r, c)]!);
    }
    code.f64x2(1, 1);
    if (c === 0) {
      code.get(passed[0]!);
      code.op("v128.not");
    } else {
      code.get(passed[c - 1]!);
      code.get(passed[c]!);
      code.op("v128.andnot");
    }
    code.op("v128.and");
    code.set(v[c]!);
  }
  backSubstitute(code, n, l, v);
}

function normalise(code: Code, x: readonly number[], size: number): void {
  code.f64x2(1, 1);
  dot(code, x, x);
  code.op("f64x2.sqrt");
  code.op("f64x2.div");
  code.set(size);
  for (const local of x) {
    code.get(local);
    code.get(size);
    code.op("f64x2.mul");
    code.set(local);
  }
}

/** out = Mv, M from memory. */
function applyMatrix(code: Code, base: number, v: readonly number[], out: readonly number[]): void {
  out.forEach((local, r) => {
    v.forEach((component, c) => {
      code.get(base);
      code.memory("v128.load", 16 * (r >= c ? at(r, c) : at(c, r)));
      code.get(component);
      code.op("f64x2.mul");
      if (c > 0) code.op("f64x2.add");
    });
    code.set(local);
  });
}

/** M − shift = LDLᵀ into a, pivots kept away from zero. */
function factorShifted(
  code: Code,
  base: number,
  a: readonly number[],
  shift: number,
  scale: number,
  [scratch, least]: readonly [number, number],
): void {
  a.forEach((local, k) => {
    loadVector(code, base, k, local);
  });
  for (let r = 0; r < n; r++) {
    code.get(a[at(r, r)]!);
    code.get(shift);
    code.op("f64x2.sub");
    code.set(a[at(r, r)]!);
  }
  code.get(scale);
  code.f64x2(Number.EPSILON, Number.EPSILON);
  code.op("f64x2.mul");
  code.set(least);
  factorInPlace(code, n, a, scratch, (_, pivot) => {
    code.get(pivot);
    code.get(least);
    code.get(pivot);
    code.op("f64x2.abs");
    code.get(least);
    code.op("f64x2.gt");
    code.op("v128.bitselect");
    code.set(pivot);
  });
}

/** M += (floor − ρ)vvᵀ in the lanes that are done; those that were negative beyond rounding are marked. */
function raise(
  code: Code,
  arrays: NoiseArrays,
  {
    v,
    quotient,
    scale,
    done,
    amount,
  }: { v: readonly number[]; quotient: number; scale: number; done: number; amount: number },
): void {
  code.get(scale);
  code.f64x2(floorShare, floorShare);
  code.op("f64x2.mul");
  code.get(quotient);
  code.op("f64x2.sub");
  code.get(done);
  code.op("v128.and");
  code.set(amount);
  const part = code.local("v128");
  for (let r = 0; r < n; r++) {
    code.get(v[r]!);
    code.get(amount);
    code.op("f64x2.mul");
    // A lane that is left alone may hold anything.
    code.get(done);
    code.op("v128.and");
    code.set(part);
    for (let c = 0; c <= r; c++) {
      code.i32(arrays.matrix);
      code.i32(arrays.matrix);
      code.memory("v128.load", 16 * at(r, c));
      code.get(part);
      code.get(v[c]!);
      code.op("f64x2.mul");
      code.get(done);
      code.op("v128.and");
      code.op("f64x2.add");
      code.memory("v128.store", 16 * at(r, c));
    }
  }
  code.i32(arrays.marks);
  code.i32(arrays.marks);
  code.memory("v128.load");
  code.get(quotient);
  code.get(scale);
  code.f64x2(-pivotShare, -pivotShare);
  code.op("f64x2.mul");
  code.op("f64x2.lt");
  code.get(done);
  code.op("v128.and");
  code.op("v128.or");
  code.memory("v128.store");
}
