import { describe, expect, it } from "vitest";
import { combine, fromRows, product, unit } from "#core/complex-matrix";
import { coordinatesOf } from "#model/generator";
import { seededState } from "#model/initial-states";
import { createCoupling, type Network } from "#model/network";
import { noChannels, type Oscillator, spinOneLadder } from "#model/oscillator";
import {
  findRotatingWave,
  integrate,
  networkCumulants,
  networkRightHandSide,
  raisingAmplitude,
} from "#simulators/index";
import { rotated } from "#simulators/mean-field/rotation";
import { pairCorrelationAt, positivityExcess } from "#simulators/network-cumulants/physicality";
import { refusal } from "../../support/refusal.ts";
import { cumulantsOf, exactNetwork, expectation, productState } from "./exact-network.ts";

const plain: Oscillator = {
  gain: 0.5,
  loss: 1,
  asymmetry: 0,
  detuning: 0,
  ladder: spinOneLadder,
  channels: noChannels,
};

/** All coupled alike by V/N. */
function allToAll(count: number, coupling: number, site = plain): Network {
  const entries = [];
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) entries.push({ i, j, re: coupling / count, im: 0 });
  }
  return { sites: Array.from({ length: count }, () => site), coupling: createCoupling(count, entries) };
}

function repeated(x: Float64Array, count: number): Float64Array {
  const y = new Float64Array(8 * count);
  for (let s = 0; s < count; s++) y.set(x, 8 * s);
  return y;
}

const seeded = coordinatesOf(seededState());

/** The limit cycle of the mean field at V, with ⟨S⁺⟩ > 0. */
function limitCycle(coupling: number): Float64Array {
  const group: Network = {
    sites: [plain],
    coupling: createCoupling(1, [{ i: 0, j: 0, re: coupling, im: 0 }]),
  };
  const f = networkRightHandSide(group);
  const y = Float64Array.from(seeded);
  integrate(f, 0, y, [200], () => {}, { rtol: 1e-8 });
  const { state } = findRotatingWave(group, f, y)!;
  const [re, im] = raisingAmplitude(group.sites, state, 0);
  return rotated(state, -Math.atan2(im, re));
}

describe("two oscillators", () => {
  // Exact values of the master equation, tables A and B for two oscillators.
  it.each([
    {
      site: plain,
      coupling: 1,
      initial: combine([
        0.25,
        fromRows([
          [1, Math.SQRT2, 1],
          [Math.SQRT2, 2, Math.SQRT2],
          [1, Math.SQRT2, 1],
        ]),
      ]),
      amplitude: [
        0.896901062551, 0.781326796421, 0.551463501354, 0.253449398263, 0.128358141859, 0.031877638166,
      ],
      correlation: [
        0.829838980504, 0.689977500091, 0.479785801592, 0.237368761176, 0.12092891941, 0.033964609334,
      ],
    },
    {
      site: { ...plain, gain: 1.5, asymmetry: -0.7, detuning: 0.3 },
      coupling: 0.8,
      initial: fromRows([
        [0.25, { re: 0.1, im: 0.05 }, { re: 0.04, im: 0.03 }],
        [{ re: 0.1, im: -0.05 }, 0.45, { re: 0.12, im: -0.08 }],
        [{ re: 0.04, im: -0.03 }, { re: 0.12, im: 0.08 }, 0.3],
      ]),
      amplitude: [
        0.253636058413, 0.201135822104, 0.124409645486, 0.053807339075, 0.028551599223, 0.008681071592,
      ],
      correlation: [
        0.076626226391, 0.090001528467, 0.177808016657, 0.290811443472, 0.294977117965, 0.303077619581,
      ],
    },
  ])("are exact", ({ site, coupling, initial, amplitude, correlation }) => {
    const times = [0.25, 0.5, 1, 2, 3, 5];
    const result = networkCumulants(allToAll(2, coupling, site), repeated(coordinatesOf(initial), 2), times);
    const pairs = result.pairCorrelation(0, 1);
    times.forEach((_, k) => {
      expect(Math.abs(result.orderParameter[k]! - amplitude[k]!)).toBeLessThan(1e-8);
      expect(Math.abs(result.amplitudes[1]![k]! - amplitude[k]!)).toBeLessThan(1e-8);
      expect(Math.abs(pairs[k]!.re - correlation[k]!)).toBeLessThan(1e-8);
      expect(result.meanPairCorrelation[k]).toBeCloseTo(pairs[k]!.re, 14);
    });
    expect(result.positivityExcess).toBeLessThan(1e-9);
    expect(result.breakdown).toBeNull();
    expect(result.lastPairCorrelation[0]![1]).toEqual(pairs.at(-1));
  });
});

describe("one group, site by site", () => {
  // Lifetime from the limit cycle at V = 0.75: 3.6586 for N = 18 by the permutation-symmetric cumulants (exact:
  // 4.1804).
  it("has the lifetime of the permutation-symmetric equations", () => {
    const times = Array.from({ length: 41 }, (_, k) => 3.5 + k * 0.01);
    const result = networkCumulants(allToAll(18, 0.75), repeated(limitCycle(0.75), 18), [0, ...times], {
      keepPairs: false,
    });
    const target = result.orderParameter[0]! / Math.E;
    expect(result.orderParameter[0]).toBeCloseTo(0.1384615961, 9);
    const after = result.orderParameter.findIndex((value) => value < target);
    const [a, b] = [result.orderParameter[after - 1]!, result.orderParameter[after]!];
    const lifetime = times[after - 2]! + (0.01 * (a - target)) / (a - b);
    expect(Math.abs(lifetime - 3.6586)).toBeLessThan(6e-5);
  });

  it("comes to the mean field as 1/N", () => {
    const gaps = [8, 16, 32].map((count) => {
      const { disagreement } = networkCumulants(allToAll(count, 1), repeated(seeded, count), [0, 0.5, 1], {
        keepPairs: false,
      });
      // All sites alike: the order parameter is the amplitude.
      expect(disagreement.amplitude).toBeCloseTo(disagreement.orderParameter, 12);
      return disagreement.orderParameter;
    });
    expect(Math.abs(gaps[0]! / gaps[1]! - 2)).toBeLessThan(0.2);
    expect(Math.abs(gaps[1]! / gaps[2]! - 2)).toBeLessThan(0.1);
  });

  it("agrees with the mean field without coupling", () => {
    const network = { sites: allToAll(5, 0).sites, coupling: createCoupling(5, []) };
    const { disagreement, sites, amplitudes } = networkCumulants(network, repeated(seeded, 5), [0, 1, 2, 3]);
    expect(disagreement.orderParameter).toBeLessThan(1e-8);
    expect(disagreement.amplitude).toBeLessThan(1e-8);
    // |⟨S⁺⟩| = √2·0.1·e^{−γ₋t/2}; its mean over [1.5, 3].
    expect(amplitudes[2]![3]).toBeCloseTo((Math.SQRT2 / 10) * Math.exp(-1.5), 8);
    expect(sites[2]!.amplitude).toBeCloseTo(
      ((Math.SQRT2 / 10) * (Math.exp(-0.75) - Math.exp(-1.5))) / 0.75,
      8,
    );
  });

  it("gives each site its own frequency: γ₋ and γ₊ coherences turn at δ + K and δ", () => {
    const sites = [0.7, -0.4].map((detuning) => ({ ...plain, detuning, asymmetry: 0.2 }));
    const network = { sites, coupling: createCoupling(2, []) };
    const result = networkCumulants(network, repeated(seeded, 2), [0, 5, 10]);
    expect(result.sites[0]!.frequency).toBeCloseTo(0.9, 6);
    expect(result.sites[1]!.frequency).toBeCloseTo(-0.2, 6);
  });
});

describe("a closure that fails", () => {
  // Three oscillators in a chain, far beyond weak coupling.
  const network: Network = {
    sites: [0, 1, 2].map((s) => ({ ...plain, detuning: 0.2 * Math.sin(s) })),
    coupling: createCoupling(3, [
      { i: 0, j: 1, re: 2.5, im: 0 },
      { i: 1, j: 2, re: 2.5, im: 0 },
    ]),
  };
  const times = [0, 5, 10, 15, 20, 25];
  const result = networkCumulants(network, repeated(seeded, 3), times);

  it("is reported with its time, and nothing is given from there on", () => {
    expect(result.breakdown).not.toBeNull();
    const { time, reason } = result.breakdown!;
    expect(reason).not.toBe("");
    times.forEach((t, k) => {
      expect(Number.isNaN(result.orderParameter[k]!)).toBe(t >= time);
      expect(Number.isNaN(result.pairCorrelation(0, 2)[k]!.re)).toBe(t >= time);
      expect(Number.isNaN(result.populations[1]![k]![0])).toBe(t >= time);
      expect(Number.isNaN(result.meanField.orderParameter[k]!)).toBe(false);
    });
    expect(Number.isFinite(result.disagreement.orderParameter)).toBe(true);
  });

  it("is not blamed on what the master equation does", () => {
    const exact = exactNetwork(network);
    const rho = productState([seededState(), seededState(), seededState()]);
    expect(positivityExcess(network, cumulantsOf(exact, 3, rho))).toBeLessThan(1e-14);
    const correlated = combine(
      [0.5, rho],
      [0.5, productState([unit(3, 0, 0), unit(3, 2, 2), unit(3, 0, 0)])],
    );
    const y = cumulantsOf(exact, 3, correlated);
    expect(positivityExcess(network, y)).toBeLessThan(1e-14);
    // A joint population of −0.1.
    const broken = Float64Array.from(y);
    broken[24] = -y[0]! * y[8]! - 0.1;
    expect(positivityExcess(network, broken)).toBeGreaterThan(0.0999);
    broken[24] = Number.NaN;
    expect(positivityExcess(network, broken)).toBeNaN();
  });

  it("pair correlations are those of the density matrix", () => {
    const exact = exactNetwork(network);
    const rho = combine(
      [0.6, productState([seededState(), unit(3, 1, 1), seededState()])],
      [0.4, productState([unit(3, 2, 2), seededState(), seededState()])],
    );
    const y = cumulantsOf(exact, 3, rho);
    const raising = fromRows([
      [0, 0, 0],
      [Math.SQRT2, 0, 0],
      [0, Math.SQRT2, 0],
    ]);
    const lowering = fromRows([
      [0, Math.SQRT2, 0],
      [0, 0, Math.SQRT2],
      [0, 0, 0],
    ]);
    for (const [i, j] of [
      [0, 1],
      [2, 0],
      [1, 1],
    ] as const) {
      const [re, im] = pairCorrelationAt(network, y, i, j);
      const operator = product(exact.at(i, raising), exact.at(j, lowering));
      const expected = expectation(rho, operator);
      expect(re).toBeCloseTo(expected.re, 13);
      expect(im).toBeCloseTo(expected.im, 13);
    }
  });
});

it("self-fields are refused: a site is one oscillator", () => {
  const network: Network = {
    sites: [plain, plain],
    coupling: createCoupling(2, [
      { i: 0, j: 0, re: 1, im: 0 },
      { i: 0, j: 1, re: 1, im: 0 },
    ]),
  };
  const error = refusal(() => networkCumulants(network, repeated(seeded, 2), [0, 1]));
  expect(error.problems[0]).toMatchObject({ path: "couplings", found: 1 });
});
