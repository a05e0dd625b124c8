import { describe, expect, test } from "vitest";
import { countOf } from "#devices/digital/circuit/instructions";
import { compileChain } from "#devices/digital/compile/chain";
import { compileDriven } from "#devices/digital/compile/driven";
import { axesOf, type EncodedCircuit, measured } from "#devices/digital/compile/encoded";
import { compilePairAllToAll } from "#devices/digital/compile/pair-all-to-all";
import type { StepOrder } from "#devices/digital/compile/step-order";
import { coherencesOf, levelsOf } from "#devices/digital/estimate";
import { decodeState } from "#devices/digital/predict/decode";
import { predictOutcomes, predictState } from "#devices/digital/predict/predict";
import { evolveReference, middleState, traceDistance } from "#devices/digital/predict/reference";

/*
 * Expected numbers: the tables of the hardware study of IBM's machines (its sections D.3, convergence, and D.4, oracle
 * vectors), computed there from full unitaries in another language; D.4 also confirmed with the simulator of qsharp-lang.
 */

const constant = (re: number, steps: number) => new Array(steps).fill({ re, im: 0 });
const outcomes = (encoded: EncodedCircuit, axes: string) =>
  predictOutcomes(measured(encoded, { code: "rest", axes: axesOf(axes) })).probabilities;
/** Probabilities of ab = 00, 01, 10, 11; bit 0 is a. */
const inOrder = (p: Float64Array) => [p[0]!, p[2]!, p[1]!, p[3]!];

describe("one driven oscillator, Ω = 0.5, δ = 0.2, K = −0.1, γ₊ = 0.1, γ₋ = 1, t = 4, six Strang steps", () => {
  const site = { detuning: 0.2, asymmetry: -0.1, gain: 0.1, loss: 1 };
  const encoded = compileDriven({ site, fields: constant(0.5, 6), dt: 4 / 6, order: "strang" });

  test("38 cz", () => {
    expect(countOf(encoded.circuit, "cz")).toBe(38);
  });

  test.each([
    ["ZZ", [0.528, 0.2299, 0.242, 0]],
    ["XZ", [0.4117, 0.115, 0.3584, 0.115]],
    ["YZ", [0.1213, 0.115, 0.6488, 0.115]],
    ["ZX", [0.2922, 0.4658, 0.121, 0.121]],
    ["ZY", [0.3027, 0.4553, 0.121, 0.121]],
  ] as const)("setting %s", (axes, expected) => {
    inOrder(outcomes(encoded, axes)).forEach((p, k) => {
      expect(p).toBeCloseTo(expected[k]!, 4);
    });
  });

  test("populations and ⟨S⁺⟩ from the five settings", () => {
    const { populations, leakage } = levelsOf(outcomes(encoded, "ZZ"));
    [0.2299, 0.528, 0.242].forEach((p, level) => {
      expect(populations[level]).toBeCloseTo(p, 4);
    });
    expect(leakage).toBeCloseTo(0, 12);
    const { raising } = coherencesOf({
      upperReal: outcomes(encoded, "XZ"),
      upperImaginary: outcomes(encoded, "YZ"),
      lowerReal: outcomes(encoded, "ZX"),
      lowerImaginary: outcomes(encoded, "ZY"),
    });
    expect(raising.re).toBeCloseTo(-0.0851, 4);
    expect(raising.im).toBeCloseTo(0.2651, 4);
  });

  test("exact Lindblad populations and ⟨S⁺⟩", () => {
    const { re, im } = evolveReference(
      { sites: [site], couplings: [], field: { re: 0.5, im: 0 } },
      middleState(1),
      4,
    );
    [0.2323, 0.533, 0.2347].forEach((p, level) => {
      expect(re[4 * level]).toBeCloseTo(p, 4);
    });
    expect(Math.SQRT2 * (re[1]! + re[5]!)).toBeCloseTo(-0.0841, 4);
    expect(Math.SQRT2 * (im[1]! + im[5]!)).toBeCloseTo(0.2591, 4);
  });
});

test("a pair on a line, δ = 3, K = −3, γ₊ = 0.5, γ₋ = 1, V = 0.5, t = 2, three steps of 32 cz", () => {
  const site = { asymmetry: -3, gain: 0.5, loss: 1 };
  const encoded = compileChain({
    sites: [
      { ...site, detuning: 3 },
      { ...site, detuning: 0 },
    ],
    couplings: [{ re: 0.5, im: 0 }],
    dt: 2 / 3,
    steps: 3,
    order: "lie",
  });
  expect(countOf(encoded.circuit, "cz")).toBe(96);
  const p = outcomes(encoded, "ZZZZ");
  const expected: Record<string, number> = {
    "0000": 0.2971,
    "0001": 0.2654,
    "0100": 0.1387,
    "1001": 0.1357,
    "1000": 0.0898,
    "0010": 0.0399,
    "0110": 0.0285,
    "0101": 0.0018,
    "1101": 0.0009,
  };
  for (const [word, probability] of Object.entries(expected)) {
    const index = [...word].reduce((bits, letter, k) => bits | (Number(letter) << k), 0);
    expect(p[index]).toBeCloseTo(probability, 4);
  }
});

const orders: readonly StepOrder[] = ["lie", "strang"];

/** Equal to the printed digits: half a unit of the last one. */
function expectPrinted(value: number, printed: string) {
  const digits = printed.replace(/e.*/, "").replace(/^0?\./, "").replace(".", "").replace(/^0+/, "").length;
  const exponent = Math.floor(Math.log10(Number(printed))) - digits + 1;
  expect(Math.abs(value - Number(printed))).toBeLessThan(0.51 * 10 ** exponent);
}

describe("trace distance to the exact state at t = 3/γ₋", () => {
  test.each([
    [3, ".191", ".0266"],
    [6, ".0989", ".0065"],
    [12, ".0504", ".0016"],
    [24, ".0255", "4.1e-4"],
  ] as const)("one driven oscillator, %i steps", (steps, ...columns) => {
    const printed = columns.map(String);
    const site = { detuning: 0.3, asymmetry: -0.1, gain: 0.5, loss: 1 };
    const exact = evolveReference(
      { sites: [site], couplings: [], field: { re: 0.3, im: 0 } },
      middleState(1),
      3,
    );
    orders.forEach((order, k) => {
      const encoded = compileDriven({ site, fields: constant(0.3, steps), dt: 3 / steps, order });
      const { rho, leakage } = decodeState(predictState(encoded.circuit).rho, encoded.roles);
      expectPrinted(traceDistance(rho, exact), printed[k]!);
      expect(Math.abs(leakage)).toBeLessThan(1e-13);
    });
  });

  const sites = [
    { detuning: 0.4, asymmetry: 0, gain: 0.5, loss: 1 },
    { detuning: 0, asymmetry: 0, gain: 0.5, loss: 1 },
  ] as const;
  const coupling = { re: 0.5, im: 0 };
  const exact = evolveReference({ sites, couplings: [coupling] }, middleState(2), 3);

  test.each([
    [3, ".189", "2.7e-2", ".104", "1.7e-3"],
    [6, ".0954", "8.6e-3", ".0260", "8e-5"],
    [12, ".0487", "2.4e-3", ".0065", "5e-6"],
    [24, ".0248", "6.5e-4", ".0016", "3e-7"],
  ] as const)("a pair where every qubit reaches every other, %i steps", (steps, ...columns) => {
    const printed = columns.map(String);
    orders.forEach((order, k) => {
      const encoded = compilePairAllToAll({ sites, coupling, dt: 3 / steps, steps, order });
      expect(countOf(encoded.circuit, "cz")).toBe((order === "lie" ? 24 : 28) * steps);
      const { rho, leakage } = decodeState(predictState(encoded.circuit).rho, encoded.roles);
      expectPrinted(traceDistance(rho, exact), printed[2 * k]!);
      expectPrinted(leakage, printed[2 * k + 1]!);
    });
  });

  test("the pair on a line converges as dt and as dt²", () => {
    const slopes = orders.map((order) => {
      const distances = [6, 12, 24].map((steps) => {
        const encoded = compileChain({ sites, couplings: [coupling], dt: 3 / steps, steps, order });
        return traceDistance(decodeState(predictState(encoded.circuit).rho, encoded.roles).rho, exact);
      });
      return [Math.log2(distances[0]! / distances[1]!), Math.log2(distances[1]! / distances[2]!)];
    });
    for (const slope of slopes[0]!) expect(slope).toBeCloseTo(1, 1);
    for (const slope of slopes[1]!) expect(slope).toBeCloseTo(2, 1);
  });
});
