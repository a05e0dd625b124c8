import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitOnset } from "#analysis/onset";
import {
  assignedProbabilities,
  evaluate,
  settingUnitary,
  siteEstimators,
  varianceOf,
} from "#analysis/tomography";
import { adjoint, entry, fromRows, product, trace } from "#core/complex-matrix";
import { createRandom } from "#core/random";
import { coordinatesOf } from "#model/generator";
import { raisingOperator } from "#model/oscillator";
import { amplitudeSettings } from "#protocols/experiments/onset";

const assignment = [
  [0.985, 0.03, 0.01],
  [0.015, 0.95, 0.05],
  [0, 0.02, 0.94],
];

const measurement = (frame01_rad = 0, frame12_rad = 0) => ({
  settings: [...amplitudeSettings],
  ladder: [1, Math.SQRT2] as [number, number],
  sites: [{ id: "q0", assignment, frame01_rad: [frame01_rad], frame12_rad: [frame12_rad] }],
});

/** MM†/Tr: a random density matrix. */
function randomState(seed: number) {
  const random = createRandom(seed);
  const m = fromRows(
    [0, 1, 2].map(() => [0, 1, 2].map(() => ({ re: random.normal(), im: random.normal() }))),
  );
  const rho = product(m, adjoint(m));
  const size = trace(rho).re;
  for (let k = 0; k < 9; k++) {
    rho.re[k]! /= size;
    rho.im[k]! /= size;
  }
  return rho;
}

const probabilitiesOf = (x: ArrayLike<number>) =>
  amplitudeSettings.map((setting) => assignedProbabilities(settingUnitary(setting), assignment, x));

describe("amplitude settings", () => {
  test("recover Tr[ρA†] and the populations of any state exactly", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const rho = randomState(seed);
        const estimators = siteEstimators(measurement(), 0);
        const f = probabilitiesOf(coordinatesOf(rho));
        const expected = trace(product(rho, raisingOperator([1, Math.SQRT2])));
        expect(evaluate(estimators.amplitude(0).re, f)).toBeCloseTo(expected.re, 10);
        expect(evaluate(estimators.amplitude(0).im, f)).toBeCloseTo(expected.im, 10);
        estimators.populations().forEach((p, level) => {
          expect(evaluate(p, f)).toBeCloseTo(entry(rho, level, level).re, 10);
        });
      }),
      { numRuns: 40 },
    );
  });

  test("frame phases turn ρ01 and ρ12 separately", () => {
    const rho = randomState(4);
    const f = probabilitiesOf(coordinatesOf(rho));
    const estimators = siteEstimators(measurement(0.3, -1.1), 0);
    const turned = (c: { re: number; im: number }, a: number) => ({
      re: c.re * Math.cos(a) - c.im * Math.sin(a),
      im: c.re * Math.sin(a) + c.im * Math.cos(a),
    });
    const a = turned(entry(rho, 0, 1), 0.3);
    const b = turned(entry(rho, 1, 2), -1.1);
    expect(evaluate(estimators.amplitude(0).re, f)).toBeCloseTo(a.re + Math.SQRT2 * b.re, 10);
    expect(evaluate(estimators.amplitude(0).im, f)).toBeCloseTo(a.im + Math.SQRT2 * b.im, 10);
  });

  test("leaving out the 1↔2 settings is refused", () => {
    const incomplete = { ...measurement(), settings: amplitudeSettings.slice(0, 2) };
    expect(() => siteEstimators(incomplete, 0).amplitude(0)).toThrow(/do not determine/);
  });

  test("propagated errors are those of repeated sampling", () => {
    const x = coordinatesOf(randomState(11));
    const estimators = siteEstimators(measurement(), 0);
    const { re } = estimators.amplitude(0);
    const p = probabilitiesOf(x);
    const shots = 400;
    const random = createRandom(3);
    const values = Array.from({ length: 1500 }, () => {
      const f = p.map(([p0, p1]) => {
        const counts = [0, 0, 0];
        for (let k = 0; k < shots; k++) {
          const u = random.uniform();
          counts[u < p0! ? 0 : u < p0! + p1! ? 1 : 2]!++;
        }
        return counts.map((n) => n / shots);
      });
      return evaluate(re, f);
    });
    const mean = values.reduce((s, v) => s + v, 0) / values.length;
    const variance = values.reduce((s, v) => s + (v - mean) ** 2, 0) / (values.length - 1);
    // relative error of a variance from 1500 samples: √(2/1500) = 3.7 %
    expect(variance / varianceOf(re, p, shots)).toBeGreaterThan(0.85);
    expect(variance / varianceOf(re, p, shots)).toBeLessThan(1.15);
  });
});

describe("onset fit", () => {
  // Exact for spin-1, γ₊ = γ₋, K < 0: |⟨S⁺⟩| = √(|K|(V − V_c))/(2V)
  const K = 10;
  const Vc = 1.3;
  const V = [0.9, 1.1, 1.4, 1.6, 1.8, 2];
  const curve = V.map((v) => ({ value: v > Vc ? Math.sqrt(K * (v - Vc)) / (2 * v) : 0, error: 0.002 }));

  test("finds V_c of the exact curve", () => {
    const onset = fitOnset(V, curve)!;
    expect(onset.value).toBeCloseTo(Vc, 10);
    expect(onset.error).toBeGreaterThan(0);
    expect(onset.error).toBeLessThan(0.01);
  });

  test("reports none without coherence", () => {
    expect(
      fitOnset(
        V,
        V.map(() => ({ value: 0.003, error: 0.002 })),
      ),
    ).toBeNull();
  });

  test("its error covers the truth at the nominal rate", () => {
    const random = createRandom(8);
    let inside = 0;
    const trials = 600;
    for (let k = 0; k < trials; k++) {
      const noisy = curve.map(({ value, error }) => ({
        value: Math.max(0, value + 0.002 * random.normal()),
        error,
      }));
      const onset = fitOnset(V, noisy)!;
      if (Math.abs(onset.value - Vc) < onset.error) inside++;
    }
    // 68.3 % ± 3.5σ of the binomial
    expect(inside / trials).toBeGreaterThan(0.683 - 0.067);
    expect(inside / trials).toBeLessThan(0.683 + 0.067);
  });
});
