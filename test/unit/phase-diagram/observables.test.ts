import { describe, expect, it } from "vitest";
import { fullTurn } from "#core/units";
import { orbitObservables } from "#simulators/phase-diagram/observables";

/** Two groups of given lines [amplitude, frequency], sampled over a period. */
function sampled(groups: readonly (readonly (readonly [number, number])[])[], period: number, steps = 256) {
  const samples = new Float64Array(2 * groups.length * (steps + 1));
  for (let k = 0; k <= steps; k++) {
    const t = (k * period) / steps;
    groups.forEach((lines, g) => {
      const o = 2 * (k * groups.length + g);
      for (const [amplitude, frequency] of lines) {
        samples[o]! += amplitude * Math.cos(frequency * t);
        samples[o + 1]! += amplitude * Math.sin(frequency * t);
      }
    });
  }
  return orbitObservables(samples, steps + 1, groups.length, period);
}

describe("averages over a relative periodic orbit, from tones", () => {
  // In the frame of 2.3 everything repeats after 2π/1.7.
  const period = fullTurn / 1.7;
  const rate = 2.3;

  it("a strong line turns the phase, the weak one only sways it", () => {
    const { frequencies, lines, amplitudes, spread } = sampled(
      [
        [
          [0.5, rate],
          [0.2, rate + 1.7],
        ],
        [[0.3, rate - 1.7]],
      ],
      period,
    );
    expect(frequencies[0]).toBeCloseTo(rate, 10);
    expect(frequencies[1]).toBeCloseTo(rate - 1.7, 10);
    expect(lines).toEqual([expect.closeTo(rate, 10), expect.closeTo(rate - 1.7, 10)]);
    // Mean of |0.5 + 0.2e^{iθ}| = (2/π)(0.7)E(m) with m = 4·0.5·0.2/0.49: by the arithmetic–geometric mean.
    expect(amplitudes[0]).toBeCloseTo(meanModulus(0.5, 0.2), 10);
    expect(amplitudes[1]).toBeCloseTo(0.3, 12);
    expect(spread).toBeCloseTo(Math.sqrt(0.29 - meanModulus(0.5, 0.2) ** 2) / meanModulus(0.5, 0.2), 8);
  });

  it("the strongest line need not be the one that the phase follows", () => {
    // 0.3 + 0.4z + 0.35z² has both its zeros inside the unit circle: the phase turns with z².
    const { frequencies, lines } = sampled(
      [
        [
          [0.3, rate],
          [0.4, rate + 1.7],
          [0.35, rate + 3.4],
        ],
      ],
      period,
    );
    expect(frequencies[0]).toBeCloseTo(rate + 3.4, 10);
    expect(lines[0]).toBeCloseTo(rate + 1.7, 10);
  });

  it("locked groups keep their phase, drifting ones have one order parameter", () => {
    const locked = sampled([[[0.4, rate]], [[0.4, rate]]], period);
    expect(locked.relativePhase).toBeCloseTo(0, 12);
    expect(locked.orderParameter).toBeCloseTo(0.4, 12);
    const drifting = sampled([[[0.4, rate]], [[0.1, rate + 1.7]]], period);
    expect(drifting.orderParameter).toBeCloseTo(meanModulus(0.4, 0.1) / 2, 10);
  });
});

/** Mean of |a + b e^{iθ}| over θ: (2/π)(a+b)E(4ab/(a+b)²), E by the arithmetic–geometric mean (Abramowitz & Stegun 17.6). */
function meanModulus(a: number, b: number): number {
  const m = (4 * a * b) / (a + b) ** 2;
  let x = 1;
  let y = Math.sqrt(1 - m);
  let c = Math.sqrt(m);
  let sum = (c * c) / 2;
  let power = 1;
  for (let k = 0; k < 8; k++) {
    c = (x - y) / 2;
    [x, y] = [(x + y) / 2, Math.sqrt(x * y)];
    sum += power * c * c;
    power *= 2;
  }
  const complete = (Math.PI / (2 * x)) * (1 - sum);
  return (2 / Math.PI) * (a + b) * complete;
}
