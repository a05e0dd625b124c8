import { describe, expect, it } from "vitest";
import { exponentialSum } from "#simulators/large-network/exponential-sum";

describe("exponentialSum", () => {
  it.each(
    [0.05, 0.5, 1, 2, 6].flatMap((alpha) => [1, 2, 10, 3000].map((length) => [alpha, length] as const)),
  )("α = %f, length %i: the error reported is the largest over every distance", (alpha, length) => {
    for (const tolerance of [1e-3, 1e-7, 1e-11]) {
      const { weights, decays, error } = exponentialSum(alpha, length, tolerance);
      let worst = 0;
      for (let d = 1; d <= length; d++) {
        const value = weights.reduce((sum, w, k) => sum + w * decays[k]! ** d, 0);
        worst = Math.max(worst, Math.abs(value * d ** alpha - 1));
      }
      expect(worst).toBeLessThanOrEqual(error + 1e-14);
      expect(worst).toBeGreaterThan(0.9 * error - 1e-14);
      expect(error).toBeLessThanOrEqual(tolerance);
    }
  });

  it("needs few terms: about ln(length) times the digits", () => {
    // Trapezoidal steps of about π²/ln(2/ε) over ln(length) and the few units above it, and a short Gauss rule.
    for (const [length, tolerance] of [
      [1e4, 1e-6],
      [1e6, 1e-6],
      [1e6, 1e-10],
    ] as const) {
      const { weights, error } = exponentialSum(1.5, length, tolerance);
      expect(error).toBeLessThanOrEqual(tolerance);
      const steps = ((Math.log(length) + 4) * Math.log(2 / tolerance)) / Math.PI ** 2;
      expect(weights.length).toBeLessThan(1.25 * steps + 8);
    }
  });

  it("is one constant for α = 0", () => {
    expect(exponentialSum(0, 1000, 1e-9)).toEqual({
      weights: Float64Array.of(1),
      decays: Float64Array.of(1),
      error: 0,
    });
  });

  it("has positive weights and decays below one, so that recursions neither cancel nor grow", () => {
    const { weights, decays } = exponentialSum(0.7, 1e5, 1e-9);
    expect(Math.min(...weights)).toBeGreaterThan(0);
    expect(Math.max(...decays)).toBeLessThanOrEqual(1);
    expect(Math.min(...decays)).toBeGreaterThan(0);
  });
});
