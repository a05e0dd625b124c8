import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adjoint, type ComplexMatrix, combine, product, trace } from "#core/complex-matrix";
import { uncoupledEvolution } from "#model/evolution";
import { coordinatesOf } from "#model/generator";
import { type CouplingEntry, createCoupling, type Network } from "#model/network";
import { bosonLadder, noChannels, type Oscillator, spinOneLadder } from "#model/oscillator";
import { integrate } from "#simulators/index";
import { rotated } from "#simulators/mean-field/rotation";
import {
  networkCumulantRightHandSide,
  pairOffset,
  stateLength,
} from "#simulators/network-cumulants/equations";
import { densityMatrices } from "../../support/random-states.ts";
import { cumulantsOf, evolve, exactNetwork, productState } from "./exact-network.ts";

/** Sites that have nothing in common. */
const varied: readonly Oscillator[] = [
  { gain: 0.5, loss: 1, asymmetry: -0.3, detuning: 0.2, ladder: spinOneLadder, channels: noChannels },
  {
    gain: 0.9,
    loss: 0.7,
    asymmetry: 0.4,
    detuning: -0.3,
    ladder: bosonLadder(2),
    channels: { relaxation10: 0.1, relaxation21: 0.2, heating01: 0.05, heating12: 0.03, dephasing: 0.15 },
  },
  {
    gain: 1.3,
    loss: 1.1,
    asymmetry: 0,
    detuning: 0.1,
    ladder: [0.8, -1.7],
    channels: { ...noChannels, relaxation10: 0.3 },
  },
  { gain: 0.4, loss: 0.6, asymmetry: 0.2, detuning: 0, ladder: [1, 1.2], channels: noChannels },
];

const couplings: readonly CouplingEntry[] = [
  { i: 0, j: 1, re: 0.9, im: 0.4 },
  { i: 0, j: 2, re: -0.5, im: 0.7 },
  { i: 1, j: 2, re: 0.3, im: -0.8 },
  { i: 0, j: 3, re: 0.6, im: -0.2 },
  { i: 2, j: 3, re: 0.4, im: 0.5 },
];

function variedNetwork(count: number, strength: number): Network {
  return {
    sites: varied.slice(0, count),
    coupling: createCoupling(
      count,
      couplings
        .filter(({ i, j }) => i < count && j < count)
        .map(({ i, j, re, im }) => ({ i, j, re: strength * re, im: strength * im })),
    ),
  };
}

function derivativeOf(network: Network, y: Float64Array): Float64Array {
  const dy = new Float64Array(y.length);
  networkCumulantRightHandSide(network)(0, y, dy);
  return dy;
}

function largestGap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
}

const states: readonly ComplexMatrix[] = varied.map(
  (_, s) => fc.sample(densityMatrices, { numRuns: 1, seed: 17 + s })[0]!,
);

/** Some correlated state: XX†/Tr XX†. */
function entangled(dimension: number, seed: number): ComplexMatrix {
  const x = {
    rows: dimension,
    columns: dimension,
    re: Float64Array.from({ length: dimension * dimension }, (_, k) => Math.sin(1.3 * k * k + seed)),
    im: Float64Array.from({ length: dimension * dimension }, (_, k) => Math.cos(2.1 * k * k + seed)),
  };
  const positive = product(x, adjoint(x));
  return combine([1 / trace(positive).re, positive]);
}

describe("two sites", () => {
  it("obey the master equation, for any correlated state", () => {
    const network = variedNetwork(2, 1);
    const exact = exactNetwork(network);
    for (const seed of [0, 1, 2]) {
      const rho = entangled(9, seed);
      // d(x_ij − x_i x_j) follows from a central difference of the quadratic map: exact up to rounding.
      const slope = exact.derivative(rho);
      const ahead = cumulantsOf(exact, 2, combine([1, rho], [0.5, slope]));
      const behind = cumulantsOf(exact, 2, combine([1, rho], [-0.5, slope]));
      const expected = ahead.map((value, k) => value - behind[k]!);
      expect(largestGap(derivativeOf(network, cumulantsOf(exact, 2, rho)), expected)).toBeLessThan(1e-14);
    }
  });

  it("evolve as the 9 × 9 master equation does, to 1e-10", () => {
    const network = variedNetwork(2, 1);
    const exact = exactNetwork(network);
    const start = productState(states.slice(0, 2));
    const y = cumulantsOf(exact, 2, start);
    integrate(networkCumulantRightHandSide(network), 0, y, [3], () => {}, { rtol: 1e-12, atol: 1e-14 });
    expect(largestGap(y, cumulantsOf(exact, 2, evolve(exact, start, 3, 3000)))).toBeLessThan(1e-10);
  });
});

describe("three and four sites", () => {
  // What is left out enters ρ_i in the fourth and the pairs in the third order of the coupling.
  it.each([3, 4])("%s err by V⁴ in the sites and by V³ in the pairs", (count) => {
    const end = 0.5;
    const errors = [0.1, 0.2].map((strength) => {
      const network = variedNetwork(count, strength);
      const exact = exactNetwork(network);
      const start = productState(states.slice(0, count));
      const y = cumulantsOf(exact, count, start);
      integrate(networkCumulantRightHandSide(network), 0, y, [end], () => {}, { rtol: 1e-13, atol: 1e-16 });
      const expected = cumulantsOf(exact, count, evolve(exact, start, end, count === 3 ? 400 : 120));
      return [
        largestGap(y.subarray(0, 8 * count), expected.subarray(0, 8 * count)),
        largestGap(y.subarray(8 * count), expected.subarray(8 * count)),
      ] as const;
    });
    const order = (part: 0 | 1) => Math.log2(errors[1]![part] / errors[0]![part]);
    expect(order(0)).toBeGreaterThan(3.7);
    expect(order(0)).toBeLessThan(4.3);
    expect(order(1)).toBeGreaterThan(2.7);
    expect(order(1)).toBeLessThan(3.3);
  });

  it("have an exact derivative as long as third cumulants vanish", () => {
    const network = variedNetwork(4, 1);
    const exact = exactNetwork(network);
    const rho = productState(states);
    const slope = exact.derivative(rho);
    const ahead = cumulantsOf(exact, 4, combine([1, rho], [0.5, slope]));
    const behind = cumulantsOf(exact, 4, combine([1, rho], [-0.5, slope]));
    const expected = ahead.map((value, k) => value - behind[k]!);
    expect(largestGap(derivativeOf(network, cumulantsOf(exact, 4, rho)), expected)).toBeLessThan(1e-13);
  });
});

describe("symmetries", () => {
  const network = variedNetwork(4, 1);
  const y = Float64Array.from({ length: stateLength(4) }, (_, k) => 0.1 * Math.sin(1.7 * k + 0.3));

  /** Every tensor index turned by the common phase. */
  const turned = (state: Float64Array, angle: number) => {
    const out = Float64Array.from(state);
    out.set(rotated(state.slice(0, 32), angle));
    for (let o = 32; o < state.length; o += 64) {
      const rows = Array.from({ length: 8 }, (_, r) => rotated(state.slice(o + 8 * r, o + 8 * r + 8), angle));
      for (let c = 0; c < 8; c++) {
        const column = rotated(
          Float64Array.from(rows, (row) => row[c]!),
          angle,
        );
        for (let r = 0; r < 8; r++) out[o + 8 * r + c] = column[r]!;
      }
    }
    return out;
  };

  it("U(1): a common phase commutes with the equations", () => {
    const a = derivativeOf(network, turned(y, 0.7));
    expect(largestGap(a, turned(derivativeOf(network, y), 0.7))).toBeLessThan(1e-14);
  });

  it("renaming the sites renames the answer", () => {
    const names = [2, 0, 3, 1];
    const renamed: Network = {
      sites: [0, 1, 2, 3].map((s) => varied[names.indexOf(s)]!),
      coupling: createCoupling(
        4,
        couplings.map(({ i, j, re, im }) => ({ i: names[i]!, j: names[j]!, re, im })),
      ),
    };
    const rename = (state: Float64Array) => {
      const out = new Float64Array(state.length);
      for (let i = 0; i < 4; i++) {
        for (let k = 0; k < 8; k++) out[8 * names[i]! + k] = state[8 * i + k]!;
        for (let j = i + 1; j < 4; j++) {
          const [p, q] = [names[i]!, names[j]!];
          for (let r = 0; r < 8; r++) {
            for (let c = 0; c < 8; c++) {
              const to = p < q ? pairOffset(4, p, q) + 8 * r + c : pairOffset(4, q, p) + 8 * c + r;
              out[to] = state[pairOffset(4, i, j) + 8 * r + c]!;
            }
          }
        }
      }
      return out;
    };
    expect(largestGap(derivativeOf(renamed, rename(y)), rename(derivativeOf(network, y)))).toBeLessThan(
      1e-14,
    );
  });

  it("the phase of a site can be moved into the couplings", () => {
    // A_1 → e^{iφ}A_1 turns the coherences of site 1 and J_1j.
    const angle = 0.9;
    const c = Math.cos(angle);
    const s = Math.sin(angle);
    const gauge: Network = {
      sites: network.sites,
      coupling: createCoupling(
        4,
        couplings.map(({ i, j, re, im }) => {
          const sign = i === 1 ? 1 : j === 1 ? -1 : 0;
          return {
            i,
            j,
            re: sign === 0 ? re : c * re + sign * s * im,
            im: sign === 0 ? im : c * im - sign * s * re,
          };
        }),
      ),
    };
    const moved = (state: Float64Array) => {
      const out = Float64Array.from(state);
      out.set(rotated(state.slice(8, 16), angle), 8);
      for (const j of [0, 2, 3]) {
        const o = pairOffset(4, Math.min(1, j), Math.max(1, j));
        for (let k = 0; k < 8; k++) {
          const own = Float64Array.from({ length: 8 }, (_, r) => state[o + (j > 1 ? 8 * r + k : 8 * k + r)]!);
          rotated(own, angle).forEach((value, r) => {
            out[o + (j > 1 ? 8 * r + k : 8 * k + r)] = value;
          });
        }
      }
      return out;
    };
    expect(largestGap(derivativeOf(gauge, moved(y)), moved(derivativeOf(network, y)))).toBeLessThan(1e-14);
  });
});

describe("without coupling", () => {
  it("correlations decay by the propagators of the two sites", () => {
    const network: Network = { sites: varied, coupling: createCoupling(4, []) };
    const start = Float64Array.from({ length: stateLength(4) }, (_, k) => 0.1 * Math.sin(2.3 * k));
    states.forEach((rho, s) => {
      start.set(coordinatesOf(rho), 8 * s);
    });
    const y = Float64Array.from(start);
    integrate(networkCumulantRightHandSide(network), 0, y, [1.5], () => {}, { rtol: 1e-12, atol: 1e-15 });
    const maps = varied.map((site) => uncoupledEvolution(site, 1.5));
    for (let i = 0; i < 4; i++) {
      for (let r = 0; r < 8; r++) {
        let x = maps[i]!.constant[r]!;
        for (let k = 0; k < 8; k++) x += maps[i]!.linear[8 * r + k]! * start[8 * i + k]!;
        expect(Math.abs(y[8 * i + r]! - x)).toBeLessThan(1e-11);
      }
      for (let j = i + 1; j < 4; j++) {
        const o = pairOffset(4, i, j);
        for (let r = 0; r < 8; r++) {
          for (let c = 0; c < 8; c++) {
            let d = 0;
            for (let k = 0; k < 64; k++) {
              d += maps[i]!.linear[8 * r + (k >> 3)]! * start[o + k]! * maps[j]!.linear[8 * c + (k & 7)]!;
            }
            expect(Math.abs(y[o + 8 * r + c]! - d)).toBeLessThan(1e-11);
          }
        }
      }
    }
  });
});
