import { fullTurn } from "#core/units";
import type { Code, ModuleBuilder } from "../wasm/assembler.ts";
import {
  amplitudeOf,
  coefficient,
  derive,
  eachPair,
  loadCoordinate,
  loadSites,
  loadState,
  type PairLocals,
  type PassContext,
  pairLocals,
  storeSites,
} from "./site-pass.ts";

/** tan of the largest turn in one step that is taken at its face value. */
const plainTurn = Math.tan(1);

/** Squared amplitude below which a phase says nothing. */
const silentSquare = 1e-24;

/** A complex quantity of two sites, as locals. */
type Pair = readonly [re: number, im: number];

/**
 * `openAverages`: s' for the first step of a window. `record`: adds ∫|s|dt of the last step, by the trapezoid rule with
 * its first Euler–Maclaurin term, and the crossings of the negative real axis, counted with their sense; where s turns
 * by more than a radian, the imported `refine(address)` counts them from s, s' before and after, sixteen doubles.
 */
export function defineAverages(module: ModuleBuilder, context: Omit<PassContext, "code">): void {
  const refine = module.importFunction("refine", { params: ["i32"], results: [] });
  const { arrays } = context;
  module.define("openAverages", { params: ["i32", "i32"], results: [] }, (code) => {
    const full = { ...context, code };
    const locals = pairLocals(full);
    const slope: Pair = [code.local("v128"), code.local("v128")];
    eachPair(full, locals, () => {
      loadState(full, locals, arrays.state);
      derive(full, locals);
      amplitudeOf(full, locals.k, slope);
      storeSites(code, locals.siteAddress, arrays.slope, slope);
    });
  });
  module.define("record", { params: ["i32", "i32"], results: [] }, (code) => {
    const full = { ...context, code };
    const locals = pairLocals(full);
    const step = coefficient(full, "step");
    const pair = (): Pair => [code.local("v128"), code.local("v128")];
    const [s0, d0, s1, d1] = [pair(), pair(), pair(), pair()];
    const [cross, dot, crossings, plain] = [0, 1, 2, 3].map(() => code.local("v128")) as [
      number,
      number,
      number,
      number,
    ];
    const strength = [0, 1].map(() => ({ size: code.local("v128"), rate: code.local("v128") }));
    eachPair(full, locals, () => {
      loadPrevious(full, locals, s0);
      loadSites(code, locals.siteAddress, arrays.slope, d0);
      loadState(full, locals, arrays.state);
      derive(full, locals);
      amplitudeOf(full, locals.x, s1);
      amplitudeOf(full, locals.k, d1);
      storeSites(code, locals.siteAddress, arrays.slope, d1);

      [
        [s0, d0],
        [s1, d1],
      ].forEach(([s, d], end) => {
        sizeAndRate(code, s!, d!, strength[end]!);
      });
      // h/2 (A₀ + A₁) + h²/12 (A₀' − A₁')
      code.get(locals.pair);
      code.get(locals.pair);
      code.memory("v128.load", arrays.strength);
      code.get(strength[0]!.size);
      code.get(strength[1]!.size);
      code.op("f64x2.add");
      code.get(strength[0]!.rate);
      code.get(strength[1]!.rate);
      code.op("f64x2.sub");
      code.get(step);
      code.op("f64x2.mul");
      code.f64x2(1 / 6, 1 / 6);
      code.op("f64x2.mul");
      code.op("f64x2.add");
      code.get(step);
      code.op("f64x2.mul");
      code.f64x2(0.5, 0.5);
      code.op("f64x2.mul");
      code.op("f64x2.add");
      code.memory("v128.store", arrays.strength);

      product(code, s0[0], s1[1], s0[1], s1[0], -1);
      code.set(cross);
      product(code, s0[0], s1[0], s0[1], s1[1], 1);
      code.set(dot);
      countCrossings(code, s0[1], s1[1], cross, crossings);
      // |cross| ≤ tan(1)·dot, or nothing to be seen
      code.get(cross);
      code.op("f64x2.abs");
      code.get(dot);
      code.f64x2(plainTurn, plainTurn);
      code.op("f64x2.mul");
      code.op("f64x2.le");
      for (const [re, im] of [s0, s1]) {
        product(code, re, re, im, im, 1);
        code.f64x2(silentSquare, silentSquare);
        code.op("f64x2.lt");
        code.op("v128.or");
      }
      code.set(plain);
      code.get(plain);
      code.op("i64x2.all_true");
      code.op("i32.eqz");
      code.when(() => {
        const scratch = arrays.results;
        [...s0, ...d0, ...s1, ...d1].forEach((local, k) => {
          code.i32(scratch);
          code.get(local);
          code.memory("v128.store", 16 * k);
        });
        code.i32(scratch);
        code.call(refine);
        code.get(crossings);
        code.i32(scratch);
        code.memory("v128.load");
        code.get(plain);
        code.op("v128.bitselect");
        code.set(crossings);
      });
      code.get(locals.pair);
      code.get(locals.pair);
      code.memory("v128.load", arrays.turns);
      code.get(crossings);
      code.op("f64x2.add");
      code.memory("v128.store", arrays.turns);
    });
  });
}

/** Amplitudes of the state before the step. */
function loadPrevious(context: PassContext, locals: PairLocals, out: Pair): void {
  for (const c of [2, 3, 4, 5]) {
    loadCoordinate(context.code, locals.stateAddress, context.arrays.before, c);
    context.code.set(locals.x[c]!);
  }
  amplitudeOf(context, locals.x, out);
}

/** a·b + sign·c·d */
function product(code: Code, a: number, b: number, c: number, d: number, sign: 1 | -1): void {
  code.get(a);
  code.get(b);
  code.op("f64x2.mul");
  code.get(c);
  code.get(d);
  code.op("f64x2.mul");
  code.op(sign === 1 ? "f64x2.add" : "f64x2.sub");
}

/** |s| and its rate Re(s* s')/|s|, 0 where s vanishes. */
function sizeAndRate(code: Code, s: Pair, d: Pair, out: { size: number; rate: number }): void {
  product(code, s[0], s[0], s[1], s[1], 1);
  code.op("f64x2.sqrt");
  code.set(out.size);
  product(code, s[0], d[0], s[1], d[1], 1);
  code.get(out.size);
  code.f64x2(Number.MIN_VALUE, Number.MIN_VALUE);
  code.op("f64x2.max");
  code.op("f64x2.div");
  code.get(out.size);
  code.f64x2(0, 0);
  code.op("f64x2.gt");
  code.op("v128.and");
  code.set(out.rate);
}

/** +1 where a left turn leaves the upper half plane, −1 where a right turn enters it. */
function countCrossings(code: Code, im0: number, im1: number, cross: number, out: number): void {
  const sense = (upper: number, lower: number, turn: "f64x2.ge" | "f64x2.lt", value: number) => {
    code.get(upper);
    code.f64x2(0, 0);
    code.op("f64x2.ge");
    code.get(lower);
    code.f64x2(0, 0);
    code.op("f64x2.lt");
    code.op("v128.and");
    code.get(cross);
    code.f64x2(0, 0);
    code.op(turn);
    code.op("v128.and");
    code.f64x2(value, value);
    code.op("v128.and");
  };
  sense(im0, im1, "f64x2.ge", 1);
  sense(im1, im0, "f64x2.lt", -1);
  code.op("v128.or");
  code.set(out);
}

/** Argument in (−π, π], the cut as in `countCrossings`: −0 counts as 0. */
export function phaseOf(re: number, im: number): number {
  return Math.atan2(im + 0, re);
}

/**
 * Crossings of two sites in a step, from s, s' before and after (sixteen doubles, two lanes each), written over the
 * first two of them: the cubic between the ends is followed in small pieces, so that no turn is lost near a zero.
 */
export function refineCrossings(values: Float64Array, step: number): void {
  const pieces = 64;
  const found = [0, 1].map((lane) => {
    const at = (k: number) => values[2 * k + lane]!;
    let re = at(0);
    let im = at(1);
    const first = phaseOf(re, im);
    let turned = 0;
    for (let k = 1; k <= pieces; k++) {
      const u = k / pieces;
      const nextRe = hermite(at(0), step * at(2), at(4), step * at(6), u);
      const nextIm = hermite(at(1), step * at(3), at(5), step * at(7), u);
      turned += Math.atan2(re * nextIm - im * nextRe, re * nextRe + im * nextIm);
      re = nextRe;
      im = nextIm;
    }
    return Math.round((turned - (phaseOf(at(4), at(5)) - first)) / fullTurn);
  });
  values[0] = found[0]!;
  values[1] = found[1]!;
}

function hermite(p0: number, d0: number, p1: number, d1: number, u: number): number {
  const v = 1 - u;
  return p0 * v * v * (1 + 2 * u) + d0 * u * v * v + p1 * u * u * (3 - 2 * u) - d1 * u * u * v;
}
