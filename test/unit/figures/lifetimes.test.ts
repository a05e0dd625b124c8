import { describe, expect, it } from "vitest";
import { numberOf } from "#figures/computation";
import { cumulantDecay, lifetimeSlopes } from "#figures/computations/lifetimes";

type Numbers = readonly (readonly number[])[];

describe("Fig. S4", () => {
  const settings = { ...cumulantDecay.settings(255), sizes: [100, 500, 2000] };

  /** Lifetimes of two independent implementations of the truncated equations (notes on the cumulants, section 3). */
  const table = [
    { V: 0.75, lifetimes: [9.402501, 30.792265, 96.495348] },
    { V: 1, lifetimes: [6.591447, 26.579725, 95.909494] },
    { V: 1.25, lifetimes: [4.779743, 21.822624, 83.417979] },
    { V: 1.5, lifetimes: [3.714558, 17.652183, 69.731368] },
  ];
  it.each(table)("lifetimes by the paper's method at V = $V γ₋", ({ V, lifetimes }) => {
    const first = 6 + 3 * table.findIndex((entry) => entry.V === V);
    lifetimes.forEach((expected, k) => {
      const [record] = cumulantDecay.computeRow(settings, first + k).lifetimes as Numbers;
      expect(record![0]).toBe(V);
      expect(Math.abs(record![2]! - expected)).toBeLessThan(2e-6);
    });
  });

  it("curves start on the limit cycle, 0.1384615961; it persists for N → ∞, and falls to 1/e after 7.384759 without coupling", () => {
    const curve = (row: number) => cumulantDecay.computeRow(settings, row).curves as Numbers;
    for (const row of [0, 4, 5]) expect(curve(row)[0]![2]).toBeCloseTo(0.1384615961, 9);
    const meanField = curve(4);
    expect(meanField.length).toBe(numberOf(settings, "samples"));
    for (const [, , amplitude] of meanField) expect(Math.abs(amplitude! - 0.1384615961)).toBeLessThan(1e-7);
    const uncoupled = curve(5);
    const level = 0.1384615961 / Math.E;
    const after = uncoupled.findIndex((record) => record[2]! < level);
    const [, t0, a0] = uncoupled[after - 1]!;
    const [, t1, a1] = uncoupled[after]!;
    expect(Math.abs(t0! + ((t1! - t0!) * (a0! - level)) / (a0! - a1!) - 7.384759)).toBeLessThan(2e-3);
  });

  it("exact growth 1/κ for large N (linear-noise phase diffusion, notes on the cumulants, section 4)", () => {
    const expected = [0.115, 0.134506, 0.130373, 0.121305];
    expected.forEach((slope, row) => {
      const [record] = lifetimeSlopes.computeRow(lifetimeSlopes.settings(255), row).slopes as Numbers;
      expect(Math.abs(record![2]! / slope - 1)).toBeLessThan(1e-4);
      expect(record![1]! * record![2]!).toBeCloseTo(1, 12);
    });
  });
});
