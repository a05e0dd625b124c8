import { describe, expect, it } from "vitest";
import { coordinatesOf } from "#model/generator";
import { createCoupling } from "#model/network";
import { cumulantLifetime, evolveCumulants, evolveSpecies } from "#simulators/finite-size/cumulant-evolution";
import { cumulantLayout, groupModel, twoGroupModel } from "#simulators/finite-size/cumulants";
import { evolveExactly } from "#simulators/finite-size/exact";
import { type GroupProblem, groupNetworkOf } from "#simulators/finite-size/group-problem";
import { evolveNetworkExactly } from "#simulators/finite-size/network-exact";
import {
  symmetricCumulantRightHandSide,
  symmetricPairCorrelation,
} from "#simulators/finite-size/symmetric-cumulants";
import { integrate, networkRightHandSide, raisingAmplitude, simulate } from "#simulators/index";
import { readReference } from "../../support/reference.ts";
import { refusal } from "../../support/refusal.ts";
import {
  type ExactReference,
  figureS4,
  figureS4Site,
  generalProblem,
  largestDifference,
  nestedState,
  referenceTimes,
  setA,
  setB,
} from "./problems.ts";

/** Largest errors of ⟨A†⟩ and of ⟨A†₁A₂⟩ against the exact master equation. */
function errors(problem: GroupProblem, times: readonly number[]): { one: number; two: number } {
  const exact = evolveExactly(problem, times);
  const found = evolveCumulants(problem, times);
  return {
    one: Math.max(
      ...times.map((_, k) =>
        Math.hypot(found.raising[k]!.re - exact.raising[k]!.re, found.raising[k]!.im - exact.raising[k]!.im),
      ),
    ),
    two: largestDifference(found.pairCorrelation, exact.pairCorrelation),
  };
}

describe("second-order cumulants", () => {
  it("has 44 real variables for one group", () => {
    expect(cumulantLayout(groupModel(figureS4Site, 100, 1)).length).toBe(44);
  });

  it("is exact for two oscillators, which have no third cumulant", () => {
    for (const problem of [setA(2), setB(2), generalProblem(2)]) {
      const { one, two } = errors(problem, referenceTimes);
      expect(one).toBeLessThan(1e-12);
      expect(two).toBeLessThan(1e-12);
    }
  });

  it.each([3, 4])("N = %d: the error starts with V⁴ in ⟨A†⟩ and V³ in ⟨A†₁A₂⟩", (size) => {
    for (const problem of [setB(size), generalProblem(size)]) {
      const at = (coupling: number) => errors({ ...problem, coupling }, [1]);
      const [small, large] = [at(0.05), at(0.1)];
      expect(Math.abs(Math.log2(large.one / small.one) - 4)).toBeLessThan(0.25);
      expect(Math.abs(Math.log2(large.two / small.two) - 3)).toBeLessThan(0.25);
    }
  });

  it("is not a few-percent method at N ~ 3 … 10: errors as documented", () => {
    expect(errors(setA(4), referenceTimes).one).toBeGreaterThan(0.01);
    expect(errors(setB(10), referenceTimes).one).toBeGreaterThan(0.03);
    expect(errors(setB(10), referenceTimes).one).toBeLessThan(0.05);
  });

  it("becomes the mean field for N → ∞", () => {
    const problem = setB(1e12);
    const f = networkRightHandSide(groupNetworkOf(problem));
    const y = coordinatesOf(problem.initial);
    const states: [number, number][] = [];
    integrate(
      f,
      0,
      y,
      referenceTimes,
      (_, __, state) => states.push(raisingAmplitude([problem.site], state, 0)),
      {
        rtol: 1e-12,
        atol: 1e-14,
      },
    );
    const { raising } = evolveCumulants(problem, referenceTimes);
    expect(
      largestDifference(
        raising.map(({ re }) => re),
        states.map(([re]) => re),
      ),
    ).toBeLessThan(1e-10);
    expect(
      largestDifference(
        raising.map(({ im }) => im),
        states.map(([, im]) => im),
      ),
    ).toBeLessThan(1e-10);
  });
});

describe("several groups", () => {
  it("a group split into two species is the same group", () => {
    const { site, initial, coupling } = generalProblem(7);
    const pair = coupling / 7;
    const split = evolveSpecies(
      {
        species: [
          { site, count: 3 },
          { site, count: 4 },
        ],
        coupling: [
          [pair, pair],
          [pair, pair],
        ],
      },
      [initial, initial],
      referenceTimes,
    );
    const whole = evolveCumulants(generalProblem(7), referenceTimes);
    for (const species of [0, 1]) {
      const found = split.raising[species]!;
      expect(
        largestDifference(
          found.map(({ re }) => re),
          whole.raising.map(({ re }) => re),
        ),
      ).toBeLessThan(1e-11);
      expect(
        largestDifference(
          found.map(({ im }) => im),
          whole.raising.map(({ im }) => im),
        ),
      ).toBeLessThan(1e-11);
    }
    for (const [s, t] of [
      [0, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      const found = split.pairCorrelation[s]![t]!.map(({ re }) => re);
      expect(largestDifference(found, whole.pairCorrelation)).toBeLessThan(1e-11);
    }
  });

  it("two different oscillators are exact: the 9 × 9 master equation", () => {
    const { site, initial } = generalProblem(2);
    const sites = [site, { ...site, gain: 0.3, asymmetry: 0.9, detuning: -0.6 }];
    const found = evolveSpecies(
      {
        species: sites.map((one) => ({ site: one, count: 1 })),
        coupling: [
          [0, 0.4],
          [0.4, 0],
        ],
      },
      [initial, setA(2).initial],
      referenceTimes,
    );
    const coupling = createCoupling(2, [{ i: 0, j: 1, re: 0.4, im: 0 }]);
    const exact = evolveNetworkExactly({ sites, coupling }, [initial, setA(2).initial], referenceTimes);
    for (const s of [0, 1]) {
      for (const part of ["re", "im"] as const) {
        const [a, b] = [found.raising[s]!, exact.raising[s]!].map((list) => list.map((z) => z[part]));
        expect(largestDifference(a!, b!)).toBeLessThan(1e-12);
      }
    }
    for (const part of ["re", "im"] as const) {
      const [a, b] = [found.pairCorrelation[0]![1]!, exact.pairCorrelation[0]!].map((list) =>
        list.map((z) => z[part]),
      );
      expect(largestDifference(a!, b!)).toBeLessThan(1e-12);
    }
  });

  it("two groups of two: error V⁴ in ⟨A†⟩ of both (3^4 master equation)", () => {
    const { site, initial } = setB(2);
    const [a, b] = [
      { ...site, detuning: 0.4 },
      { ...site, detuning: -0.4, gain: 0.6 },
    ];
    const error = (v: number) => {
      const model = twoGroupModel([a, b], 2, v, 1.5 * v);
      const found = evolveSpecies(model, [initial, setA(2).initial], [1]);
      const entries = [0, 1, 2, 3].flatMap((i) =>
        [0, 1, 2, 3]
          .filter((j) => j > i)
          .map((j) => ({ i, j, re: (i < 2 === j < 2 ? v : 1.5 * v) / 2, im: 0 })),
      );
      const states = [initial, initial, setA(2).initial, setA(2).initial];
      const exact = evolveNetworkExactly(
        { sites: [a, a, b, b], coupling: createCoupling(4, entries) },
        states,
        [1],
      );
      return [0, 1].map((s) => {
        const [x, y] = [found.raising[s]![0]!, exact.raising[2 * s]![0]!];
        return Math.hypot(x.re - y.re, x.im - y.im);
      });
    };
    const [small, large] = [error(0.04), error(0.08)];
    for (const s of [0, 1]) expect(Math.abs(Math.log2(large![s]! / small![s]!) - 4)).toBeLessThan(0.25);
  });
});

describe("Nadolny & Bruder, Fig. S4", () => {
  // Reference table: two further programs, agreeing to 7e-11.
  it.each([
    { coupling: 0.75, size: 100, lifetime: 9.402501 },
    { coupling: 0.75, size: 500, lifetime: 30.792265 },
    { coupling: 1, size: 100, lifetime: 6.591447 },
    { coupling: 1.25, size: 100, lifetime: 4.779743 },
    { coupling: 1.5, size: 100, lifetime: 3.714558 },
    { coupling: 1.5, size: 500, lifetime: 17.652183 },
  ])("lifetime at V = $coupling, N = $size", ({ coupling, size, lifetime }) => {
    expect(Math.abs(cumulantLifetime(figureS4(size, coupling), 40)! - lifetime)).toBeLessThan(1e-6);
  });

  it("uncoupled, the amplitude lives 7.384759/γ₋; coupled at N = 500 four times as long", () => {
    const free = cumulantLifetime({ ...figureS4(500, 0.75), coupling: 0 }, 40)!;
    expect(Math.abs(free - 7.384759)).toBeLessThan(1e-6);
  });

  const reference = readReference("exact") as ExactReference | undefined;
  it.skipIf(!reference)("|⟨S⁺⟩|(t) at N = 18, 24 and 30 from the limit cycle", () => {
    for (const { N, t, abs_cum, T_cum } of reference!["limit_cycle_start_V0.75"]) {
      const { raising, lifetime } = evolveCumulants(figureS4(N, 0.75), t);
      expect(
        largestDifference(
          raising.map(({ re, im }) => Math.hypot(re, im)),
          abs_cum,
        ),
      ).toBeLessThan(1e-9);
      // The table's lifetime is interpolated.
      expect(Math.abs(lifetime! - T_cum)).toBeLessThan(2e-5);
    }
  });
});

describe("U(1)-symmetric reduction", () => {
  it("obeys the ten component equations of spin 1 with gain and loss", () => {
    const [gain, loss, asymmetry, v, size] = [0.6, 1.2, -0.8, 0.9, 12];
    const f = symmetricCumulantRightHandSide(
      { ...figureS4Site, gain, loss, asymmetry, detuning: 0.4 },
      size,
      v,
    );
    const z = [0.21, 0.17, 0.06, 0.03, 0.05, 0.02, -0.01, 0.03, 0.015, -0.025];
    const dz = new Float64Array(10);
    f(0, Float64Array.from(z), dz);
    const [p0, p2, p00, p02, p22, g01, g12, g02, xr, xi] = z as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const c = v / size;
    const w = v - 2 * c;
    const p1 = 1 - p0 - p2;
    const p11 = 1 - 2 * p0 - 2 * p2 + p00 + 2 * p02 + p22;
    const half = (gain + loss) / 2;
    const force =
      w * (2 * g01 * (p1 - p2) + 2 * g12 * (p1 - p0) + (6 * p1 - 2) * xr) - 2 * c * (g02 + p02 - p11);
    const expected = [
      -gain * p0 - 4 * (v - c) * xi,
      -loss * p2 - 4 * (v - c) * xi,
      -2 * gain * p00 - 8 * w * p0 * xi,
      -(gain + loss) * p02 - 4 * w * (p0 + p2) * xi - 4 * c * xi,
      -2 * loss * p22 - 8 * w * p2 * xi,
      -gain * g01 - 4 * w * (p1 - p0) * xi,
      -loss * g12 - 4 * w * (p1 - p2) * xi,
      -(gain + loss) * g02 - 4 * c * xi,
      -half * xr + asymmetry * xi + w * (6 * p1 - 2) * xi,
      -half * xi - asymmetry * xr - force,
    ];
    expect(largestDifference(dz, expected)).toBeLessThan(1e-14);
    expect(symmetricPairCorrelation(figureS4Site.ladder, z)).toBeCloseTo(2 * (g01 + g12 + 2 * xr), 15);
  });

  const order = (v: number, times: readonly number[]) => {
    const f = symmetricCumulantRightHandSide(figureS4Site, 1e9, v);
    const z = new Float64Array(10);
    z[5] = 1e-6;
    const found: number[] = [];
    const record = (_: number, __: number, state: Float64Array) => {
      found.push(symmetricPairCorrelation(figureS4Site.ladder, state));
    };
    integrate(f, 0, z, times, record, { rtol: 1e-10, atol: 1e-14 });
    return found;
  };

  it("settles about 17 % above the mean-field amplitude (known plateaus)", () => {
    expect(Math.abs(Math.sqrt(order(0.75, [400])[0]!) - 0.161956)).toBeLessThan(1e-6);
    expect(Math.abs(Math.sqrt(order(1.5, [400])[0]!) - 0.135078)).toBeLessThan(1e-6);
  });

  it("has the right threshold, V_c = 0.530330: correlations shrink below it and grow above", () => {
    // 1/N feeds them at 1e-9 only.
    const [a, b] = order(0.528, [50, 150]) as [number, number];
    expect(b).toBeLessThan(a);
    const [c, d] = order(0.533, [50, 150]) as [number, number];
    expect(d).toBeGreaterThan(c);
  });
});

describe("simulate cumulant", () => {
  const request = { gain: 0.5, loss: 1, coupling: 0.75, size: 100, times: [0, 5, 12] };

  it("answers with the fields of the contract", () => {
    const { initial } = figureS4(100, 0.75);
    const answer = simulate("cumulant", { ...request, initial: nestedState(initial) }) as Record<
      string,
      unknown
    >;
    expect(Math.abs((answer.lifetime as number) - 9.402501)).toBeLessThan(1e-6);
    expect((answer.amplitude as number[])[0]).toBeCloseTo(0.1384615961, 9);
    expect(answer.pair_correlation).toHaveLength(3);
    expect((answer.populations as number[][])[2]).toHaveLength(3);
    const short = simulate("cumulant", { ...request, initial: nestedState(initial), times: [0, 9] });
    expect(short.lifetime).toBeNull();
  });

  it("starts seeded by default and knows no lifetime without an amplitude", () => {
    const seeded = simulate("cumulant", { ...request, times: [0] }) as { amplitude: number[] };
    expect(seeded.amplitude[0]).toBeCloseTo(Math.SQRT2 / 10, 15);
    const third = [0, 1, 2].map((r) => [0, 1, 2].map((c) => [r === c ? 1 / 3 : 0, 0]));
    expect(simulate("cumulant", { ...request, initial: third }).lifetime).toBeNull();
  });

  it("refuses times that would not end", () => {
    const error = refusal(() => simulate("cumulant", { ...request, times: [0, 1e9] }));
    expect(error.code).toBe("simulate.too_large");
    expect(error.problems[0]!.path).toBe("times");
  });
});
