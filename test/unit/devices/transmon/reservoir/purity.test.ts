import { describe, expect, test } from "vitest";
import { angularFromHz } from "#core/units";
import {
  leakageRatio,
  limitCyclePurity,
  linewidthForLeakage,
  purcellRate,
  residenceRate,
  smallestAsymmetryRatio,
  thermalOccupation,
} from "#devices/transmon/reservoir/purity";

const MHz = 1e6;

describe("heat", () => {
  test("hf/k = 47.99 mK per GHz; 6.9 GHz at 50 mK holds 0.0013 photons", () => {
    // n(T = hf/k) = 1/(e − 1)
    expect(thermalOccupation(1e9, 0.04799243)).toBeCloseTo(1 / (Math.E - 1), 6);
    expect(thermalOccupation(6.9e9, 0.05)).toBeCloseTo(0.0013, 4);
    expect(thermalOccupation(6.9e9, 0)).toBe(0);
    // classical limit kT/hf − ½
    expect(thermalOccupation(1e9, 4.799243)).toBeCloseTo(100 - 0.5, 2);
  });
});

describe("selectivity", () => {
  test("is the Lorentzian, and its inverse", () => {
    expect(leakageRatio(10, 0)).toBe(1);
    expect(leakageRatio(10, 5)).toBe(0.5);
    expect(leakageRatio(20 * MHz, -50 * MHz)).toBeCloseTo(100 / 2600, 12);
    for (const leakage of [0.001, 0.01, 0.3]) {
      expect(leakageRatio(linewidthForLeakage(leakage, -200 * MHz), -200 * MHz)).toBeCloseTo(leakage, 12);
    }
  });

  // |K|/γ₋ ≥ 1/(2η√L) for η = 0.16: 0.1 % → 99, 1 % → 31, 5 % → 14.
  test.each([
    [0.001, 99],
    [0.01, 31],
    [0.05, 14],
  ])("no single pole below |K|/γ₋ at leakage %d", (leakage, ratio) => {
    expect(Math.round(smallestAsymmetryRatio(leakage))).toBe(ratio);
    // scale-free: whatever K, at the largest linewidth allowed γ₋ = 0.16κ gives it
    const kappa = linewidthForLeakage(leakage, 37);
    expect(37 / (0.16 * kappa)).toBeCloseTo(smallestAsymmetryRatio(leakage), 12);
  });
});

describe("limit-cycle purity", () => {
  const reservoir = (rate_hz: number, linewidth_hz: number, thermal_population = 0) => ({
    rate_per_s: angularFromHz(rate_hz),
    linewidth_hz,
    thermal_population,
  });
  // Columns "formula" of a table worked out by hand from the two expressions: α, κ, γ₊, γ₋ in MHz (over 2π).
  test.each([
    [-200, 5, 0.2, 0.4, Infinity, 0.00016, 0.00016],
    [-200, 5, 0.2, 0.4, 30e-6, 0.0267, 0.00015],
    [-200, 20, 0.8, 1.6, Infinity, 0.0025, 0.0025],
    [-50, 20, 0.8, 1.6, Infinity, 0.038, 0.038],
    [-20, 5, 0.2, 0.4, Infinity, 0.015, 0.015],
  ])("α = %d, κ = %d MHz, γ₊ = %d, γ₋ = %d, T1 = %d", (alpha, kappa, gain, loss, t1, p0, p2) => {
    const { populations } = limitCyclePurity(
      1,
      reservoir(gain * MHz, kappa * MHz),
      reservoir(loss * MHz, kappa * MHz),
      alpha * MHz,
      t1,
    );
    expect(populations[0].toPrecision(p0 === 0.0267 ? 3 : 2)).toBe(p0.toPrecision(p0 === 0.0267 ? 3 : 2));
    expect(populations[2].toPrecision(2)).toBe(p2.toPrecision(2));
    expect(populations[0] + populations[1] + populations[2]).toBeCloseTo(1, 12);
  });

  // Steady state of a six-level master equation with two ancillas (numpy), G_r/κ = 0.14: p0, p2.
  test.each([
    [-200, 5, 0.2, 0.4, Infinity, 0.00017, 0.00018],
    [-200, 5, 0.2, 0.4, 30e-6, 0.027, 0.00017],
    [-200, 20, 0.8, 1.6, Infinity, 0.0027, 0.0029],
    [-50, 20, 0.8, 1.6, Infinity, 0.037, 0.04],
    [-20, 5, 0.2, 0.4, Infinity, 0.016, 0.017],
  ])(
    "within 17 %% of the master equation at α = %d, κ = %d MHz, γ₊ = %d, γ₋ = %d, T1 = %d s",
    (alpha, kappa, gain, loss, t1, p0, p2) => {
      const { populations } = limitCyclePurity(
        1,
        reservoir(gain * MHz, kappa * MHz),
        reservoir(loss * MHz, kappa * MHz),
        alpha * MHz,
        t1,
      );
      expect(Math.abs(populations[0] / p0 - 1)).toBeLessThan(0.17);
      expect(Math.abs(populations[2] / p2 - 1)).toBeLessThan(0.17);
    },
  );

  test("next rung: (n+2)g²κ/(4K² + κ²/4) with γ₊ = 4ng²/κ, for n = 1 and 2", () => {
    for (const n of [1, 2]) {
      const g = 0.5 * MHz;
      const kappa = 5 * MHz;
      const gain = reservoir((4 * n * g * g) / kappa, kappa);
      const { nextRung_per_s } = limitCyclePurity(n, gain, gain, -200 * MHz, Infinity);
      const expected = ((n + 2) * g * g * kappa) / (4 * (200 * MHz) ** 2 + kappa ** 2 / 4);
      expect(nextRung_per_s / angularFromHz(expected)).toBeCloseTo(1, 12);
    }
  });

  test("γ₊T1 = 20n keeps p_{n−1} near 5 %", () => {
    for (const n of [1, 2, 3]) {
      const gain = reservoir(1 * MHz, 1);
      const { populations } = limitCyclePurity(n, gain, gain, -200 * MHz, (20 * n) / gain.rate_per_s);
      expect(populations[0]).toBeCloseTo(0.05, 6);
    }
  });

  test("warm ancillas feed the wrong neighbours at n_th of their rates", () => {
    const gain = reservoir(0.3 * MHz, 1, 0.02);
    const loss = reservoir(0.5 * MHz, 1, 0.03);
    const { populations } = limitCyclePurity(1, gain, loss, -200 * MHz, Infinity);
    expect(populations[0]).toBeCloseTo(0.02, 6);
    expect(populations[2]).toBeCloseTo(0.03, 6);
  });
});

describe("other rates", () => {
  test("Purcell: mκ(g/Δ)², the lossy share of the dressed level", () => {
    expect(purcellRate(2, 50 * MHz, 2e9, 5 * MHz) / purcellRate(1, 50 * MHz, 2e9, 5 * MHz)).toBe(2);
    expect(purcellRate(1, 50 * MHz, 2e9, 5 * MHz)).toBeCloseTo(angularFromHz(5 * MHz) * 0.025 ** 2, 6);
  });

  test("residence: the inverse of ∫|c0|²dt, integrated", () => {
    for (const [g, detuning] of [
      [0.1, 0],
      [0.2, 0],
      [0.15, 0.7],
    ] as const) {
      // κ = 2π: c0' = −iGc1, c1' = −iGc0 − (κ/2 + iΔ)c1, by Heun's rule
      const scale = 2 * Math.PI;
      let [x, y, u, v] = [1, 0, 0, 0];
      const dt = 5e-4;
      let area = 0;
      const slope = (x: number, y: number, u: number, v: number) =>
        [
          g * scale * v,
          -g * scale * u,
          g * scale * y - (scale / 2) * u + detuning * scale * v,
          -g * scale * x - (scale / 2) * v - detuning * scale * u,
        ] as const;
      for (let k = 0; k < 400_000 && x * x + y * y > 1e-9; k++) {
        area += (x * x + y * y) * dt * (k === 0 ? 0.5 : 1);
        const a = slope(x, y, u, v);
        const b = slope(x + dt * a[0], y + dt * a[1], u + dt * a[2], v + dt * a[3]);
        [x, y, u, v] = [
          x + (dt * (a[0] + b[0])) / 2,
          y + (dt * (a[1] + b[1])) / 2,
          u + (dt * (a[2] + b[2])) / 2,
          v + (dt * (a[3] + b[3])) / 2,
        ];
      }
      expect(area * residenceRate(g, detuning, 1)).toBeCloseTo(1, 3);
    }
  });
});
