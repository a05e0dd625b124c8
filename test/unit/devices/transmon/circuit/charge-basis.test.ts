import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  asymptoticDispersion,
  chargeBasisLevels,
  chargeBasisStates,
  chargeDispersion,
  levelDispersions,
} from "#devices/transmon/circuit/charge-basis";

const circuit = (ratio: number) => ({ charging_hz: 0.2e9, josephson_hz: ratio * 0.2e9 });
const ratios = fc.double({ min: 20, max: 120, noNaN: true });

/** Agreement to the digits that a table prints. */
function expectPrinted(value: number, printed: string): void {
  const digits = printed
    .replace(/e.*$/, "")
    .replace(/^[-0.]*/, "")
    .replace(".", "").length;
  expect(Number(value.toPrecision(digits))).toBe(Number(printed));
}

describe("spectrum of the charge basis", () => {
  // Charge-basis diagonalisation computed independently with numpy, |n| ≤ 40, E_C/h = 200 MHz, n_g = 0.
  test.each([
    [30, "2.883", -1.236, -1.218, "359e3", "8.1e6", "98e6"],
    [50, "3.788", -1.149, -1.284, "7.9e3", "252e3", "4.7e6"],
    [80, "4.851", -1.11, -1.206, "74", "3.2e3", "82e3"],
    [100, "5.449", -1.0955, -1.177, "5", "0.24e3", "7.4e3"],
  ])(
    "E_J/E_C = %d: f01, K(1), K(2) and the dispersion of three transitions",
    (ratio, f01, k1, k2, ...widths) => {
      const [e0, e1, e2, e3] = chargeBasisLevels(circuit(ratio), 0) as [number, number, number, number];
      expectPrinted((e1 - e0) / 1e9, f01);
      expect((e2 - 2 * e1 + e0) / 0.2e9).toBeCloseTo(k1, 3);
      expect((e3 - 2 * e2 + e1) / 0.2e9).toBeCloseTo(k2, 3);
      widths.forEach((width, m) => {
        expectPrinted(chargeDispersion(circuit(ratio), m), width);
      });
    },
  );

  test("E_J/E_C = 200", () => {
    const [e0, e1, e2, e3] = chargeBasisLevels(circuit(200), 0) as [number, number, number, number];
    expectPrinted((e1 - e0) / 1e9, "7.795");
    expect((e2 - 2 * e1 + e0) / 0.2e9).toBeCloseTo(-1.064, 3);
    expect((e3 - 2 * e2 + e1) / 0.2e9).toBeCloseTo(-1.113, 3);
    expectPrinted(chargeDispersion(circuit(200), 2), "0.3");
  });

  test.each([
    [20, 2.31096, -1.4553, undefined],
    [50, 3.78838, -1.1492, -1.284],
    [100, 5.44903, -1.0955, -1.1768],
  ])("more digits at E_J/E_C = %d (the same computation)", (ratio, f01, k1, k2) => {
    const { energies_hz } = chargeBasisStates(circuit(ratio), 4);
    const [e0, e1, e2, e3] = energies_hz as [number, number, number, number];
    expect((e1 - e0) / 1e9).toBeCloseTo(f01, 5);
    expect((e2 - 2 * e1 + e0) / 0.2e9).toBeCloseTo(k1, 4);
    if (k2 !== undefined) expect((e3 - 2 * e2 + e1) / 0.2e9).toBeCloseTo(k2, 4);
  });

  test("twenty charges on either side are enough up to E_J/E_C = 1000", () => {
    const small = chargeBasisLevels(circuit(1000), 0.3);
    const large = chargeBasisLevels(circuit(1000), 0.3, 40);
    for (let m = 0; m < 6; m++) expect(Math.abs(small[m]! / large[m]! - 1)).toBeLessThan(1e-9);
  });

  test("n_g and −n_g, n_g and n_g + 1 are one", () => {
    fc.assert(
      fc.property(ratios, fc.double({ min: 0, max: 0.5, noNaN: true }), (ratio, ng) => {
        const [a, b, c] = [ng, -ng, ng + 1].map((x) => chargeBasisLevels(circuit(ratio), x));
        for (let m = 0; m < 5; m++) {
          expect(Math.abs(a![m]! - b![m]!)).toBeLessThan(0.1);
          expect(Math.abs(a![m]! - c![m]!)).toBeLessThan(0.1);
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe("charge matrix elements", () => {
  // Same numpy computation: squared ratio of neighbouring elements and the forbidden-by-selection 0 ↔ 3 element.
  test.each([
    [50, "1.877", "3.6"],
    [100, "1.919", "2.4"],
  ])("E_J/E_C = %d: |n12/n01|² and |n03/n01|", (ratio, squared, percent) => {
    const { charge } = chargeBasisStates(circuit(ratio), 4);
    expectPrinted((charge[2]![1]! / charge[1]![0]!) ** 2, squared);
    expectPrinted(Math.abs(charge[3]![0]! / charge[1]![0]!) * 100, percent);
  });

  test("states of equal parity have none at n_g = 0 and ½, and have one between", () => {
    for (const ng of [0, 0.5]) {
      const { charge } = chargeBasisStates(circuit(50), 5, ng);
      expect(Math.abs(charge[2]![0]!)).toBeLessThan(1e-10);
      expect(Math.abs(charge[3]![1]!)).toBeLessThan(1e-10);
    }
    expect(Math.abs(chargeBasisStates(circuit(20), 5, 0.25).charge[2]![0]!)).toBeGreaterThan(1e-4);
  });

  test("are symmetric, with positive neighbours", () => {
    const { charge } = chargeBasisStates(circuit(35), 6, 0.2);
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j < 6; j++) expect(charge[i]![j]).toBeCloseTo(charge[j]![i]!, 10);
      if (i > 0) expect(charge[i]![i - 1]).toBeGreaterThan(0);
    }
  });

  test("sum rule: Σ_j (E_j − E_0)|n_j0|² = −(E_J/2)·∂E_0/∂E_J (double commutator, Hellmann–Feynman)", () => {
    fc.assert(
      fc.property(ratios, fc.double({ min: 0, max: 1, noNaN: true }), (ratio, ng) => {
        const { energies_hz, charge } = chargeBasisStates(circuit(ratio), 20, ng);
        const sum = energies_hz.reduce((s, e, j) => s + (e - energies_hz[0]!) * charge[j]![0]! ** 2, 0);
        // [n, [H, n]] = E_J cos φ, and ⟨cos φ⟩ = −∂E_0/∂E_J
        const step = ratio * 1e-4;
        const ground = (r: number) => chargeBasisLevels(circuit(r), ng)[0]! / 0.2e9;
        const cosine = -(ground(ratio + step) - ground(ratio - step)) / (2 * step);
        expect(sum / ((ratio * 0.2e9 * cosine) / 2)).toBeCloseTo(1, 5);
      }),
      { numRuns: 10 },
    );
  });

  test("tend to the oscillator's n01 = (E_J/8E_C)^¼/√2, the difference as ξ = √(2E_C/E_J)", () => {
    const shortfall = (ratio: number) =>
      1 - chargeBasisStates(circuit(ratio), 2).charge[1]![0]! / ((ratio / 8) ** 0.25 / Math.SQRT2);
    expect(shortfall(1000)).toBeGreaterThan(0);
    expect(shortfall(1000)).toBeLessThan(0.006);
    expect(shortfall(250) / shortfall(1000)).toBeCloseTo(2, 1);
  });
});

describe("charge dispersion", () => {
  test("alternates in sign, + for the ground state", () => {
    fc.assert(
      fc.property(ratios, (ratio) => {
        levelDispersions(circuit(ratio), 4).forEach((shift, m) => {
          // Below a few mHz it is rounding.
          if (Math.abs(shift) > 0.1) expect(Math.sign(shift)).toBe(m % 2 === 0 ? 1 : -1);
        });
      }),
      { numRuns: 20 },
    );
  });

  test("n_g = 0 and ½ are the extremes", () => {
    const gap = (ng: number) => {
      const levels = chargeBasisLevels(circuit(40), ng);
      return levels[2]! - levels[1]!;
    };
    const inside = Array.from({ length: 9 }, (_, k) => gap((k + 1) / 20));
    expect(Math.min(...inside)).toBeGreaterThan(Math.min(gap(0), gap(0.5)));
    expect(Math.max(...inside)).toBeLessThan(Math.max(gap(0), gap(0.5)));
  });

  test("the asymptotic formula has the sign, and exceeds it by 10–55 % for the transitions in use", () => {
    for (const ratio of [50, 80, 100]) {
      const exact = levelDispersions(circuit(ratio), 3);
      const formula = exact.map((_, m) => asymptoticDispersion(circuit(ratio), m));
      for (const m of [0, 1, 2]) expect(formula[m]! / exact[m]!).toBeGreaterThan(1);
      for (const m of [0, 1]) {
        const excess = (formula[m + 1]! - formula[m]!) / (exact[m + 1]! - exact[m]!);
        expect(excess).toBeGreaterThan(1.1);
        expect(excess).toBeLessThan(1.55);
      }
    }
    // and it becomes exact from above
    const ratioOf = (r: number) => asymptoticDispersion(circuit(r), 1) / levelDispersions(circuit(r), 2)[1]!;
    expect(ratioOf(100)).toBeLessThan(ratioOf(50));
  });
});
