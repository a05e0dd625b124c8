import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chargeBasisLevels } from "#devices/transmon/circuit/charge-basis";
import { fluxResponse, quasiStaticDetuning } from "#devices/transmon/circuit/flux";
import { levelsFromCircuit, squidJosephson } from "#devices/transmon/spectrum";

const atZero = { charging_hz: 0.2e9, josephson_hz: 80 * 0.2e9 };
const levelsAt = (d: number, flux: number) =>
  levelsFromCircuit({ ...atZero, josephson_hz: squidJosephson(atZero.josephson_hz, d, flux) });

describe("flux response", () => {
  test("value, slope and curvature are those of the closed form (finite differences)", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.2, max: 0.9, noNaN: true }),
        fc.double({ min: -0.5, max: 0.5, noNaN: true }),
        (d, flux) => {
          const { frequency, anharmonicity } = fluxResponse(atZero, d, flux);
          const h = 1e-4;
          const [low, middle, high] = [-h, 0, h].map((step) => levelsAt(d, flux + step));
          for (const [derivatives, key] of [
            [frequency, "frequency_hz"],
            [anharmonicity, "anharmonicity_hz"],
          ] as const) {
            expect(derivatives.value_hz / middle![key]).toBeCloseTo(1, 12);
            const slope = (high![key] - low![key]) / (2 * h);
            const curvature = (high![key] - 2 * middle![key] + low![key]) / h ** 2;
            const scale = Math.abs(middle![key]);
            expect(Math.abs(derivatives.slope_hz - slope) / scale).toBeLessThan(2e-5);
            expect(Math.abs(derivatives.curvature_hz - curvature) / scale).toBeLessThan(2e-3);
          }
        },
      ),
    );
  });

  test("slope within 0.1 % of charge-basis diagonalisation, E_J(Φ)/E_C ≥ 40", () => {
    const exact = (flux: number) => {
      const josephson_hz = squidJosephson(atZero.josephson_hz, 0.4, flux);
      const levels = chargeBasisLevels({ ...atZero, josephson_hz }, 0.25);
      return levels[1]! - levels[0]!;
    };
    for (const flux of [0.05, 0.15, 0.25]) {
      const slope = (exact(flux + 1e-4) - exact(flux - 1e-4)) / 2e-4;
      expect(fluxResponse(atZero, 0.4, flux).frequency.slope_hz / slope).toBeCloseTo(1, 3);
    }
  });

  test("sweet spots at 0 and ½: no slope, downward at 0 and upward at ½; odd slope, even curvature", () => {
    for (const flux of [0, 0.5, -0.5, 1]) {
      expect(Math.abs(fluxResponse(atZero, 0.5, flux).frequency.slope_hz)).toBeLessThan(1e-4);
    }
    expect(fluxResponse(atZero, 0.5, 0).frequency.curvature_hz).toBeLessThan(0);
    expect(fluxResponse(atZero, 0.5, 0.5).frequency.curvature_hz).toBeGreaterThan(0);
    const [left, right] = [-0.2, 0.2].map((flux) => fluxResponse(atZero, 0.5, flux).frequency);
    expect(left!.slope_hz).toBeCloseTo(-right!.slope_hz, 3);
    expect(left!.curvature_hz).toBeCloseTo(right!.curvature_hz, 1);
  });

  test("symmetric SQUID at small flux: f01 ≈ √(8E_JE_C|cos πφ|) − E_C", () => {
    // leading order of the curvature at 0: −(π²/2)·√(8E_JE_C)
    const plasma = Math.sqrt(8 * atZero.josephson_hz * atZero.charging_hz);
    expect(fluxResponse(atZero, 0, 0).frequency.curvature_hz / ((-(Math.PI ** 2) / 2) * plasma)).toBeCloseTo(
      1,
      2,
    );
  });

  test("E_C stays: 500 MHz of tuning moves K by less than 2 %", () => {
    const { frequency, anharmonicity } = fluxResponse(atZero, 0.5, 0.25);
    const start = levelsFromCircuit(atZero);
    expect(start.frequency_hz - frequency.value_hz).toBeGreaterThan(500e6);
    expect(Math.abs(anharmonicity.value_hz / start.anharmonicity_hz - 1)).toBeLessThan(0.02);
  });
});

describe("1/f flux noise as disorder", () => {
  const noise = 5e-6;
  test("σ = (3–5)·A·|f'| over the decades between a shot and a run", () => {
    const slope = { value_hz: 5e9, slope_hz: -6e9, curvature_hz: 0 };
    for (const [low, high] of [
      [1e-1, 1e4],
      [1e-3, 1e5],
      [1e-5, 1e5],
    ] as const) {
      const { mean_hz, deviation_hz } = quasiStaticDetuning(slope, noise, low, high);
      expect(mean_hz).toBe(0);
      expect(deviation_hz / (noise * 6e9)).toBeGreaterThan(3);
      expect(deviation_hz / (noise * 6e9)).toBeLessThan(5);
    }
  });

  test("at a sweet spot: moments of ½f''x² for a Gaussian x, by quadrature", () => {
    const response = { value_hz: 5e9, slope_hz: 3e3, curvature_hz: -5e9 };
    const { mean_hz, deviation_hz } = quasiStaticDetuning(response, 1e-3, 1e-3, 1e5);
    const sigma = 1e-3 * Math.sqrt(Math.log(1e8));
    let weight = 0;
    let first = 0;
    let second = 0;
    for (let k = -800; k <= 800; k++) {
      const x = (k / 100) * sigma;
      const w = Math.exp(-((k / 100) ** 2) / 2);
      const shift = response.slope_hz * x + (response.curvature_hz * x * x) / 2;
      weight += w;
      first += w * shift;
      second += w * shift * shift;
    }
    expect(mean_hz / (first / weight)).toBeCloseTo(1, 8);
    expect(deviation_hz / Math.sqrt(second / weight - (first / weight) ** 2)).toBeCloseTo(1, 8);
  });
});
