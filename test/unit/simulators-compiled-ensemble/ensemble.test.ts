import { describe, expect, it } from "vitest";
import { coordinatesOf } from "#model/generator";
import { evolveCompiledEnsemble } from "#simulators/compiled-ensemble/ensemble";
import { groupNetworkOf } from "#simulators/finite-size/group-problem";
import { evolveTruncatedWigner } from "#simulators/finite-size/truncated-wigner";
import { integrate, networkRightHandSide, raisingAmplitude } from "#simulators/index";
import { figureS4, generalProblem, setA, setB } from "../simulators-finite/problems.ts";

const times = [0, 0.5, 1, 2, 4];

describe("evolveCompiledEnsemble", () => {
  it.each([
    ["A", setA(10)],
    ["B", setB(10)],
    ["every channel", generalProblem(10)],
    ["of figure S4", figureS4(200, 0.75)],
  ] as const)(
    "set %s: every mean of the plain ensemble within the errors of both, which are the same",
    (_, problem) => {
      const plain = evolveTruncatedWigner(problem, times, { trajectories: 1200, seed: 3 });
      const found = evolveCompiledEnsemble(problem, times, { trajectories: 5000, seed: 21 });
      expect(found.steps / 5000).toBe(plain.steps / 1200);
      expect(Math.abs(found.clippedFraction - plain.clippedFraction)).toBeLessThan(0.03);
      const pulls: number[] = [];
      times.forEach((_, k) => {
        const compare = (a: number, aError: number, b: number, bError: number) => {
          // Errors of the same spread, from 1200 and 5000 trajectories; the amplitude of set A begins without any.
          if (bError < 1e-4) return;
          expect((aError / bError) * Math.sqrt(5000 / 1200)).toBeGreaterThan(0.85);
          expect((aError / bError) * Math.sqrt(5000 / 1200)).toBeLessThan(1.18);
          pulls.push((a - b) / Math.hypot(aError, bError));
        };
        compare(found.amplitude[k]!, found.amplitudeError[k]!, plain.amplitude[k]!, plain.amplitudeError[k]!);
        compare(
          found.pairCorrelation[k]!,
          found.pairCorrelationError[k]!,
          plain.pairCorrelation[k]!,
          plain.pairCorrelationError[k]!,
        );
        for (const level of [0, 1, 2] as const) {
          compare(
            found.populations[k]![level],
            found.populationsError[k]![level],
            plain.populations[k]![level],
            plain.populationsError[k]![level],
          );
        }
      });
      expect(Math.max(...pulls.map(Math.abs))).toBeLessThan(4.5);
      expect(Math.sqrt(pulls.reduce((sum, pull) => sum + pull * pull, 0) / pulls.length)).toBeLessThan(2);
    },
  );

  it("becomes the mean field for N → ∞", () => {
    const problem = setB(1e9);
    const y = coordinatesOf(problem.initial);
    const expected: [number, number][] = [];
    integrate(networkRightHandSide(groupNetworkOf(problem)), 0, y, times, (_, __, state) => {
      expected.push(raisingAmplitude([problem.site], state, 0));
    });
    const { raising } = evolveCompiledEnsemble(problem, times, { trajectories: 4, seed: 1 });
    raising.forEach(({ re, im }, k) => {
      expect(Math.hypot(re - expected[k]![0], im - expected[k]![1])).toBeLessThan(1e-4);
    });
  });

  it("gives the same trajectories for the same seed, whatever their number", () => {
    const problem = setB(30);
    const run = (trajectories: number, seed: number) =>
      evolveCompiledEnsemble(problem, times, { trajectories, seed });
    expect(run(70, 5)).toEqual(run(70, 5));
    expect(run(70, 5).amplitude).not.toEqual(run(70, 6).amplitude);
    // One more trajectory adds itself and changes no other: sums differ by what one trajectory can be.
    const sums = [1, 2, 3, 64, 65].map((count) => {
      const { raising, pairCorrelation } = run(count, 5);
      return { re: count * raising[3]!.re, pair: count * pairCorrelation[3]! };
    });
    expect(Math.abs(sums[1]!.re - sums[0]!.re)).toBeLessThan(2);
    // The second trajectory alone, from two and from three minus the rest, is the same number.
    const three = run(3, 5);
    expect(three.raising[3]!.re * 3 - sums[2]!.re).toBe(0);
    expect(Math.abs(sums[4]!.re - sums[3]!.re)).toBeLessThan(2);
  });
});
