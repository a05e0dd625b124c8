import { describe, expect, test } from "vitest";
import { estimate } from "#analysis/estimate";
import type { CountTable } from "#analysis/frequencies";
import { expectedTurning, nuisanceTurnings, valueAt } from "#analysis/phase-fit";
import { judge } from "#analysis/verdict";
import { createRandom, type Random } from "#core/random";
import { chiSquareSurvival, gammaSurvival } from "#core/statistics";
import { fullTurn } from "#core/units";
import { completePlan } from "#planning/complete-plan";
import { designExperiment } from "#planning/plan";
import { smallExperiment, smallProfile } from "../../support/profiles.ts";

// Calibration a hundred times worse than usual, so that the nuisances matter.
const designed = designExperiment(smallExperiment(), smallProfile({ frequency_calibration_error_hz: 5e5 }));
const plan = completePlan(designed);
const { measurement, prediction } = plan;
const shots = 2000;

/**
 * Counts as the prediction says they come: any common phase at every point, the nuisances drawn from their prior,
 * multinomial noise. `bend` changes the probability of level 0 by a fraction.
 */
function draw(random: Random, turn: boolean, bend = 1): CountTable {
  const errors = prediction.nuisances.map(() => random.normal());
  const counts = prediction.accuracy.map((_, k) => {
    const phase = turn ? fullTurn * random.uniform() : 0;
    return measurement.settings.map((_, s) =>
      measurement.sites.map((_, i) => {
        const p = [0, 1, 2].map((l) => {
          const at = [k, s, i, l] as const;
          const shift = nuisanceTurnings(prediction, at).reduce(
            (sum, n, q) => sum + errors[q]! * valueAt(n, phase),
            0,
          );
          return Math.max(0, valueAt(expectedTurning(prediction, at), phase) + shift) * (l === 0 ? bend : 1);
        });
        const tally = [0, 0, 0];
        for (let n = 0; n < shots; n++) {
          const u = random.uniform();
          tally[u < p[0]! ? 0 : u < p[0]! + p[1]! ? 1 : 2]!++;
        }
        return tally;
      }),
    );
  });
  return { counts, shots };
}

function verdictOf(table: CountTable) {
  return judge(table, plan, estimate(table, plan), 0.01);
}

describe("false alarms", () => {
  test.each([false, true])("stay at the stated rate, common phase turned at random: %s", (turn) => {
    const random = createRandom(17, String(turn));
    const runs = 150;
    let alarms = 0;
    let excess = 0;
    for (let run = 0; run < runs; run++) {
      const verdict = verdictOf(draw(random, turn));
      if (verdict.outcome === "inconsistent") alarms++;
      excess += verdict.tests[0]!.statistic - verdict.tests[0]!.degrees_of_freedom;
    }
    // 1 % of 150 is 1.5; P(more than 6) = 0.1 % for a binomial.
    expect(alarms).toBeLessThanOrEqual(6);
    // Mean of χ² against its expectation: 1σ is √(2·dof/runs) ≈ 1.2; the floor may make it smaller, nothing larger.
    expect(excess / runs).toBeLessThan(4);
  });

  test("a bend of 5 % in one level's frequency is found whatever the phase", () => {
    const random = createRandom(5);
    for (let run = 0; run < 5; run++)
      expect(verdictOf(draw(random, true, 1.05)).outcome).toBe("inconsistent");
  });
});

describe("tail probabilities", () => {
  // Closed forms: χ² with two degrees of freedom is exponential, with four it is e^{−x/2}(1 + x/2).
  test.each([0.5, 3, 12, 40])("at %d", (x) => {
    expect(chiSquareSurvival(x, 2) / Math.exp(-x / 2)).toBeCloseTo(1, 6);
    expect(chiSquareSurvival(x, 4) / (Math.exp(-x / 2) * (1 + x / 2))).toBeCloseTo(1, 6);
  });

  test("beyond 1e-12 they are Chernoff's bound: never below the truth, within three decades of it", () => {
    const ratio = chiSquareSurvival(80, 4) / (Math.exp(-40) * 41);
    expect(ratio).toBeGreaterThan(1);
    expect(ratio).toBeLessThan(1e3);
  });

  test("fall monotonically far beyond double precision's 1 − cdf, and start at one", () => {
    expect(gammaSurvival(0, 5, 10)).toBe(1);
    const values = [10, 50, 100, 200, 400, 1000].map((x) => chiSquareSurvival(x, 8));
    values.slice(1).forEach((value, k) => {
      expect(value).toBeLessThan(values[k]!);
    });
    // Chernoff's bound is above the truth and below its exponent's leading order.
    expect(Math.log(values.at(-1)!)).toBeGreaterThan(-500);
    expect(Math.log(values.at(-1)!)).toBeLessThan(-450);
  });
});
