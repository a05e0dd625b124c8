import { describe, expect, test } from "vitest";
import type { Complex } from "#core/complex";
import { type ComplexMatrix, entry, unit } from "#core/complex-matrix";
import { compileChain } from "#devices/digital/compile/chain";
import { compileDriven } from "#devices/digital/compile/driven";
import { measured, type Setting } from "#devices/digital/compile/encoded";
import { circuitSite } from "#devices/digital/compile/site";
import {
  correlatorImaginary,
  correlatorReal,
  correlatorSettings,
  crossedSetting,
  secondHarmonicOf,
  secondHarmonicSettings,
} from "#devices/digital/estimate";
import { decodeState } from "#devices/digital/predict/decode";
import { predictOutcomes, predictState } from "#devices/digital/predict/predict";
import { evolveReference, middleState, traceDistance } from "#devices/digital/predict/reference";
import { coordinatesOf, densityMatrixAt } from "#model/generator";
import { createCoupling } from "#model/network";
import { bosonLadder, noChannels, type Oscillator, spinOneLadder } from "#model/oscillator";
import { evolveNetworkExactly } from "#simulators/finite-size/network-exact";
import { networkRightHandSide } from "#simulators/mean-field/network";
import { drivenSteadyState } from "#simulators/microscopic/driven";
import { refusal } from "../../../support/refusal.ts";

const oscillator = (detuning: number, asymmetry: number, gain: number, loss: number): Oscillator => ({
  detuning,
  asymmetry,
  gain,
  loss,
  ladder: spinOneLadder,
  channels: noChannels,
});
const middle = unit(3, 1, 1);

describe("the reference of this room against the simulators", () => {
  test("three coupled oscillators: populations, ⟨A†⟩ and correlators to 1e-12", () => {
    const sites = [
      oscillator(0.4, -0.5, 0.5, 1),
      oscillator(0, -0.7, 0.4, 1),
      oscillator(-0.4, 0.2, 0.5, 0.8),
    ];
    const couplings = [
      { re: 0.3, im: 0.4 },
      { re: 0.5, im: -0.2 },
    ];
    const coupling = createCoupling(
      3,
      couplings.map((j, i) => ({ i, j: i + 1, ...j })),
    );
    const exact = evolveNetworkExactly({ sites, coupling }, [middle, middle, middle], [0, 1.5]);
    const rho = evolveReference(
      { sites: sites.map((site) => circuitSite(site)), couplings },
      middleState(3),
      1.5,
    );
    sites.forEach((_, i) => {
      const p = [0, 0, 0];
      for (let state = 0; state < 27; state++)
        p[Math.floor(state / 3 ** (2 - i)) % 3]! += rho.re[28 * state]!;
      p.forEach((value, level) => {
        expect(value).toBeCloseTo(exact.populations[i]![1]![level]!, 12);
      });
    });
  });

  test("the driven oscillator ends in the steady state", () => {
    const site = oscillator(0.2, -0.1, 0.4, 1);
    const rho = evolveReference(
      { sites: [circuitSite(site)], couplings: [], field: { re: 0.3, im: 0 } },
      middleState(1),
      120,
    );
    expect(traceDistance(rho, drivenSteadyState(site, 0.3))).toBeLessThan(1e-12);
  });
});

describe("circuits against the exact master equation", () => {
  test("a driven oscillator's second harmonic, from its four settings, is the state's", () => {
    const site = { detuning: 0.3, asymmetry: -0.4, gain: 0.5, loss: 1 };
    const field = { re: 0.3, im: -0.2 };
    const encoded = compileDriven({ site, fields: new Array(48).fill(field), dt: 3 / 48, order: "strang" });
    const rho = decodeState(predictState(encoded.circuit).rho, encoded.roles).rho;
    const p = (setting: Setting) => predictOutcomes(measured(encoded, setting)).probabilities;
    const { xx, yy, xy, yx } = secondHarmonicSettings;
    const found = secondHarmonicOf({ xx: p(xx), yy: p(yy), xy: p(xy), yx: p(yx) });
    expect(found.re).toBeCloseTo(entry(rho, 0, 2).re, 12);
    expect(found.im).toBeCloseTo(entry(rho, 0, 2).im, 12);
    const exact = evolveReference({ sites: [site], couplings: [], field }, middleState(1), 3);
    // Strang, 48 steps: the table's 4.1e-4 at 24 over four, for a field of this size.
    expect(traceDistance(rho, exact)).toBeLessThan(2e-4);
  });

  test("the mean-field circuit with a turning field follows the equation with the field of each step", () => {
    const site = { detuning: 0.3, asymmetry: -0.4, gain: 0.5, loss: 1 };
    const distances = [16, 32].map((steps) => {
      const dt = 3 / steps;
      const fields = Array.from({ length: steps }, (_, k) => {
        const t = (k + 0.5) * dt;
        return { re: 0.3 * Math.cos(t), im: 0.3 * Math.sin(t) };
      });
      const encoded = compileDriven({ site, fields, dt, order: "strang" });
      const rho = decodeState(predictState(encoded.circuit).rho, encoded.roles).rho;
      // In the frame turning with the field, F e^{it} is constant: δ → δ + 1, K → K.
      const still = evolveReference(
        { sites: [{ ...site, detuning: site.detuning + 1 }], couplings: [], field: { re: 0.3, im: 0 } },
        middleState(1),
        3,
      );
      const turn = (m: number) => ({ re: Math.cos(3 * m), im: Math.sin(3 * m) });
      const back = { ...still, re: still.re.slice(), im: still.im.slice() };
      for (let r = 0; r < 3; r++) {
        for (let c = 0; c < 3; c++) {
          const { re, im } = turn(r - c);
          const x = entry(still, r, c);
          back.re[3 * r + c] = x.re * re - x.im * im;
          back.im[3 * r + c] = x.re * im + x.im * re;
        }
      }
      return traceDistance(rho, back);
    });
    expect(distances[1]).toBeLessThan(2e-3);
    expect(Math.log2(distances[0]! / distances[1]!)).toBeCloseTo(2, 0);
  });

  test("correlators of a pair with a complex coupling, from triplet settings", () => {
    const sites = [oscillator(0.5, -1, 0.5, 1), oscillator(0, -1.5, 0.4, 1)];
    const j = { re: 0.4, im: 0.3 };
    const steps = 32;
    const encoded = compileChain({
      sites: sites.map((site) => circuitSite(site)),
      couplings: [j],
      dt: 2 / steps,
      steps,
      order: "strang",
    });
    const p = (setting: Setting) => predictOutcomes(measured(encoded, setting)).probabilities;
    const { x, y } = correlatorSettings(2);
    const coupling = createCoupling(2, [{ i: 0, j: 1, ...j }]);
    const exact = evolveNetworkExactly({ sites, coupling }, [middle, middle], [0, 2]).pairCorrelation[0]![1]!;
    const re = correlatorReal(p(x), p(y), 2, 0, 1);
    const im = correlatorImaginary(p(crossedSetting(2, 0, "Y")), p(crossedSetting(2, 0, "X")), 2, 0, 1);
    expect(Math.hypot(re - exact.re, im - exact.im)).toBeLessThan(2e-3);
    expect(Math.hypot(exact.re, exact.im)).toBeGreaterThan(0.2);
  });
});

test.each([
  ["ladder", { ladder: bosonLadder(1) }],
  ["channels", { channels: { ...noChannels, relaxation10: 0.1 } }],
  ["channels.dephasing", { channels: { ...noChannels, dephasing: 0.1 } }],
] as const)("an oscillator with another %s is refused", (field, change) => {
  const error = refusal(() => circuitSite({ ...oscillator(0, 0, 1, 1), ...change }));
  expect(error.code).toBe("digital.model");
  expect(error.problems[0]?.path).toBe(`site.${field}`);
});

test.each([
  ["synchronized", 0.9, 0.5],
  ["below threshold", 0.2, 0.5],
  ["equal rates", 0.9, 1],
] as const)(
  "the measured field fed back for 24 steps follows the mean-field equation to 0.01: %s",
  (_, coupling, gain) => {
    const site = oscillator(0, 0, gain, 1);
    const steps = 24;
    const dt = 0.25;
    const preparation = { kind: "pulse", angle: 0.35, phase: 0 } as const;
    const run = (fields: readonly Complex[]) => {
      const encoded = compileDriven({ site: circuitSite(site), fields, dt, order: "strang", preparation });
      return decodeState(predictState(encoded.circuit).rho, encoded.roles).rho;
    };
    const raisingOf = (rho: ComplexMatrix) => ({
      re: Math.SQRT2 * (entry(rho, 0, 1).re + entry(rho, 1, 2).re),
      im: Math.SQRT2 * (entry(rho, 0, 1).im + entry(rho, 1, 2).im),
    });
    // The field of a step is V⟨S⁻⟩ in its middle, extrapolated from the two values before.
    const seen = [raisingOf(run([]))];
    const fields: Complex[] = [];
    for (let k = 0; k < steps; k++) {
      const now = seen[k]!;
      const before = seen[k - 1] ?? now;
      fields.push({
        re: coupling * (1.5 * now.re - 0.5 * before.re),
        im: -coupling * (1.5 * now.im - 0.5 * before.im),
      });
      seen.push(raisingOf(run(fields)));
    }
    // Runge–Kutta on the simulators' right-hand side with the self-field V.
    const network = { sites: [site], coupling: createCoupling(1, [{ i: 0, j: 0, re: coupling, im: 0 }]) };
    const rightHandSide = networkRightHandSide(network);
    let x = coordinatesOf(run([]));
    const slope = (at: Float64Array) => {
      const out = new Float64Array(8);
      rightHandSide(0, at, out);
      return out;
    };
    const h = dt / 50;
    const shifted = (by: Float64Array, factor: number) => x.map((v, i) => v + factor * by[i]!);
    let worst = 0;
    for (let k = 1; k <= steps; k++) {
      for (let inner = 0; inner < 50; inner++) {
        const k1 = slope(x);
        const k2 = slope(shifted(k1, h / 2));
        const k3 = slope(shifted(k2, h / 2));
        const k4 = slope(shifted(k3, h));
        x = x.map((v, i) => v + (h / 6) * (k1[i]! + 2 * k2[i]! + 2 * k3[i]! + k4[i]!));
      }
      const exact = raisingOf(densityMatrixAt(x));
      worst = Math.max(worst, Math.hypot(exact.re - seen[k]!.re, exact.im - seen[k]!.im));
    }
    expect(worst).toBeLessThan(0.01);
  },
);
