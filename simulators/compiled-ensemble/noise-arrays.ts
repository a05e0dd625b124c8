import { coordinateCount } from "#model/generator";
import { type Arena, padded } from "../wasm/arena.ts";
import type { Code } from "../wasm/assembler.ts";
import { triangleAt } from "./eigen-kernel.ts";

const n = coordinateCount;
/** Entries of a lower triangle. */
export const triangle = (n * (n + 1)) / 2;

/** Pivots below this share of the largest variance are those of a matrix that is not positive. */
export const pivotShare = 1e-12;

export interface NoiseArrays {
  /** Eight vectors of normal deviates. */
  readonly normals: number;
  /** Lower triangles of 2D and of its factorisation. */
  readonly matrix: number;
  readonly factor: number;
  /** Eigenvectors, row-major. */
  readonly basis: number;
  /** Lanes in which all pivots up to each are positive. */
  readonly passed: number;
  /** How often a variance was negative, a double for each trajectory. */
  readonly clips: number;
  /** Lanes of the pair at work in which one was. */
  readonly marks: number;
}

export function noiseBytes(pairs: number): number {
  return (
    2 * padded(16 * n) + 2 * padded(16 * triangle) + padded(16 * n * n) + padded(16 * pairs) + padded(16)
  );
}

export function takeNoiseArrays(arena: Arena, pairs: number): NoiseArrays {
  return {
    normals: arena.take(16 * n),
    matrix: arena.take(16 * triangle),
    factor: arena.take(16 * triangle),
    basis: arena.take(16 * n * n),
    passed: arena.take(16 * n),
    clips: arena.take(16 * pairs),
    marks: arena.take(16),
  };
}

/** All bits of the lanes whose bit is set, left on the stack. */
export function laneMask(code: Code, bits: number): void {
  code.get(bits);
  code.i32(1);
  code.op("i32.and");
  code.op("f64.convert_i32_s");
  code.op("f64x2.splat");
  code.get(bits);
  code.i32(1);
  code.op("i32.shr_u");
  code.op("f64.convert_i32_s");
  code.op("f64x2.splat");
  code.shuffle64(0, 2);
  code.f64x2(0, 0);
  code.op("f64x2.ne");
}

/** Leaves the largest diagonal entry on the stack. */
export function largestVariance(code: Code, arrays: NoiseArrays): void {
  code.f64x2(0, 0);
  for (let r = 0; r < n; r++) {
    code.i32(arrays.matrix);
    code.memory("v128.load", 16 * triangleAt(r, r));
    code.op("f64x2.abs");
    code.op("f64x2.max");
  }
}
