import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { angularFromHz } from "#core/units";
import {
  asymmetryAt,
  kerrLadder,
  largestFockState,
  modelLadder,
  transitionFrequency,
  transmonLadder,
} from "#devices/transmon/circuit/ladder";
import { levelsFromCircuit } from "#devices/transmon/spectrum";
import { refusal } from "../../../../support/refusal.ts";

const circuit = (ratio: number) => ({ charging_hz: 0.2e9, josephson_hz: ratio * 0.2e9 });

describe("Kerr elements", () => {
  test("one K for every n, of either sign, with bosonic elements", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e9, max: 1e10, noNaN: true }),
        fc.double({ min: -4e8, max: 4e8, noNaN: true }),
        (frequency_hz, anharmonicity_hz) => {
          const ladder = kerrLadder({ frequency_hz, anharmonicity_hz }, 6);
          expect(transitionFrequency(ladder, 0)).toBe(frequency_hz);
          for (const n of [1, 2, 3, 4]) {
            expect(Math.abs(asymmetryAt(ladder, n) - anharmonicity_hz)).toBeLessThan(1e-4);
          }
        },
      ),
    );
    // m1/m0 = √((n+1)/n): 1.41, 1.22, 1.15
    const ladder = kerrLadder({ frequency_hz: 5e9, anharmonicity_hz: 0 }, 6);
    [1.41, 1.22, 1.15].forEach((ratio, k) => {
      const [m0, m1] = modelLadder(ladder, k + 1);
      expect(m1 / m0).toBeCloseTo(ratio, 2);
    });
  });
});

describe("transmon", () => {
  test("K(n) and elements are those of the charge basis", () => {
    // numpy, |n| ≤ 40: E_J/E_C = 50
    const ladder = transmonLadder(circuit(50), 5);
    expect(ladder.energies_hz[0]).toBe(0);
    expect(asymmetryAt(ladder, 1) / 0.2e9).toBeCloseTo(-1.1492, 4);
    expect(asymmetryAt(ladder, 2) / 0.2e9).toBeCloseTo(-1.284, 4);
    const [m0, m1] = modelLadder(ladder, 1);
    expect(m0).toBe(1);
    expect(m1 ** 2).toBeCloseTo(1.877, 3);
  });

  test("K(2) is 12 % larger than K(1) at 50 and the difference shrinks with E_J/E_C", () => {
    const excess = (ratio: number) => {
      const ladder = transmonLadder(circuit(ratio), 5);
      return asymmetryAt(ladder, 2) / asymmetryAt(ladder, 1) - 1;
    };
    expect(excess(50)).toBeCloseTo(0.12, 2);
    expect(excess(200)).toBeLessThan(excess(100));
    expect(excess(100)).toBeLessThan(excess(50));
  });

  test("closed form: 1e-5 of f01 and 0.2 % of α for E_J/E_C from 50 on", () => {
    for (const ratio of [50, 65, 80, 100, 150, 300]) {
      const { frequency_hz, anharmonicity_hz } = levelsFromCircuit(circuit(ratio));
      // Halfway between the extremes of the offset charge, which the perturbative series knows nothing of.
      const ladder = transmonLadder(circuit(ratio), 3, 0.25);
      expect(Math.abs(frequency_hz / transitionFrequency(ladder, 0) - 1)).toBeLessThan(1e-5);
      expect(Math.abs(anharmonicity_hz / asymmetryAt(ladder, 1) - 1)).toBeLessThan(2e-3);
    }
  });

  test("a level that was not computed is refused", () => {
    expect(refusal(() => asymmetryAt(transmonLadder(circuit(50), 3), 2)).problems[0]!.found).toBe(3);
  });
});

describe("largest Fock state", () => {
  // Widths of the numpy table above against 0.1γ/2π with γ/2π = 3 MHz: 8.1 MHz | 252 kHz, 4.7 MHz | 82 kHz | 7.4 kHz.
  test.each([
    [30, 0],
    [50, 1],
    [80, 2],
    [100, 3],
  ])("E_J/E_C = %d: n = %d at γ/2π = 3 MHz", (ratio, n) => {
    expect(largestFockState(circuit(ratio), angularFromHz(3e6))).toBe(n);
  });

  test("just inside and just outside the limit", () => {
    // 252.45 kHz at E_J/E_C = 50 asks for γ/2π > 2.5245 MHz
    expect(largestFockState(circuit(50), angularFromHz(2.53e6))).toBe(1);
    expect(largestFockState(circuit(50), angularFromHz(2.51e6))).toBe(0);
    expect(largestFockState(circuit(100), angularFromHz(1e6))).toBe(2);
  });
});
