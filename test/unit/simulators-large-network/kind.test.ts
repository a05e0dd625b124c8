import { describe, expect, it } from "vitest";
import { simulate } from "#simulators/index";
import { randomRegularPairs } from "#simulators/large-network/random-graph";
import { refusal } from "../../support/refusal.ts";

const times = [0, 5, 20, 40, 60];
const base = { gain: 0.5, loss: 1, asymmetry: -2, detuning: 0.3, times };

interface Answer {
  order_parameter: number[];
  mean: [number, number][];
  populations: [number, number, number][];
  amplitude: { mean: number; deviation: number; smallest: number; largest: number };
  frequency: { mean: number; deviation: number } | null;
  sites?: { amplitude: number; frequency: number | null }[];
  cost: { bytes: number; estimated_seconds: number };
}
const large = (request: object) => simulate("large-network", request) as unknown as Answer;

/** The pairs of each coupling, worked out here from its definition. */
const pairsOf: Record<string, (n: number) => [object, [number, number, number][]]> = {
  "all to all": (n) => [{ kind: "all-to-all", strength: 1.3 }, everyPair(n, () => 1.3 / n)],
  "open chain": (n) => [
    { kind: "chain", strength: 0.6, alpha: 3, boundary: "open" },
    everyPair(n, (i, j) => 0.6 / (j - i) ** 3),
  ],
  "periodic ring of range 2": (n) => [
    { kind: "ring", strength: 0.3, range: 2 },
    everyPair(n, (i, j) => ([1, 2, n - 1, n - 2].includes(j - i) ? 0.3 : 0)),
  ],
  "open square of width 4": (n) => [
    { kind: "square", strength: 0.4, width: 4, boundary: "open" },
    everyPair(n, (i, j) => (j - i === 4 || (j - i === 1 && j % 4 !== 0) ? 0.4 : 0)),
  ],
};

function everyPair(n: number, strength: (i: number, j: number) => number): [number, number, number][] {
  const pairs: [number, number, number][] = [];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      if (strength(i, j) !== 0) pairs.push([i, j, strength(i, j)]);
    }
  }
  return pairs;
}

describe("simulate large-network", () => {
  const n = 12;
  it.each(Object.keys(pairsOf))("is the small-network kind: %s", (name) => {
    const [coupling, pairs] = pairsOf[name]!(n);
    const small = simulate("network", {
      ...base,
      sites: Array.from({ length: n }, () => ({})),
      couplings: pairs,
    }) as { order_parameter: number[]; sites: { amplitude: number; frequency: number }[] };
    for (const given of [coupling, { kind: "pairs", pairs }]) {
      const found = large({ ...base, size: n, coupling: given, rtol: 1e-9, per_site: true });
      found.order_parameter.forEach((value, k) => {
        expect(Math.abs(value - small.order_parameter[k]!)).toBeLessThan(1e-7);
        const [re, im] = found.mean[k]!;
        expect(Math.hypot(re, im)).toBeCloseTo(value, 12);
        expect(found.populations[k]!.reduce((sum, p) => sum + p)).toBeCloseTo(1, 12);
      });
      small.sites.forEach(({ amplitude, frequency }, i) => {
        expect(Math.abs(found.sites![i]!.amplitude - amplitude)).toBeLessThan(1e-6);
        expect(Math.abs(found.sites![i]!.frequency! - frequency)).toBeLessThan(1e-5);
      });
      expect(found.amplitude.mean).toBeCloseTo(
        small.sites.reduce((sum, site) => sum + site.amplitude, 0) / n,
        6,
      );
    }
  });

  it("on a random graph of one degree is a ring of the same degree: every site sees the same field", () => {
    const common = { ...base, size: 4000, per_site: false };
    const random = large({ ...common, coupling: { kind: "random", strength: 0.25, degree: 4, seed: 3 } });
    const ring = large({ ...common, coupling: { kind: "ring", strength: 0.25, range: 2 } });
    random.order_parameter.forEach((value, k) => {
      expect(Math.abs(value - ring.order_parameter[k]!)).toBeLessThan(1e-4);
    });
  });

  it("loses its order to disorder far wider than the coupling, and not to a narrow one", () => {
    const order = (width: number, distribution: string) =>
      large({
        ...base,
        size: 2000,
        times: [0, 30],
        disorder: { detuning: { width, distribution, cutoff: 2 } },
        coupling: { kind: "all-to-all", strength: 1.5 },
      }).order_parameter.at(-1)!;
    expect(order(0.01, "normal")).toBeGreaterThan(0.2);
    // ⟨A†⟩ of 2000 independent phases: about 1/√2000 of the single amplitude.
    expect(order(8, "uniform")).toBeLessThan(0.03);
    expect(order(8, "lorentzian")).toBeLessThan(0.03);
  });

  it("draws disorder that has the quartiles of its distribution", () => {
    // Uncoupled, ⟨A†⟩ of a site turns at its detuning; lorentzian: quartile of the part between the cutoffs.
    const widths = { normal: 0.6744898, uniform: 0.5, lorentzian: Math.tan(Math.atan(3) / 2) };
    for (const [distribution, quartile] of Object.entries(widths)) {
      const found = large({
        ...base,
        asymmetry: 0,
        detuning: 0,
        size: 20_000,
        times: [0, 0.01],
        disorder: { detuning: { width: 2, distribution, cutoff: 3 } },
        coupling: { kind: "all-to-all", strength: 0 },
        per_site: true,
      });
      const turning = found.sites!.map((site) => site.frequency!).sort((a, b) => a - b);
      expect(Math.abs(turning[15_000]! - 2 * quartile)).toBeLessThan(0.06);
      expect(Math.abs(turning[5_000]! + 2 * quartile)).toBeLessThan(0.06);
    }
  });

  it("says what it would take before it starts, and refuses what is too much", () => {
    const huge = { ...base, size: 100_000_000, coupling: { kind: "ring", strength: 0.5 } };
    const { cost } = large({ ...huge, size: 1_000_000, estimate_only: true });
    expect(cost.bytes / 1e6).toBeGreaterThan(8 * 8);
    expect(cost.bytes / 1e6).toBeLessThan(10 * 8 * 8);
    const tooLarge = refusal(() => large(huge));
    expect(tooLarge.code).toBe("simulate.too_large");
    expect(tooLarge.problems[0]).toMatchObject({ path: "size", found: 100_000_000 });
    const tooLong = refusal(() => large({ ...huge, size: 1_000_000, times: [0, 1e6] }));
    expect(tooLong.problems[0]).toMatchObject({ path: "times", found: 1e6 });
    expect(tooLong.problems[0]!.message).toMatch(/would take about .* hours, longer than 60 minutes/);
  });

  it.each([
    [{ kind: "random", strength: 1, degree: 3 }, "coupling.degree"],
    [{ kind: "square", strength: 1, width: 5 }, "coupling.width"],
    [{ kind: "ring", strength: 1, range: 6 }, "coupling.range"],
    [{ kind: "pairs", pairs: [[0, 12, 1]] }, "coupling.pairs[0]"],
    [
      {
        kind: "pairs",
        pairs: [
          [0, 1, 1],
          [1, 0, 1],
        ],
      },
      "coupling.pairs[1]",
    ],
  ])("refuses %o at %s", (coupling, path) => {
    expect(refusal(() => large({ ...base, size: n, coupling })).problems[0]!.path).toBe(path);
  });
});

describe("randomRegularPairs", () => {
  it("gives every site its degree, and the same graph for the same seed", () => {
    const graph = randomRegularPairs(1001, 6, 5);
    const degree = new Uint32Array(1001);
    for (const end of [...graph.i, ...graph.j]) degree[end]!++;
    expect(new Set(degree)).toEqual(new Set([6]));
    expect(randomRegularPairs(1001, 6, 5)).toEqual(graph);
    expect(randomRegularPairs(1001, 6, 6)).not.toEqual(graph);
    expect([...graph.i].every((site, k) => site !== graph.j[k])).toBe(true);
  });
});
