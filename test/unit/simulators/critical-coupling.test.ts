import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { growthRate, thresholds } from "../../support/mean-field.ts";

const base = { gain: 0.5, loss: 1 };
const criticalAlone = (1.5 * Math.sqrt(0.5)) / (4 * 0.5);

describe("critical coupling of one group", () => {
  it("answers in the contract's fields", () => {
    const answer = thresholds(base);
    expect(answer.critical_coupling).toBeCloseTo(criticalAlone, 14);
    expect(answer.critical_coupling_negative).toBeCloseTo(-criticalAlone, 14);
    expect(answer.windows).toEqual([[answer.critical_coupling, null]]);
    expect(answer.frequency).toBeCloseTo(-Math.sqrt(0.5) / 2, 14);
  });

  it("shifts only the frequency with a detuning of the single group", () => {
    const answer = thresholds({ ...base, groups: 1, detuning: 3 });
    expect(answer.critical_coupling).toBeCloseTo(criticalAlone, 14);
    expect(answer.frequency).toBeCloseTo(3 - Math.sqrt(0.5) / 2, 14);
  });

  it("is a blockade at equal rates without asymmetry", () => {
    expect(thresholds({ gain: 1, loss: 1 })).toEqual({
      critical_coupling: null,
      critical_coupling_negative: null,
      windows: [],
      frequency: null,
    });
  });
});

describe("critical coupling of two groups", () => {
  it("is that of one group when they are not coupled, with A's frequency", () => {
    const answer = thresholds({ ...base, detuning: 0.3 });
    expect(answer.critical_coupling).toBeCloseTo(criticalAlone, 12);
    expect(answer.critical_coupling_negative).toBeCloseTo(-criticalAlone, 12);
    expect(answer.frequency).toBeCloseTo(0.15 - Math.sqrt(0.5) / 2, 10);
  });

  it("is V_c − |V_AB| without detuning: the groups move in phase or opposite", () => {
    for (const between of [0.2, -0.2]) {
      const answer = thresholds({ ...base, inter_coupling: between, detuning: 0 });
      expect(answer.critical_coupling).toBeCloseTo(criticalAlone - 0.2, 12);
      expect(answer.critical_coupling_negative).toBeCloseTo(-(criticalAlone - 0.2), 12);
    }
  });

  it("is 0 when V_AB alone makes the groups unstable", () => {
    const answer = thresholds({ ...base, inter_coupling: 1.2 });
    expect(answer.critical_coupling).toBe(0);
    expect(answer.windows[0]![0]).toBe(0);
  });

  it("separates stable from unstable at every edge of every window", () => {
    const real = (limit: number) => fc.double({ min: -limit, max: limit, noNaN: true });
    const rate = fc.double({ min: 0.1, max: 2, noNaN: true });
    let edges = 0;
    fc.assert(
      fc.property(
        rate,
        rate,
        real(4),
        real(4),
        real(1.5),
        fc.constantFrom([Math.SQRT2, Math.SQRT2], [1, Math.SQRT2]),
        (gain, loss, asymmetry, detuning, inter_coupling, ladder) => {
          const request = { gain, loss, asymmetry, detuning, inter_coupling, ladder };
          const { windows } = thresholds(request);
          const growth = (coupling: number) => growthRate({ ...request, coupling });
          let last = 0;
          for (const [from, to] of windows) {
            if (from > 0) {
              edges++;
              expect(growth(from * (1 - 1e-6))).toBeLessThan(0);
              expect(growth(from * (1 + 1e-6))).toBeGreaterThan(0);
              expect(growth(last + (from - last) * 0.5)).toBeLessThan(0);
            }
            if (to === null) {
              expect(growth(from * 3 + 1)).toBeGreaterThan(0);
              return;
            }
            edges++;
            expect(growth(to * (1 - 1e-6))).toBeGreaterThan(0);
            expect(growth(to * (1 + 1e-6))).toBeLessThan(0);
            last = to;
          }
          for (const factor of [1.01, 2, 10, 100])
            expect(growth(Math.max(last, 0.1) * factor)).toBeLessThan(0);
        },
      ),
      { numRuns: 150, seed: 31 },
    );
    expect(edges).toBeGreaterThan(80);
  });
});
