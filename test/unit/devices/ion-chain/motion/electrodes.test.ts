import { describe, expect, test } from "vitest";
import {
  asymmetryFromLength,
  barrierHeight,
  exactLevels,
  lengthForAsymmetry,
  quarticForAsymmetry,
  quarticFromLength,
  reduceWell,
  type Well,
  wellLevels,
} from "#devices/ion-chain/motion/electrodes";
import { findSpecies, ionMass } from "#devices/ion-chain/species";
import { refusal } from "../../../../support/refusal.ts";

const mass = (id: string) => ionMass(findSpecies(id));
const calcium = mass("40Ca+");
const MHz = 1e6;
const kHz = 1e3;
const um = 1e-6;

const well = (quartic_j_per_m4: number, cubic_j_per_m3 = 0, frequency_hz = MHz): Well => ({
  mass_kg: calcium,
  frequency_hz,
  cubic_j_per_m3,
  quartic_j_per_m4,
});

/** c₃ with K₃ = −60c₃²x₀⁶/(ħ²ω), i.e. −60g²·f. */
function cubicFor(asymmetry_hz: number, frequency_hz = MHz): number {
  const { cubic } = reduceWell(well(0, 1, frequency_hz));
  return Math.sqrt(-asymmetry_hz / (60 * frequency_hz)) / cubic;
}

/** K/2π in Hz for ℓ₄ = 1, 3, 10, 30, 100 µm: hardware notes on trapped ions, A.4. */
test.each([
  ["9Be+", [1680, 187, 17, 1.9, 0.17]],
  ["40Ca+", [379, 42, 3.8, 0.42, 0.038]],
  ["88Sr+", [172, 19, 1.7, 0.19, 0.017]],
  ["138Ba+", [110, 12, 1.1, 0.12, 0.011]],
  ["171Yb+", [89, 9.9, 0.89, 0.1, 0.009]],
])("K of %s by electrode distance", (id, expected) => {
  [1, 3, 10, 30, 100].forEach((length, i) => {
    const k = asymmetryFromLength(mass(id), length * um);
    const digits = expected[i]! >= 100 ? 3 : expected[i] === 0.1 || expected[i] === 0.009 ? 1 : 2;
    expect(Number(k.toPrecision(digits))).toBe(expected[i]);
    expect(lengthForAsymmetry(mass(id), k)).toBeCloseTo(length * um, 15);
  });
});

describe("perturbation against diagonalisation", () => {
  test("1 kHz to first order at 1 MHz is 995.8 Hz exactly", () => {
    const target = well(quarticForAsymmetry(calcium, MHz, kHz));
    expect(wellLevels(target, 1).asymmetry_hz).toBeCloseTo(995.75, 2);
    expect(exactLevels(target, 1).asymmetry_hz).toBeCloseTo(995.8, 1);
    expect(wellLevels(target, 1).method).toBe("perturbation");
  });

  test("the length and the coefficient are two names of one well, at any trap frequency", () => {
    for (const frequency of [0.2 * MHz, MHz, 5 * MHz]) {
      const quartic = quarticFromLength(calcium, frequency, 3 * um);
      const k = wellLevels(well(quartic, 0, frequency), 1).asymmetry_hz;
      expect(k / asymmetryFromLength(calcium, 3 * um)).toBeCloseTo(1, 2);
      expect(
        quarticForAsymmetry(calcium, frequency, asymmetryFromLength(calcium, 3 * um)) / quartic,
      ).toBeCloseTo(1, 12);
    }
  });

  test("what second order leaves is third order, 12q³(125n⁴ + 250n³ + 472n² + 347n + 111), both signs", () => {
    const third = (n: number) => 12 * (125 * n ** 4 + 250 * n ** 3 + 472 * n ** 2 + 347 * n + 111);
    for (const n of [1, 2, 5]) {
      for (const k of [100, 200, -100, -200]) {
        const target = well(quarticForAsymmetry(calcium, MHz, k));
        const exact = exactLevels(target, n);
        const series = wellLevels(target, n);
        const cube = MHz * reduceWell(target).quartic ** 3;
        const lower = cube * (third(n) - third(n - 1));
        const asymmetry = cube * (third(n + 1) - 2 * third(n) + third(n - 1));
        // Fourth order is about 50 n q smaller; rounding a few µHz.
        expect(Math.abs(exact.lower_hz - series.lower_hz - lower)).toBeLessThan(
          0.02 * Math.abs(lower) + 5e-6,
        );
        expect(Math.abs(exact.asymmetry_hz - series.asymmetry_hz - asymmetry)).toBeLessThan(
          0.02 * Math.abs(asymmetry) + 5e-6,
        );
      }
    }
  });

  test("a cubic term lowers K, whatever its sign and n", () => {
    for (const n of [1, 3]) {
      for (const flip of [1, -1]) {
        const exact = exactLevels(well(0, flip * cubicFor(-100)), n);
        expect(exact.asymmetry_hz).toBeLessThan(0);
        expect(exact.asymmetry_hz / -100).toBeCloseTo(1, 1);
        expect(wellLevels(well(0, flip * cubicFor(-100)), n).asymmetry_hz).toBeCloseTo(-100, 6);
        expect(wellLevels(well(0, flip * cubicFor(-100)), n).lower_hz).toBeCloseTo(MHz - n * 100, 5);
      }
    }
  });

  test("beyond 1 % of the trap frequency the levels are diagonalised", () => {
    expect(wellLevels(well(quarticForAsymmetry(calcium, MHz, 9.99 * kHz)), 1).method).toBe("perturbation");
    const strong = well(quarticForAsymmetry(calcium, MHz, 10.01 * kHz));
    expect(wellLevels(strong, 1).method).toBe("diagonalisation");
    expect(wellLevels(strong, 1)).toEqual(exactLevels(strong, 1));
  });
});

describe("barriers", () => {
  test("closed forms: 1/(432g²) of a cubic well, 1/(64|q|) of a softening quartic one", () => {
    expect(barrierHeight({ cubic: 0.01, quartic: 0 })).toBeCloseTo(1 / (432 * 1e-4), 9);
    expect(barrierHeight({ cubic: 0, quartic: -1e-3 })).toBeCloseTo(1 / (64 * 1e-3), 9);
    expect(barrierHeight({ cubic: 0, quartic: 1e-3 })).toBe(Infinity);
    expect(barrierHeight({ cubic: 0, quartic: 0 })).toBe(Infinity);
  });

  test("general wells: the lowest maximum found by walking outwards", () => {
    for (const [g, q] of [
      [0.02, 1e-5],
      [-0.02, 4e-5],
      [0.015, -1e-4],
      [0.004, -1e-3],
    ] as const) {
      const u = (x: number) => x * x * (1 / 4 + g * x + q * x * x);
      const walk = (direction: number) => {
        let x = 0;
        while (Math.abs(x) < 500 && u(x + direction * 1e-3) > u(x)) x += direction * 1e-3;
        return Math.abs(x) < 499 ? u(x) : Infinity;
      };
      expect(barrierHeight({ cubic: g, quartic: q })).toBeCloseTo(Math.min(walk(1), walk(-1)), 5);
    }
  });

  test("a cubic K of −10 kHz at 1 MHz is refused: its barrier stands 14 quanta up", () => {
    const error = refusal(() => wellLevels(well(0, cubicFor(-10 * kHz)), 1));
    expect(error.code).toBe("ion.barrier");
    expect(error.problems[0]!.found).toBeCloseTo(60 / (432 * 0.01), 6);
  });

  test("the limit is 20 quanta above the level: just inside is taken, just outside refused", () => {
    // 1/(432 g²) = 60/(432·κ) with κ = −K₃/f
    const at = (barrier: number) => well(0, cubicFor((-60 / (432 * barrier)) * MHz));
    expect(wellLevels(at(21.01), 1).asymmetry_hz).toBeLessThan(0);
    expect(refusal(() => wellLevels(at(20.99), 1)).code).toBe("ion.barrier");
    expect(refusal(() => wellLevels(at(21.01), 2)).code).toBe("ion.barrier");
  });

  test("a quartic term strong enough removes the barrier of a cubic one", () => {
    const cubic = cubicFor(-11 * kHz);
    const g = reduceWell(well(0, cubic)).cubic;
    // 9g² < 8q
    const quartic = ((9.1 / 8) * g * g) / reduceWell(well(1)).quartic;
    expect(wellLevels(well(quartic, cubic), 1).method).toBe("diagonalisation");
  });
});
