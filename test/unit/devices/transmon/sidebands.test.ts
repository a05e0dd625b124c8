import { describe, expect, test } from "vitest";
import { fromRows } from "#core/complex-matrix";
import { eigenvalues } from "#core/eigenvalues";
import { angularFromHz, hzFromAngular } from "#core/units";
import { couplingForRate, eliminateAncilla, sumEffects, toneEffects } from "#devices/transmon/sidebands";

const kappa = hzFromAngular(1);
const at = (g: number, detuning = 0) => eliminateAncilla(hzFromAngular(g), hzFromAngular(detuning), kappa);

describe("adiabatic elimination", () => {
  // κ = 1: independent numpy diagonalisation of [[0, −iG], [−iG, −½ − iΔ]].
  test.each([
    [0.05, 0.0101],
    [0.1, 0.04174],
    [0.15, 0.1],
    [0.2, 0.2],
    [0.24, 0.36],
  ])("resonant, G = %d κ", (g, rate) => {
    expect(at(g).rate_per_s).toBeCloseTo(rate, 5);
    expect(at(g).rate_per_s).toBeCloseTo(0.5 * (1 - Math.sqrt(1 - 16 * g * g)), 12);
    expect(at(g).shift_hz).toBeCloseTo(0, 12);
  });

  test.each([
    [0.1, 0.5, 0.01958, -0.01019],
    [0.2, 2, 0.00917, -0.01869],
  ])("G = %d, Δ = %d", (g, detuning, rate, shift) => {
    const result = at(g, detuning);
    expect(result.rate_per_s).toBeCloseTo(rate, 5);
    expect(angularFromHz(result.shift_hz)).toBeCloseTo(shift, 5);
  });

  test("is −2 Re and −Im of the slow eigenvalue, for both signs of the detuning", () => {
    for (const [g, detuning] of [
      [0.07, 0.3],
      [0.2, -1.4],
      [0.24, 0.01],
      [0.3, -5],
    ] as const) {
      const spectrum = eigenvalues(
        fromRows([
          [0, { re: 0, im: -g }],
          [
            { re: 0, im: -g },
            { re: -0.5, im: -detuning },
          ],
        ]),
      );
      const slow = spectrum.reduce((a, b) => (b.re > a.re ? b : a));
      expect(at(g, detuning).rate_per_s).toBeCloseTo(-2 * slow.re, 10);
      expect(angularFromHz(at(g, detuning).shift_hz)).toBeCloseTo(-slow.im, 10);
    }
  });

  test("the inverse gives the coupling back, and nothing beyond κ/2", () => {
    for (const g of [0.01, 0.1, 0.2, 0.249]) {
      expect(angularFromHz(couplingForRate(at(g).rate_per_s, kappa)!)).toBeCloseTo(g, 12);
    }
    expect(couplingForRate(0.5, kappa)).toBeNull();
  });
});

describe("one tone on a transmon", () => {
  const ancilla = { frequency_hz: 6.2e9, linewidth_hz: 20e6, thermal_population: 0 };
  const transitions = [4.8e9, 4.5e9] as const;
  const elements = [1, 2] as const;

  test("blue on 0↔1 pumps up; its leak on 1↔2 is the Lorentzian of K", () => {
    const g = 0.5e6;
    const effects = toneEffects({ frequency_hz: 11e9, sideband_hz: g }, ancilla, transitions, elements);
    const designed = angularFromHz((4 * g ** 2) / 20e6);
    expect(effects.up01 / designed).toBeCloseTo(1, 2);
    // Γ(1→2) = γ₊·((n+1)/n)·L, L = (κ/2)²/(K² + (κ/2)²)
    const lorentzian = 10e6 ** 2 / (300e6 ** 2 + 10e6 ** 2);
    expect(effects.up12 / (designed * 2 * lorentzian)).toBeCloseTo(1, 2);
    expect(effects.down10).toBeLessThan(1e-4 * designed);
    expect(effects.down21).toBeLessThan(1e-4 * designed);
  });

  test("red on 1↔2 empties level 2; swapped with blue it does neither", () => {
    const g = 0.5e6;
    const red = toneEffects({ frequency_hz: 6.2e9 - 4.5e9, sideband_hz: g }, ancilla, transitions, elements);
    const designed = angularFromHz((4 * 2 * g ** 2) / 20e6);
    // 4G²/κ(1 + 4G²/κ² + …): half a per cent above the weak-drive rate at G/κ = 0.035
    expect(red.down21 / designed).toBeCloseTo(1.005, 3);
    expect(red.up01).toBeLessThan(1e-4 * designed);
  });

  test("an ancilla below the transmon is reached at the other difference", () => {
    const low = { ...ancilla, frequency_hz: 3e9 };
    const red = toneEffects({ frequency_hz: 1.5e9, sideband_hz: 0.5e6 }, low, transitions, elements);
    expect(red.down21).toBeGreaterThan(angularFromHz((4 * 2 * 0.5e6 ** 2) / 20e6) * 0.9);
  });

  test("a thermal ancilla runs the process backwards at n_th", () => {
    const warm = { ...ancilla, thermal_population: 0.1 };
    const effects = toneEffects({ frequency_hz: 11e9, sideband_hz: 0.5e6 }, warm, transitions, elements);
    expect(effects.down10 / effects.up01).toBeCloseTo(0.1 / 1.1, 3);
  });

  test("effects add", () => {
    const one = toneEffects({ frequency_hz: 11e9, sideband_hz: 0.5e6 }, ancilla, transitions, elements);
    const two = sumEffects([one, one]);
    expect(two.up01).toBe(2 * one.up01);
    expect(two.shift12_hz).toBe(2 * one.shift12_hz);
  });
});
