import type { Complex } from "#core/complex";
import { axesOf, type Setting } from "./compile/encoded.ts";

/** Outcome probabilities or relative frequencies; bit k of the index is role k. */
export type Outcomes = ArrayLike<number>;

/** Populations and weight outside the code of one oscillator. */
export interface Levels {
  readonly populations: readonly [p0: number, p1: number, p2: number];
  readonly leakage: number;
}

/** The five settings that give the populations and ⟨S⁺⟩ of one oscillator. */
export const singleSettings = {
  populations: setting("ZZ"),
  upperReal: setting("XZ"),
  upperImaginary: setting("YZ"),
  lowerReal: setting("ZX"),
  lowerImaginary: setting("ZY"),
} as const;

/** The four settings that give ρ₀₂. */
export const secondHarmonicSettings = {
  xx: setting("XX"),
  yy: setting("YY"),
  xy: setting("XY"),
  yx: setting("YX"),
} as const;

/** Two settings of a chain in the triplet code that give Re⟨S⁺_iS⁻_j⟩ of every pair. */
export function correlatorSettings(count: number): { readonly x: Setting; readonly y: Setting } {
  const all = (letter: string): Setting => ({ code: "triplet", axes: axesOf(letter.repeat(2 * count)) });
  return { x: all("X"), y: all("Y") };
}

/** Setting for Im⟨S⁺_iS⁻_j⟩: one oscillator along one axis, the other along the other. */
export function crossedSetting(count: number, i: number, axisOfI: "X" | "Y"): Setting {
  const other = axisOfI === "X" ? "Y" : "X";
  const axes = Array.from({ length: count }, (_, k) => (k === i ? axisOfI : other)).flatMap((axis) => [
    axis,
    axis,
  ]);
  return { code: "triplet", axes };
}

function setting(text: string): Setting {
  return { code: "rest", axes: axesOf(text) };
}

/** Σ weight(outcome)·p over all outcomes. */
function expectation(outcomes: Outcomes, weight: (bits: number) => number): number {
  let sum = 0;
  for (let k = 0; k < outcomes.length; k++) sum += weight(k) * outcomes[k]!;
  return sum;
}

const sign = (bits: number, k: number) => ((bits >> k) & 1 ? -1 : 1);

/** Populations of oscillator i from a ZZ… setting of the rest code; not renormalised. */
export function levelsOf(outcomes: Outcomes, i = 0): Levels {
  const p = [0, 0, 0, 0];
  for (let k = 0; k < outcomes.length; k++) p[(k >> (2 * i)) & 3]! += outcomes[k]!;
  // Bit 0 of the pair is a, bit 1 is b: 00 is |1⟩, b alone |0⟩, a alone |2⟩.
  return { populations: [p[2]!, p[0]!, p[1]!], leakage: p[3]! };
}

/**
 * Coherences and ⟨S⁺⟩ = √2(ρ₀₁ + ρ₁₂) of one oscillator from its four settings.
 *
 * @source ρ₁₂ = ½⟨(X − iY)_a P_{b=0}⟩, ρ₀₁ = ½⟨(X + iY)_b P_{a=0}⟩ in the rest code
 */
export function coherencesOf(settings: {
  readonly upperReal: Outcomes;
  readonly upperImaginary: Outcomes;
  readonly lowerReal: Outcomes;
  readonly lowerImaginary: Outcomes;
}): { readonly rho01: Complex; readonly rho12: Complex; readonly raising: Complex } {
  const along = (outcomes: Outcomes, measured: number, projected: number) =>
    expectation(outcomes, (bits) => ((bits >> projected) & 1 ? 0 : sign(bits, measured)));
  const rho12 = {
    re: along(settings.upperReal, 0, 1) / 2,
    im: -along(settings.upperImaginary, 0, 1) / 2,
  };
  const rho01 = {
    re: along(settings.lowerReal, 1, 0) / 2,
    im: along(settings.lowerImaginary, 1, 0) / 2,
  };
  const raising = { re: Math.SQRT2 * (rho01.re + rho12.re), im: Math.SQRT2 * (rho01.im + rho12.im) };
  return { rho01, rho12, raising };
}

/**
 * ρ₀₂ of one oscillator, ⟨σ⁺_aσ⁻_b⟩ with σ⁺ = |1⟩⟨0|.
 *
 * @source ¼[⟨XX⟩ + ⟨YY⟩ + i(⟨XY⟩ − ⟨YX⟩)]
 */
export function secondHarmonicOf(settings: {
  readonly xx: Outcomes;
  readonly yy: Outcomes;
  readonly xy: Outcomes;
  readonly yx: Outcomes;
}): Complex {
  const parity = (outcomes: Outcomes) => expectation(outcomes, (bits) => sign(bits, 0) * sign(bits, 1));
  return {
    re: (parity(settings.xx) + parity(settings.yy)) / 4,
    im: (parity(settings.xy) - parity(settings.yx)) / 4,
  };
}

/** ⟨S_i S_j⟩ of the spins' components along the axes of a triplet-code setting; S^x = ½Σ X, S^y = −½Σ Y. */
export function spinProduct(outcomes: Outcomes, setting: Setting, i: number, j: number): number {
  const spin = (bits: number, k: number) => {
    const direction = setting.axes[2 * k] === "X" ? 0.5 : -0.5;
    return direction * (sign(bits, 2 * k) + sign(bits, 2 * k + 1));
  };
  return expectation(outcomes, (bits) => spin(bits, i) * spin(bits, j));
}

/** Re⟨S⁺_iS⁻_j⟩ = ⟨S^xS^x⟩ + ⟨S^yS^y⟩. */
export function correlatorReal(x: Outcomes, y: Outcomes, count: number, i: number, j: number): number {
  const settings = correlatorSettings(count);
  return spinProduct(x, settings.x, i, j) + spinProduct(y, settings.y, i, j);
}

/**
 * Im⟨S⁺_iS⁻_j⟩ = ⟨S^y_iS^x_j⟩ − ⟨S^x_iS^y_j⟩.
 *
 * @param yx - outcomes of `crossedSetting(count, i, "Y")`
 * @param xy - outcomes of `crossedSetting(count, i, "X")`
 */
export function correlatorImaginary(yx: Outcomes, xy: Outcomes, count: number, i: number, j: number): number {
  return (
    spinProduct(yx, crossedSetting(count, i, "Y"), i, j) -
    spinProduct(xy, crossedSetting(count, i, "X"), i, j)
  );
}
