import type { BitObservable, BitTerm } from "#ir/bit-terms";
import type { CircuitObservables } from "#ir/circuits";
import { axesOf, type Setting } from "../compile/encoded.ts";
import { correlatorSettings, crossedSetting, secondHarmonicSettings, singleSettings } from "../estimate.ts";

/** A read-out of oscillators in settings, and what the bits then tell. */
export interface ReadOut {
  readonly settings: readonly { readonly name: string; readonly setting: Setting }[];
  readonly observables: readonly BitObservable[];
}

/** Names of an oscillator's two bits. */
export function bitsOf(site: string): [a: string, b: string] {
  return [`${site}.a`, `${site}.b`];
}

const product = (
  setting: number,
  weight: number,
  parity: readonly string[],
  zero: readonly string[] = [],
) => ({
  setting,
  weight,
  parity: [...parity],
  zero: [...zero],
});

/** Populations and leakage of every site from a setting in which all bits are read along Z in the rest code. */
function levelObservables(sites: readonly string[], setting: number): BitObservable[] {
  return sites.flatMap((site): BitObservable[] => {
    const [a, b] = bitsOf(site);
    const onlyA = product(setting, 1, [], [a]);
    const onlyB = product(setting, 1, [], [b]);
    const both = (weight: number) => product(setting, weight, [], [a, b]);
    const population = (level: number, re: BitTerm[]): BitObservable => ({
      kind: "population",
      sites: [site],
      level,
      offset: 0,
      re,
      im: [],
    });
    const less = (term: BitTerm): BitTerm => ({ ...term, weight: -term.weight });
    return [
      population(0, [onlyA, both(-1)]),
      population(1, [both(1)]),
      population(2, [onlyB, both(-1)]),
      { kind: "leakage", sites: [site], offset: 1, re: [less(onlyA), less(onlyB), both(1)], im: [] },
    ];
  });
}

/**
 * Settings for one oscillator in the rest code, and its observables.
 *
 * @source ⟨S⁺⟩ = √2(ρ₀₁ + ρ₁₂), ρ₁₂ = ½⟨(X − iY)_a P_{b=0}⟩, ρ₀₁ = ½⟨(X + iY)_b P_{a=0}⟩,
 * ρ₀₂ = ¼[⟨XX⟩ + ⟨YY⟩ + i(⟨XY⟩ − ⟨YX⟩)]
 */
function singleReadOut(site: string, harmonic: boolean): ReadOut {
  const [a, b] = bitsOf(site);
  const named = { ...singleSettings, ...(harmonic ? secondHarmonicSettings : {}) };
  const settings = Object.values(named).map((setting) => ({ name: setting.axes.join(""), setting }));
  const at = (name: string) => settings.findIndex((entry) => entry.name === name);
  const w = Math.SQRT1_2;
  const amplitude: BitObservable = {
    kind: "amplitude",
    sites: [site],
    offset: 0,
    re: [product(at("XZ"), w, [a], [b]), product(at("ZX"), w, [b], [a])],
    im: [product(at("YZ"), -w, [a], [b]), product(at("ZY"), w, [b], [a])],
  };
  const levels = levelObservables([site], at("ZZ"));
  if (!harmonic) return { settings, observables: [amplitude, ...levels] };
  const second: BitObservable = {
    kind: "harmonic",
    sites: [site],
    offset: 0,
    re: [product(at("XX"), 0.25, [a, b]), product(at("YY"), 0.25, [a, b])],
    im: [product(at("XY"), 0.25, [a, b]), product(at("YX"), -0.25, [a, b])],
  };
  return { settings, observables: [amplitude, second, ...levels] };
}

/**
 * Settings for all pairs of a chain: two in the triplet code give every Re⟨S⁺_iS⁻_j⟩, two more for each but the last
 * oscillator the imaginary parts, one in the rest code the populations.
 *
 * @source S^x = ½(X_a + X_b), S^y = −½(Y_a + Y_b) in the triplet code
 */
function pairReadOut(sites: readonly string[]): ReadOut {
  const count = sites.length;
  const { x, y } = correlatorSettings(count);
  const crossed = Array.from({ length: count === 2 ? 1 : count - 1 }, (_, i) =>
    (["Y", "X"] as const).map((axis) => ({
      name: `${axis} ${sites[i]}`,
      setting: crossedSetting(count, i, axis),
    })),
  ).flat();
  const settings = [
    { name: "X", setting: x },
    { name: "Y", setting: y },
    ...crossed,
    { name: "levels", setting: { code: "rest" as const, axes: axesOf("Z".repeat(2 * count)) } },
  ];
  const observables = sites.flatMap((first, i) =>
    sites.slice(i + 1).map((second): BitObservable => {
      const products = (setting: number, weight: number) =>
        bitsOf(first).flatMap((p) => bitsOf(second).map((q) => product(setting, weight, [p, q])));
      return {
        kind: "pair",
        sites: [first, second],
        offset: 0,
        re: [...products(0, 0.25), ...products(1, 0.25)],
        im: [...products(2 + 2 * i, -0.25), ...products(3 + 2 * i, 0.25)],
      };
    }),
  );
  return { settings, observables: [...observables, ...levelObservables(sites, settings.length - 1)] };
}

export function readOutOf(sites: readonly string[], observables: CircuitObservables): ReadOut {
  return observables === "pairs"
    ? pairReadOut(sites)
    : singleReadOut(sites[0]!, observables === "single-and-harmonic");
}
