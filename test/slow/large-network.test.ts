import { describe, expect, it } from "vitest";
import { createRandom } from "#core/random";
import { coordinatesOf, densityMatrixAt } from "#model/generator";
import { seededState } from "#model/initial-states";
import { createCoupling } from "#model/network";
import { noChannels, type Oscillator, spinOneLadder } from "#model/oscillator";
import { evolveCompiledEnsemble } from "#simulators/compiled-ensemble/ensemble";
import { integrate, networkRightHandSide, raisingAmplitude } from "#simulators/index";
import { evolveLargeNetwork, type LargeCoupling, type LargeNetwork } from "#simulators/large-network/evolve";
import { figureS4 } from "../unit/simulators-finite/problems.ts";

const site: Oscillator = {
  gain: 0.5,
  loss: 1,
  asymmetry: 0,
  detuning: 0,
  ladder: spinOneLadder,
  channels: noChannels,
};

const million = 1_000_000;

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a, (value, k) => Math.abs(value - b[k]!)).reduce((most, d) => Math.max(most, d), 0);
}

describe("a million sites", () => {
  it("without coupling: detunings spread evenly over ±w dephase as sin(wt)/wt, in closed form", () => {
    const width = 0.8;
    // Midpoints of a million equal intervals: the sum is the integral to 1e-12.
    const detuning = Float64Array.from({ length: million }, (_, i) => width * ((2 * i + 1) / million - 1));
    const network: LargeNetwork = {
      size: million,
      site,
      disorder: { detuning },
      coupling: { kind: "ring", range: 1, strength: 0, boundary: "periodic" },
    };
    const times = [0, 1, 2.5, 4];
    const { orderParameter, cost } = evolveLargeNetwork(network, seededState(), times, { rtol: 1e-8 });
    times.forEach((t, k) => {
      // ρ₁₂(0) = 1/10 decays at γ₋/2.
      const spread = t === 0 ? 1 : Math.abs(Math.sin(width * t)) / (width * t);
      expect(Math.abs(orderParameter[k]! - 0.1 * Math.SQRT2 * Math.exp(-t / 2) * spread)).toBeLessThan(1e-8);
    });
    // Five, and a double a site for the detuning.
    expect(cost.stateVectors).toBeLessThan(5.2);
  });

  it("identical, on a ring of eight neighbours: every site is one oscillator in its own field", () => {
    const strength = 0.12;
    const i = new Uint32Array(4 * million);
    const j = new Uint32Array(4 * million);
    for (let a = 0; a < million; a++) {
      for (let d = 1; d <= 4; d++) {
        i[4 * a + d - 1] = a;
        j[4 * a + d - 1] = (a + d) % million;
      }
    }
    const pairs = { i, j, re: new Float64Array(4 * million).fill(strength) };
    const found = evolveLargeNetwork(
      { size: million, site, coupling: { kind: "sparse", pairs } },
      seededState(),
      [0, 1, 2],
      { rtol: 1e-8 },
    );
    const single = { sites: [site], coupling: createCoupling(1, [{ i: 0, j: 0, re: 8 * strength, im: 0 }]) };
    const expected: number[] = [];
    integrate(
      networkRightHandSide(single),
      0,
      coordinatesOf(seededState()),
      [0, 1, 2],
      (_, __, state) => {
        expected.push(Math.hypot(...raisingAmplitude([site], state, 0)));
      },
      { rtol: 1e-12, atol: 1e-14 },
    );
    expect(largestDifference(found.orderParameter, expected)).toBeLessThan(1e-8);
    expect(found.cost.bytesPerSite).toBeLessThan(10 * 64);
    // The renumbering that the far ends call for keeps every site where the user has it.
    for (const a of [0, 1, 499_999, million - 1]) {
      expect(largestDifference(found.finalState(a), found.finalState(17))).toBeLessThan(1e-13);
    }
  });
});

it("a disordered long-range chain of 100 000 sites: recursions and transforms agree", () => {
  const size = 100_000;
  const random = createRandom(3, "chain");
  const network = (coupling: LargeCoupling): LargeNetwork => ({
    size,
    site,
    disorder: { detuning: Float64Array.from({ length: size }, () => 0.5 * random.normal()) },
    coupling,
  });
  const chain = network({ kind: "chain", alpha: 1.2, strength: 0.3, boundary: "open" });
  const kernel = { re: Float64Array.from({ length: size }, (_, d) => (d === 0 ? 0 : 0.3 / d ** 1.2)) };
  const initial = (i: number) =>
    densityMatrixAt([1 / 3, 1 / 3, 0, 0, 0.1 * Math.cos(i), 0.1 * Math.sin(i), 0, 0]);
  const times = [0, 1, 2, 3];
  const rough = evolveLargeNetwork(chain, initial, times, { rtol: 1e-7, couplingAccuracy: 1e-3 });
  const transform = { ...chain, coupling: { kind: "translation", kernel } } as const;
  const exact = evolveLargeNetwork(transform, initial, times, { rtol: 1e-7 });
  expect(rough.couplingError).toBeGreaterThan(1e-5);
  expect(rough.couplingError).toBeLessThan(1e-3);
  expect(exact.couplingError).toBe(0);
  const difference = largestDifference(rough.orderParameter, exact.orderParameter);
  expect(difference).toBeGreaterThan(0);
  expect(difference).toBeLessThan(rough.couplingError);
});

it("a dense J of 3000 sites is the sparse one with all its pairs", () => {
  const size = 3000;
  const element = (i: number, j: number) => Math.cos(i * j) / size;
  const rows = {
    complex: false,
    row(i: number, re: Float64Array) {
      for (let j = i; j < size; j++) re[j] = element(i, j);
    },
  };
  const count = (size * (size + 1)) / 2;
  const pairs = { i: new Uint32Array(count), j: new Uint32Array(count), re: new Float64Array(count) };
  let k = 0;
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      pairs.i[k] = i;
      pairs.j[k] = j;
      pairs.re[k++] = element(i, j);
    }
  }
  const run = (coupling: LargeCoupling) =>
    evolveLargeNetwork({ size, site, coupling }, seededState(), [0, 1, 2], { rtol: 1e-9 });
  const [dense, sparse] = [run({ kind: "dense", rows }), run({ kind: "sparse", pairs })];
  expect(largestDifference(dense.orderParameter, sparse.orderParameter)).toBeLessThan(1e-13);
  expect(largestDifference(dense.frequency, sparse.frequency)).toBeLessThan(1e-10);
});

describe("the vectorised truncated-Wigner ensemble", () => {
  // An independent ensemble with its own clipping: value and standard error.
  it.each([
    [0.75, 100, 12.06, 0.23, 22],
    [0.75, 500, 50.2, 1.4, 80],
    [1, 500, 50.1, 1.6, 80],
    [1.5, 500, 33.6, 0.9, 60],
  ])("V = %d, N = %d: lifetime %d(%d)", (coupling, size, known, error, end) => {
    const { lifetime, lifetimeError } = evolveCompiledEnsemble(figureS4(size, coupling), [0, end], {
      trajectories: 10_000,
      seed: 8,
    });
    expect(Math.abs(lifetime! - known)).toBeLessThan(3 * Math.hypot(error, lifetimeError!));
    expect(lifetimeError!).toBeLessThan(0.04 * known);
  });
});
