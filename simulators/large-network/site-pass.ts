import { coordinateCount } from "#model/generator";
import { type Arena, padded } from "../wasm/arena.ts";
import type { Code } from "../wasm/assembler.ts";
import { march } from "../wasm/loops.ts";
import type { DisorderName, EmitDerivative } from "./site-derivative.ts";

/** Bytes of one state of two sites: a vector for each coordinate. */
export const pairBytes = 16 * coordinateCount;

/** Addresses of everything the passes over the sites read and write. */
export interface SiteArrays {
  /** u, v, u before the step, error: pairs of sites, eight vectors each. */
  readonly state: number;
  readonly register: number;
  readonly before: number;
  readonly error: number;
  /** (re, im) site by site. */
  readonly amplitudes: number;
  readonly fields: number;
  /** Time averages: ∫|s|dt, turns, s' at the last step. */
  readonly strength: number;
  readonly turns: number;
  readonly slope: number;
  /** Differing parameters, one double a site. */
  readonly disorder: ReadonlyMap<DisorderName, number>;
  /** Twelve vectors of coefficients and twelve of results. */
  readonly coefficients: number;
  readonly results: number;
}

/** Bytes of `SiteArrays` for a number of sites. */
export function siteArrayBytes(size: number, differing: number): number {
  const pairs = Math.ceil(size / 2);
  return (
    4 * padded(pairBytes * pairs) +
    (2 + 1) * padded(32 * pairs) +
    (2 + differing) * padded(16 * pairs) +
    2 * padded(16 * slotCount) +
    padded(16 * 8)
  );
}

const slotCount = 12;

export function takeSiteArrays(arena: Arena, size: number, differing: readonly DisorderName[]): SiteArrays {
  const pairs = Math.ceil(size / 2);
  const take = (bytes: number) => arena.take(bytes * pairs);
  return {
    state: take(pairBytes),
    register: take(pairBytes),
    before: take(pairBytes),
    error: take(pairBytes),
    amplitudes: take(32),
    fields: take(32),
    slope: take(32),
    strength: take(16),
    turns: take(16),
    disorder: new Map(differing.map((name) => [name, take(16)])),
    coefficients: arena.take(16 * slotCount),
    results: arena.take(16 * slotCount),
  };
}

/** Slots of the coefficient table. */
export const coefficientSlots = {
  beta: 0,
  delta: 1,
  gamma1: 2,
  gamma2: 3,
  gamma3: 4,
  error: 5,
  rtol: 6,
  atol: 7,
  weight: 8,
  step: 9,
} as const;

/** Slots of the results. */
export const resultSlots = {
  error: 0,
  re: 1,
  im: 2,
  p0: 3,
  p2: 4,
  slopeRe: 5,
  slopeIm: 6,
  slopeP0: 7,
  slopeP2: 8,
};

/** What a pass is written for. */
export interface PassContext {
  readonly code: Code;
  readonly arrays: SiteArrays;
  readonly ladder: readonly [number, number];
  readonly emit: EmitDerivative;
}

/** Locals that every pass over pairs of sites has. */
export interface PairLocals {
  /** Counts pairs in steps of 16 bytes. */
  readonly pair: number;
  readonly end: number;
  readonly stateAddress: number;
  readonly siteAddress: number;
  readonly x: readonly number[];
  readonly k: readonly number[];
  readonly field: readonly [number, number];
  readonly disorder: ReadonlyMap<DisorderName, number>;
  readonly scratch: number;
}

export function pairLocals({ code, arrays }: PassContext): PairLocals {
  const vector = () => code.local("v128");
  const eight = () => Array.from({ length: coordinateCount }, vector);
  return {
    pair: 0,
    end: 1,
    stateAddress: code.local("i32"),
    siteAddress: code.local("i32"),
    x: eight(),
    k: eight(),
    field: [vector(), vector()],
    disorder: new Map([...arrays.disorder.keys()].map((name) => [name, vector()])),
    scratch: vector(),
  };
}

/** Loads a coefficient into a new local. */
export function coefficient({ code, arrays }: PassContext, slot: keyof typeof coefficientSlots): number {
  const local = code.local("v128");
  code.i32(arrays.coefficients);
  code.memory("v128.load", 16 * coefficientSlots[slot]);
  code.set(local);
  return local;
}

/** Runs `body` for each pair with its addresses set. */
export function eachPair({ code }: PassContext, locals: PairLocals, body: () => void): void {
  march(code, locals.pair, locals.end, 16, () => {
    code.get(locals.pair);
    code.i32(3);
    code.op("i32.shl");
    code.set(locals.stateAddress);
    code.get(locals.pair);
    code.i32(1);
    code.op("i32.shl");
    code.set(locals.siteAddress);
    body();
  });
}

/** Loads (re, im) of two sites as a vector of real and one of imaginary parts. */
export function loadSites(
  code: Code,
  address: number,
  offset: number,
  [re, im]: readonly [number, number],
): void {
  code.get(address);
  code.memory("v128.load", offset);
  code.set(re);
  code.get(address);
  code.memory("v128.load", offset + 16);
  code.set(im);
  code.get(re);
  code.get(im);
  code.shuffle64(0, 2);
  code.get(re);
  code.get(im);
  code.shuffle64(1, 3);
  code.set(im);
  code.set(re);
}

export function storeSites(
  code: Code,
  address: number,
  offset: number,
  [re, im]: readonly [number, number],
): void {
  for (const lane of [0, 1] as const) {
    code.get(address);
    code.get(re);
    code.get(im);
    code.shuffle64(lane, lane === 0 ? 2 : 3);
    code.memory("v128.store", offset + 16 * lane);
  }
}

/** Field, parameters and derivative at x. */
export function derive(context: PassContext, locals: PairLocals): void {
  const { code, arrays } = context;
  loadSites(code, locals.siteAddress, arrays.fields, locals.field);
  for (const [name, local] of locals.disorder) {
    code.get(locals.pair);
    code.memory("v128.load", arrays.disorder.get(name)!);
    code.set(local);
  }
  context.emit(code, { coordinates: locals.x, field: locals.field, disorder: locals.disorder }, locals.k);
}

/** a₁·x₂ + a₂·x₄ and a₁·x₃ + a₂·x₅: ⟨A†⟩ from coordinates, or its derivative from theirs. */
export function amplitudeOf(
  { code, ladder }: PassContext,
  x: readonly number[],
  out: readonly [number, number],
): void {
  out.forEach((local, part) => {
    ladder.forEach((element, rung) => {
      code.get(x[2 + 2 * rung + part]!);
      code.f64x2(element, element);
      code.op("f64x2.mul");
      if (rung > 0) code.op("f64x2.add");
    });
    code.set(local);
  });
}

export function loadCoordinate(code: Code, address: number, base: number, c: number): void {
  code.get(address);
  code.memory("v128.load", base + 16 * c);
}

export function storeCoordinate(code: Code, address: number, base: number, c: number, local: number): void {
  code.get(address);
  code.get(local);
  code.memory("v128.store", base + 16 * c);
}

/** Loads all coordinates of a state into x. */
export function loadState({ code }: PassContext, locals: PairLocals, base: number): void {
  locals.x.forEach((x, c) => {
    loadCoordinate(code, locals.stateAddress, base, c);
    code.set(x);
  });
}
