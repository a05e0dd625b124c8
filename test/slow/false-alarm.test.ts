import { expect, test } from "vitest";
import { parseExperiment } from "#ir/experiment";
import { completePlan } from "#planning/complete-plan";
import { loadProfileDocument, packageRoot, parseYaml, readTextFile } from "#planning/load";
import { designExperiment } from "#planning/plan";
import { prepareSmall, runAndJudge } from "../support/experiments.ts";

test("100 seeds on the imported profile: alarms within 1 % plus binomial error, and p-values spread evenly", async () => {
  const file = `${packageRoot()}/examples/transmon-onset.yaml`;
  const experiment = parseExperiment(parseYaml(readTextFile(file), file));
  const designed = designExperiment(experiment, loadProfileDocument(experiment.device.profile, "."));
  const prepared = { designed, plan: completePlan(designed) };
  const runs = 100;
  let alarms = 0;
  const pValues: number[] = [];
  for (let seed = 1; seed <= runs; seed++) {
    const { verdict } = await runAndJudge(prepared, designed.program.text, seed);
    if (verdict.outcome === "inconsistent") alarms++;
    pValues.push(verdict.tests[0]!.p_value);
  }
  console.log(`${alarms} alarms in ${runs} runs`);
  // 1 % of 100 is 1; P(more than 5) = 0.05 % for a binomial.
  expect(alarms).toBeLessThanOrEqual(5);
  // Kolmogorov–Smirnov from below: the test may be conservative (the discrepancy floor), never optimistic.
  const sorted = pValues.toSorted((a, b) => a - b);
  const excess = Math.max(...sorted.map((p, k) => (k + 1) / runs - p));
  expect(excess).toBeLessThan(1.95 / Math.sqrt(runs));
});

test("the small ring: alarms stay within the stated rate", async () => {
  const quick = prepareSmall();
  const runs = 60;
  let alarms = 0;
  for (let seed = 100; seed < 100 + runs; seed++) {
    const { verdict } = await runAndJudge(quick, quick.designed.program.text, seed);
    if (verdict.outcome === "inconsistent") alarms++;
  }
  // 1 % of 60 is 0.6; P(more than 4) = 0.04 % for a binomial.
  expect(alarms).toBeLessThanOrEqual(4);
});
