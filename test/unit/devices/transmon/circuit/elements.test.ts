import { describe, expect, test } from "vitest";
import {
  capacitanceFor,
  capacitiveExchange,
  chargingEnergy,
  criticalCurrentFor,
  josephsonEnergy,
} from "#devices/transmon/circuit/elements";

const fF = 1e-15;
const nA = 1e-9;

describe("energies of circuit elements", () => {
  test("e²/2Ch and Φ0·I/2πh: 19.37 GHz for 1 fF, 0.4967 GHz for 1 nA (Koch et al., CODATA)", () => {
    expect(chargingEnergy(fF) / 1e9).toBeCloseTo(19.37, 2);
    expect(josephsonEnergy(nA) / 1e9).toBeCloseTo(0.4967, 4);
  });

  test("invert", () => {
    expect(capacitanceFor(chargingEnergy(65 * fF)) / (65 * fF)).toBeCloseTo(1, 14);
    expect(criticalCurrentFor(josephsonEnergy(30 * nA)) / (30 * nA)).toBeCloseTo(1, 14);
  });

  test("the sum of 1/L and of C: √(8E_JE_C)·h is ħ/√(LC) with L = Φ0/2πI", () => {
    const inductance = 2.067833848e-15 / (2 * Math.PI * 30 * nA);
    const plasma = 1 / (2 * Math.PI * Math.sqrt(inductance * 65 * fF));
    expect(Math.sqrt(8 * chargingEnergy(65 * fF) * josephsonEnergy(30 * nA)) / plasma).toBeCloseTo(1, 8);
  });
});

describe("capacitive exchange", () => {
  test("is half the normal-mode splitting of two LC circuits", () => {
    const c = 80 * fF;
    const cg = 0.4 * fF;
    const frequency_hz = 5e9;
    const site = { frequency_hz, capacitance_f: c };
    // Circuits with the coupling capacitor counted to ground: ω± = ω/√(1 ∓ β), β = C_g/(C + C_g).
    const beta = cg / (c + cg);
    const splitting = frequency_hz * (1 / Math.sqrt(1 - beta) - 1 / Math.sqrt(1 + beta));
    expect(capacitiveExchange(site, site, cg) / (splitting / 2)).toBeCloseTo(1, 4);
  });

  test("is symmetric and grows with √(f1 f2)", () => {
    const a = { frequency_hz: 4.7e9, capacitance_f: 70 * fF };
    const b = { frequency_hz: 5.2e9, capacitance_f: 90 * fF };
    expect(capacitiveExchange(a, b, fF)).toBeCloseTo(capacitiveExchange(b, a, fF), 6);
    const doubled = { ...b, frequency_hz: 4 * b.frequency_hz };
    expect(capacitiveExchange(a, doubled, fF) / capacitiveExchange(a, b, fF)).toBeCloseTo(2, 12);
  });
});
