import { describe, expect, it } from "vitest";
import { fullTurn } from "#core/units";
import { drivenDistributions, pairDistributions, pairMaximumMap } from "#figures/computations/microscopic";

describe("Fig. 2(d)", () => {
  const settings = { ...drivenDistributions.settings(255), points: 7200 };
  /** s_max and argmax of exact rational steady states (physics notes on the driven oscillator). */
  const table = [
    { row: 0, K: -0.1, maximum: 0.03042698413, argmax: -0.23425960315 },
    { row: 0, K: 0.1, maximum: 0.03042698413, argmax: -2.90733305044 },
    { row: 0, K: 0, maximum: 0.009645754127, argmax: 0 },
    { row: 1, K: -0.1, maximum: 0.040177301724, argmax: -0.558735110139 },
    { row: 1, K: 0.1, maximum: 0.040177301724, argmax: -2.582857543451 },
    { row: 1, K: 0, maximum: 0.022466379067, argmax: -0.562367475951 },
  ];
  it.each(table)("row $row, K = $K: highest point", ({ row, K, maximum, argmax }) => {
    const records = drivenDistributions.computeRow(settings, row)
      .distributions as readonly (readonly number[])[];
    const curve = records.filter((record) => record[1] === K);
    const best = Math.max(...curve.map((record) => record[3]!));
    expect(Math.abs(best - maximum)).toBeLessThan(1e-7);
    const near = curve.reduce((a, b) => (Math.abs(b[2]! - argmax) < Math.abs(a[2]! - argmax) ? b : a));
    expect(Math.abs(near[3]! - maximum)).toBeLessThan(1e-7);
  });

  it("γ₊ = γ₋, K = 0: s = (1/2π)·8Ω²/(γ² + 32Ω²) cos 2φ", () => {
    const records = drivenDistributions.computeRow(settings, 0)
      .distributions as readonly (readonly number[])[];
    const height = 0.08 / 1.32 / fullTurn;
    for (const [, , phi, s] of records.filter((record) => record[1] === 0)) {
      expect(Math.abs(s! - height * Math.cos(2 * phi!))).toBeLessThan(1e-14);
    }
  });
});

/** X₁ = −4VK/[(G − iδ)² + K²], G = (γ₊ + γ₋)/2 = 3/4, V = 1. */
function firstOrder(delta: number, K: number) {
  const G = 0.75;
  const re = G * G - delta * delta + K * K;
  const im = -2 * G * delta;
  const scale = (-4 * K) / (re * re + im * im);
  const x = { re: scale * re, im: -scale * im };
  return { maximum: ((9 * Math.PI) / 128) * Math.hypot(x.re, x.im), argmax: Math.atan2(x.im, x.re) };
}

describe("Fig. S1", () => {
  it("(a): the eight distributions are (9π/128) Re[X₁ e^{−iφ}]", () => {
    const settings = pairDistributions.settings(255);
    for (let row = 0; row < 8; row++) {
      for (const [delta, K, phi, s] of pairDistributions.computeRow(settings, row)
        .distributions as readonly (readonly number[])[]) {
        const { maximum, argmax } = firstOrder(delta!, K!);
        expect(Math.abs(s! - maximum * Math.cos(phi! - argmax))).toBeLessThan(1e-14);
      }
    }
  });

  it("(b), (c), (d): maximum, phase and bitmap by the closed form, at every point of a 41 × 41 map", () => {
    const settings = pairMaximumMap.settings(41);
    for (let row = 0; row < 41; row++) {
      for (const [delta, K, maximum, argmax, white] of pairMaximumMap.computeRow(settings, row)
        .map as readonly (readonly (number | null)[])[]) {
        const exact = firstOrder(delta!, K!);
        expect(Math.abs(maximum! - exact.maximum)).toBeLessThan(1e-14);
        if (K === 0) expect(argmax).toBeNull();
        else expect(Math.cos(argmax! - exact.argmax)).toBeGreaterThan(1 - 1e-14);
        expect(white).toBe(exact.maximum > 0.05 && Math.abs(exact.argmax) < Math.PI / 2 && K !== 0 ? 1 : 0);
      }
    }
  });

  it("(d): the blockade at δ = 0 opens at K = −17.64 γ₋ (physics notes)", () => {
    const at = (K: number) =>
      pairMaximumMap.computeRow({ ...pairMaximumMap.settings(3), K: [K, 0] }, 0).map![1]![4];
    expect(at(-17.63)).toBe(1);
    expect(at(-17.65)).toBe(0);
  });
});
