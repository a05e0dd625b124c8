import { describe, expect, it } from "vitest";
import {
  adjoint,
  type ComplexMatrix,
  combine,
  entry,
  identity,
  kronecker,
  product,
  zeros,
} from "#core/complex-matrix";
import { expm } from "#core/expm";
import { bareHamiltonian, jumpOperators, raisingOperator } from "#model/oscillator";
import { chargeSector, sectorDimension } from "#simulators/finite-size/charge-sector";
import { evolveExactly, exactCost, largestExactSize } from "#simulators/finite-size/exact";
import type { GroupProblem } from "#simulators/finite-size/group-problem";
import { countNonZeros, sectorGenerator } from "#simulators/finite-size/sector-generator";
import { simulate } from "#simulators/index";
import { pairStateOf, pairSteadyState } from "#simulators/microscopic/pair";
import { readReference } from "../../support/reference.ts";
import { refusal } from "../../support/refusal.ts";
import {
  type ExactReference,
  figureS4Site,
  generalProblem,
  largestDifference,
  nestedState,
  referenceProblem,
  referenceSeries,
  referenceTimes,
  setA,
  setB,
} from "./problems.ts";

const reference = readReference("exact") as ExactReference | undefined;

/** ρ(t) of two oscillators by exponentiating the 81 × 81 Liouvillian in row-stacked form, as 9 × 9. */
function twoByExponential({ site, coupling, initial }: GroupProblem, t: number): ComplexMatrix {
  const one = identity(3);
  const raising = raisingOperator(site.ladder);
  const exchange = kronecker(raising, adjoint(raising));
  const bare = bareHamiltonian(site);
  const hamiltonian = combine(
    [1, kronecker(bare, one)],
    [1, kronecker(one, bare)],
    [coupling / 2, exchange],
    [coupling / 2, adjoint(exchange)],
  );
  const unit = identity(9);
  // vec(XρY) = (X ⊗ Yᵀ) vec ρ for rows stacked.
  const transposed = (m: ComplexMatrix) => {
    const dagger = adjoint(m);
    return { ...dagger, im: dagger.im.map((value) => -value) };
  };
  const terms: (readonly [{ re: number; im: number } | number, ComplexMatrix])[] = [
    [{ re: 0, im: -1 }, kronecker(hamiltonian, unit)],
    [{ re: 0, im: 1 }, kronecker(unit, transposed(hamiltonian))],
  ];
  for (const { rate, operator } of jumpOperators(site)) {
    for (const jump of [kronecker(operator, one), kronecker(one, operator)]) {
      const number = product(adjoint(jump), jump);
      terms.push([rate, kronecker(jump, transposed(adjoint(jump)))]);
      terms.push([-rate / 2, kronecker(number, unit)], [-rate / 2, kronecker(unit, transposed(number))]);
    }
  }
  const liouvillian = combine(...terms);
  const n = 81;
  const real = new Float64Array(4 * n * n);
  for (let r = 0; r < n; r++) {
    for (let c = 0; c < n; c++) {
      const { re, im } = entry(liouvillian, r, c);
      real[r * 2 * n + c] = re * t;
      real[(r + n) * 2 * n + c + n] = re * t;
      real[r * 2 * n + c + n] = -im * t;
      real[(r + n) * 2 * n + c] = im * t;
    }
  }
  const propagator = expm(real, 2 * n);
  const start = kronecker(initial, initial);
  const vector = [...start.re, ...start.im];
  const out = zeros(9);
  for (let r = 0; r < n; r++) {
    for (let c = 0; c < 2 * n; c++) {
      out.re[r]! += propagator[r * 2 * n + c]! * vector[c]!;
      out.im[r]! += propagator[(r + n) * 2 * n + c]! * vector[c]!;
    }
  }
  return out;
}

describe("permutation-invariant basis", () => {
  it("has the dimensions of the charge sectors (counted independently, reference table)", () => {
    expect([2, 3, 4, 5, 10, 15, 24, 30].map((size) => sectorDimension(size, -1))).toEqual([
      8, 26, 68, 158, 3430, 28310, 412670, 1581850,
    ]);
    expect([2, 3, 4, 5, 10, 15, 24, 30].map((size) => sectorDimension(size, 0))).toEqual([
      11, 31, 77, 171, 3524, 28680, 414998, 1587774,
    ]);
    // All sectors together: C(N + 8, 8).
    let total = 0;
    for (let charge = -8; charge <= 8; charge++) total += sectorDimension(4, charge);
    expect(total).toBe(495);
  });

  it("ranks every configuration by its place, and counts non-zeros as built", () => {
    for (const charge of [-1, 0, 3]) {
      const sector = chargeSector(5, charge);
      for (let k = 0; k < sector.dimension; k++) {
        const occupation = sector.occupations.subarray(9 * k, 9 * k + 9);
        expect(sector.indexOf(occupation)).toBe(k);
        let q = 0;
        occupation.forEach((count, type) => {
          q += count * (Math.floor(type / 3) - (type % 3));
        });
        expect(q).toBe(charge);
      }
      const { site } = generalProblem(5);
      const { jumps, exchange } = sectorGenerator(sector, site, 0.2);
      expect(jumps.value.length + exchange.value.length).toBe(countNonZeros(site, 5, charge));
    }
  });
});

describe("evolveExactly", () => {
  it.each(referenceSeries)(
    "set $set, N = $size: the 3^N master equation",
    ({ set, size, amplitude, pair }) => {
      const result = evolveExactly(referenceProblem(set, size), referenceTimes);
      expect(
        largestDifference(
          result.raising.map(({ re, im }) => Math.hypot(re, im)),
          amplitude,
        ),
      ).toBeLessThan(1e-12);
      expect(largestDifference(result.pairCorrelation, pair)).toBeLessThan(1e-12);
    },
  );

  it("two oscillators with every channel: the exponential of the full Liouvillian", () => {
    for (const problem of [setB(2), generalProblem(2)]) {
      const [a1, a2] = problem.site.ladder;
      for (const t of [0.4, 3]) {
        const rho = twoByExponential(problem, t);
        const result = evolveExactly(problem, [0, t]);
        let re = 0;
        let im = 0;
        let p0 = 0;
        for (let b = 0; b < 3; b++) {
          const lower = entry(rho, b, 3 + b);
          const upper = entry(rho, 3 + b, 6 + b);
          re += a1 * lower.re + a2 * upper.re;
          im += a1 * lower.im + a2 * upper.im;
          p0 += entry(rho, b, b).re;
        }
        expect(Math.abs(result.raising[1]!.re - re)).toBeLessThan(1e-13);
        expect(Math.abs(result.raising[1]!.im - im)).toBeLessThan(1e-13);
        expect(Math.abs(result.populations[1]![0] - p0)).toBeLessThan(1e-13);
        const { correlation } = pairStateOf(rho, [problem.site, problem.site]);
        expect(Math.abs(result.pairCorrelation[1]! - correlation.re)).toBeLessThan(1e-13);
      }
    }
  });

  it("starts from the product state exactly", () => {
    const problem = setB(7);
    const { raising, populations, pairCorrelation, lifetime } = evolveExactly(problem, [0]);
    // √2(ρ01 + ρ12)
    expect(Math.abs(raising[0]!.re - Math.SQRT2 * 0.22)).toBeLessThan(1e-14);
    expect(Math.abs(raising[0]!.im - Math.SQRT2 * -0.03)).toBeLessThan(1e-14);
    expect(largestDifference(populations[0]!, [0.25, 0.45, 0.3])).toBeLessThan(1e-14);
    expect(Math.abs(pairCorrelation[0]! - 2 * (0.22 ** 2 + 0.03 ** 2))).toBeLessThan(1e-14);
    expect(lifetime).toBeNull();
  });

  it("settles on the exact steady states, among them the blockade of two oscillators", () => {
    // Reference: null vectors of the Liouvillian at γ₊ = γ₋/2, K = 0, V = 0.75.
    for (const [size, pair, p0] of [
      [2, 0, 0.3],
      [3, 0.004526041555, 0.258755026063],
      [4, 0.0021765702665, 0.26762057905],
      [6, 0.0038195871196, 0.2479989673647],
    ] as const) {
      const result = evolveExactly({ ...setA(size), coupling: 0.75 }, [120]);
      expect(Math.abs(result.pairCorrelation[0]! - pair)).toBeLessThan(1e-11);
      expect(Math.abs(result.populations[0]![0] - p0)).toBeLessThan(1e-11);
      expect(Math.hypot(result.raising[0]!.re, result.raising[0]!.im)).toBeLessThan(1e-9);
    }
    const sites = [figureS4Site, figureS4Site] as const;
    const pair = pairStateOf(pairSteadyState(sites, 0.5), sites);
    const two = evolveExactly(setA(2), [120]);
    expect(Math.abs(two.pairCorrelation[0]! - pair.correlation.re)).toBeLessThan(1e-12);
  });

  it("finds the lifetime on its dense output: |⟨A†⟩| is 1/e there, and larger before", () => {
    const problem = setB(4);
    const { lifetime } = evolveExactly(problem, [0, 6]);
    const start = Math.SQRT2 * Math.hypot(0.22, 0.03);
    const { raising } = evolveExactly(problem, [lifetime! - 0.01, lifetime!]);
    const [before, there] = raising.map(({ re, im }) => Math.hypot(re, im) / start) as [number, number];
    expect(Math.abs(there - 1 / Math.E)).toBeLessThan(1e-12);
    expect(before).toBeGreaterThan(1 / Math.E);
    expect(evolveExactly(problem, [0, lifetime! - 0.01]).lifetime).toBeNull();
  });

  it.skipIf(!reference)(
    "N = 2, 3, 4, 5 and 10 of the whole reference, complex amplitude and populations",
    () => {
      let checked = 0;
      for (const { name, t, N } of reference!.sets) {
        for (const [size, series] of Object.entries(N)) {
          const result = evolveExactly(referenceProblem(name, Number(size)), t);
          expect(
            largestDifference(
              result.raising.map(({ re }) => re),
              series.Sp_re,
            ),
          ).toBeLessThan(1e-12);
          expect(
            largestDifference(
              result.raising.map(({ im }) => im),
              series.Sp_im,
            ),
          ).toBeLessThan(1e-12);
          expect(largestDifference(result.pairCorrelation, series.S1p_S2m)).toBeLessThan(1e-12);
          expect(
            largestDifference(
              result.populations.map(([p0]) => p0),
              series.P0,
            ),
          ).toBeLessThan(1e-12);
          expect(
            largestDifference(
              result.populations.map(([, , p2]) => p2),
              series.P2,
            ),
          ).toBeLessThan(1e-12);
          checked++;
        }
      }
      expect(checked).toBe(10);
    },
  );
});

describe("simulate exact", () => {
  it("answers with the fields of the contract", () => {
    const { initial } = setA(3);
    const answer = simulate("exact", {
      gain: 0.5,
      loss: 1,
      coupling: 1,
      size: 3,
      initial: nestedState(initial),
      times: [0, 1, 8],
    }) as Record<string, unknown[]>;
    expect(Math.abs((answer.amplitude as number[])[1]! - 0.573863659204)).toBeLessThan(1e-12);
    expect(Math.abs((answer.pair_correlation as number[])[2]! - 0.006771375824)).toBeLessThan(1e-12);
    expect(answer.populations).toHaveLength(3);
    expect(typeof answer.lifetime).toBe("number");
  });

  it("refuses what is too large with the limit, the nearest size that fits and what would do instead", () => {
    const request = { gain: 0.5, loss: 1, coupling: 0.75, times: [0, 10] };
    for (const size of [60, 500, 1_000_000]) {
      const error = refusal(() => simulate("exact", { ...request, size }));
      expect(error.code).toBe("simulate.too_large");
      const [problem] = error.problems;
      expect(problem!.path).toBe("size");
      expect(problem!.found).toBe(size);
      const nearest = Number(/size up to (\d+)/.exec(problem!.expected!)![1]);
      const at = (count: number) => ({ site: figureS4Site, size: count, coupling: 0.75 });
      expect(nearest).toBe(largestExactSize(at(2), 10));
      expect(nearest).toBeGreaterThanOrEqual(24);
      expect(exactCost(at(nearest), 10).work).toBeLessThan(exactCost(at(nearest + 1), 10).work);
      expect(problem!.hint).toMatch(/truncated-wigner.*cumulant/);
    }
    const endless = refusal(() => simulate("exact", { ...request, size: 2, times: [0, 1e12] }));
    expect(endless.problems[0]!.path).toBe("times");
  });
});
