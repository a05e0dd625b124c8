import { describe, expect, it } from "vitest";
import { EntrainError } from "#core/errors";
import { integrate, type RightHandSide } from "#simulators/index";

/** x'' = −x: (cos t, −sin t). */
const oscillator: RightHandSide = (_, y, dy) => {
  dy[0] = y[1]!;
  dy[1] = -y[0]!;
};

function errorAt(times: readonly number[], options: object): number {
  const y = Float64Array.of(1, 0);
  let worst = 0;
  integrate(
    oscillator,
    0,
    y,
    times,
    (_, t, state) => {
      worst = Math.max(worst, Math.abs(state[0]! - Math.cos(t)), Math.abs(state[1]! + Math.sin(t)));
    },
    options,
  );
  return worst;
}

describe("Dormand–Prince integrator", () => {
  it("follows a harmonic oscillator to its tolerance, between steps too", () => {
    const dense = Array.from({ length: 301 }, (_, k) => k / 10);
    expect(errorAt(dense, { rtol: 1e-6 })).toBeLessThan(1e-4);
    expect(errorAt(dense, { rtol: 1e-11 })).toBeLessThan(1e-9);
  });

  it("is of fifth order at the end of a step of fixed size", () => {
    const fixed = (h: number) => errorAt([2], { rtol: 1, atol: 1, firstStep: h, maxStep: h });
    const order = Math.log2(fixed(0.2) / fixed(0.1));
    expect(order).toBeGreaterThan(4.7);
    expect(order).toBeLessThan(6.3);
  });

  it("takes times that repeat and a time at the start", () => {
    const seen: number[] = [];
    integrate(oscillator, 0, Float64Array.of(1, 0), [0, 0, 1, 1, 2], (index, t, state) => {
      seen.push(index);
      expect(state[0]).toBeCloseTo(Math.cos(t), 7);
    });
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  it("leaves the state at the last time in y", () => {
    const y = Float64Array.of(1, 0);
    integrate(oscillator, 0, y, [3], () => {}, { rtol: 1e-10 });
    expect(y[0]).toBeCloseTo(Math.cos(3), 9);
  });

  it("handles an explicitly time-dependent right-hand side", () => {
    const y = Float64Array.of(0);
    integrate(
      (t, _, dy) => {
        dy[0] = Math.cos(t);
      },
      0,
      y,
      [5],
      () => {},
      { rtol: 1e-10 },
    );
    expect(y[0]).toBeCloseTo(Math.sin(5), 9);
  });

  it("gives up with an error instead of running for ever", () => {
    const blowUp: RightHandSide = (_, y, dy) => {
      dy[0] = y[0]! * y[0]!;
    };
    expect(() => integrate(blowUp, 0, Float64Array.of(1), [2], () => {})).toThrow(EntrainError);
    expect(() => integrate(oscillator, 0, Float64Array.of(1, 0), [1e6], () => {}, { maxSteps: 100 })).toThrow(
      /after 100 steps/,
    );
  });
});
