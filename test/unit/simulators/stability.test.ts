import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { modulus } from "#core/complex";
import { eigenvalues, spectralAbscissa } from "#core/eigenvalues";
import type { Network } from "#model/network";
import { noChannels, type Oscillator } from "#model/oscillator";
import { createCoupling, networkGrowthRate, networkRightHandSide } from "#simulators/index";
import { meanFieldJacobian } from "#simulators/mean-field/rotating-wave";
import { restState } from "#simulators/mean-field/settle";
import { coherenceLinearisation } from "#simulators/stability/linearisation";
import { growthRate } from "../../support/mean-field.ts";

const real = (limit: number) => fc.double({ min: -limit, max: limit, noNaN: true });
const rate = fc.double({ min: 0.1, max: 2, noNaN: true });
const extra = fc.double({ min: 0, max: 1, noNaN: true });
const oscillator: fc.Arbitrary<Oscillator> = fc.record({
  gain: rate,
  loss: rate,
  asymmetry: real(3),
  detuning: real(3),
  ladder: fc.tuple(rate, rate),
  channels: fc.record({
    relaxation10: extra,
    relaxation21: extra,
    heating01: extra,
    heating12: extra,
    dephasing: extra,
  }),
});
const network: fc.Arbitrary<Network> = fc
  .tuple(
    fc.array(oscillator, { minLength: 3, maxLength: 3 }),
    fc.array(fc.tuple(real(1.5), real(1.5)), { minLength: 6, maxLength: 6 }),
  )
  .map(([sites, values]) => {
    const pairs = [
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 1],
      [1, 2],
      [2, 2],
    ] as const;
    const entries = pairs.map(([i, j], k) => ({ i, j, re: values[k]![0], im: values[k]![1] }));
    return { sites, coupling: createCoupling(3, entries) };
  });

describe("linearisation about the uncoupled state", () => {
  it("has the growth rate of the Jacobian of the equations, all 8N modes of it", () => {
    fc.assert(
      fc.property(network, (any) => {
        const x = restState(any);
        const n = x.length;
        const jacobian = meanFieldJacobian(networkRightHandSide(any), x);
        const wanted = spectralAbscissa({ rows: n, columns: n, re: jacobian, im: new Float64Array(n * n) });
        expect(Math.abs(networkGrowthRate(any) - wanted)).toBeLessThan(1e-7);
      }),
      { numRuns: 60, seed: 21 },
    );
  });

  it("rests where the equations say", () => {
    fc.assert(
      fc.property(network, (any) => {
        const x = restState(any);
        const dx = new Float64Array(x.length);
        networkRightHandSide(any)(0, x, dx);
        for (const value of dx) expect(Math.abs(value)).toBeLessThan(1e-14);
      }),
      { numRuns: 60, seed: 22 },
    );
  });

  it("solves the dispersion relations 1 + iVχ = 0 and (1 + iVχ_A)(1 + iVχ_B) + V_AB²χ_Aχ_B = 0", () => {
    // χ(λ) = 2/(λ + γ₊/2 − iω₁) − 2/(λ + γ₋/2 − iω₂)
    const [gain, loss, k, v, w, delta] = [0.5, 1, -0.7, 0.9, 0.35, 0.8];
    const plain = {
      gain,
      loss,
      asymmetry: k,
      ladder: [Math.SQRT2, Math.SQRT2],
      channels: noChannels,
    } as const;
    const sites: Oscillator[] = [delta / 2, -delta / 2].map((detuning) => ({ ...plain, detuning }));
    const matrix = coherenceLinearisation({
      sites,
      coupling: createCoupling(2, [
        { i: 0, j: 0, re: v, im: 0 },
        { i: 1, j: 1, re: v, im: 0 },
        { i: 0, j: 1, re: w, im: 0 },
      ]),
    });
    type Pair = readonly [number, number];
    const times = (a: Pair, b: Pair): Pair => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
    const inverse = (a: Pair): Pair => {
      const size = a[0] ** 2 + a[1] ** 2;
      return [a[0] / size, -a[1] / size];
    };
    for (const { re, im } of eigenvalues(matrix)) {
      const chi = (half: number): Pair => {
        const lower = inverse([re + gain / 2, im - half]);
        const upper = inverse([re + loss / 2, im - half - k]);
        return [2 * (lower[0] - upper[0]), 2 * (lower[1] - upper[1])];
      };
      const [a, b] = [chi(delta / 2), chi(-delta / 2)];
      const own = (x: Pair): Pair => [1 - v * x[1], v * x[0]];
      const direct = times(own(a), own(b));
      const crossed = times(a, b);
      const residual = { re: direct[0] + w * w * crossed[0], im: direct[1] + w * w * crossed[1] };
      expect(modulus(residual)).toBeLessThan(1e-12);
    }
  });

  it("grows at −γ₊/2 without coupling (Nadolny & Bruder: the slower coherence), also with strong dephasing", () => {
    expect(growthRate({ gain: 0.5, loss: 1 })).toBeCloseTo(-0.25, 15);
    // κ = 10: coherences decay at 5 and more, the population of level 0 at γ₊ only
    expect(growthRate({ gain: 0.5, loss: 1, channels: { dephasing: 10 } })).toBeCloseTo(-0.5, 14);
  });
});
