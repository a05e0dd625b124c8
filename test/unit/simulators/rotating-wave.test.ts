import { describe, expect, it } from "vitest";
import { fullTurn } from "#core/units";
import { coordinatesOf } from "#model/generator";
import { mixedState, seededState } from "#model/initial-states";
import type { Network } from "#model/network";
import { noChannels, spinOneLadder } from "#model/oscillator";
import {
  createCoupling,
  findRotatingWave,
  integrate,
  networkRightHandSide,
  raisingAmplitude,
} from "#simulators/index";
import {
  distanceUpToPhase,
  instantaneousFrequency,
  meanFieldJacobian,
} from "#simulators/mean-field/rotating-wave";
import { rotated, rotationRate } from "#simulators/mean-field/rotation";

const plain = { gain: 0.5, loss: 1, asymmetry: 0, ladder: spinOneLadder, channels: noChannels };
const single: Network = {
  sites: [{ ...plain, detuning: 0 }],
  coupling: createCoupling(1, [{ i: 0, j: 0, re: 1, im: 0 }]),
};
const pair: Network = {
  sites: [
    { ...plain, detuning: 0.1 },
    { ...plain, detuning: -0.1 },
  ],
  coupling: createCoupling(2, [
    { i: 0, j: 0, re: 1, im: 0 },
    { i: 1, j: 1, re: 1, im: 0 },
    { i: 0, j: 1, re: 0.4, im: 0.2 },
  ]),
};

function stateAfter(network: Network, time: number): Float64Array {
  const y = Float64Array.from(
    network.sites.flatMap((_, s) => [...coordinatesOf(s === 0 ? seededState() : mixedState())]),
  );
  integrate(networkRightHandSide(network), 0, y, [time], () => {}, { rtol: 1e-6 });
  return y;
}

describe("rotating waves", () => {
  it.each([
    ["one group", single],
    ["two groups with a complex coupling", pair],
  ])("of %s turn rigidly", (_, network) => {
    const f = networkRightHandSide(network);
    const wave = findRotatingWave(network, f, stateAfter(network, 60))!;
    expect(wave.residual).toBeLessThan(1e-13);
    expect(wave.exponents).toHaveLength(8 * network.sites.length - 1);
    const y = Float64Array.from(wave.state);
    integrate(f, 0, y, [7], () => {}, { rtol: 1e-12, atol: 1e-14 });
    const turned = rotated(wave.state, 7 * wave.frequency);
    y.forEach((value, i) => {
      expect(Math.abs(value - turned[i]!)).toBeLessThan(1e-11);
    });
    expect(instantaneousFrequency(network, f, wave.state)).toBeCloseTo(wave.frequency, 12);
  });

  it("have a Goldstone mode, and a leading exponent that trajectories show", () => {
    const f = networkRightHandSide(single);
    const wave = findRotatingWave(single, f, stateAfter(single, 60))!;
    const y = Float64Array.from(wave.state);
    y[0]! += 1e-4;
    // Means over one period of the leading pair each, two periods apart.
    const { re, im } = wave.exponents[0]!;
    const period = fullTurn / Math.abs(im);
    const samples = 200;
    const times = Array.from({ length: 4 * samples }, (_, k) => (k * period) / samples);
    const means = new Float64Array(4);
    integrate(
      f,
      0,
      y,
      times,
      (index, _, state) => {
        means[Math.floor(index / samples)]! +=
          distanceUpToPhase(Float64Array.from(state), wave.state) / samples;
      },
      { rtol: 1e-11, atol: 1e-14 },
    );
    const measured = Math.log(means[3]! / means[1]!) / (2 * period);
    expect(re).toBeLessThan(0);
    expect(Math.abs(measured / re - 1)).toBeLessThan(0.01);
  });

  it("are not found where there are none", () => {
    const f = networkRightHandSide(single);
    const rest = new Float64Array(8);
    rest[2] = 1e-3;
    const weak: Network = { ...single, coupling: createCoupling(1, [{ i: 0, j: 0, re: 0.3, im: 0 }]) };
    expect(findRotatingWave(weak, networkRightHandSide(weak), stateAfter(weak, 5))).toBeUndefined();
    expect(findRotatingWave(single, f, new Float64Array(8))).toBeUndefined();
  });
});

describe("turning the phase", () => {
  const x = stateAfter(pair, 3);

  it("turns ⟨A†⟩ and keeps the rest", () => {
    const turned = rotated(x, 0.7);
    const [re, im] = raisingAmplitude(pair.sites, x, 1);
    const [re2, im2] = raisingAmplitude(pair.sites, turned, 1);
    expect(re2).toBeCloseTo(re * Math.cos(0.7) - im * Math.sin(0.7), 15);
    expect(im2).toBeCloseTo(re * Math.sin(0.7) + im * Math.cos(0.7), 15);
    expect([turned[0], turned[1]]).toEqual([x[0], x[1]]);
    expect(distanceUpToPhase(x, turned)).toBeLessThan(1e-15);
  });

  it("commutes with the equations", () => {
    const f = networkRightHandSide(pair);
    const a = new Float64Array(16);
    const b = new Float64Array(16);
    f(0, x, a);
    f(0, rotated(x, 0.7), b);
    rotated(a, 0.7).forEach((value, i) => {
      expect(value).toBeCloseTo(b[i]!, 14);
    });
  });

  it("has the derivative rotationRate", () => {
    const h = 1e-6;
    const forward = rotated(x, h);
    const backward = rotated(x, -h);
    rotationRate(x).forEach((value, i) => {
      expect(value).toBeCloseTo((forward[i]! - backward[i]!) / (2 * h), 9);
    });
  });
});

describe("Jacobian", () => {
  it("is exact: the equations are quadratic, f(x + v) = f(x) + Jv + (f(x + v) − 2f(x) + f(x − v))/2", () => {
    const f = networkRightHandSide(pair);
    const x = stateAfter(pair, 3);
    const v = Float64Array.from({ length: 16 }, (_, i) => Math.sin(3 * i + 1));
    const at = (sign: number) => {
      const out = new Float64Array(16);
      f(
        0,
        x.map((value, i) => value + sign * v[i]!),
        out,
      );
      return out;
    };
    const [plus, zero, minus] = [at(1), at(0), at(-1)];
    const jacobian = meanFieldJacobian(f, x);
    for (let r = 0; r < 16; r++) {
      let linear = 0;
      for (let c = 0; c < 16; c++) linear += jacobian[16 * r + c]! * v[c]!;
      const quadratic = (plus[r]! - 2 * zero[r]! + minus[r]!) / 2;
      expect(plus[r]! - zero[r]! - quadratic).toBeCloseTo(linear, 13);
    }
  });
});
