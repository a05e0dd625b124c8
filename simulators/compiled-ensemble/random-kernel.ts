import { fullTurn } from "#core/units";
import type { Code } from "../wasm/assembler.ts";

/** Bytes of the states of two streams: four vectors of 64-bit words. */
export const streamPairBytes = 64;

/** A double with the given bits. */
function doubleOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

const mantissa = doubleOf(0x000fffffffffffffn);
const exponentOfOne = 1;
const integerBias = 2 ** 52;

/** Vector locals of a function that draws. */
export interface DrawLocals {
  readonly state: readonly [number, number, number, number];
  readonly scratch: readonly number[];
}

export function drawLocals(code: Code): DrawLocals {
  const vector = () => code.local("v128");
  return {
    state: [vector(), vector(), vector(), vector()],
    scratch: Array.from({ length: 7 }, vector),
  };
}

/** State of both streams from memory, at the address in a local. */
export function loadStreams(code: Code, address: number, { state }: DrawLocals): void {
  state.forEach((word, k) => {
    code.get(address);
    code.memory("v128.load", 16 * k);
    code.set(word);
  });
}

export function storeStreams(code: Code, address: number, { state }: DrawLocals): void {
  state.forEach((word, k) => {
    code.get(address);
    code.get(word);
    code.memory("v128.store", 16 * k);
  });
}

/** Leaves a vector of uniform numbers in [1, 2) on the stack. */
function uniform(code: Code, { state: [s0, s1, s2, s3], scratch }: DrawLocals): void {
  const [t, sum] = scratch as [number, number];
  const combine = (into: number, a: number, b: number) => {
    code.get(a);
    code.get(b);
    code.op("v128.xor");
    code.set(into);
  };
  const shift = (x: number, by: number, direction: "i64x2.shl" | "i64x2.shr_u") => {
    code.get(x);
    code.i32(by);
    code.op(direction);
  };
  const rotate = (x: number, by: number) => {
    shift(x, by, "i64x2.shl");
    shift(x, 64 - by, "i64x2.shr_u");
    code.op("v128.or");
  };
  code.get(s0);
  code.get(s3);
  code.op("i64x2.add");
  code.set(sum);
  rotate(sum, 23);
  code.get(s0);
  code.op("i64x2.add");
  code.set(sum);
  shift(s1, 17, "i64x2.shl");
  code.set(t);
  combine(s2, s2, s0);
  combine(s3, s3, s1);
  combine(s1, s1, s2);
  combine(s0, s0, s3);
  combine(s2, s2, t);
  rotate(s3, 45);
  code.set(s3);
  shift(sum, 12, "i64x2.shr_u");
  code.f64x2(exponentOfOne, exponentOfOne);
  code.op("v128.or");
}

/** Polynomial in x by Horner's rule, highest coefficient first; leaves its value on the stack. */
function horner(code: Code, x: number, coefficients: readonly number[]): void {
  coefficients.forEach((c, k) => {
    if (k > 0) {
      code.get(x);
      code.op("f64x2.mul");
    }
    code.f64x2(c, c);
    if (k > 0) code.op("f64x2.add");
  });
}

function constant(code: Code, value: number, op: Parameters<Code["op"]>[0]): void {
  code.f64x2(value, value);
  code.op(op);
}

/** −2 ln x of a vector of numbers in (0, 1] in `x`, left on the stack; to 1 ulp or so. */
function minusTwiceLog(code: Code, x: number, scratch: readonly number[]): void {
  const [exponent, m, z, square, above] = scratch as [number, number, number, number, number];
  code.get(x);
  code.i32(52);
  code.op("i64x2.shr_u");
  constant(code, integerBias, "v128.or");
  constant(code, integerBias + 1023, "f64x2.sub");
  code.set(exponent);
  code.get(x);
  constant(code, mantissa, "v128.and");
  constant(code, exponentOfOne, "v128.or");
  code.set(m);
  // √½ ≤ m < √2
  code.get(m);
  constant(code, Math.SQRT2, "f64x2.ge");
  code.set(above);
  code.get(m);
  constant(code, 0.5, "f64x2.mul");
  code.get(m);
  code.get(above);
  code.op("v128.bitselect");
  code.set(m);
  code.get(exponent);
  code.get(above);
  code.f64x2(1, 1);
  code.op("v128.and");
  code.op("f64x2.add");
  code.set(exponent);
  // ln m = 2 artanh((m − 1)/(m + 1))
  code.get(m);
  constant(code, 1, "f64x2.sub");
  code.get(m);
  constant(code, 1, "f64x2.add");
  code.op("f64x2.div");
  code.tee(z);
  code.get(z);
  code.op("f64x2.mul");
  code.set(square);
  horner(
    code,
    square,
    Array.from({ length: 11 }, (_, k) => -4 / (2 * (10 - k) + 1)),
  );
  code.get(z);
  code.op("f64x2.mul");
  code.get(exponent);
  constant(code, -2 * Math.LN2, "f64x2.mul");
  code.op("f64x2.add");
}

const factorials = [1];
for (let k = 1; k <= 18; k++) factorials.push(k * factorials[k - 1]!);
/** (−1)^k (2π)^n/n!, n = 2k or 2k + 1, highest first. */
const cosine = Array.from({ length: 10 }, (_, k) => term(18 - 2 * k));
const sine = Array.from({ length: 9 }, (_, k) => term(17 - 2 * k));

function term(n: number): number {
  return ((n >> 1) & 1 ? -1 : 1) * (fullTurn ** n / factorials[n]!);
}

/**
 * Two normal deviates of each of two streams, into `first` (cosine) and `second` (sine).
 *
 * @accuracy 1e-14 of the formula with the engine's own functions (test/unit/simulators-compiled-ensemble)
 */
export function drawNormals(code: Code, locals: DrawLocals, first: number, second: number): void {
  const { scratch } = locals;
  const [x, quarter, square, cos, sin] = scratch.slice(2) as [number, number, number, number, number];
  // 2 − [1, 2) is in (0, 1]
  code.f64x2(2, 2);
  uniform(code, locals);
  code.op("f64x2.sub");
  code.set(x);
  minusTwiceLog(code, x, [scratch[0]!, scratch[1]!, quarter, square, cos]);
  code.op("f64x2.sqrt");
  code.set(first);
  uniform(code, locals);
  constant(code, 1, "f64x2.sub");
  code.tee(x);
  constant(code, 4, "f64x2.mul");
  code.op("f64x2.nearest");
  code.tee(quarter);
  constant(code, -0.25, "f64x2.mul");
  code.get(x);
  code.op("f64x2.add");
  code.tee(x);
  code.get(x);
  code.op("f64x2.mul");
  code.set(square);
  horner(code, square, cosine);
  code.set(cos);
  horner(code, square, sine);
  code.get(x);
  code.op("f64x2.mul");
  code.set(sin);
  const between = (low: number, high: number) => {
    code.get(quarter);
    constant(code, low, "f64x2.ge");
    code.get(quarter);
    constant(code, high, "f64x2.le");
    code.op("v128.and");
  };
  // An odd number of quarter turns exchanges the two.
  const odd = x;
  between(1, 1);
  between(3, 3);
  code.op("v128.or");
  code.set(odd);
  const signed = (a: number, b: number, low: number, high: number) => {
    code.get(a);
    code.get(b);
    code.get(odd);
    code.op("v128.bitselect");
    between(low, high);
    code.f64x2(-0, -0);
    code.op("v128.and");
    code.op("v128.xor");
    code.get(first);
    code.op("f64x2.mul");
  };
  signed(cos, sin, 2, 3);
  code.set(second);
  signed(sin, cos, 1, 2);
  code.set(first);
}
