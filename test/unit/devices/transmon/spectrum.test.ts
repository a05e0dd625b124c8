import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  chargeBasisLevels,
  chargeDispersion,
  circuitFromLevels,
  fluxForFrequency,
  levelsAtFlux,
  levelsFromCircuit,
  squidJosephson,
} from "#devices/transmon/spectrum";

const circuit = (ratio: number, charging_hz = 0.2e9) => ({ charging_hz, josephson_hz: ratio * charging_hz });

describe("charge-basis diagonalisation", () => {
  // Koch et al., Phys. Rev. A 76, 042319; figures computed independently with numpy at E_C/h = 0.2 GHz.
  test.each([
    [20, 2.31096, -1.4553],
    [50, 3.78838, -1.1492],
    [100, 5.44903, -1.0955],
  ])("E_J/E_C = %d at n_g = 0", (ratio, f01_ghz, alpha) => {
    const levels = chargeBasisLevels(circuit(ratio), 0);
    const f01 = levels[1]! - levels[0]!;
    expect(f01 / 1e9).toBeCloseTo(f01_ghz, 5);
    expect((levels[2]! - 2 * levels[1]! + levels[0]!) / 0.2e9).toBeCloseTo(alpha, 4);
  });

  test.each([
    [30, 359e3, 8.1e6],
    [50, 7.9e3, 252e3],
    [80, 74, 3.2e3],
  ])("charge dispersion of f01 and f12 at E_J/E_C = %d", (ratio, first, second) => {
    expect(chargeDispersion(circuit(ratio), 0) / first).toBeCloseTo(1, 1);
    expect(chargeDispersion(circuit(ratio), 1) / second).toBeCloseTo(1, 1);
  });

  test("in the limit E_J → 0 it is 4E_C(n − n_g)²", () => {
    const levels = chargeBasisLevels({ charging_hz: 1, josephson_hz: 0 }, 0.25);
    expect(levels.slice(0, 3)).toEqual([4 * 0.25 ** 2, 4 * 0.75 ** 2, 4 * 1.25 ** 2]);
  });
});

describe("closed form", () => {
  test.each([35, 50, 80, 150])("agrees with diagonalisation averaged over n_g at E_J/E_C = %d", (ratio) => {
    const charges = Array.from({ length: 16 }, (_, k) => k / 16);
    const mean = (f: (levels: number[]) => number) =>
      charges.reduce((sum, n) => sum + f(chargeBasisLevels(circuit(ratio), n)), 0) / charges.length;
    const { frequency_hz, anharmonicity_hz } = levelsFromCircuit(circuit(ratio));
    expect(frequency_hz / mean((l) => l[1]! - l[0]!)).toBeCloseTo(1, 4);
    expect(anharmonicity_hz / mean((l) => l[2]! - 2 * l[1]! + l[0]!)).toBeCloseTo(1, 2);
  });

  test("inverts", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 10, max: 1500, noNaN: true }),
        fc.double({ min: 1e8, max: 4e8, noNaN: true }),
        (r, ec) => {
          const back = circuitFromLevels(levelsFromCircuit(circuit(r, ec)));
          expect(back.charging_hz / ec).toBeCloseTo(1, 9);
          expect(back.josephson_hz / (r * ec)).toBeCloseTo(1, 9);
        },
      ),
    );
  });

  test("refuses what is no transmon", () => {
    expect(() => circuitFromLevels({ frequency_hz: 5e9, anharmonicity_hz: 3e8 })).toThrow(
      /not that of a transmon/,
    );
    expect(() => circuitFromLevels({ frequency_hz: 5e8, anharmonicity_hz: -3e8 })).toThrow(
      /not that of a transmon/,
    );
  });
});

describe("flux", () => {
  test("SQUID: E_J(0) = maximum, E_J(½) = d·maximum, even in flux", () => {
    expect(squidJosephson(10, 0.3, 0)).toBe(10);
    expect(squidJosephson(10, 0.3, 0.5)).toBeCloseTo(3, 12);
    expect(squidJosephson(10, 0.3, -0.2)).toBe(squidJosephson(10, 0.3, 0.2));
    // symmetric SQUID: |cos πφ|
    expect(squidJosephson(10, 0, 0.25)).toBeCloseTo(10 * Math.SQRT1_2, 12);
  });

  test("finds the flux for a frequency, and null outside the range", () => {
    const atZero = { frequency_hz: 4.9e9, anharmonicity_hz: -300e6 };
    const flux = fluxForFrequency(atZero, 0.5, 4.7e9)!;
    expect(levelsAtFlux(atZero, 0.5, flux).frequency_hz).toBeCloseTo(4.7e9, -1);
    expect(flux).toBeGreaterThan(0);
    expect(fluxForFrequency(atZero, 0.5, 4.9e9)).toBe(0);
    expect(fluxForFrequency(atZero, 0.5, 5e9)).toBeNull();
    expect(fluxForFrequency(atZero, 0.9, 3e9)).toBeNull();
  });
});
