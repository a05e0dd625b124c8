import { describe, expect, it } from "vitest";
import { noChannels, spinOneLadder } from "#model/oscillator";
import {
  evolveLargeNetwork,
  type LargeCoupling,
  type LargeNetwork,
  largeNetworkCost,
} from "#simulators/large-network/evolve";
import { refusal } from "../../support/refusal.ts";
import { randomPairs } from "./couplings.ts";

const site = { gain: 0.5, loss: 1, asymmetry: 0, detuning: 0, ladder: spinOneLadder, channels: noChannels };
const ring = (range: number): LargeCoupling => ({ kind: "ring", range, strength: 0.1, boundary: "periodic" });
const network = (size: number, coupling: LargeCoupling): LargeNetwork => ({ size, site, coupling });

describe("largeNetworkCost", () => {
  it("counts five state vectors and the couplings", () => {
    const size = 100_000;
    const stateBytes = 64;
    const lattice = largeNetworkCost(network(size, ring(4)));
    // Four registers; amplitudes, fields and the averages make the fifth.
    expect(lattice.stateVectors).toBeGreaterThan(5);
    expect(lattice.stateVectors).toBeLessThan(5.01);
    expect(lattice.bytesPerSite).toBeLessThan(5.01 * stateBytes);

    const pairs = randomPairs(size, 4 * size, 3, false);
    const loops = pairs.i.filter((i, k) => i === pairs.j[k]).length;
    const sparse = largeNetworkCost(network(size, { kind: "sparse", pairs }));
    const entries = 8 * size - loops;
    expect(Math.abs(sparse.bytes - lattice.bytes - (12 * entries + 4 * (size + 1)))).toBeLessThan(500);
  });

  it("holds a million sparse sites in less than ten state vectors, all included", () => {
    const size = 1_000_000;
    const pairs = {
      i: new Uint32Array(4 * size),
      j: new Uint32Array(4 * size).fill(1),
      re: new Float64Array(4 * size),
    };
    const { bytesPerSite, stateVectors } = largeNetworkCost(network(size, { kind: "sparse", pairs }));
    expect(stateVectors).toBeLessThan(5.01);
    expect(bytesPerSite).toBeLessThan(430);
    expect(bytesPerSite / 64).toBeLessThan(10);
  });

  it("needs half of a dense matrix, a quarter of it in single precision, and grows as N²", () => {
    const dense = (size: number, precision: "double" | "single") =>
      largeNetworkCost(network(size, { kind: "dense", rows: { complex: false, row: () => {} }, precision }));
    const [small, large, single] = [dense(2000, "double"), dense(8000, "double"), dense(8000, "single")];
    const matrix = large.bytes - large.stateBytes;
    expect(matrix / 8 / 8000 ** 2).toBeGreaterThan(0.5);
    expect(matrix / 8 / 8000 ** 2).toBeLessThan(0.53);
    expect((single.bytes - single.stateBytes) / matrix).toBeCloseTo(0.5, 2);
    expect(matrix / (small.bytes - small.stateBytes)).toBeGreaterThan(14);
    expect(large.secondsPerEvaluation / small.secondsPerEvaluation).toBeGreaterThan(12);
  });

  it("keeps a long-range chain within a few hundred bytes a site", () => {
    for (const boundary of ["open", "periodic"] as const) {
      for (const size of [1 << 20, 1_000_000, (1 << 20) + 1]) {
        const chain = largeNetworkCost(network(size, { kind: "chain", alpha: 1.5, strength: 1, boundary }));
        expect(chain.bytesPerSite).toBeLessThan(490);
      }
    }
  });
});

describe("what does not fit is refused before anything is allocated", () => {
  it.each<[string, LargeNetwork, number]>([
    ["a lattice", network(30_000_000, ring(2)), 2 ** 33],
    ["a dense matrix", network(100_000, { kind: "dense", rows: { complex: true, row: () => {} } }), 2 ** 33],
    ["a chain", network(20_000_000, { kind: "chain", alpha: 1, strength: 1, boundary: "periodic" }), 2 ** 33],
  ])("%s, with a size that would fit", (_, large, memoryBytes) => {
    const before = process.memoryUsage().arrayBuffers;
    const { code, problems } = refusal(() =>
      evolveLargeNetwork(large, () => null as never, [1], { memoryBytes }),
    );
    const { path, found, expected } = problems[0]!;
    expect([code, path, found]).toEqual(["simulate.too_large", "size", large.size]);
    const fits = Number(/at most about (\d+)/.exec(expected!)![1]);
    expect(fits).toBeGreaterThan(1000);
    // Just below what is named fits, well above does not.
    const size = Math.floor(0.93 * fits);
    expect(largeNetworkCost({ ...large, size }, { memoryBytes }).bytes).toBeLessThan(memoryBytes);
    refusal(() => largeNetworkCost({ ...large, size: Math.ceil(1.2 * fits) }, { memoryBytes }));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5e7);
  });

  it("obeys the memory allowed", () => {
    const small = network(10_000, ring(1));
    const { bytes } = largeNetworkCost(small);
    expect(largeNetworkCost(small, { memoryBytes: bytes }).bytes).toBe(bytes);
    expect(refusal(() => largeNetworkCost(small, { memoryBytes: bytes - 1 })).code).toBe(
      "simulate.too_large",
    );
  });
});

describe("input that cannot be is refused with its place", () => {
  const good = network(10, ring(2));
  const pairs = { i: Uint32Array.of(1, 2), j: Uint32Array.of(3, 9), re: Float64Array.of(1, 2) };
  it.each<[string, LargeNetwork]>([
    ["size", { ...good, size: 0 }],
    ["size", { ...good, size: 2.5 }],
    ["size", { ...good, size: 2 ** 40 }],
    ["site.loss", { ...good, site: { ...site, loss: Number.NaN } }],
    ["disorder.gain", { ...good, disorder: { gain: new Float64Array(9) } }],
    [
      "disorder.gain[3]",
      {
        ...good,
        disorder: { gain: Float64Array.from({ length: 10 }, (_, k) => 3 - 2 * Number(k === 3) * 3) },
      },
    ],
    ["disorder.detuning[0]", { ...good, disorder: { detuning: new Float64Array(10).fill(Infinity) } }],
    ["coupling.range", { ...good, coupling: ring(5) }],
    ["coupling.range", { ...good, coupling: ring(0.5) }],
    ["coupling.width", network(10, { kind: "square", width: 3, strength: 1, boundary: "open" })],
    ["coupling.width", network(10, { kind: "square", width: 5, strength: 1, boundary: "periodic" })],
    ["coupling.alpha", network(10, { kind: "chain", alpha: -1, strength: 1, boundary: "open" })],
    ["coupling.strength", network(10, { kind: "chain", alpha: 1, strength: Number.NaN, boundary: "open" })],
    ["coupling.kernel", network(10, { kind: "translation", kernel: { re: [1, 2] } })],
    ["coupling.kernel[4]", network(5, { kind: "translation", kernel: { re: [0, 1, 2, 3, Infinity] } })],
    ["coupling.pairs[1]", network(9, { kind: "sparse", pairs })],
    ["coupling.pairs", network(10, { kind: "sparse", pairs: { ...pairs, re: Float64Array.of(1) } })],
    [
      "coupling.pairs[0]",
      network(10, { kind: "sparse", pairs: { ...pairs, re: Float64Array.of(Number.NaN, 1) } }),
    ],
  ])("%s", (path, bad) => {
    const { code, problems } = refusal(() => largeNetworkCost(bad));
    expect([code, problems[0]!.path]).toEqual(["input.invalid", path]);
  });

  it.each([[[]], [[-1]], [[2, 1]], [[0, Number.NaN]]])("times %j", (times) => {
    expect(refusal(() => evolveLargeNetwork(good, () => null as never, times)).code).toBe("input.invalid");
  });
});
