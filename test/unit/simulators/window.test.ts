import { describe, expect, it } from "vitest";
import { fullTurn } from "#core/units";
import type { Network } from "#model/network";
import { noChannels } from "#model/oscillator";
import { createCoupling, type RightHandSide } from "#simulators/index";
import { averageWindow } from "#simulators/mean-field/window";

/** Only the ladder matters: ⟨A†⟩ is ρ₀₁. */
const network: Network = {
  sites: [{ gain: 1, loss: 1, asymmetry: 0, detuning: 0, ladder: [1, 0], channels: noChannels }],
  coupling: createCoupling(1, []),
};

/** ρ₀₁(t) = e^{iat} + c e^{ibt}, carried by the pairs (2, 3) and (4, 5) of the coordinates. */
function twoTone(a: number, b: number, c: number): { f: RightHandSide; y: Float64Array } {
  return {
    f: (_, y, dy) => {
      dy.fill(0);
      const [zr, zi] = [y[2]! - y[4]!, y[3]! - y[5]!];
      dy[4] = -b * y[5]!;
      dy[5] = b * y[4]!;
      dy[2] = -a * zi + dy[4];
      dy[3] = a * zr + dy[5];
    },
    y: Float64Array.of(0.2, 0.3, 1 + c, 0, c, 0, 0, 0),
  };
}

const options = { rtol: 1e-10, atol: 1e-12 };

describe("window averages", () => {
  it("give the winding rate of the stronger tone, however close to zero the amplitude passes", () => {
    for (const c of [0.3, 0.9, 0.999]) {
      const { f, y } = twoTone(0.7, -0.4, c);
      const { sites } = averageWindow(network, f, y, 800, 0.3, "bump", options);
      // near c = 1 the phase jumps by almost π once a beat, within a fraction of the spacing
      expect(Math.abs(sites[0]!.frequency - 0.7)).toBeLessThan(c < 0.5 ? 1e-9 : 2e-5);
    }
    const { f, y } = twoTone(0.7, -0.4, 1.1);
    expect(averageWindow(network, f, y, 800, 0.3, "bump", options).sites[0]!.frequency).toBeCloseTo(-0.4, 4);
  });

  it("average |1 + c e^{iθ}| over the beat, to far better than the plain mean", () => {
    const c = 0.6;
    const points = 100_000;
    let mean = 0;
    let square = 0;
    for (let k = 0; k < points; k++) {
      const size = Math.hypot(
        1 + c * Math.cos((fullTurn * k) / points),
        c * Math.sin((fullTurn * k) / points),
      );
      mean += size / points;
      square += (size * size) / points;
    }
    const run = (weighting: "even" | "bump") => {
      const { f, y } = twoTone(0.7, -0.4, c);
      return averageWindow(network, f, y, 401, 0.2, weighting, options).sites[0]!;
    };
    expect(Math.abs(run("bump").amplitude - mean)).toBeLessThan(1e-8);
    expect(run("bump").spread).toBeCloseTo(Math.sqrt(square - mean * mean), 6);
    expect(Math.abs(run("even").amplitude - mean)).toBeGreaterThan(1e-6);
    expect(Math.abs(run("even").amplitude - mean)).toBeLessThan(1e-2);
    expect(run("bump").populations).toEqual([
      expect.closeTo(0.2, 12),
      expect.closeTo(0.5, 12),
      expect.closeTo(0.3, 12),
    ]);
  });

  it("weigh evenly: the rotation rate is the turn over the duration", () => {
    const { f, y } = twoTone(0.7, 0.7, 0.5);
    const { sites, steps } = averageWindow(network, f, y, 10, 0.1, "even", options);
    expect(sites[0]!.frequency).toBeCloseTo(0.7, 9);
    expect(sites[0]!.amplitude).toBeCloseTo(1.5, 9);
    expect(sites[0]!.spread).toBeLessThan(1e-8);
    expect(steps).toBeGreaterThan(0);
    expect(Math.atan2(y[3]!, y[2]!)).toBeCloseTo(7 - fullTurn, 8);
  });
});
