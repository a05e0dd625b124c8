import { describe, expect, it } from "vitest";
import { adjoint, combine, identity, product, unit } from "#core/complex-matrix";
import {
  applyAffine,
  composeAffine,
  identityMap,
  rotationOperator,
  uncoupledEvolution,
  unitaryMap,
} from "#model/evolution";
import { coordinatesOf, driveGenerators } from "#model/generator";
import { seededState } from "#model/initial-states";
import { type Oscillator, uncoupledPopulations } from "#model/oscillator";
import { createCoupling, integrate, networkRightHandSide } from "#simulators/index";

const site: Oscillator = {
  gain: 0.5,
  loss: 1.2,
  asymmetry: 0.3,
  detuning: -0.4,
  ladder: [1, 1.4],
  channels: { relaxation10: 0.07, relaxation21: 0.02, heating01: 0.05, heating12: 0.11, dephasing: 0.13 },
};

const apply = (time: number, x: Float64Array) => {
  const { constant, linear } = uncoupledEvolution(site, time);
  return constant.map((value, r) => value + x.reduce((sum, item, c) => sum + linear[8 * r + c]! * item, 0));
};

describe("evolution of an uncoupled oscillator", () => {
  it("is what integrating its master equation gives", () => {
    const y = coordinatesOf(seededState());
    const exact = apply(3.7, y);
    const network = { sites: [site], coupling: createCoupling(1, []) };
    integrate(networkRightHandSide(network), 0, y, [3.7], () => {}, { rtol: 1e-12, atol: 1e-14 });
    exact.forEach((value, i) => {
      expect(Math.abs(value - y[i]!)).toBeLessThan(1e-11);
    });
  });

  it("is a semigroup and ends in the steady state", () => {
    const x = coordinatesOf(seededState());
    apply(1.5, apply(0.5, x)).forEach((value, i) => {
      expect(value).toBeCloseTo(apply(2, x)[i]!, 13);
    });
    const [p0, , p2] = uncoupledPopulations(site);
    const late = apply(200, x);
    expect(late[0]).toBeCloseTo(p0, 12);
    expect(late[1]).toBeCloseTo(p2, 12);
    for (const coherence of late.subarray(2)) expect(Math.abs(coherence)).toBeLessThan(1e-12);
  });
});

describe("rotations between neighbouring levels", () => {
  it("are unitary, and a half turn exchanges the two populations", () => {
    for (const lower of [0, 1] as const) {
      const half = rotationOperator(lower, Math.PI, 0.4);
      const gap = combine([1, product(half, adjoint(half))], [-1, identity(3)]);
      for (const value of [...gap.re, ...gap.im]) expect(Math.abs(value)).toBeLessThan(1e-15);
      const turned = product(product(half, unit(3, lower, lower)), adjoint(half));
      expect(turned.re[4 * (lower + 1)]).toBeCloseTo(1, 15);
    }
  });

  it("by a small angle do what the drive F = (θ/2)e^{iφ} of the rung does", () => {
    const [angle, phase] = [1e-6, 0.7];
    const x = coordinatesOf(seededState());
    ([0, 1] as const).forEach((lower) => {
      const turned = Float64Array.from(x);
      applyAffine(unitaryMap(rotationOperator(lower, angle, phase)), turned);
      const [inPhase, quadrature] = driveGenerators().slice(2 * lower, 2 * lower + 2);
      const expected = (map: { constant: Float64Array; linear: Float64Array }, row: number) =>
        map.constant[row]! + x.reduce((sum, item, c) => sum + map.linear[8 * row + c]! * item, 0);
      turned.forEach((value, row) => {
        const rate =
          0.5 * (Math.cos(phase) * expected(inPhase!, row) + Math.sin(phase) * expected(quadrature!, row));
        expect((value - x[row]!) / angle).toBeCloseTo(rate, 5);
      });
    });
  });

  it("compose in order, with the identity neutral", () => {
    const first = unitaryMap(rotationOperator(0, 0.9, 0.2));
    const second = uncoupledEvolution(site, 0.6);
    const stepwise = coordinatesOf(seededState());
    applyAffine(first, stepwise);
    applyAffine(second, stepwise);
    const once = coordinatesOf(seededState());
    applyAffine(composeAffine(second, composeAffine(first, identityMap())), once);
    once.forEach((value, i) => {
      expect(value).toBeCloseTo(stepwise[i]!, 14);
    });
  });
});
