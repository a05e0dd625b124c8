import { coordinateCount } from "#model/generator";
import type { Oscillator } from "#model/oscillator";
import { diffusionMatrices } from "../finite-size/fluctuations.ts";
import type { FunctionHandle, ModuleBuilder } from "../wasm/assembler.ts";
import { defineCorrect } from "./direction-kernel.ts";
import { triangleAt as at, defineEigen } from "./eigen-kernel.ts";
import { factorInPlace } from "./ldl-kernel.ts";
import { laneMask, largestVariance, type NoiseArrays, pivotShare, triangle } from "./noise-arrays.ts";
import { loadFixed, loadVector, storeFixed, storeVector, vectors } from "./vectors.ts";

const n = coordinateCount;

/**
 * `noise(pair in steps of 16)`: x += width·Fξ with FFᵀ the positive part of 2D(x). F is the triangular factor of 2D, or,
 * where one direction has a negative variance, of 2D with this variance raised to almost nothing, the direction by
 * Rayleigh quotient iteration; where there are more, eigenvectors times roots of eigenvalues. A lane takes its way whatever the other does.
 *
 * @param width - address of a vector
 */
export function defineNoise(
  module: ModuleBuilder,
  state: number,
  width: number,
  arrays: NoiseArrays,
  site: Oscillator,
): FunctionHandle {
  const diffuse = defineDiffuse(module, arrays, site);
  const factor = defineFactor(module, arrays);
  const correct = defineCorrect(module, arrays);
  const eigen = defineEigen(module, "eigen", n, arrays.matrix, arrays.basis);
  const roots = defineRoots(module, arrays);
  const kick = defineKick(module, width, arrays);
  const kickAlong = defineKickAlong(module, width, arrays);
  return module.define("noise", { params: ["i32"], results: [] }, (code) => {
    const pair = 0;
    const good = code.local("i32");
    const single = code.local("i32");
    const address = code.local("i32");
    code.get(pair);
    code.i32(3);
    code.op("i32.shl");
    code.i32(state);
    code.op("i32.add");
    code.tee(address);
    code.call(diffuse);
    code.i32(arrays.marks);
    code.f64x2(0, 0);
    code.memory("v128.store");
    const factorAll = () => {
      code.call(factor);
      code.tee(single);
      code.i32(3);
      code.op("i32.and");
      code.set(good);
    };
    factorAll();
    code.get(single);
    code.i32(2);
    code.op("i32.shr_u");
    code.tee(single);
    code.when(() => {
      code.get(single);
      code.i32(3);
      code.op("i32.xor");
      code.i32(arrays.matrix);
      code.call(correct);
      factorAll();
    });
    const kickLanes = (kickBy: FunctionHandle, inverted: boolean) => {
      code.get(address);
      laneMask(code, good);
      if (inverted) code.op("v128.not");
      code.call(kickBy);
    };
    kickLanes(kick, false);
    code.get(good);
    code.i32(3);
    code.op("i32.ne");
    code.when(() => {
      code.call(eigen);
      laneMask(code, good);
      code.op("v128.not");
      code.call(roots);
      kickLanes(kickAlong, true);
    });
    code.get(pair);
    code.get(pair);
    code.memory("v128.load", arrays.clips);
    code.i32(arrays.marks);
    code.memory("v128.load");
    code.f64x2(1, 1);
    code.op("v128.and");
    code.op("f64x2.add");
    code.memory("v128.store", arrays.clips);
  });
}

/** Lower triangle of 2D(x) of the pair at an address. */
function defineDiffuse(module: ModuleBuilder, arrays: NoiseArrays, site: Oscillator): FunctionHandle {
  const { constant, linear } = diffusionMatrices(site);
  return module.define("diffuse", { params: ["i32"], results: [] }, (code) => {
    const y = vectors(code, n);
    y.forEach((local, c) => {
      loadVector(code, 0, c, local);
    });
    for (let r = 0; r < n; r++) {
      for (let c = 0; c <= r; c++) {
        const entry = r * n + c;
        const fixed = Math.abs(constant[entry]!) > 1e-15 ? constant[entry]! : 0;
        code.i32(arrays.matrix);
        code.f64x2(fixed, fixed);
        linear.forEach((matrix, i) => {
          const value = matrix[entry]!;
          if (Math.abs(value) <= 1e-15) return;
          code.get(y[i]!);
          code.f64x2(value, value);
          code.op("f64x2.mul");
          code.op("f64x2.add");
        });
        code.memory("v128.store", 16 * at(r, c));
      }
    }
  });
}

/**
 * 2D = LDLᵀ; returns a bit for each lane in which D is positive and, two places on, one for each lane in which all but
 * one of its elements, and so of the eigenvalues, are (Sylvester).
 */
function defineFactor(module: ModuleBuilder, arrays: NoiseArrays): FunctionHandle {
  return module.define("factor", { params: [], results: ["i32"] }, (code) => {
    const entry = vectors(code, triangle);
    const positive = code.local("v128");
    const [smallest, good, scratch, negative] = vectors(code, 4) as [number, number, number, number];
    entry.forEach((local, k) => {
      loadFixed(code, arrays.matrix, k, local);
    });
    largestVariance(code, arrays);
    code.f64x2(pivotShare, pivotShare);
    code.op("f64x2.mul");
    code.set(smallest);
    code.f64x2(0, 0);
    code.op("v128.not");
    code.set(good);
    factorInPlace(code, n, entry, scratch, (j, pivot) => {
      code.get(pivot);
      code.get(smallest);
      code.op("f64x2.gt");
      code.tee(positive);
      code.get(good);
      code.op("v128.and");
      code.set(good);
      storeFixed(code, arrays.passed, j, good);
      code.get(negative);
      code.f64x2(1, 1);
      code.get(positive);
      code.op("v128.andnot");
      code.op("f64x2.add");
      code.set(negative);
    });
    entry.forEach((local, k) => {
      storeFixed(code, arrays.factor, k, local);
    });
    code.get(good);
    code.op("i64x2.bitmask");
    code.get(negative);
    code.f64x2(1, 1);
    code.op("f64x2.eq");
    code.op("i64x2.bitmask");
    code.i32(2);
    code.op("i32.shl");
    code.op("i32.or");
  });
}

/** x += width·L√D ξ in some lanes. */
function defineKick(module: ModuleBuilder, width: number, arrays: NoiseArrays): FunctionHandle {
  return module.define("kickPair", { params: ["i32", "v128"], results: [] }, (code) => {
    const [address, lanes] = [0, 1];
    const normals = vectors(code, n);
    const [scale, x, inverse] = vectors(code, 3) as [number, number, number];
    loadFixed(code, width, 0, scale);
    for (let a = 0; a < n; a++) {
      loadFixed(code, arrays.normals, a, normals[a]!);
      loadFixed(code, arrays.factor, at(a, a), inverse);
      loadVector(code, address, a, x);
      code.get(x);
      // √D ξ of this row; L·D below it goes with ξ/√D.
      code.get(normals[a]!);
      code.get(inverse);
      code.op("f64x2.sqrt");
      code.tee(inverse);
      code.op("f64x2.div");
      for (let b = 0; b < a; b++) {
        code.i32(arrays.factor);
        code.memory("v128.load", 16 * at(a, b));
        code.get(normals[b]!);
        code.op("f64x2.mul");
        code.op("f64x2.add");
      }
      code.get(scale);
      code.op("f64x2.mul");
      code.op("f64x2.add");
      code.get(x);
      code.get(lanes);
      code.op("v128.bitselect");
      code.set(x);
      storeVector(code, address, a, x);
      code.get(normals[a]!);
      code.get(inverse);
      code.op("f64x2.mul");
      code.set(normals[a]!);
    }
  });
}

/** x += width·Fξ in some lanes, F in the place of the eigenvectors. */
function defineKickAlong(module: ModuleBuilder, width: number, arrays: NoiseArrays): FunctionHandle {
  return module.define("kickAlong", { params: ["i32", "v128"], results: [] }, (code) => {
    const [address, lanes] = [0, 1];
    const normals = vectors(code, n);
    const scale = code.local("v128");
    const x = code.local("v128");
    normals.forEach((local, q) => {
      loadFixed(code, arrays.normals, q, local);
    });
    loadFixed(code, width, 0, scale);
    for (let a = 0; a < n; a++) {
      loadVector(code, address, a, x);
      code.get(x);
      normals.forEach((normal, b) => {
        code.i32(arrays.basis);
        code.memory("v128.load", 16 * (n * a + b));
        code.get(normal);
        code.op("f64x2.mul");
        if (b > 0) code.op("f64x2.add");
      });
      code.get(scale);
      code.op("f64x2.mul");
      code.op("f64x2.add");
      code.get(x);
      code.get(lanes);
      code.op("v128.bitselect");
      code.set(x);
      storeVector(code, address, a, x);
    }
  });
}

/** Eigenvectors times the roots of their eigenvalues, negative ones as zero; marks the lanes given that had any. */
function defineRoots(module: ModuleBuilder, arrays: NoiseArrays): FunctionHandle {
  return module.define("roots", { params: ["v128"], results: [] }, (code) => {
    const lanes = 0;
    const [smallest, value, lowest] = vectors(code, 3) as [number, number, number];
    largestVariance(code, arrays);
    code.f64x2(-pivotShare, -pivotShare);
    code.op("f64x2.mul");
    code.set(smallest);
    code.f64x2(0, 0);
    code.set(lowest);
    for (let c = 0; c < n; c++) {
      loadFixed(code, arrays.matrix, at(c, c), value);
      code.get(lowest);
      code.get(value);
      code.op("f64x2.min");
      code.set(lowest);
      code.get(value);
      code.f64x2(0, 0);
      code.op("f64x2.max");
      code.op("f64x2.sqrt");
      code.set(value);
      for (let a = 0; a < n; a++) {
        const place = arrays.basis + 16 * (n * a + c);
        code.i32(place);
        code.i32(place);
        code.memory("v128.load");
        code.get(value);
        code.op("f64x2.mul");
        code.memory("v128.store");
      }
    }
    code.i32(arrays.marks);
    code.get(lowest);
    code.get(smallest);
    code.op("f64x2.lt");
    code.get(lanes);
    code.op("v128.and");
    code.i32(arrays.marks);
    code.memory("v128.load");
    code.op("v128.or");
    code.memory("v128.store");
  });
}
