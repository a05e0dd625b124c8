import { describe, expect, it } from "vitest";
import { simulate } from "#simulators/index";
import { refusal } from "../../support/refusal.ts";

interface Answer {
  readonly theory: string;
  readonly order_parameter: (number | null)[];
  readonly sites: { amplitude: number; frequency: number | null }[];
  readonly growth_rate: number;
  readonly cumulant?: {
    readonly theory: string;
    readonly order_parameter: (number | null)[];
    readonly sites: { amplitude: number; frequency: number | null }[];
    readonly pair_correlation: [number, number][][];
    readonly breakdown: { time: number; reason: string } | null;
  };
  readonly disagreement?: { order_parameter: number; amplitude: number };
}

const run = (request: object) => simulate("network", request) as unknown as Answer;

const chain = {
  gain: 0.5,
  loss: 1,
  sites: [{ detuning: 0.1 }, {}, { detuning: -0.1 }, { asymmetry: 0.2 }],
  couplings: [
    [0, 1, 0.4],
    [1, 2, [0.3, 0.1]],
    [2, 3, 0.4],
  ],
  times: [0, 1, 2, 4],
};

describe("network, theory", () => {
  it("is the mean field unless asked otherwise", () => {
    const answer = run(chain);
    expect(answer.theory).toBe("mean field (product states)");
    expect(answer).not.toHaveProperty("cumulant");
    expect(run({ ...chain, theory: "mean-field" })).toEqual(answer);
  });

  it("both: the mean field, the cumulants and how far they are apart", () => {
    const plain = run(chain);
    const both = run({ ...chain, theory: "both" });
    expect(both).toMatchObject(plain);
    const { cumulant, disagreement } = both;
    const gaps = both.order_parameter.map((value, k) => Math.abs(value! - cumulant!.order_parameter[k]!));
    expect(disagreement!.order_parameter).toBeCloseTo(Math.max(...gaps), 8);
    expect(disagreement!.amplitude).toBeGreaterThan(0);
    expect(cumulant!.sites).toHaveLength(4);
    expect(cumulant!.breakdown).toBeNull();
    cumulant!.pair_correlation.forEach((row, i) => {
      expect(row).toHaveLength(4);
      expect(row[i]![0]).toBeGreaterThan(0);
      row.forEach(([re, im], j) => {
        const [re2, im2] = cumulant!.pair_correlation[j]![i]!;
        expect(re).toBeCloseTo(re2, 14);
        expect(im).toBeCloseTo(-im2, 14);
      });
    });
    expect(JSON.parse(JSON.stringify(both))).toEqual(both);
  });

  it("cumulant: the same numbers in the first place, named so", () => {
    const both = run({ ...chain, theory: "both" });
    const answer = run({ ...chain, theory: "cumulant" });
    expect(answer.theory).toMatch(/second-order cumulants/);
    expect(answer.order_parameter).toEqual(both.cumulant!.order_parameter);
    expect(answer.sites).toEqual(both.cumulant!.sites);
    expect(answer.cumulant).toEqual(both.cumulant);
    expect(answer.disagreement).toEqual(both.disagreement);
    expect(answer.growth_rate).toBe(both.growth_rate);
  });

  it("says when the closure fails, with null instead of numbers", () => {
    const answer = run({
      gain: 0.5,
      loss: 1,
      sites: [{}, { detuning: 0.17 }, { detuning: 0.18 }],
      couplings: [
        [0, 1, 2.5],
        [1, 2, 2.5],
      ],
      times: [0, 10, 20, 30],
      theory: "cumulant",
    });
    expect(answer.cumulant!.breakdown!.time).toBeGreaterThan(10);
    expect(answer.order_parameter[1]).toBeTypeOf("number");
    expect(answer.order_parameter[3]).toBeNull();
    expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
  });

  it("refuses what it cannot do, with the limit and what would do", () => {
    const many = { gain: 0.5, loss: 1, sites: Array(81).fill({}), couplings: [[0, 1, 1]], times: [0, 1] };
    const sites = refusal(() => run({ ...many, theory: "both" }));
    expect(sites).toMatchObject({ code: "simulate.too_large", exitStatus: 2 });
    expect(sites.problems[0]).toMatchObject({ path: "sites", found: 81, expected: "at most 80 sites" });
    expect(sites.problems[0]!.hint).toMatch(/mean-field/);
    expect(run(many).order_parameter).toHaveLength(2);
    const long = refusal(() => run({ ...chain, times: [0, 1e5], theory: "cumulant" }));
    expect(long).toMatchObject({ code: "simulate.too_large", exitStatus: 2 });
    expect(long.problems[0]).toMatchObject({ path: "times", found: 1e5 });
    const self = refusal(() => run({ ...chain, couplings: [[1, 1, 0.5]], theory: "cumulant" }));
    expect(self).toMatchObject({ code: "simulate.invalid", exitStatus: 2 });
    expect(self.problems[0]!.path).toBe("couplings");
    expect(refusal(() => run({ ...chain, theory: "exact" })).problems[0]!.path).toBe("theory");
  });
});
