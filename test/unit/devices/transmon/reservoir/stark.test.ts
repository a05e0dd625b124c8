import fc from "fast-check";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { kerrLadder, transmonLadder } from "#devices/transmon/circuit/ladder";
import { dressedShifts, f0g1Sideband, starkShifts } from "#devices/transmon/reservoir/stark";
import { refusal } from "../../../../support/refusal.ts";

const GHz = 1e9;
const MHz = 1e6;
const site = { frequency_hz: 5 * GHz, anharmonicity_hz: -0.2 * GHz };

describe("AC Stark shift", () => {
  // f01 = 5, α = −0.2, tone at 5.8 with Ω = 0.1 GHz: −1.250 MHz by αΩ²/(2Δ(Δ+α)), −1.248 MHz exactly.
  const tone = { frequency_hz: 5.8 * GHz, rabi_hz: 0.1 * GHz };

  test("of 0↔1: formula and dressed levels (independent numpy diagonalisation)", () => {
    const [s0, s1] = starkShifts(kerrLadder(site, 6), tone);
    expect((s1! - s0!) / MHz).toBeCloseTo(-1.25, 3);
    const [d0, d1] = dressedShifts(kerrLadder(site, 8), tone);
    expect((d1! - d0!) / MHz).toBeCloseTo(-1.248, 3);
  });

  test("closed form αΩ²/(2Δ(Δ+α)), and a different shift of 1↔2: K moves", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.4, max: 2, noNaN: true }),
        fc.double({ min: -0.35, max: -0.1, noNaN: true }),
        fc.boolean(),
        (distance, alpha, above) => {
          const offset = (above ? distance : -distance - 0.4) * GHz;
          const ladder = kerrLadder({ frequency_hz: 5 * GHz, anharmonicity_hz: alpha * GHz }, 6);
          const driven = { frequency_hz: 5 * GHz + offset, rabi_hz: 20 * MHz };
          const s = starkShifts(ladder, driven);
          const delta = -offset;
          const a = alpha * GHz;
          const first = (a * driven.rabi_hz ** 2) / (2 * delta * (delta + a));
          expect((s[1]! - s[0]!) / first).toBeCloseTo(1, 9);
          // E_2 − E_1 with Δ_m = Δ + mα: (Ω²/4)[2·2/Δ_1 − 3/Δ_2 − 1/Δ_0]
          const second = (driven.rabi_hz ** 2 / 4) * (4 / (delta + a) - 3 / (delta + 2 * a) - 1 / delta);
          expect((s[2]! - s[1]!) / second).toBeCloseTo(1, 9);
          expect(Math.abs(second - first)).toBeGreaterThan(0.05 * Math.abs(first));
        },
      ),
    );
  });

  test("perturbation theory is the weak limit of the dressed levels, on the exact ladder too", () => {
    const ladder = transmonLadder({ charging_hz: 0.2 * GHz, josephson_hz: 12 * GHz }, 7);
    const weak = { frequency_hz: 6 * GHz, rabi_hz: 5 * MHz };
    const second = starkShifts(ladder, weak);
    const full = dressedShifts(ladder, weak);
    for (const m of [0, 1, 2, 3]) expect(full[m]! / second[m]!).toBeCloseTo(1, 3);
  });

  test("no anharmonicity, no shift of any transition", () => {
    const s = starkShifts(kerrLadder({ ...site, anharmonicity_hz: 0 }, 6), tone);
    for (let m = 1; m < s.length; m++)
      expect(Math.abs(s[m]! - s[m - 1]! - (s[1]! - s[0]!))).toBeLessThan(1e-6);
    expect(Math.abs(s[1]! - s[0]!)).toBeLessThan(1e-6);
  });

  test("a resonant tone has no dressed level to name", () => {
    const error = refusal(() =>
      dressedShifts(kerrLadder(site, 6), { frequency_hz: 5 * GHz, rabi_hz: 50 * MHz }),
    );
    expect(error.code).toBe("transmon.strong_drive");
    expect(error.kind).toBe("infeasible");
  });
});

/** Half the smallest gap between |f,0⟩ and |g,1⟩ as the drive is swept: transmon × resonator in the drive's frame. */
function halfGap(alpha: number, f01: number, resonator: number, g: number, rabi: number): number {
  const levels = 6;
  const photons = 4;
  const at = (m: number, n: number) => m * photons + n;
  const gapAt = (drive: number) => {
    const h = Matrix.zeros(levels * photons, levels * photons);
    const couple = (i: number, j: number, value: number) => {
      h.set(i, j, value);
      h.set(j, i, value);
    };
    for (let m = 0; m < levels; m++) {
      for (let n = 0; n < photons; n++) {
        h.set(at(m, n), at(m, n), m * f01 + (alpha * m * (m - 1)) / 2 - m * drive + n * (resonator - drive));
        if (m + 1 < levels) couple(at(m, n), at(m + 1, n), (rabi / 2) * Math.sqrt(m + 1));
        if (m + 1 < levels && n > 0) couple(at(m, n), at(m + 1, n - 1), g * Math.sqrt((m + 1) * n));
      }
    }
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(h, { assumeSymmetric: true });
    const weights = realEigenvalues.map(
      (_, k) => eigenvectorMatrix.get(at(2, 0), k) ** 2 + eigenvectorMatrix.get(at(0, 1), k) ** 2,
    );
    const [first, second] = weights.map((_, k) => k).toSorted((a, b) => weights[b]! - weights[a]!);
    return Math.abs(realEigenvalues[first!]! - realEigenvalues[second!]!);
  };
  const center = 2 * f01 + alpha - resonator;
  let best = { drive: center, gap: Infinity };
  for (let span = 0.15; span > 1e-6; span /= 8) {
    const middle = best.drive;
    for (let k = -40; k <= 40; k++) {
      const drive = middle + (span * k) / 40;
      const gap = gapAt(drive);
      if (gap < best.gap) best = { drive, gap };
    }
  }
  return best.gap / 2;
}

describe("f0–g1 sideband", () => {
  // f01, α, f_r, g, Ω in GHz; half gaps found by independent numpy diagonalisation.
  test.each([
    [5, -0.3, 7, 0.06, 0.2, 0.55, 0.553],
    [6, -0.34, 4.8, 0.06, 0.2, 2.76, 2.8],
  ])("(%d, %d, %d): avoided crossing and formula", (f01, alpha, resonator, g, rabi, gap, formula) => {
    const rate = f0g1Sideband(
      { frequency_hz: f01 * GHz, anharmonicity_hz: alpha * GHz },
      resonator * GHz,
      g * GHz,
      rabi * GHz,
    );
    expect(Math.abs(rate) / MHz).toBeCloseTo(formula, 2);
    const found = halfGap(alpha, f01, resonator, g, rabi) * 1e3;
    expect(found).toBeCloseTo(gap, 2);
    expect(Math.abs(Math.abs(rate) / MHz / found - 1)).toBeLessThan(0.02);
  });
});
