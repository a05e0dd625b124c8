import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { angularFromHz } from "#core/units";
import { displacementElement } from "#devices/ion-chain/motion/displacement";
import { lambDicke, zeroPointLength } from "#devices/ion-chain/motion/oscillator";
import { pumpedRate } from "#devices/ion-chain/reservoir/pumped-sideband";
import {
  carrierStarkShift,
  emissionPattern,
  offResonantLines,
  recoilProbability,
} from "#devices/ion-chain/reservoir/side-effects";
import { findSpecies, ionMass, waveNumber } from "#devices/ion-chain/species";

describe("recoil", () => {
  test("⁴⁰Ca, 393 nm, 1 MHz, n = 1: about 3 % per event (hardware notes, A.3)", () => {
    const calcium = findSpecies("40Ca+");
    const eta = lambDicke(waveNumber(calcium.scattered.wavelength_m), zeroPointLength(ionMass(calcium), 1e6));
    const one = { eta, pattern: emissionPattern.isotropic, absorbedEta: 0, photons: 1 };
    expect(recoilProbability(one, 1).total).toBeCloseTo(0.03, 2);
    expect(recoilProbability({ ...one, photons: 2 }, 1).total).toBeCloseTo(0.06, 2);
  });

  test("is 1 − |⟨n|e^{iη(a+a†)}|n⟩|² averaged over directions, to first order in η²", () => {
    const eta = 0.05;
    for (const n of [0, 1, 3]) {
      // Isotropic emission: cos uniform in −1 … 1 (midpoints)
      const steps = 400;
      let stay = 0;
      let up = 0;
      for (let k = 0; k < steps; k++) {
        const cosine = (2 * k + 1) / steps - 1;
        stay += displacementElement(eta * cosine, n, n) ** 2 / steps;
        up += displacementElement(eta * cosine, n + 1, n) ** 2 / steps;
      }
      const scattered = recoilProbability(
        { eta, pattern: emissionPattern.isotropic, absorbedEta: 0, photons: 1 },
        n,
      );
      expect(scattered.total / (1 - stay)).toBeCloseTo(1, 1);
      expect(scattered.up / up).toBeCloseTo(1, 1);
      expect(scattered.up + scattered.down).toBeCloseTo(scattered.total, 15);
    }
  });

  test("absorbed photons add their own, undirected by the emission pattern", () => {
    const base = { eta: 0.1, pattern: 0.4, absorbedEta: 0, photons: 1 };
    const gap = recoilProbability({ ...base, absorbedEta: 0.05 }, 1).total - recoilProbability(base, 1).total;
    expect(gap).toBeCloseTo(3 * 0.05 ** 2, 15);
  });
});

describe("Stark shift by the carrier", () => {
  test("50 kHz of Rabi frequency at 1 MHz: 1.25 kHz, comparable with K (hardware notes, A.3)", () => {
    expect(Math.abs(carrierStarkShift(50e3, 1e6))).toBe(1250);
  });

  test("sign and size are those of the driven two-level system", () => {
    for (const detuning of [1, -1, 3]) {
      const rabi = 0.05;
      // Frame of the tone: |e⟩ lies at −Δ
      const h = new Matrix([
        [0, rabi / 2],
        [rabi / 2, -detuning],
      ]);
      const levels = new EigenvalueDecomposition(h, { assumeSymmetric: true }).realEigenvalues;
      const [g, e] = levels.toSorted((a, b) => Math.abs(a) - Math.abs(b));
      const shift = e! - g! + detuning;
      expect(shift / carrierStarkShift(rabi, detuning)).toBeCloseTo(1, 2);
    }
  });
});

test("off-resonant lines: all are listed, each a pumped line at its own detuning", () => {
  const mode = angularFromHz(2e6);
  const context = {
    tone: "blue" as const,
    carrier: angularFromHz(20e3),
    repump: 7e3,
    mode,
    asymmetry: -angularFromHz(10e3),
    elements: { neighbour: 0.1, second: 0.12, opposite: 0.07, carrier: 0.99 },
    others: [{ mode: angularFromHz(1.8e6), element: 0.05 }],
  };
  const lines = offResonantLines(context);
  expect(lines.map((l) => l.line)).toEqual([
    "neighbour",
    "second neighbour",
    "carrier",
    "opposite sideband",
    "other mode",
  ]);
  // Blue tone on ω₀₁, neighbour at ω₀₁ + K
  expect(lines[0]!.detuning_rad_per_s).toBe(-context.asymmetry);
  expect(lines[1]!.detuning_rad_per_s).toBe(-2 * context.asymmetry);
  const red = offResonantLines({ ...context, tone: "red" });
  // Red tone at −(ω₀₁ + K): carrier ω above it, its neighbour at −ω₀₁
  expect(red.map((l) => Math.sign(l.detuning_rad_per_s))).toEqual([1, 1, -1, -1, -1]);
  expect(lines.map((l) => Math.sign(l.detuning_rad_per_s))).toEqual([1, 1, 1, 1, 1]);
  // Carrier far off: (Ω₀²/4ω²)γ_rp
  expect(lines[2]!.rate_per_s / ((context.carrier ** 2 / (4 * mode ** 2)) * 7e3)).toBeCloseTo(0.98, 2);
  expect(lines[4]!.detuning_rad_per_s).toBeCloseTo(angularFromHz(0.2e6), 6);
  for (const { detuning_rad_per_s: detuning, rate_per_s } of lines.slice(0, 1)) {
    expect(rate_per_s).toBe(pumpedRate({ rabi: 0.1 * context.carrier, repump: 7e3, detuning }));
  }
});
