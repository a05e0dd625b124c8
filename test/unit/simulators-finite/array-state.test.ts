import { describe, expect, test } from "vitest";
import { product, trace } from "#core/complex-matrix";
import { rotationOperator, uncoupledEvolution, uncoupledState, unitaryMap } from "#model/evolution";
import { coordinateCount, coordinatesOf, densityMatrixAt } from "#model/generator";
import { createCoupling, type Network } from "#model/network";
import { bosonLadder, noChannels, type Oscillator } from "#model/oscillator";
import { assignOutcomes, evolveArray, mapSites, outcomesOf, uncorrelatedState } from "#simulators/index";
import { evolveNetworkExactly } from "../../../simulators/finite-size/network-exact.ts";

const site = (detuning: number, asymmetry: number): Oscillator => ({
  gain: 0.6,
  loss: 1,
  asymmetry,
  detuning,
  ladder: bosonLadder(1),
  channels: { ...noChannels, relaxation10: 0.05, dephasing: 0.1 },
});
const sites = [site(0.3, -4), site(-0.2, -3.5), site(0.1, -4.4)];
const network = (bonds: readonly (readonly [number, number])[]): Network => ({
  sites,
  coupling: createCoupling(
    3,
    bonds.map(([i, j]) => ({ i, j, re: 0.7, im: 0.2 })),
  ),
});

/** Sites turned by different angles from the uncoupled steady state. */
function seeded(): Float64Array {
  const x = uncoupledState(sites);
  sites.forEach((_, s) => {
    const rho = densityMatrixAt(x, s * coordinateCount);
    const u = rotationOperator(0, 0.4 + 0.3 * s, 0.2 * s);
    const turned = unitaryMap(u);
    const start = coordinatesOf(rho);
    for (let row = 0; row < coordinateCount; row++) {
      x[s * coordinateCount + row] = turned.constant[row]!;
      for (let k = 0; k < coordinateCount; k++)
        x[s * coordinateCount + row]! += turned.linear[row * coordinateCount + k]! * start[k]!;
    }
  });
  return x;
}

describe("three sites", () => {
  test("coupled two by two, then all, evolve as the whole network does", () => {
    const start = seeded();
    const initial = sites.map((_, s) => densityMatrixAt(start, s * coordinateCount));
    for (const s of [0, 1, 2]) expect(trace(product(initial[s]!, initial[s]!)).re).toBeLessThan(1);
    // The last and the first site meet before the middle one, so that clusters are joined out of order.
    const bonds = [[2, 0]] as const;
    const stepwise = evolveArray(uncorrelatedState(start), network(bonds), 0.8, 1e-9);
    const alone = evolveNetworkExactly(network(bonds), initial, [0.8]);
    sites.forEach((_, s) => {
      outcomesOf(stepwise, [s]).forEach((p, level) => {
        expect(p).toBeCloseTo(alone.populations[s]![0]![level as 0]!, 10);
      });
    });
    const all = [
      [0, 2],
      [2, 1],
    ] as const;
    const direct = evolveArray(uncorrelatedState(start), network(all), 1.3, 1e-9);
    const twice = evolveArray(
      evolveArray(uncorrelatedState(start), network(all), 0.5, 1e-9),
      network(all),
      0.8,
      1e-9,
    );
    const whole = evolveNetworkExactly(network(all), initial, [1.3]);
    for (const state of [direct, twice]) {
      sites.forEach((_, s) => {
        outcomesOf(state, [s]).forEach((p, level) => {
          expect(p).toBeCloseTo(whole.populations[s]![0]![level as 0]!, 10);
        });
      });
    }
  });

  test("joint outcomes have the marginals of their sites, in the order that is asked for", () => {
    const state = evolveArray(uncorrelatedState(seeded()), network([[0, 1]]), 0.9, 1e-9);
    const joint = outcomesOf(state, [2, 0, 1]);
    expect(joint.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    [2, 0, 1].forEach((s, place) => {
      const marginal = [0, 0, 0];
      joint.forEach((p, k) => {
        marginal[Math.floor(k / 3 ** (2 - place)) % 3]! += p;
      });
      outcomesOf(state, [s]).forEach((p, level) => {
        expect(marginal[level]!).toBeCloseTo(p, 12);
      });
    });
    // Coupled sites are correlated, the third is not.
    const [a, b, pair] = [outcomesOf(state, [0]), outcomesOf(state, [1]), outcomesOf(state, [0, 1])];
    expect(Math.abs(pair[1]! - a[0]! * b[1]!)).toBeGreaterThan(1e-3);
    const [c, mixed] = [outcomesOf(state, [2]), outcomesOf(state, [0, 2])];
    mixed.forEach((p, k) => {
      expect(p).toBeCloseTo(a[Math.floor(k / 3)]! * c[k % 3]!, 12);
    });
  });

  test("maps of uncoupled sites do what the master equation does", () => {
    const start = evolveArray(
      uncorrelatedState(seeded()),
      network([
        [0, 1],
        [1, 2],
      ]),
      0.4,
      1e-9,
    );
    const mapped = mapSites(start, (s) => uncoupledEvolution(sites[s]!, 0.7));
    const evolved = evolveArray(start, network([]), 0.7, 1e-9);
    const turned = (state: typeof mapped) =>
      outcomesOf(
        mapSites(state, () => unitaryMap(rotationOperator(0, Math.PI / 2, 0.3))),
        [0, 1, 2],
      );
    turned(mapped).forEach((p, k) => {
      expect(p).toBeCloseTo(turned(evolved)[k]!, 10);
    });
  });

  test("read-out errors of sites act one by one", () => {
    const wrong = [
      [0.9, 0.2, 0],
      [0.1, 0.8, 0.3],
      [0, 0, 0.7],
    ];
    const perfect = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
    // |1, 2⟩ with the second site misread with 0.3.
    const outcome = Array.from({ length: 9 }, (_, k) => (k === 5 ? 1 : 0));
    expect(assignOutcomes(outcome, [perfect, wrong])).toEqual([0, 0, 0, 0, 0.3, 0.7, 0, 0, 0]);
  });
});

test("larger arrays are product states", () => {
  expect(uncorrelatedState(new Float64Array(4 * coordinateCount)).kind).toBe("product");
});
