import { describe, expect, it } from "vitest";
import { firstCrossing, integratedLifetime } from "#simulators/finite-size/lifetime";

const grid = (step: number, end: number) =>
  Array.from({ length: Math.floor(end / step) + 1 }, (_, k) => k * step);

describe("firstCrossing", () => {
  it("solves for the time, not the sample", () => {
    const f = (t: number) => Math.exp(-t * t);
    const times = grid(0.1, 3);
    expect(Math.abs(firstCrossing(times, times.map(f), 0.3, f)! - Math.sqrt(-Math.log(0.3)))).toBeLessThan(
      1e-14,
    );
    expect(firstCrossing(times, times.map(f), 1e-9, f)).toBeNull();
  });

  it("sees a dip that lies between two samples", () => {
    // Minimum 0.5 at t = 1.03; at level 0.501 the dip is 0.063 wide, the samples are 0.2 apart.
    const f = (t: number) => 0.5 + (t - 1.03) ** 2;
    const times = grid(0.2, 2);
    expect(Math.min(...times.map(f))).toBeGreaterThan(0.5008);
    const level = 0.5005;
    expect(Math.abs(firstCrossing(times, times.map(f), level, f)! - (1.03 - Math.sqrt(0.0005)))).toBeLessThan(
      1e-12,
    );
  });

  it("takes the first of several crossings", () => {
    const f = (t: number) => Math.cos(t) ** 2;
    const times = grid(0.2, 6);
    expect(Math.abs(firstCrossing(times, times.map(f), 0.25, f)! - Math.PI / 3)).toBeLessThan(1e-14);
  });
});

describe("integratedLifetime", () => {
  const options = { rtol: 1e-12, atol: 1e-14 };
  it("is 1/rate for an exponential decay, through many chunks of samples", () => {
    const f = (_: number, y: Float64Array, dy: Float64Array) => {
      dy[0] = -0.01 * y[0]!;
    };
    const at = (end: number) =>
      integratedLifetime(f, Float64Array.of(3), end, (y) => Math.abs(y[0]!), 0.3, options);
    expect(Math.abs(at(200)! - 100)).toBeLessThan(1e-8);
    expect(at(99.9)).toBeNull();
    expect(integratedLifetime(f, Float64Array.of(0), 10, (y) => Math.abs(y[0]!), 0.3, options)).toBeNull();
  });
});
