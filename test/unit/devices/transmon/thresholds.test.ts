import { describe, expect, test } from "vitest";
import { bosonLadder, noChannels, type Oscillator, spinOneLadder } from "#model/oscillator";
import { synchronizationThresholds } from "#model/thresholds";
import { growthRate } from "../../../support/mean-field.ts";

/** One oscillator with γ₋ = 1. */
const site = (gain: number, asymmetry: number, ladder: Oscillator["ladder"]): Oscillator => ({
  gain,
  loss: 1,
  asymmetry,
  detuning: 0,
  ladder,
  channels: noChannels,
});
const critical = (gain: number, asymmetry: number, ladder: Oscillator["ladder"]) =>
  synchronizationThresholds(site(gain, asymmetry, ladder)).critical;

// Thresholds found by scanning the linear stability on a grid of 0.005 in V (independent numpy computation), as
// someone who plans a transmon array would look them up: γ₋ = 1.
describe("thresholds on the grid of an independent scan", () => {
  test.each([
    [0, 0.5303],
    [-1, 0.19],
    [-2, 0.28],
    [-5, 0.62],
    [-10, 1.22],
    [-20, 2.43],
    [-100, 12.13],
    [1, 4.19],
  ])("spin 1, γ₊ = ½, K = %d", (asymmetry, expected) => {
    expect(Math.abs(critical(0.5, asymmetry, spinOneLadder)! - expected)).toBeLessThan(0.0101);
  });

  test.each([
    [-1, 0.265],
    [-5, 0.855],
    [-20, 3.34],
    [-100, 16.67],
  ])("boson n = 1, γ₊ = ½, K = %d", (asymmetry, expected) => {
    expect(Math.abs(critical(0.5, asymmetry, bosonLadder(1))! - expected)).toBeLessThan(0.0101);
  });

  test.each([
    [0.1, 0.145],
    [0.25, 0.335],
    [0.4, 0.785],
    [0.49, 3.0],
    [2.2, 2.88],
    [3, 1.55],
  ])("boson n = 1, K = 0, γ₊ = %d", (gain, expected) => {
    expect(Math.abs(critical(gain, 0, bosonLadder(1))! - expected)).toBeLessThan(0.0101);
  });

  test("boson: blocked for every V in n/(n+1) ≤ γ₊/γ₋ ≤ (n+1)/n, and just outside not", () => {
    for (const n of [1, 2, 3]) {
      const [low, high] = [n / (n + 1), (n + 1) / n];
      for (const gain of [low, (low + 1) / 2, 1, (1 + high) / 2, high]) {
        expect(critical(gain, 0, bosonLadder(n))).toBeNull();
      }
      expect(critical(low * 0.99, 0, bosonLadder(n))).not.toBeNull();
      expect(critical(high * 1.01, 0, bosonLadder(n))).not.toBeNull();
    }
  });
});

describe("the limit of large |K|, KV < 0: V_c = v·|K|", () => {
  const ratios = [0.05, 0.1, 0.2, 0.5, 1, 2, 4];
  /** Smallest positive root of −(r + vq)²/Γ² + (r + vq)(1 − vd)/Γ − v·m0² = 0, q = m0² − m1²r, d = m1² − m0². */
  function smallestRoot(r: number, [m0, m1]: Oscillator["ladder"]): number {
    const total = r + 1;
    const q = m0 ** 2 - m1 ** 2 * r;
    const d = m1 ** 2 - m0 ** 2;
    const a = -((q / total) ** 2) - (q * d) / total;
    const b = (-2 * r * q) / total ** 2 + (q - r * d) / total - m0 ** 2;
    const c = r / total - (r / total) ** 2;
    const roots =
      Math.abs(a) < 1e-14
        ? [-c / b]
        : [1, -1].map((sign) => (-b + sign * Math.sqrt(b * b - 4 * a * c)) / (2 * a));
    return Math.min(...roots.filter((root) => root > 0));
  }

  // Tabulated independently, the last digit cut off rather than rounded.
  test.each([
    ["spin 1", spinOneLadder, [0.0747, 0.0912, 0.1067, 0.1213, 0.125, 0.1213, 0.1111]],
    ["boson n = 1", bosonLadder(1), [0.1037, 0.1263, 0.1472, 0.1666, 0.1716, 0.1666, 0.153]],
    ["boson n = 2", bosonLadder(2), [0.0606, 0.0739, 0.0864, 0.0981, 0.101, 0.0981, 0.0899]],
  ] as const)("%s", (_, ladder, expected) => {
    ratios.forEach((gain, k) => {
      const found = critical(gain, -1e7, ladder)! / 1e7;
      expect(found).toBeCloseTo(smallestRoot(gain, ladder), 6);
      expect(Math.abs(found - expected[k]!)).toBeLessThan(1e-4);
    });
  });

  test("at γ₊ = γ₋ it is the Mott-lobe tip 2n + 1 − 2√(n(n+1))", () => {
    for (const n of [1, 2, 3]) {
      expect(critical(1, -1e7, bosonLadder(n))! / 1e7).toBeCloseTo(2 * n + 1 - 2 * Math.sqrt(n * (n + 1)), 6);
    }
  });
});

test("growth rate with T1, boson n = 1: 1.63391 (largest real part of the full 9 × 9 Jacobian)", () => {
  const rate = growthRate({
    gain: 0.5,
    loss: 1,
    asymmetry: -5,
    coupling: 2,
    ladder: { boson: 1 },
    channels: { relaxation10: 0.1, relaxation21: 0.2 },
  });
  expect(rate).toBeCloseTo(1.63391, 5);
});
