import { describe, expect, it } from "vitest";
import { coordinatesOf } from "#model/generator";
import { evolveExactly } from "#simulators/finite-size/exact";
import { groupNetworkOf } from "#simulators/finite-size/group-problem";
import { covarianceRoot } from "#simulators/finite-size/noise";
import { evolveTruncatedWigner, withoutSelfTerms } from "#simulators/finite-size/truncated-wigner";
import { integrate, networkRightHandSide, raisingAmplitude, simulate } from "#simulators/index";
import { refusal } from "../../support/refusal.ts";
import {
  figureS4,
  figureS4Site,
  generalProblem,
  largestDifference,
  nestedState,
  setA,
  setB,
} from "./problems.ts";

const times = [0, 0.5, 1, 2, 4];

describe("evolveTruncatedWigner", () => {
  it.each([
    ["A", setA(10)],
    ["B", setB(10)],
    ["every channel", generalProblem(10)],
  ] as const)(
    "set %s at N = 10: the exact master equation within statistical errors and O(1/N)",
    (_, problem) => {
      const exact = evolveExactly(problem, times);
      const found = evolveTruncatedWigner(problem, times, { trajectories: 2500, seed: 11 });
      times.forEach((t, k) => {
        const amplitude = Math.hypot(exact.raising[k]!.re, exact.raising[k]!.im);
        // The modulus of a noisy mean lies above the mean by about σ²/2|m|.
        const noise = Math.min(found.amplitudeError[k]!, found.amplitudeError[k]! ** 2 / (amplitude + 1e-9));
        const bound = (sigma: number) => 4.5 * sigma + (t === 0 ? 0 : 0.12 / problem.size);
        expect(Math.abs(found.amplitude[k]! - amplitude)).toBeLessThan(
          bound(found.amplitudeError[k]!) + noise,
        );
        expect(Math.abs(found.pairCorrelation[k]! - exact.pairCorrelation[k]!)).toBeLessThan(
          bound(found.pairCorrelationError[k]!),
        );
        for (const level of [0, 1, 2] as const) {
          expect(Math.abs(found.populations[k]![level] - exact.populations[k]![level])).toBeLessThan(
            bound(found.populationsError[k]![level]),
          );
          expect(found.populationsError[k]![level]).toBeGreaterThan(0.0005);
          expect(found.populationsError[k]![level]).toBeLessThan(0.01);
        }
      });
    },
  );

  it("keeps uncoupled oscillators uncorrelated: the noise balances what the drift loses", () => {
    const problem = { ...generalProblem(20), coupling: 0 };
    const exact = evolveExactly(problem, times);
    const found = evolveTruncatedWigner(problem, times, { trajectories: 4000, seed: 3 });
    times.forEach((_, k) => {
      const { re, im } = exact.raising[k]!;
      expect(Math.abs(exact.pairCorrelation[k]! - (re * re + im * im))).toBeLessThan(1e-12);
      expect(Math.abs(found.raising[k]!.re - re)).toBeLessThan(4.5 * 0.005);
      const pull = (found.pairCorrelation[k]! - exact.pairCorrelation[k]!) / found.pairCorrelationError[k]!;
      expect(Math.abs(pull)).toBeLessThan(4.5);
    });
    // The zero-point part of |S|² is about 0.1: a noise wrong by a sixth would show.
    expect(found.pairCorrelationError[4]!).toBeLessThan(0.003);
  });

  it("becomes the mean field for N → ∞, with the steps it takes", () => {
    const problem = setB(1e9);
    const y = coordinatesOf(problem.initial);
    const expected: [number, number][] = [];
    integrate(networkRightHandSide(groupNetworkOf(problem)), 0, y, times, (_, __, state) => {
      expected.push(raisingAmplitude([problem.site], state, 0));
    });
    const { raising, clippedFraction } = evolveTruncatedWigner(problem, times, { trajectories: 4, seed: 1 });
    expect(
      largestDifference(
        raising.map(({ re }) => re),
        expected.map(([re]) => re),
      ),
    ).toBeLessThan(1e-4);
    expect(
      largestDifference(
        raising.map(({ im }) => im),
        expected.map(([, im]) => im),
      ),
    ).toBeLessThan(1e-4);
    expect(clippedFraction).toBe(0);
  });

  it("gives the same answer for the same seed, whatever the number of trajectories beside it", () => {
    const problem = setB(30);
    const run = (trajectories: number, seed: number) =>
      evolveTruncatedWigner(problem, times, { trajectories, seed });
    expect(run(70, 5)).toEqual(run(70, 5));
    expect(run(70, 5).amplitude).not.toEqual(run(70, 6).amplitude);
    // 64 trajectories go together; the 65th must not disturb them.
    const [few, more] = [run(64, 5), run(65, 5)];
    expect(Math.abs(few.raising[2]!.re * 64 - more.raising[2]!.re * 65)).toBeLessThan(2);
    expect(few.raising[2]!.re).not.toBe(more.raising[2]!.re);
  });

  it("estimates its errors: they shrink as 1/√M, and the lifetime carries one", () => {
    const problem = figureS4(60, 0.75);
    const run = (trajectories: number) =>
      evolveTruncatedWigner(problem, [0, 5, 20], { trajectories, seed: 9 });
    const [small, large] = [run(400), run(1600)];
    expect(large.amplitudeError[1]! / small.amplitudeError[1]!).toBeGreaterThan(0.4);
    expect(large.amplitudeError[1]! / small.amplitudeError[1]!).toBeLessThan(0.6);
    // Between the exact T(30) = 5.30 and the reference ensemble's T(100) = 12.06(23).
    expect(large.lifetime!).toBeGreaterThan(5.3);
    expect(large.lifetime!).toBeLessThan(12);
    expect(large.lifetimeError!).toBeGreaterThan(0.05);
    expect(large.lifetimeError!).toBeLessThan(2);
  });
});

describe("withoutSelfTerms", () => {
  it("shifts the levels by −(V/2N)(A†A + AA†): −(V/N)(1 + |1⟩⟨1|) for spin 1", () => {
    const shifted = withoutSelfTerms({ site: figureS4Site, size: 50, coupling: 0.75 });
    // Level energies relative to level 1 are 0 − V/N·(1 − 2) = +V/N for both 0 and 2.
    const unit = 0.75 / 50;
    expect(Math.abs(-shifted.detuning - unit)).toBeLessThan(1e-16);
    expect(Math.abs(shifted.detuning + shifted.asymmetry - unit)).toBeLessThan(1e-16);
  });
});

describe("covarianceRoot", () => {
  const n = 8;
  const gram = (root: ArrayLike<number>) =>
    Float64Array.from({ length: n * n }, (_, k) => {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += root[Math.floor(k / n) * n + j]! * root[(k % n) * n + j]!;
      return sum;
    });
  // Orthogonal: a Householder reflection, whose columns are known eigenvectors.
  const u = Array.from({ length: n }, (_, i) => Math.sin(1 + i));
  const length = u.reduce((sum, value) => sum + value * value, 0);
  const vector = (r: number, c: number) => (r === c ? 1 : 0) - (2 * u[r]! * u[c]!) / length;
  const withEigenvalues = (values: readonly number[]) =>
    Float64Array.from({ length: n * n }, (_, k) =>
      values.reduce((sum, value, j) => sum + value * vector(Math.floor(k / n), j) * vector(k % n, j), 0),
    );

  it("squares back to a positive matrix, singular or not", () => {
    const { root, factor } = covarianceRoot();
    for (const values of [
      [1, 2, 3, 4, 5, 6, 7, 8],
      [0, 0, 0, 1, 1, 2, 3, 1e-3],
      [0, 0, 0, 0, 0, 0, 0, 0],
    ]) {
      const m = withEigenvalues(values);
      expect(factor(m)).toBe(false);
      expect(largestDifference(gram(root), m)).toBeLessThan(1e-9);
    }
  });

  it("clips negative variances to the nearest positive matrix, and says so", () => {
    const { root, factor } = covarianceRoot();
    const values = [1, 2, -0.3, 4, 0.5, -1e-3, 0.7, 0.8];
    expect(factor(withEigenvalues(values))).toBe(true);
    expect(largestDifference(gram(root), withEigenvalues(values.map((v) => Math.max(0, v))))).toBeLessThan(
      1e-9,
    );
  });
});

describe("simulate truncated-wigner", () => {
  const request = { gain: 0.5, loss: 1, coupling: 0.75, size: 100, times: [0, 2, 4] };

  it("answers with the fields of the contract, each with its error", () => {
    const { initial } = figureS4(100, 0.75);
    const answer = simulate("truncated-wigner", {
      ...request,
      initial: nestedState(initial),
      trajectories: 200,
      seed: 4,
    }) as Record<string, number[]>;
    for (const field of ["amplitude", "pair_correlation", "populations"]) {
      expect(answer[field]).toHaveLength(3);
      expect(answer[`${field}_error`]).toHaveLength(3);
    }
    expect(answer.lifetime).toBeNull();
    expect(answer.lifetime_error).toBeNull();
    expect(Math.abs(answer.amplitude![0]! - 0.1384616)).toBeLessThan(5 * answer.amplitude_error![0]!);
  });

  it("refuses what would take too long, with the limit", () => {
    const many = refusal(() =>
      simulate("truncated-wigner", { ...request, times: [0, 1e4], trajectories: 1_000_000 }),
    );
    expect(many.code).toBe("simulate.too_large");
    expect(many.problems[0]!.expected).toMatch(/factor/);
    expect(many.problems[0]!.path).toBe("trajectories");
    const long = refusal(() =>
      simulate("truncated-wigner", { ...request, times: [0, 1e9], trajectories: 2 }),
    );
    expect(long.problems[0]!.path).toBe("times");
  });
});
