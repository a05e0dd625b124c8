import { expect, test } from "vitest";
import type { BenchCase } from "#bench/bench-case";
import { findCases } from "#bench/registry";
import { atMost } from "#bench/results";
import { runBench } from "#bench/run-bench";

test("the short form runs a case end to end and passes on accuracy", { timeout: 60_000 }, async () => {
  const said: string[] = [];
  const report = await runBench(findCases(["network-sparse"]), {
    short: true,
    progress: (text) => said.push(text),
  });
  const [item] = report.cases;
  expect(report.passed).toBe(true);
  expect(report.machine.node).toBe(process.version);
  expect(item!.rows.filter(({ kind }) => kind === "ours")).toHaveLength(2);
  expect(item!.checks.length).toBeGreaterThan(2);
  // Every peer is in the table, measured or with a reason.
  for (const row of item!.rows) expect(row.seconds === undefined).toBe(row.missing !== undefined);
  for (const goal of item!.goals) expect(goal.measured !== null || goal.remark !== undefined).toBe(true);
  expect(said.some((text) => text.startsWith("network-sparse:"))).toBe(true);
  // What --json prints must survive it.
  expect(JSON.parse(JSON.stringify(report)).cases).toHaveLength(1);
});

test("a failed check makes the report fail, whatever the times", async () => {
  const failing: BenchCase = {
    name: "failing",
    title: "",
    run: async () => ({
      item: "thing",
      rows: [],
      goals: [],
      checks: [atMost("error", 2, 1)],
      notes: [],
    }),
  };
  expect((await runBench([failing], { short: true })).passed).toBe(false);
});
