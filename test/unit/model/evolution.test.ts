import { describe, expect, test } from "vitest";
import { combine, entry, identity, product, unit } from "#core/complex-matrix";
import { expm } from "#core/expm";
import {
  applyAffine,
  composeAffine,
  identityMap,
  ladderRotation,
  rotationOperator,
  uncoupledEvolution,
  uncoupledState,
  unitaryMap,
} from "#model/evolution";
import { coordinatesOf, densityMatrixAt } from "#model/generator";
import { bosonLadder, type Oscillator } from "#model/oscillator";
import { createCoupling, integrate, networkRightHandSide } from "#simulators/index";

const site: Oscillator = {
  gain: 0.7,
  loss: 1.1,
  asymmetry: -4,
  detuning: 0.6,
  ladder: bosonLadder(1),
  channels: { relaxation10: 0.1, relaxation21: 0.2, heating01: 0.03, heating12: 0.04, dephasing: 0.15 },
};
const start = Float64Array.of(0.3, 0.2, 0.1, -0.05, 0.08, 0.06, 0.02, -0.03);

describe("uncoupled evolution", () => {
  test("coherences turn and decay as the channels say, in closed form", () => {
    const t = 1.7;
    const x = start.slice();
    applyAffine(uncoupledEvolution(site, t), x);
    const { gain, loss, channels: c } = site;
    // Half of all rates that leave either level, and κ/2·(Δm)².
    const decay01 = (gain + c.heating01 + c.relaxation10 + c.heating12) / 2 + c.dephasing / 2;
    const decay12 = (c.relaxation10 + c.heating12 + loss + c.relaxation21) / 2 + c.dephasing / 2;
    const decay02 = (gain + c.heating01 + loss + c.relaxation21) / 2 + 2 * c.dephasing;
    const expected = (re: number, im: number, frequency: number, decay: number) => [
      Math.exp(-decay * t) * (re * Math.cos(frequency * t) - im * Math.sin(frequency * t)),
      Math.exp(-decay * t) * (re * Math.sin(frequency * t) + im * Math.cos(frequency * t)),
    ];
    const all = [
      ...expected(0.1, -0.05, site.detuning, decay01),
      ...expected(0.08, 0.06, site.detuning + site.asymmetry, decay12),
      ...expected(0.02, -0.03, 2 * site.detuning + site.asymmetry, decay02),
    ];
    all.forEach((value, k) => {
      expect(x[2 + k]).toBeCloseTo(value, 12);
    });
  });

  test("populations as the integrator has them, and the steady state for long times", () => {
    const t = 2.3;
    const x = start.slice();
    applyAffine(uncoupledEvolution(site, t), x);
    const y = start.slice();
    const f = networkRightHandSide({ sites: [site], coupling: createCoupling(1, []) });
    integrate(f, 0, y, [t], () => {}, { rtol: 1e-11 });
    x.forEach((value, k) => {
      expect(value).toBeCloseTo(y[k]!, 9);
    });
    applyAffine(uncoupledEvolution(site, 200), x);
    uncoupledState([site]).forEach((value, k) => {
      expect(x[k]).toBeCloseTo(value, 12);
    });
  });

  test("two pieces make a whole", () => {
    const whole = uncoupledEvolution(site, 3);
    const pieces = composeAffine(uncoupledEvolution(site, 2.1), uncoupledEvolution(site, 0.9));
    whole.linear.forEach((value, k) => {
      expect(pieces.linear[k]).toBeCloseTo(value, 12);
    });
    const [a, b] = [start.slice(), start.slice()];
    applyAffine(whole, a);
    applyAffine(pieces, b);
    applyAffine(identityMap(), b);
    a.forEach((value, k) => {
      expect(b[k]).toBeCloseTo(value, 12);
    });
  });
});

describe("rotation R(θ, φ) = exp[−i(θ/2)(e^{−iφ}|m⟩⟨m+1| + h.c.)]", () => {
  test.each([0, 1] as const)("equals its Taylor series on transition %d", (lower) => {
    const [theta, phi] = [1.3, 0.7];
    const half = combine([{ re: Math.cos(phi), im: -Math.sin(phi) }, unit(3, lower, lower + 1)]);
    const generator = combine(
      [1, half],
      [{ re: Math.cos(phi), im: Math.sin(phi) }, unit(3, lower + 1, lower)],
    );
    let term = identity(3);
    let sum = identity(3);
    for (let k = 1; k < 40; k++) {
      term = combine([{ re: 0, im: -theta / 2 / k }, product(term, generator)]);
      sum = combine([1, sum], [1, term]);
    }
    const r = rotationOperator(lower, theta, phi);
    for (let k = 0; k < 9; k++) {
      expect(r.re[k]).toBeCloseTo(sum.re[k]!, 13);
      expect(r.im[k]).toBeCloseTo(sum.im[k]!, 13);
    }
  });

  test("a quarter turn about x brings |1⟩ on 1↔2 to ρ₁₂ = i/2, about y to ρ₁₂ = ½", () => {
    const one = coordinatesOf(unit(3, 1, 1));
    const turned = (phase: number) => {
      const x = one.slice();
      applyAffine(unitaryMap(rotationOperator(1, Math.PI / 2, phase)), x);
      return entry(densityMatrixAt(x), 1, 2);
    };
    expect(turned(0).re).toBeCloseTo(0, 14);
    expect(turned(0).im).toBeCloseTo(0.5, 14);
    expect(turned(Math.PI / 2).re).toBeCloseTo(0.5, 14);
    expect(turned(Math.PI / 2).im).toBeCloseTo(0, 14);
  });
});

describe("pulses on a whole ladder", () => {
  test.each([
    [0, 0.4, 0.7, [1, Math.SQRT2]],
    [1, 1.3, -2, [Math.sqrt(3), 2]],
  ] as const)("are exp(−iH) of their drive: lower level %i", (lower, angle, phase, ladder) => {
    const elements = [ladder[0] / ladder[lower], ladder[1] / ladder[lower]];
    // −iH as a real matrix of twice the size: Re and Im of a state apart.
    const real = new Float64Array(36);
    const set = (row: number, column: number, re: number, im: number) => {
      real[6 * row + column] = re;
      real[6 * (row + 3) + column + 3] = re;
      real[6 * row + column + 3] = -im;
      real[6 * (row + 3) + column] = im;
    };
    elements.forEach((element, m) => {
      const size = (angle / 2) * element;
      // −i·size·e^{∓iφ}
      set(m, m + 1, -size * Math.sin(phase), -size * Math.cos(phase));
      set(m + 1, m, size * Math.sin(phase), -size * Math.cos(phase));
    });
    const exponential = expm(real, 6);
    const u = ladderRotation(lower, angle, phase, ladder);
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 3; column++) {
        expect(entry(u, row, column).re).toBeCloseTo(exponential[6 * row + column]!, 12);
        expect(entry(u, row, column).im).toBeCloseTo(exponential[6 * (row + 3) + column]!, 12);
      }
    }
  });

  test("with one element only: the rotation of that transition", () => {
    const u = ladderRotation(0, 0.9, 0.3, [1, 0]);
    const v = rotationOperator(0, 0.9, 0.3);
    for (let k = 0; k < 9; k++) {
      expect(u.re[k]).toBeCloseTo(v.re[k]!, 12);
      expect(u.im[k]).toBeCloseTo(v.im[k]!, 12);
    }
  });
});
