import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fluxResponse } from "#devices/transmon/circuit/flux";
import {
  amplitudeForExcursion,
  besselJ,
  cycleAverage,
  excursion,
  excursionForSideband,
  fluxSideband,
  gainOverPurcell,
  inverseBesselJ1,
  rectificationShift,
  residualCoupling,
} from "#devices/transmon/reservoir/flux-modulation";
import { levelsFromCircuit, squidJosephson } from "#devices/transmon/spectrum";

const MHz = 1e6;

/** Power series of J_k, k ≥ 0. */
function seriesJ(k: number, x: number): number {
  let term = 1;
  for (let j = 1; j <= k; j++) term *= x / 2 / j;
  let sum = term;
  for (let m = 1; m < 60; m++) {
    term *= -((x / 2) ** 2) / (m * (m + k));
    sum += term;
  }
  return sum;
}

describe("Bessel functions", () => {
  test("tabulated values (Abramowitz & Stegun, table 9.1)", () => {
    expect(besselJ(0, 1)).toBeCloseTo(0.765197686557967, 14);
    expect(besselJ(1, 1)).toBeCloseTo(0.440050585744934, 14);
    expect(besselJ(0, 2.404825557695773)).toBeCloseTo(0, 14);
    expect(besselJ(1, 3.8317059702075125)).toBeCloseTo(0, 14);
    expect(besselJ(2, 5)).toBeCloseTo(0.0465651162777522, 14);
  });

  test("power series, recurrence and parity", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 }), fc.double({ min: -8, max: 8, noNaN: true }), (k, x) => {
        expect(besselJ(k, x)).toBeCloseTo(seriesJ(k, x), 12);
        expect(besselJ(-k, x)).toBeCloseTo((-1) ** k * besselJ(k, x), 13);
        expect(x * (besselJ(k - 1, x) + besselJ(k + 1, x))).toBeCloseTo(2 * k * besselJ(k, x), 12);
      }),
    );
    // small arguments, as sidebands have them, keep their digits
    expect(besselJ(1, 0.03) / seriesJ(1, 0.03)).toBeCloseTo(1, 12);
  });

  test("inverse on the rising branch, null above the maximum 0.5819", () => {
    for (const x of [0, 0.01, 0.3, 1.2, 1.84]) expect(inverseBesselJ1(besselJ(1, x))).toBeCloseTo(x, 6);
    expect(inverseBesselJ1(0.5818)).not.toBeNull();
    expect(inverseBesselJ1(0.582)).toBeNull();
    expect(inverseBesselJ1(-0.1)).toBeNull();
  });
});

describe("flux-modulated sidebands", () => {
  // g_s/2π = 100 MHz, ε/2π = 300 MHz, f = 10.303 GHz, κ/2π = 5 MHz: 1.46 MHz, γ₊/2π = 4g²/κ = 1.70 MHz.
  test("g = g_s·J1(ε/f), with the rest at J0", () => {
    const g = fluxSideband(100 * MHz, 300 * MHz, 10303 * MHz);
    expect(g / MHz).toBeCloseTo(1.46, 2);
    expect((4 * g * g) / (5 * MHz) / MHz).toBeCloseTo(1.7, 2);
    expect(residualCoupling(100 * MHz, 300 * MHz, 10303 * MHz) / MHz).toBeCloseTo(
      100 * (1 - (300 / 10303) ** 2 / 4),
      4,
    );
    expect(excursionForSideband(100 * MHz, g, 10303 * MHz)! / MHz).toBeCloseTo(300, 6);
    expect(excursionForSideband(1 * MHz, 0.6 * MHz, 10303 * MHz)).toBeNull();
  });

  // Same drive, site 2 GHz from the ancilla: γ₊/Γ_P = 136 at κ/2π = 5 MHz, 8.5 at 20 MHz.
  test("against the Purcell rate of the same coupling", () => {
    expect(gainOverPurcell(300 / 10300, 2e9, 5 * MHz)).toBeCloseTo(136, 0);
    expect(gainOverPurcell(300 / 10300, 2e9, 20 * MHz)).toBeCloseTo(8.5, 1);
  });

  test("amplitude and excursion invert each other, on a slope and at a sweet spot", () => {
    const atZero = { charging_hz: 0.2e9, josephson_hz: 16e9 };
    const slope = fluxResponse(atZero, 0.4, 0.2).frequency;
    const sweet = fluxResponse(atZero, 0.4, 0).frequency;
    for (const [response, lever] of [
      [slope, "slope"],
      [sweet, "curvature"],
    ] as const) {
      const amplitude = amplitudeForExcursion(response, lever, 80 * MHz)!;
      expect(excursion(response, lever, amplitude) / (80 * MHz)).toBeCloseTo(1, 12);
    }
    expect(amplitudeForExcursion({ ...sweet, slope_hz: 0 }, "slope", 1)).toBeNull();
  });
});

describe("rectification", () => {
  const atZero = { charging_hz: 0.2e9, josephson_hz: 16e9 };
  const frequency = (d: number) => (flux: number) =>
    levelsFromCircuit({ ...atZero, josephson_hz: squidJosephson(atZero.josephson_hz, d, flux) }).frequency_hz;

  test("¼f''Φ² is the cycle average, to fourth order in the amplitude", () => {
    for (const [d, flux] of [
      [0.4, 0],
      [0.4, 0.2],
      [0.7, 0.5],
    ] as const) {
      const response = fluxResponse(atZero, d, flux).frequency;
      const error = (amplitude: number) =>
        cycleAverage(frequency(d), flux, amplitude) -
        response.value_hz -
        rectificationShift(response, amplitude);
      const shift = rectificationShift(response, 0.04);
      expect(Math.abs(error(0.04) / shift)).toBeLessThan(0.02);
      expect(error(0.04) / error(0.02)).toBeCloseTo(16, 0);
    }
  });

  test("lowers a site at its upper sweet spot, raises one at the lower", () => {
    expect(rectificationShift(fluxResponse(atZero, 0.5, 0).frequency, 0.05)).toBeLessThan(0);
    expect(rectificationShift(fluxResponse(atZero, 0.5, 0.5).frequency, 0.05)).toBeGreaterThan(0);
  });

  test("at a sweet spot the modulation of f at twice the tone is ¼f''Φ² too (first Fourier component)", () => {
    const response = fluxResponse(atZero, 0.5, 0).frequency;
    const amplitude = 0.02;
    let component = 0;
    for (let j = 0; j < 64; j++) {
      const angle = (2 * Math.PI * (j + 0.5)) / 64;
      component += (frequency(0.5)(amplitude * Math.cos(angle)) * Math.cos(2 * angle)) / 32;
    }
    expect(Math.abs(component) / excursion(response, "curvature", amplitude)).toBeCloseTo(1, 2);
  });
});
