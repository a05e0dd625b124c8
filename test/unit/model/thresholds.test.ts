import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bosonLadder, noChannels, type Oscillator, spinOneLadder } from "#model/oscillator";
import { synchronizationThresholds } from "#model/thresholds";
import { createCoupling, networkGrowthRate } from "#simulators/index";

function oscillator(parameters: Partial<Oscillator>): Oscillator {
  return {
    gain: 1,
    loss: 1,
    asymmetry: 0,
    detuning: 0,
    ladder: spinOneLadder,
    channels: noChannels,
    ...parameters,
  };
}

const growth = (site: Oscillator, coupling: number) =>
  networkGrowthRate({ sites: [site], coupling: createCoupling(1, [{ i: 0, j: 0, re: coupling, im: 0 }]) });

const rate = fc.double({ min: 0.05, max: 3, noNaN: true });
const extra = fc.double({ min: 0, max: 0.5, noNaN: true });
const asymmetry = fc.double({ min: -6, max: 6, noNaN: true });

describe("synchronization thresholds", () => {
  it("K = 0: V_c = G√p/(4|D|), ω_c = −sgn(D)√p/2 (closed form of the stability analysis)", () => {
    for (const [gain, loss] of [
      [0.5, 1],
      [1, 0.5],
      [0.1, 3],
    ] as const) {
      const { critical, criticalNegative, windows, frequency } = synchronizationThresholds(
        oscillator({ gain, loss }),
      );
      const wanted = ((gain + loss) * Math.sqrt(gain * loss)) / (4 * Math.abs(loss - gain));
      expect(critical! / wanted).toBeCloseTo(1, 14);
      expect(criticalNegative! / wanted).toBeCloseTo(-1, 14);
      expect(windows).toEqual([[critical, null]]);
      expect(frequency!).toBeCloseTo((-Math.sign(loss - gain) * Math.sqrt(gain * loss)) / 2, 14);
    }
  });

  it("γ₊ = γ₋: V_c = (K² + G²/4)/(8|K|) for K < 0, a blockade for K ≥ 0", () => {
    for (const k of [-0.2, -1, -7]) {
      const { critical, criticalNegative } = synchronizationThresholds(oscillator({ asymmetry: k }));
      expect(critical! / ((k * k + 1) / (8 * Math.abs(k)))).toBeCloseTo(1, 14);
      expect(criticalNegative).toBeNull();
    }
    for (const k of [0, 0.2, 5]) {
      const { critical, windows, frequency } = synchronizationThresholds(oscillator({ asymmetry: k }));
      expect([critical, windows, frequency]).toEqual([null, [], null]);
    }
  });

  it("passes into the D = 0 form without losing digits", () => {
    // V_c = p(K² + G²/4)/(2[G√(p(K² + D²/4)) − 2Kp]), the form that is stable near D = 0
    for (const d of [1e-3, 1e-7, 1e-11]) {
      const [gain, loss, k] = [1, 1 + d, -0.2];
      const p = gain * loss;
      const sum = gain + loss;
      const gap = loss - gain;
      const wanted =
        (p * (k * k + (sum * sum) / 4)) / (2 * (sum * Math.sqrt(p * (k * k + (gap * gap) / 4)) - 2 * k * p));
      const { critical } = synchronizationThresholds(oscillator({ gain, loss, asymmetry: k }));
      expect(critical! / wanted).toBeCloseTo(1, 13);
    }
  });

  it("bosonic ladder n = 1 at equal rates: re-entrant windows below −K* = −1/(2√2)", () => {
    const ladder = bosonLadder(1);
    // 0.3542 < V < 5.646 and 0.893 < V < 29.1: Hopf points of the general ladder, independent table
    const near = synchronizationThresholds(oscillator({ ladder, asymmetry: -1 }));
    expect(near.windows[0]![0]).toBeCloseTo(0.3542, 4);
    expect(near.windows[0]![1]).toBeCloseTo(5.646, 3);
    const far = synchronizationThresholds(oscillator({ ladder, asymmetry: -5 }));
    expect(far.windows[0]![0]).toBeCloseTo(0.893, 3);
    expect(far.windows[0]![1]).toBeCloseTo(29.1, 1);
    const edge = 1 / (2 * Math.SQRT2);
    expect(
      synchronizationThresholds(oscillator({ ladder, asymmetry: -edge * 1.001 })).critical,
    ).not.toBeNull();
    expect(synchronizationThresholds(oscillator({ ladder, asymmetry: -edge * 0.999 })).critical).toBeNull();
    // relaxation 1 → 0 of 0.05 and a coherence decay of 0.02 on each rung: 0.421 < V < 5.20
    const channels = { ...noChannels, relaxation10: 0.05, dephasing: 0.04 };
    const noisy = synchronizationThresholds(oscillator({ ladder, asymmetry: -1, channels }));
    expect(noisy.windows[0]![0]).toBeCloseTo(0.421, 3);
    expect(noisy.windows[0]![1]).toBeCloseTo(5.2, 2);
  });

  it("the interference blockade of unequal ladder elements covers n/(n+1) < γ₊/γ₋ < (n+1)/n at K = 0", () => {
    for (const n of [1, 2, 5]) {
      const at = (gain: number) =>
        synchronizationThresholds(oscillator({ gain, ladder: bosonLadder(n) })).critical;
      expect(at((n / (n + 1)) * 1.01)).toBeNull();
      expect(at(1)).toBeNull();
      expect(at(((n + 1) / n) * 0.99)).toBeNull();
      expect(at((n / (n + 1)) * 0.99)).not.toBeNull();
      expect(at(((n + 1) / n) * 1.01)).not.toBeNull();
    }
  });

  it("a passive thermal ladder never synchronizes", () => {
    const channels = { ...noChannels, relaxation10: 1, heating01: 0.2, heating12: 0.4, relaxation21: 0.5 };
    fc.assert(
      fc.property(asymmetry, (k) => {
        const site = oscillator({ gain: 0, loss: 1.5, asymmetry: k, ladder: bosonLadder(1), channels });
        return synchronizationThresholds(site).critical === null;
      }),
      { seed: 3 },
    );
  });

  it("separates stable from unstable for any ladder and any channels (sign of the eigenvalues)", () => {
    let windowsSeen = 0;
    fc.assert(
      fc.property(
        rate,
        rate,
        asymmetry,
        fc.tuple(rate, rate),
        fc.record({
          relaxation10: extra,
          relaxation21: extra,
          heating01: extra,
          heating12: extra,
          dephasing: extra,
        }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (gain, loss, k, ladder, channels, fraction) => {
          const site = oscillator({ gain, loss, asymmetry: k, ladder, channels, detuning: 0.7 });
          const { windows, criticalNegative } = synchronizationThresholds(site);
          for (const [from, to] of windows) {
            windowsSeen++;
            const inside = to === null ? from * (1 + fraction) : from + (to - from) * fraction;
            expect(growth(site, from * 0.999)).toBeLessThan(0);
            expect(growth(site, inside)).toBeGreaterThan(0);
            if (to !== null) expect(growth(site, to * 1.001)).toBeLessThan(0);
          }
          if (windows.length === 0) {
            for (const v of [0.1, 1, 10, 100]) expect(growth(site, v)).toBeLessThan(0);
          }
          if (criticalNegative !== null) {
            expect(growth(site, criticalNegative * 0.999)).toBeLessThan(0);
            expect(growth(site, criticalNegative * 1.001)).toBeGreaterThan(0);
          }
        },
      ),
      { numRuns: 400, seed: 4 },
    );
    expect(windowsSeen).toBeGreaterThan(100);
  });
});
