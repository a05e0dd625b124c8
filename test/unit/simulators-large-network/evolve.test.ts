import { describe, expect, it } from "vitest";
import type { ComplexMatrix } from "#core/complex-matrix";
import { eigenvalues } from "#core/eigenvalues";
import { createRandom } from "#core/random";
import { fullTurn } from "#core/units";
import { coordinateCount, coordinatesOf, densityMatrixAt } from "#model/generator";
import { seededState } from "#model/initial-states";
import { type CouplingEntry, createCoupling, type Network } from "#model/network";
import { bosonLadder, noChannels, type Oscillator, spinOneLadder } from "#model/oscillator";
import { integrate, networkRightHandSide, raisingAmplitude } from "#simulators/index";
import { evolveLargeNetwork, type LargeCoupling, type LargeNetwork } from "#simulators/large-network/evolve";
import { averageWindow } from "#simulators/mean-field/window";
import { denseCoupling, everyKind, randomPairs, type WholeMatrix } from "./couplings.ts";

const plainSite: Oscillator = {
  gain: 0.5,
  loss: 1,
  asymmetry: 0.3,
  detuning: 0.1,
  ladder: spinOneLadder,
  channels: noChannels,
};

const generalSite: Oscillator = {
  gain: 0.7,
  loss: 1.1,
  asymmetry: -0.8,
  detuning: 0.25,
  ladder: bosonLadder(2),
  channels: { relaxation10: 0.13, relaxation21: 0.07, heating01: 0.05, heating12: 0.09, dephasing: 0.2 },
};

function disorderOf(size: number, seed: number) {
  const random = createRandom(seed, "disorder");
  const spread = (middle: number, width: number) =>
    Float64Array.from({ length: size }, () => middle + width * (random.uniform() - 0.5));
  return {
    detuning: spread(0, 1),
    gain: spread(0.5, 0.3),
    loss: spread(1, 0.4),
    asymmetry: spread(-0.2, 0.6),
  };
}

/** A different density matrix on every site. */
function someState(site: number): ComplexMatrix {
  const phase = 1.7 * site;
  return densityMatrixAt([
    0.3 + 0.05 * Math.sin(site),
    0.3,
    0.1 * Math.cos(phase),
    0.1 * Math.sin(phase),
    0.12 * Math.cos(phase + 1),
    0.05,
    0.03,
    0.02,
  ]);
}

/** Site i of the network as an oscillator of its own. */
function sitesOf({ size, site, disorder }: LargeNetwork): Oscillator[] {
  return Array.from({ length: size }, (_, i) => ({
    ...site,
    ...Object.fromEntries(Object.entries(disorder ?? {}).map(([name, values]) => [name, values[i]])),
  }));
}

function entriesOf(size: number, { re, im }: WholeMatrix): CouplingEntry[] {
  const entries: CouplingEntry[] = [];
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      const k = i * size + j;
      if (re[k] !== 0 || im[k] !== 0) entries.push({ i, j, re: re[k]!, im: im[k]! });
    }
  }
  return entries;
}

/** Reference: the plain right-hand side and the integrator of the small simulators. */
function reference(network: Network, initial: (site: number) => ComplexMatrix, times: readonly number[]) {
  const { sites } = network;
  const y = new Float64Array(sites.length * coordinateCount);
  sites.forEach((_, s) => {
    y.set(coordinatesOf(initial(s)), s * coordinateCount);
  });
  const f = networkRightHandSide(network);
  const order: number[] = [];
  const populations: number[][] = [];
  const states: Float64Array[] = [];
  integrate(
    f,
    0,
    y,
    times,
    (_, __, state) => {
      let [re, im, p0, p2] = [0, 0, 0, 0];
      sites.forEach((_, s) => {
        const [a, b] = raisingAmplitude(sites, state, s);
        re += a / sites.length;
        im += b / sites.length;
        p0 += state[s * coordinateCount]! / sites.length;
        p2 += state[s * coordinateCount + 1]! / sites.length;
      });
      order.push(Math.hypot(re, im));
      populations.push([p0, 1 - p0 - p2, p2]);
      states.push(Float64Array.from(state));
    },
    { rtol: 1e-12, atol: 1e-14 },
  );
  return { f, order, populations, states };
}

const strict = { rtol: 1e-11, atol: 1e-13, couplingAccuracy: 1e-13 };
const times = Array.from({ length: 31 }, (_, k) => 0.2 * k);

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a, (value, k) => Math.abs(value - b[k]!)).reduce((most, d) => Math.max(most, d), 0);
}

function finalStates(size: number, state: (site: number) => Float64Array): Float64Array {
  const all = new Float64Array(size * coordinateCount);
  for (let i = 0; i < size; i++) all.set(state(i), i * coordinateCount);
  return all;
}

describe("evolveLargeNetwork against the plain right-hand side", () => {
  const cases = [24, 75].flatMap((size) =>
    everyKind(size, 3).map(({ name, coupling, matrix }) => ({ name, size, coupling, matrix })),
  );
  it.each(cases)(
    "$size sites, $name: order parameter, populations and every site",
    ({ size, coupling, matrix }) => {
      const network = { size, site: plainSite, disorder: disorderOf(size, 1), coupling };
      const sites = sitesOf(network);
      const found = evolveLargeNetwork(network, someState, times, strict);
      const small = { sites, coupling: createCoupling(size, entriesOf(size, matrix)) };
      const { order, populations, states } = reference(small, someState, times);
      expect(largestDifference(found.orderParameter, order)).toBeLessThan(1e-10);
      expect(largestDifference(found.populations, populations.flat())).toBeLessThan(1e-10);
      expect(largestDifference(finalStates(size, found.finalState), states.at(-1)!)).toBeLessThan(1e-9);
      // Mean amplitude and its argument belong together.
      times.forEach((_, k) => {
        expect(Math.hypot(found.mean[2 * k]!, found.mean[2 * k + 1]!)).toBeCloseTo(
          found.orderParameter[k]!,
          14,
        );
      });
    },
  );

  it("200 sites on a random graph with every channel, one parameter disordered", () => {
    const size = 200;
    const pairs = randomPairs(size, 500, 7, true);
    const network: LargeNetwork = {
      size,
      site: generalSite,
      disorder: { detuning: disorderOf(size, 2).detuning },
      coupling: { kind: "sparse", pairs },
    };
    const found = evolveLargeNetwork(network, someState, times, strict);
    const entries = Array.from(pairs.i, (i, k) => ({
      i,
      j: pairs.j[k]!,
      re: pairs.re[k]!,
      im: pairs.im![k]!,
    }));
    const small = { sites: sitesOf(network), coupling: createCoupling(size, entries) };
    const { order, states } = reference(small, someState, times);
    expect(largestDifference(found.orderParameter, order)).toBeLessThan(1e-10);
    expect(largestDifference(finalStates(size, found.finalState), states.at(-1)!)).toBeLessThan(1e-9);
  });

  it("is as accurate as it is asked to be", () => {
    const size = 20;
    const { coupling, matrix } = everyKind(size, 5)[3]!;
    const network = { size, site: plainSite, disorder: disorderOf(size, 1), coupling };
    const small = { sites: sitesOf(network), coupling: createCoupling(size, entriesOf(size, matrix)) };
    const { states } = reference(small, someState, times);
    const errors = [1e-5, 1e-7, 1e-9].map((rtol) => {
      const { finalState, steps } = evolveLargeNetwork(network, someState, [0, 6], { rtol });
      return { error: largestDifference(finalStates(size, finalState), states.at(-1)!), steps };
    });
    expect(errors[0]!.error).toBeLessThan(1e-4);
    expect(errors[1]!.error).toBeLessThan(1e-6);
    expect(errors[2]!.error).toBeLessThan(1e-8);
    // Order five: a hundredth of the tolerance for 100^(1/5) = 2.5 times the steps.
    expect(errors[2]!.steps / errors[1]!.steps).toBeGreaterThan(2);
    expect(errors[2]!.steps / errors[1]!.steps).toBeLessThan(3.2);
  });

  it("interpolates the order parameter between steps, however dense the times", () => {
    const size = 9;
    const { coupling, matrix } = everyKind(size, 2)[1]!;
    const network = { size, site: plainSite, coupling };
    const dense = Array.from({ length: 601 }, (_, k) => 0.01 * k);
    const found = evolveLargeNetwork(network, someState, dense, { rtol: 1e-9 });
    expect(found.steps).toBeLessThan(200);
    const small = { sites: sitesOf(network), coupling: createCoupling(size, entriesOf(size, matrix)) };
    expect(largestDifference(found.orderParameter, reference(small, someState, dense).order)).toBeLessThan(
      3e-9,
    );
  });
});

describe("time averages", () => {
  it("are those of the small network simulator over the second half of the times", () => {
    const size = 12;
    const { coupling, matrix } = everyKind(size, 4)[1]!;
    const network = { size, site: plainSite, disorder: disorderOf(size, 3), coupling };
    const sites = sitesOf(network);
    const small = { sites, coupling: createCoupling(size, entriesOf(size, matrix)) };
    const { f, states } = reference(small, someState, [0, 7, 12]);
    const window = averageWindow(small, f, Float64Array.from(states[1]!), 5, 0.002, "even", {
      rtol: 1e-11,
      atol: 1e-13,
    });
    const found = evolveLargeNetwork(network, someState, [2, 3, 12], strict);
    window.sites.forEach(({ amplitude, frequency }, i) => {
      expect(Math.abs(found.amplitude[i]! - amplitude)).toBeLessThan(1e-7);
      expect(Math.abs(found.frequency[i]! - frequency)).toBeLessThan(1e-8);
    });
  });

  it("follow an uncoupled site through beats that come near zero, in closed form", () => {
    // ⟨A†⟩ = √2 (ρ₀₁ e^{(iω₁−κ₁)t} + ρ₁₂ e^{(iω₂−κ₂)t}), κ₁ = γ₊/2, κ₂ = γ₋/2.
    const site = { ...plainSite, gain: 0.02, loss: 0.021, asymmetry: 5, detuning: -1.5 };
    const [first, second] = [0.2, 0.19];
    const initial = densityMatrixAt([1 / 3, 1 / 3, first, 0, second, 0, 0, 0]);
    const network: LargeNetwork = {
      size: 3,
      site,
      coupling: { kind: "ring", range: 1, strength: 0, boundary: "open" },
    };
    const [from, to] = [10, 20];
    const amplitude = (t: number) => {
      const [a, b] = [first * Math.exp(-0.01 * t), second * Math.exp(-0.0105 * t)];
      return [
        a * Math.cos(-1.5 * t) + b * Math.cos(3.5 * t),
        a * Math.sin(-1.5 * t) + b * Math.sin(3.5 * t),
      ] as const;
    };
    const pieces = 200_000;
    let mean = 0;
    let turned = 0;
    let [re, im] = amplitude(from);
    for (let k = 1; k <= pieces; k++) {
      const [nextRe, nextIm] = amplitude(from + ((to - from) * k) / pieces);
      mean += (Math.SQRT1_2 * (Math.hypot(re, im) + Math.hypot(nextRe, nextIm))) / pieces;
      turned += Math.atan2(re * nextIm - im * nextRe, re * nextRe + im * nextIm);
      [re, im] = [nextRe, nextIm];
    }
    const found = evolveLargeNetwork(network, initial, [0, to], { rtol: 1e-9 });
    for (let i = 0; i < 3; i++) {
      expect(Math.abs(found.frequency[i]! - turned / (to - from))).toBeLessThan(1e-7);
      expect(Math.abs(found.amplitude[i]! - mean)).toBeLessThan(2e-5);
    }
    // A turn lost or won would show.
    expect(fullTurn / (to - from)).toBeGreaterThan(0.5);
  });

  it("say nothing about the phase of silence", () => {
    const network: LargeNetwork = {
      size: 4,
      site: plainSite,
      coupling: { kind: "ring", range: 1, strength: 0.2, boundary: "periodic" },
    };
    const diagonal = densityMatrixAt([0.3, 0.3, 0, 0, 0, 0, 0, 0]);
    const found = evolveLargeNetwork(network, diagonal, [0, 5]);
    expect([...found.amplitude]).toEqual([0, 0, 0, 0]);
    expect([...found.frequency].every(Number.isNaN)).toBe(true);
    expect(found.orderParameter[1]).toBe(0);
  });

  it("of a single time are the values there", () => {
    const network: LargeNetwork = {
      size: 2,
      site: { ...plainSite, asymmetry: 0 },
      coupling: { kind: "ring", range: 1, strength: 0, boundary: "open" },
    };
    const { amplitude, frequency } = evolveLargeNetwork(network, seededState(), [3], strict);
    // Only ρ₁₂ is seeded, with 1/10; it turns at the detuning and decays at γ₋/2.
    expect(Math.abs(amplitude[1]! - 0.1 * Math.SQRT2 * Math.exp(-1.5))).toBeLessThan(1e-11);
    expect(Math.abs(frequency[1]! - 0.1)).toBeLessThan(1e-9);
  });
});

describe("symmetries", () => {
  const size = 31;
  const pairs = randomPairs(size, 90, 11, true);
  const base: LargeNetwork = {
    size,
    site: plainSite,
    disorder: disorderOf(size, 9),
    coupling: { kind: "sparse", pairs },
  };
  const asked = [0, 1, 2, 4];
  const found = evolveLargeNetwork(base, someState, asked, strict);

  it("a common phase changes nothing but the phase", () => {
    const angle = 1.234;
    const turned = (i: number) => {
      const x = coordinatesOf(someState(i));
      for (const [k, m] of [
        [2, 1],
        [4, 1],
        [6, 2],
      ] as const) {
        const [re, im] = [x[k]!, x[k + 1]!];
        x[k] = re * Math.cos(m * angle) - im * Math.sin(m * angle);
        x[k + 1] = re * Math.sin(m * angle) + im * Math.cos(m * angle);
      }
      return densityMatrixAt(x);
    };
    const other = evolveLargeNetwork(base, turned, asked, strict);
    expect(largestDifference(other.orderParameter, found.orderParameter)).toBeLessThan(1e-12);
    // The steps differ, and with them the quadrature of the average.
    expect(largestDifference(other.amplitude, found.amplitude)).toBeLessThan(1e-7);
    expect(largestDifference(other.frequency, found.frequency)).toBeLessThan(1e-10);
  });

  it("complex conjugation: (J, K, δ) → −(J*, K, δ) turns the other way", () => {
    const opposite: LargeNetwork = {
      ...base,
      disorder: {
        ...base.disorder,
        detuning: base.disorder!.detuning!.map((x) => -x),
        asymmetry: base.disorder!.asymmetry!.map((x) => -x),
      },
      // −J*: real part reversed, imaginary part kept.
      coupling: { kind: "sparse", pairs: { ...pairs, re: pairs.re.map((x) => -x) } },
    };
    const conjugate = (i: number) => {
      const x = coordinatesOf(someState(i));
      for (const k of [3, 5, 7]) x[k] = -x[k]!;
      return densityMatrixAt(x);
    };
    const other = evolveLargeNetwork(opposite, conjugate, asked, strict);
    expect(largestDifference(other.orderParameter, found.orderParameter)).toBeLessThan(1e-12);
    expect(largestDifference(other.amplitude, found.amplitude)).toBeLessThan(1e-12);
    expect(
      largestDifference(
        other.frequency,
        found.frequency.map((x) => -x),
      ),
    ).toBeLessThan(1e-11);
  });

  it("renaming the sites renames the answers", () => {
    const order = Uint32Array.from({ length: size }, (_, i) => (7 * i + 3) % size);
    const moved = (values: Float64Array) => {
      const out = new Float64Array(size);
      values.forEach((value, i) => {
        out[order[i]!] = value;
      });
      return out;
    };
    const back = new Map([...order].map((to, from) => [to, from]));
    const network: LargeNetwork = {
      ...base,
      disorder: Object.fromEntries(Object.entries(base.disorder!).map(([name, v]) => [name, moved(v)])),
      coupling: {
        kind: "sparse",
        pairs: { ...pairs, i: pairs.i.map((i) => order[i]!), j: pairs.j.map((j) => order[j]!) },
      },
    };
    const other = evolveLargeNetwork(network, (i) => someState(back.get(i)!), asked, strict);
    expect(largestDifference(other.orderParameter, found.orderParameter)).toBeLessThan(1e-13);
    expect(largestDifference(other.amplitude, moved(found.amplitude))).toBeLessThan(1e-12);
    expect(largestDifference(other.frequency, moved(found.frequency))).toBeLessThan(1e-11);
    expect(largestDifference(other.finalState(order[5]!), found.finalState(5))).toBeLessThan(1e-12);
  });

  it("a sparse network large enough to be renumbered keeps the user's order of sites", () => {
    const many = 40_000;
    // A ring whose neighbours are far apart in the numbering.
    const stride = 17_011;
    const i = Uint32Array.from({ length: many }, (_, k) => (k * stride) % many);
    const j = Uint32Array.from({ length: many }, (_, k) => ((k + 1) * stride) % many);
    const disorder = { detuning: Float64Array.from({ length: many }, (_, k) => Math.sin(k)) };
    const state = (site: number) => someState(site % 1000);
    const run = (coupling: LargeCoupling, arrange: (k: number) => number) =>
      evolveLargeNetwork(
        {
          size: many,
          site: plainSite,
          disorder: { detuning: disorder.detuning.map((_, k) => disorder.detuning[arrange(k)]!) },
          coupling,
        },
        (k) => state(arrange(k)),
        [0, 0.5],
        { rtol: 1e-6 },
      );
    const scattered = run(
      { kind: "sparse", pairs: { i, j, re: new Float64Array(many).fill(0.3) } },
      (k) => k,
    );
    const lined = run(
      { kind: "ring", range: 1, strength: 0.3, boundary: "periodic" },
      (k) => (k * stride) % many,
    );
    expect(Math.abs(scattered.orderParameter[1]! - lined.orderParameter[1]!)).toBeLessThan(1e-13);
    for (const k of [0, 1, 77, 39_999]) {
      const site = (k * stride) % many;
      expect(largestDifference(scattered.finalState(site), lined.finalState(k))).toBeLessThan(1e-12);
      expect(Math.abs(scattered.frequency[site]! - lined.frequency[k]!)).toBeLessThan(1e-9);
    }
  });
});

describe("identical sites", () => {
  it.each<[string, (size: number) => LargeCoupling]>([
    [
      "a chain with α = 0",
      (size) => ({ kind: "chain", alpha: 0, strength: 0.9 / size, boundary: "periodic" }),
    ],
    [
      "a dense J",
      (size) =>
        denseCoupling(size, {
          re: new Float64Array(size ** 2).fill(0.9 / size),
          im: new Float64Array(size ** 2),
        }),
    ],
  ])("coupled all to all by %s are one group", (name, coupling) => {
    const size = 40;
    // The chain leaves out the field of a site on itself.
    const strength = name.startsWith("a chain") ? (0.9 * (size - 1)) / size : 0.9;
    const found = evolveLargeNetwork(
      { size, site: plainSite, coupling: coupling(size) },
      seededState(),
      times,
      strict,
    );
    const group = { sites: [plainSite], coupling: createCoupling(1, [{ i: 0, j: 0, re: strength, im: 0 }]) };
    const { order, states } = reference(group, () => seededState(), times);
    expect(largestDifference(found.orderParameter, order)).toBeLessThan(1e-11);
    for (const i of [0, 17, 39]) {
      expect(largestDifference(found.finalState(i), states.at(-1)!)).toBeLessThan(1e-10);
    }
  });
});

it("states stay density matrices: trace one by construction, no negative eigenvalue", () => {
  const size = 63;
  const network: LargeNetwork = {
    size,
    site: plainSite,
    disorder: disorderOf(size, 5),
    coupling: { kind: "chain", alpha: 1.2, strength: 1.5, boundary: "open" },
  };
  const pure = densityMatrixAt([0.25, 0.25, Math.SQRT1_2 / 2, 0, Math.SQRT1_2 / 2, 0, 0.25, 0]);
  const { finalState, orderParameter } = evolveLargeNetwork(network, pure, [0, 1, 30], { rtol: 1e-9 });
  expect(orderParameter[0]).toBeCloseTo(1, 14);
  for (let i = 0; i < size; i++) {
    const values = eigenvalues(densityMatrixAt(finalState(i))).map(({ re }) => re);
    expect(Math.min(...values)).toBeGreaterThan(-1e-9);
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
  }
});
