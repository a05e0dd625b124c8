import type { Code } from "../wasm/assembler.ts";
import { advance, march } from "../wasm/loops.ts";

/** Bytes of a point of a transform: two vectors, real and imaginary parts of both lanes. */
export const pointBytes = 32;

/** Real and imaginary part, each a local. */
interface Pair {
  readonly re: number;
  readonly im: number;
}

function pairs(code: Code, count: number): Pair[] {
  return Array.from({ length: count }, () => ({ re: code.local("v128"), im: code.local("v128") }));
}

function loadPoint(code: Code, address: number, { re, im }: Pair): void {
  code.get(address);
  code.memory("v128.load");
  code.set(re);
  code.get(address);
  code.memory("v128.load", 16);
  code.set(im);
}

function storePoint(code: Code, address: number, { re, im }: Pair): void {
  code.get(address);
  code.get(re);
  code.memory("v128.store");
  code.get(address);
  code.get(im);
  code.memory("v128.store", 16);
}

function combinePairs(code: Code, sign: 1 | -1, a: Pair, b: Pair, out: Pair): void {
  for (const part of ["re", "im"] as const) {
    code.get(a[part]);
    code.get(b[part]);
    code.op(sign === 1 ? "f64x2.add" : "f64x2.sub");
    code.set(out[part]);
  }
}

/** out = a ± i·b. */
function combineTurned(code: Code, sign: 1 | -1, a: Pair, b: Pair, out: Pair): void {
  code.get(a.re);
  code.get(b.im);
  code.op(sign === 1 ? "f64x2.sub" : "f64x2.add");
  code.set(out.re);
  code.get(a.im);
  code.get(b.re);
  code.op(sign === 1 ? "f64x2.add" : "f64x2.sub");
  code.set(out.im);
}

/** x ← x·w, or x·w* with `conjugate`; `kept` is scratch. */
function rotate(code: Code, x: Pair, w: Pair, conjugate: boolean, kept: number): void {
  const product = (a: number, b: number) => {
    code.get(a);
    code.get(b);
    code.op("f64x2.mul");
  };
  product(x.re, w.re);
  product(x.im, w.im);
  code.op(conjugate ? "f64x2.add" : "f64x2.sub");
  code.set(kept);
  product(x.im, w.re);
  product(x.re, w.im);
  code.op(conjugate ? "f64x2.sub" : "f64x2.add");
  code.set(x.im);
  code.get(kept);
  code.set(x.re);
}

/** Butterflies of four points; forward with e^{−i…}, inverse with e^{+i…}. In and out are the four pairs of `x`. */
function butterfly(code: Code, x: readonly Pair[], t: readonly Pair[], forward: boolean): void {
  const [a, b, c, d] = x as [Pair, Pair, Pair, Pair];
  const [sum, difference, otherSum, otherDifference] = t as [Pair, Pair, Pair, Pair];
  combinePairs(code, 1, a, c, sum);
  combinePairs(code, -1, a, c, difference);
  combinePairs(code, 1, b, d, otherSum);
  combinePairs(code, -1, b, d, otherDifference);
  combinePairs(code, 1, sum, otherSum, a);
  combinePairs(code, -1, sum, otherSum, c);
  combineTurned(code, forward ? -1 : 1, difference, otherDifference, b);
  combineTurned(code, forward ? 1 : -1, difference, otherDifference, d);
}

/**
 * One radix-4 pass over `length` points. Forward: butterfly, then factors (decimation in frequency); inverse:
 * the factors undone, then butterfly.
 */
export function factorPass(code: Code, forward: boolean, twiddles: number, smallest: number): void {
  const [address, length] = [0, 1];
  const end = code.local("i32");
  const factor = code.local("i32");
  const stride = code.local("i32");
  const places = [address, code.local("i32"), code.local("i32"), code.local("i32")];
  const x = pairs(code, 4);
  const t = pairs(code, 4);
  const w = pairs(code, 3);
  const kept = code.local("v128");
  // Tables of the shorter levels stand before: 12 bytes × (smallest + 4·smallest + … + length/4).
  code.get(length);
  code.i32(smallest);
  code.op("i32.sub");
  code.i32(2);
  code.op("i32.shl");
  code.i32(twiddles);
  code.op("i32.add");
  code.set(factor);
  code.get(length);
  code.i32(3);
  code.op("i32.shl");
  code.set(stride);
  for (let q = 1; q < 4; q++) {
    code.get(places[q - 1]!);
    code.get(stride);
    code.op("i32.add");
    code.set(places[q]!);
  }
  code.get(places[1]!);
  code.set(end);
  const loadFactors = () => {
    w.forEach(({ re, im }, m) => {
      for (const [part, local] of [re, im].entries()) {
        code.get(factor);
        code.memory("v128.load64_splat", 16 * m + 8 * part);
        code.set(local);
      }
    });
  };
  march(code, address, end, pointBytes, () => {
    x.forEach((point, q) => {
      loadPoint(code, places[q]!, point);
    });
    loadFactors();
    if (forward) butterfly(code, x, t, true);
    for (let q = 1; q < 4; q++) rotate(code, x[q]!, w[q - 1]!, !forward, kept);
    if (!forward) butterfly(code, x, t, false);
    x.forEach((point, q) => {
      storePoint(code, places[q]!, point);
    });
    advance(code, factor, 48);
    for (let q = 1; q < 4; q++) advance(code, places[q]!, pointBytes);
  });
}

/** The last 4 or 2 points of every block, without factors, from `address` to `end`. */
export function plainPass(code: Code, forward: boolean, points: number): void {
  const [address, end] = [0, 1];
  const x = pairs(code, points);
  const t = pairs(code, points);
  const parts = (action: (part: number, offset: number) => void) => {
    x.forEach(({ re, im }, q) => {
      action(re, pointBytes * q);
      action(im, pointBytes * q + 16);
    });
  };
  march(code, address, end, pointBytes * points, () => {
    parts((part, offset) => {
      code.get(address);
      code.memory("v128.load", offset);
      code.set(part);
    });
    if (points === 4) butterfly(code, x, t, forward);
    else {
      combinePairs(code, 1, x[0]!, x[1]!, t[0]!);
      combinePairs(code, -1, x[0]!, x[1]!, x[1]!);
      for (const part of ["re", "im"] as const) {
        code.get(t[0]![part]);
        code.set(x[0]![part]);
      }
    }
    parts((part, offset) => {
      code.get(address);
      code.get(part);
      code.memory("v128.store", offset);
    });
  });
}
