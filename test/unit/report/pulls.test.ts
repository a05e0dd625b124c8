import { describe, expect, it } from "vitest";
import { discrepancyFloor } from "#analysis/verdict";
import { momentsOf } from "#report/pull-figures";
import { pullsOf } from "#report/pulls";
import { syntheticRun } from "./synthetic-run.ts";

describe("pulls", () => {
  it("are residuals over standard errors where nothing is to be fitted", () => {
    const { plan, counts } = syntheticRun();
    // Below the onset the states carry no phase, so neither phases nor nuisances move anything.
    const dark = { ...plan.prediction, nuisances: [] };
    const pulls = pullsOf(counts, dark).filter((pull) => pull.point === 0);
    expect(pulls.length).toBe(4 * 9 * 3);
    for (const { point, setting, group, outcome, value } of pulls) {
      const p = dark.probabilities[point]![setting]![group]![outcome]!;
      const n = counts.counts[point]![setting]![group]![outcome]!;
      const sigma = Math.hypot(
        Math.sqrt(counts.shots * p * (1 - p)),
        counts.shots * discrepancyFloor(dark, point),
      );
      expect(value).toBeCloseTo((n - counts.shots * p) / sigma, 9);
    }
  });

  it("follow a unit normal when data and prediction agree, common phases and site errors apart", () => {
    for (const seed of [1, 2, 3]) {
      const { counts, plan } = syntheticRun({ seed });
      const pulls = pullsOf(counts, plan.prediction);
      const { mean, deviation } = momentsOf(pulls);
      // 1404 pulls in groups of three that add up to nearly nothing: 936 are free, each ±1/√2N.
      expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(pulls.length));
      expect(Math.abs(deviation - 1)).toBeLessThan(4 / Math.sqrt(2 * 936) + 0.02);
      // The largest of 1404 normal numbers exceeds 5 with a probability of 8e-4.
      expect(Math.max(...pulls.map((pull) => Math.abs(pull.value)))).toBeLessThan(5);
    }
  });

  it("point at the site that is wrong", () => {
    const { counts, plan } = syntheticRun({ wrongPhase: 1.2 });
    const pulls = pullsOf(counts, plan.prediction);
    const worst = pulls.reduce((a, b) => (Math.abs(b.value) > Math.abs(a.value) ? b : a));
    expect(plan.sites[worst.group]).toBe("q4");
    expect(Math.abs(worst.value)).toBeGreaterThan(6);
  });
});
