import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromRows } from "#core/complex-matrix";
import { eigenvalues } from "#core/eigenvalues";
import { angularFromHz, hzFromAngular } from "#core/units";
import {
  couplingForRate,
  eliminateAncilla,
  sumEffects,
  toneEffects,
  toneOnLadder,
  weakSideband,
} from "#devices/transmon/sidebands";

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

describe("weak drive", () => {
  // 4G²/κ against the exact rate: too small by these percentages.
  test.each([
    [0.05, 1],
    [0.1, 4.4],
    [0.15, 11],
    [0.2, 25],
  ])("at G/κ = %d the exact rate is %d %% larger", (g, percent) => {
    const weak = weakSideband(hzFromAngular(g), 0, kappa);
    expect(weak.rate_per_s).toBeCloseTo(4 * g * g, 12);
    expect(Number((100 * (at(g).rate_per_s / weak.rate_per_s - 1)).toPrecision(2))).toBe(percent);
  });

  test("is the limit of the exact rate and shift at any detuning", () => {
    fc.assert(
      fc.property(fc.double({ min: -5, max: 5, noNaN: true }), (detuning) => {
        const exact = at(1e-3, detuning);
        const weak = weakSideband(hzFromAngular(1e-3), hzFromAngular(detuning), kappa);
        expect(exact.rate_per_s / weak.rate_per_s).toBeCloseTo(1, 4);
        expect(Math.abs(exact.shift_hz - weak.shift_hz)).toBeLessThan(1e-4 * Math.abs(weak.shift_hz) + 1e-12);
      }),
    );
  });
});

describe("symmetry and inverse at any detuning", () => {
  const detunings = fc.double({ min: -4, max: 4, noNaN: true });
  test("±Δ: the same rate, opposite shifts", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.6, noNaN: true }), detunings, (g, detuning) => {
        // Beyond G = κ/4 at Δ = 0 both roots decay alike and the slow one is not defined.
        if (g >= 0.25 && Math.abs(detuning) < 1e-6) return;
        const [plus, minus] = [at(g, detuning), at(g, -detuning)];
        expect(plus.rate_per_s).toBeCloseTo(minus.rate_per_s, 12);
        expect(plus.shift_hz).toBeCloseTo(-minus.shift_hz, 12);
        // the level moves away from the one that it couples to
        expect(plus.shift_hz * detuning).toBeLessThanOrEqual(0);
      }),
    );
  });

  test("coupling → rate → coupling, and the shift −ΔΓ/(κ − 2Γ)", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.45, noNaN: true }), detunings, (rate, detuning) => {
        const coupling = couplingForRate(rate, kappa, hzFromAngular(detuning))!;
        const forward = eliminateAncilla(coupling, hzFromAngular(detuning), kappa);
        expect(forward.rate_per_s / rate).toBeCloseTo(1, 9);
        expect(angularFromHz(forward.shift_hz)).toBeCloseTo((-detuning * rate) / (1 - 2 * rate), 9);
      }),
    );
  });

  test("the sign of the coupling is a gauge", () => {
    expect(at(-0.2, 0.7)).toEqual(at(0.2, 0.7));
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

  test("on a longer ladder: the next rung at twice the detuning, (n+2)g²κ/(4K² + κ²/4)", () => {
    const g = 0.1e6;
    const K = -300e6;
    const ladder = [4.8e9, 4.8e9 + K, 4.8e9 + 2 * K, 4.8e9 + 3 * K];
    const tone = { frequency_hz: 11e9, sideband_hz: g };
    const { up, down, levelShift_hz } = toneOnLadder(tone, ancilla, ladder, [1, 2, 3, 4]);
    const next = (3 * g * g * 20e6) / (4 * K * K + 20e6 ** 2 / 4);
    expect(up[2]! / angularFromHz(next)).toBeCloseTo(1, 4);
    expect(levelShift_hz).toHaveLength(5);
    // K/2π < 0: the rung above is lower than the tone, which pushes level 1 up
    expect(levelShift_hz[1]).toBeGreaterThan(0);
    const three = toneEffects(tone, ancilla, [ladder[0]!, ladder[1]!], [1, 2]);
    expect(three.up01).toBe(up[0]);
    expect(three.down21).toBe(down[1]);
  });

  test("effects add", () => {
    const one = toneEffects({ frequency_hz: 11e9, sideband_hz: 0.5e6 }, ancilla, transitions, elements);
    const two = sumEffects([one, one]);
    expect(two.up01).toBe(2 * one.up01);
    expect(two.shift12_hz).toBe(2 * one.shift12_hz);
  });
});
