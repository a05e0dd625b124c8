import type { Code } from "../wasm/assembler.ts";

/** New vector locals. */
export function vectors(code: Code, count: number): number[] {
  return Array.from({ length: count }, () => code.local("v128"));
}

/** Vector number `index` behind the address in a local. */
export function loadVector(code: Code, address: number, index: number, into: number): void {
  code.get(address);
  code.memory("v128.load", 16 * index);
  code.set(into);
}

export function storeVector(code: Code, address: number, index: number, from: number): void {
  code.get(address);
  code.get(from);
  code.memory("v128.store", 16 * index);
}

/** Vector at a fixed address plus 16·index. */
export function loadFixed(code: Code, base: number, index: number, into: number): void {
  code.i32(base);
  code.memory("v128.load", 16 * index);
  code.set(into);
}

export function storeFixed(code: Code, base: number, index: number, from: number): void {
  code.i32(base);
  code.get(from);
  code.memory("v128.store", 16 * index);
}

/** from −= a·b */
export function subtractProduct(code: Code, from: number, a: number, b: number): void {
  code.get(from);
  code.get(a);
  code.get(b);
  code.op("f64x2.mul");
  code.op("f64x2.sub");
  code.set(from);
}

/** Leaves Σ a_k·b_k on the stack. */
export function dot(code: Code, a: readonly number[], b: readonly number[]): void {
  a.forEach((local, k) => {
    code.get(local);
    code.get(b[k]!);
    code.op("f64x2.mul");
    if (k > 0) code.op("f64x2.add");
  });
}
