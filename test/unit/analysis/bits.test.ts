import { describe, expect, test } from "vitest";
import { bitFunctionals, highestPeak } from "#analysis/bit-estimators";
import { evaluate } from "#analysis/tomography";
import { readOutOf } from "#devices/digital/experiment/read-out";
import { outcomeWeights } from "#ir/bit-terms";
import type { Measurement } from "#ir/plan";

const faultless = [
  [1, 0],
  [0, 1],
];

/** A measurement of one oscillator by the settings that a platform gives. */
function measurementOf(assignment: number[][] = faultless): Measurement {
  const { settings, observables } = readOutOf(["o1"], "single-and-harmonic");
  return {
    settings: settings.map(({ name }) => ({ name, rotations: [] })),
    ladder: [Math.SQRT2, Math.SQRT2],
    observables: [...observables],
    sites: ["o1.a", "o1.b"].map((id) => ({ id, assignment, frame01_rad: [], frame12_rad: [] })),
  };
}

/**
 * Probabilities of ab = 00, 01, 10, 11 in each setting, and what they belong to: ibm.md D.4 (Ω = 0.5, δ = 0.2,
 * K = −0.1, γ₊ = 0.1, γ₋ = 1, t = 4, six Strang steps). The settings of ρ₀₂ are not given there.
 */
const even = [0.25, 0.25, 0.25, 0.25];
const published = [
  [0.528, 0.2299, 0.242, 0],
  [0.4117, 0.115, 0.3584, 0.115],
  [0.1213, 0.115, 0.6488, 0.115],
  [0.2922, 0.4658, 0.121, 0.121],
  [0.3027, 0.4553, 0.121, 0.121],
  ...[even, even, even, even],
];

describe("observables of bits", () => {
  test("give the published populations and ⟨S⁺⟩ of the published outcomes", () => {
    const measurement = measurementOf();
    const at = (...wanted: Parameters<typeof bitFunctionals>) => {
      const { re, im } = bitFunctionals(...wanted);
      return [evaluate(re, published), evaluate(im, published)] as const;
    };
    const [re, im] = at(measurement, { kind: "amplitude", sites: ["o1"] });
    // Four digits in eight numbers, each weighted by 1/√2.
    expect(re).toBeCloseTo(-0.0851, 3);
    expect(im).toBeCloseTo(0.2651, 3);
    const population = (level: number) => at(measurement, { kind: "population", sites: ["o1"], level })[0];
    expect([0, 1, 2].map(population)).toEqual([
      expect.closeTo(0.2299, 4),
      expect.closeTo(0.528, 4),
      expect.closeTo(0.242, 4),
    ]);
    expect(at(measurement, { kind: "leakage", sites: ["o1"] })[0]).toBeCloseTo(0, 3);
  });

  test("read-out errors are taken out: misread outcomes give what the true ones do", () => {
    const assignment = [
      [0.97, 0.06],
      [0.03, 0.94],
    ];
    const misread = published.map((p) =>
      [0, 1, 2, 3].map((found) =>
        p.reduce(
          (sum, x, is) => sum + x * assignment[found >> 1]![is >> 1]! * assignment[found & 1]![is & 1]!,
          0,
        ),
      ),
    );
    const value = (assigned: number[][], p: number[][]) =>
      evaluate(bitFunctionals(measurementOf(assigned), { kind: "amplitude", sites: ["o1"] }).im, p);
    expect(value(assignment, misread)).toBeCloseTo(value(faultless, published), 12);
    expect(Math.abs(value(faultless, misread) - value(faultless, published))).toBeGreaterThan(0.01);
  });

  test("the first bit is the most significant", () => {
    const term = { setting: 0, weight: 1, parity: ["p"], zero: [] };
    expect(outcomeWeights(term, ["p", "q"], [faultless, faultless])).toEqual([1, 1, -1, -1]);
  });
});

describe("the highest peak of the phase distribution", () => {
  /** One bit for each part of the two harmonics: p(0) = (1 + x)/2. */
  const parts = ["ar", "ai", "br", "bi"];
  const term = (bit: string) => ({ setting: 0, weight: 1, parity: [bit], zero: [] });
  const site = "o1";
  const measurement: Measurement = {
    settings: [{ name: "all", rotations: [] }],
    ladder: [Math.SQRT2, Math.SQRT2],
    observables: [
      { kind: "amplitude", sites: [site], offset: 0, re: [term("ar")], im: [term("ai")] },
      { kind: "harmonic", sites: [site], offset: 0, re: [term("br")], im: [term("bi")] },
    ],
    sites: parts.map((id) => ({ id, assignment: faultless, frame01_rad: [], frame12_rad: [] })),
  };
  const frequencies = (values: readonly number[]) => [
    values.reduce<number[]>((p, x) => p.flatMap((q) => [(q * (1 + x)) / 2, (q * (1 - x)) / 2]), [1]),
  ];
  // microscopic.md, section 1: γ₋ = 1, Ω = γ₋/10; z₁ = c₁(ρ₀₁ + ρ₁₂) = (3/16)⟨S⁺⟩, z₂ = ρ₀₂/2π.
  test.each([
    [0.015273077903, -0.034157479169, 0.013373424126, -0.003629046963, 0.040177301724, -0.558735110139],
    [0.020287631147, -0.006958818072, 0.008564900941, -0.003180599819, 0.03042698413, -0.23425960315],
    [-0.028024148983, 0.014333278073, 0.004110212758, 0.002345342515, 0.033196583782, 2.918523894366],
  ])("z₁ = %d + %di", (a, b, c, d, height, phase) => {
    const first = 16 / 3;
    const second = 2 * Math.PI;
    const p = frequencies([first * a, first * b, second * c, second * d]);
    const peak = (quantity: "height" | "phase") => highestPeak(measurement, { site, quantity }, p, 1e8);
    expect(peak("height")!.value).toBeCloseTo(height, 9);
    expect(peak("phase")!.value).toBeCloseTo(phase, 9);
  });

  test("two equal peaks have a height and no place", () => {
    const p = frequencies([0, 0, 2 / 33, 0]);
    expect(highestPeak(measurement, { site, quantity: "height" }, p, 1e8)!.value).toBeCloseTo(
      0.009645754127,
      9,
    );
    expect(highestPeak(measurement, { site, quantity: "phase" }, p, 1e8)).toBeNull();
  });
});
