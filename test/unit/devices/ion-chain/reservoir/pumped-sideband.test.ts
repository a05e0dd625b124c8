import { Matrix, solve } from "ml-matrix";
import { describe, expect, test } from "vitest";
import {
  excitedShare,
  neighbourRatio,
  pumpedLinewidth,
  pumpedRate,
  rabiForRate,
  selectiveRepumpRatio,
} from "#devices/ion-chain/reservoir/pumped-sideband";
import { pumpedLevels } from "../../../../support/pumped-ion.ts";

/** Mean time until |e⟩ has emptied into a sink, from the Bloch equations of the driven pair: −1ᵀM⁻¹x₀. */
function meanCycle(rabi: number, repump: number, detuning: number): number {
  // x = [ρ_gg, ρ_ee, Re ρ_ge, Im ρ_ge], H = (Ω/2)(|g⟩⟨e| + h.c.) − Δ|e⟩⟨e|
  const m = new Matrix([
    [0, 0, 0, -rabi],
    [0, -repump, 0, rabi],
    [0, 0, -repump / 2, detuning],
    [rabi / 2, -rabi / 2, -detuning, -repump / 2],
  ]);
  const x = solve(m, Matrix.columnVector([1, 0, 0, 0])).to1DArray();
  return -(x[0]! + x[1]!);
}

describe("Γ = Ω²γ/(γ² + 2Ω² + 4Δ²)", () => {
  /** Hardware notes on trapped ions, G.4. */
  test.each([
    [1, 3, 0, 3.667],
    [1, 3, 2, 9],
    [2, 1, 0.5, 2.5],
  ])("Ω = %d, γ = %d, Δ = %d: 1/Γ = %d", (rabi, repump, detuning, cycle) => {
    expect(1 / pumpedRate({ rabi, repump, detuning })).toBeCloseTo(cycle, 3);
    expect(meanCycle(rabi, repump, detuning)).toBeCloseTo(cycle, 3);
  });

  test("is the inverse of the mean time of the Bloch equations, anywhere", () => {
    for (const rabi of [0.1, 0.7, 3, 20]) {
      for (const repump of [0.2, 1, 9]) {
        for (const detuning of [0, -0.4, 5]) {
          const product = pumpedRate({ rabi, repump, detuning }) * meanCycle(rabi, repump, detuning);
          expect(product).toBeCloseTo(1, 9);
        }
      }
    }
  });

  test("the weak-drive formula overestimates threefold at γ_rp = 3Γ, and Γ never exceeds γ_rp/2", () => {
    const rabi = rabiForRate(1, 3)!;
    expect(rabi ** 2 / 3).toBeCloseTo(3, 12);
    expect(pumpedRate({ rabi: 1e6, repump: 1 })).toBeCloseTo(0.5, 9);
    expect(rabiForRate(0.5, 1)).toBeNull();
    expect(rabiForRate(0.4999, 1)).not.toBeNull();
  });

  test("inversion", () => {
    for (const [rate, repump] of [
      [1, 2.01],
      [1, 3],
      [0.01, 5],
    ] as const) {
      const rabi = rabiForRate(rate, repump)!;
      expect(pumpedRate({ rabi, repump })).toBeCloseTo(rate, 12);
      expect(excitedShare({ rabi, repump })).toBeCloseTo(rate / repump, 12);
      expect(excitedShare({ rabi, repump })).toBeCloseTo(rabi ** 2 / (repump ** 2 + 2 * rabi ** 2), 12);
    }
  });

  test("the width is where the rate has halved: 2Δ = √(γ² + 2Ω²)", () => {
    const sideband = { rabi: 1.3, repump: 0.9 };
    const half = pumpedRate({ ...sideband, detuning: pumpedLinewidth(sideband) / 2 });
    expect(half / pumpedRate(sideband)).toBeCloseTo(0.5, 12);
  });
});

describe("selectivity", () => {
  test("the best repump is 3Γ and leaves 6.75 r (Γ/K)² (hardware notes, 0.3)", () => {
    const at = (q: number) => neighbourRatio(2, 1, 37, q);
    expect(selectiveRepumpRatio).toBe(3);
    expect(at(3)).toBeCloseTo(6.75 * 2 * (1 / 37) ** 2, 12);
    expect(at(2.9)).toBeGreaterThan(at(3));
    expect(at(3.1)).toBeGreaterThan(at(3));
    // 1 % at |K|/γ = 26√r: 18 for red (r = ½), 37 for blue (r = 2)
    expect(neighbourRatio(0.5, 1, 18.4)).toBeCloseTo(0.01, 4);
    expect(neighbourRatio(2, 1, 36.7)).toBeCloseTo(0.01, 4);
    // Large arms of the paper's Fig. 4, |K|/γ = 10 … 12: 2–3 % on red, 9–14 % on blue
    expect(neighbourRatio(0.5, 1, 12)).toBeCloseTo(0.023, 3);
    expect(neighbourRatio(0.5, 1, 10)).toBeCloseTo(0.034, 3);
    expect(neighbourRatio(2, 1, 12)).toBeCloseTo(0.094, 3);
    expect(neighbourRatio(2, 1, 10)).toBeCloseTo(0.135, 3);
  });

  test("the asymptotic ratio is the exact one for |K| ≫ γ_rp", () => {
    const [rate, repump, k] = [1, 4, 400];
    const rabi = rabiForRate(rate, repump)!;
    const wrong = pumpedRate({ rabi: rabi * Math.SQRT2, repump, detuning: k });
    expect(wrong / rate / neighbourRatio(2, rate, k, repump)).toBeCloseTo(1, 3);
  });
});

describe("against a master equation of Fock and internal states", () => {
  /** Γ = 1, |K| = 60, an excited state for each tone. */
  const measured = (repumpRatio: number) =>
    pumpedLevels({ gain: 1, loss: 1, repump: repumpRatio, asymmetry: 60, excitedStates: 2 });

  test("mean time from |n−1⟩ to |n⟩ is 1/γ+, whatever the repump", () => {
    for (const q of [3, 6, 30]) expect(measured(q).gainTime).toBeCloseTo(1, 9);
  });

  test("share of time excited while pumping is Γ/γ_rp", () => {
    for (const q of [3, 10, 30]) expect(measured(q).excitedWhilePumping * q).toBeCloseTo(1, 9);
  });

  test("neighbouring transitions empty |n⟩ at the rates of the formula: r = 2 up, ½ down", () => {
    for (const q of [3, 6, 10]) {
      const { populations, excited } = measured(q);
      const up = neighbourRatio(2, 1, 60, q);
      const down = neighbourRatio(0.5, 1, 60, q);
      // Detailed balance with Γ = 1 on both rungs; what is left is of order (γ_rp/2K)².
      expect(Math.abs(populations[2]! / populations[1]! / up - 1)).toBeLessThan(0.05);
      expect(Math.abs(populations[0]! / populations[1]! / down - 1)).toBeLessThan(0.05);
      // In the stationary state, mostly in |n⟩, hardly anything is excited.
      expect(excited).toBeLessThan(2 * (up + down));
    }
  });

  test("not Markov at γ_rp = 3Γ: the first arrivals wait for the repump, ever less as it quickens", () => {
    // 1 − P(still in n−1) after a tenth of 1/Γ: 1 − e^{−0.1} for instantaneous jumps
    const jump = 1 - Math.exp(-0.1);
    expect(measured(3).arrivedEarly / jump).toBeLessThan(0.1);
    expect(measured(30).arrivedEarly / jump).toBeGreaterThan(0.25);
    expect(measured(300).arrivedEarly / jump).toBeGreaterThan(0.9);
  });

  describe("one excited state for both tones", () => {
    const shared = (repump: number, twoPhoton: number) =>
      pumpedLevels({ gain: 1, loss: 1, repump, asymmetry: 60, excitedStates: 1, twoPhoton }).populations;

    test("traps the ion in a dark superposition of |n−1⟩ and |n+1⟩ instead of stabilising |n⟩", () => {
      expect(shared(6, 0)[1]).toBeLessThan(0.05);
    });

    test("a two-photon detuning well above Γ frees it", () => {
      for (const repump of [6, 30]) expect(shared(repump, 4)[1]).toBeGreaterThan(0.85);
    });
  });
});
