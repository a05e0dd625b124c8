import fc from "fast-check";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { couplerForExchange, effectiveExchange, exchangeSlope } from "#devices/transmon/circuit/coupler";
import { refusal } from "../../../../support/refusal.ts";

const MHz = 1e6;
const pair = { sites_hz: [4.8e9, 4.8e9], mediated_hz: [90 * MHz, 90 * MHz], direct_hz: 6 * MHz } as const;
const range = { lowest_hz: 2e9, highest_hz: 9e9 };

/** Positive eigenfrequencies of three coupled oscillators x, f² = eigenvalues of √D·(D + 2G)·√D. */
function normalModes(frequencies: readonly number[], g: readonly (readonly number[])[]): number[] {
  const matrix = new Matrix(
    frequencies.map((a, i) =>
      frequencies.map((b, j) => (i === j ? a * a : 2 * g[i]![j]! * Math.sqrt(a * b))),
    ),
  );
  return new EigenvalueDecomposition(matrix, { assumeSymmetric: true }).realEigenvalues
    .map(Math.sqrt)
    .toSorted((x, y) => x - y);
}

describe("tunable coupler", () => {
  test.each([6.5e9, 3.2e9])(
    "coupler at %d Hz: half the splitting of the dressed sites, counter-rotating terms included (normal modes)",
    (coupler) => {
      const g = 40 * MHz;
      const direct = 2 * MHz;
      const small = { sites_hz: [4.8e9, 4.8e9], mediated_hz: [g, g], direct_hz: direct } as const;
      const modes = normalModes(
        [4.8e9, 4.8e9, coupler],
        [
          [0, direct, g],
          [direct, 0, g],
          [g, g, 0],
        ],
      );
      const sites = modes.filter((f) => Math.abs(f - 4.8e9) < 0.5e9);
      // Symmetric mode above the antisymmetric one (which stays at √(f² − 2g12·f)) when g_eff > 0.
      const antisymmetric = Math.sqrt(4.8e9 ** 2 - 2 * direct * 4.8e9);
      const symmetric = sites.find((f) => Math.abs(f - antisymmetric) > 1e3)!;
      const exchange = effectiveExchange(small, coupler);
      expect(Math.sign(exchange)).toBe(Math.sign(symmetric - antisymmetric));
      expect(exchange / ((symmetric - antisymmetric) / 2)).toBeCloseTo(1, 1);
    },
  );

  test("above the sites the mediated part is negative, below positive; the sign is lost with g12", () => {
    expect(effectiveExchange({ ...pair, direct_hz: 0 }, 6e9)).toBeLessThan(0);
    expect(effectiveExchange({ ...pair, direct_hz: 0 }, 3.5e9)).toBeGreaterThan(0);
    const off = couplerForExchange(pair, 0, range).above!.coupler_hz!;
    expect(effectiveExchange(pair, off * 0.99)).toBeLessThan(0);
    expect(effectiveExchange(pair, off * 1.01)).toBeGreaterThan(0);
  });

  test("slope is the derivative, with and without scaling of g", () => {
    for (const p of [pair, { ...pair, mediated_at_hz: 6e9 }]) {
      for (const coupler of [3e9, 5.8e9, 7e9]) {
        const numeric = (effectiveExchange(p, coupler + 1e4) - effectiveExchange(p, coupler - 1e4)) / 2e4;
        expect(exchangeSlope(p, coupler) / numeric).toBeCloseTo(1, 6);
      }
    }
  });

  test("inverse after forward, on both branches, with and without scaling", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 4e9, max: 5e9, noNaN: true }),
        fc.double({ min: 4e9, max: 5e9, noNaN: true }),
        fc.double({ min: 20 * MHz, max: 120 * MHz, noNaN: true }),
        fc.double({ min: -10 * MHz, max: 10 * MHz, noNaN: true }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.boolean(),
        (f1, f2, g, direct, where, scaled) => {
          const p = {
            sites_hz: [f1, f2],
            mediated_hz: [g, g],
            direct_hz: direct,
            ...(scaled ? { mediated_at_hz: 6e9 } : {}),
          } as const;
          const low = Math.min(f1, f2) - 5 * g;
          const high = Math.max(f1, f2) + 5 * g;
          const below = range.lowest_hz + where * (low - range.lowest_hz);
          const above = high + where * (range.highest_hz - high);
          for (const [coupler, side] of [
            [below, "below"],
            [above, "above"],
          ] as const) {
            const answer = couplerForExchange(p, effectiveExchange(p, coupler), range)[side]!;
            expect(answer.coupler_hz! / coupler).toBeCloseTo(1, 6);
            expect(answer.nearest.coupler_hz).toBe(answer.coupler_hz);
          }
        },
      ),
    );
  });

  test("out of reach: null, with the end of the branch that comes nearest", () => {
    const { above, below } = couplerForExchange(pair, 60 * MHz, range);
    // far above, only the direct coupling and a little of the other sign is left
    expect(above!.coupler_hz).toBeNull();
    expect(above!.nearest.coupler_hz).toBe(range.highest_hz);
    expect(above!.nearest.exchange_hz).toBeLessThan(6 * MHz);
    expect(below!.coupler_hz).toBeNull();
    // five g below the sites: 6 + 90²/2·(2/450) MHz less the counter-rotating part
    expect(below!.nearest.coupler_hz).toBeCloseTo(4.8e9 - 450 * MHz, 3);
    expect(below!.nearest.exchange_hz / MHz).toBeCloseTo(6 + 18 - 90 ** 2 / 9150, 6);
    expect(couplerForExchange(pair, 0, { lowest_hz: 5.5e9, highest_hz: 9e9 }).below).toBeNull();
  });

  test("refuses couplings without a sign, and an empty range", () => {
    expect(
      refusal(() => couplerForExchange({ ...pair, mediated_hz: [0, 1] }, 0, range)).problems[0]!.path,
    ).toBe("mediated_hz");
    expect(
      refusal(() => couplerForExchange(pair, 0, { lowest_hz: 9e9, highest_hz: 2e9 })).problems[0]!.path,
    ).toBe("range");
  });
});
