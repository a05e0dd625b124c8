import { describe, expect, test } from "vitest";
import { markdownTable, resultsPage } from "#bench/markdown";
import { count, digits, duration } from "#bench/numbers";
import { findCases } from "#bench/registry";
import {
  atLeast,
  atMost,
  type CaseReport,
  exitStatusOf,
  type Goal,
  marginOf,
  verdictOf,
} from "#bench/results";
import type { BenchReport } from "#bench/run-bench";
import { summarise } from "#bench/statistics";
import { checkCells, contestantCells, goalCells } from "#bench/tables";

const goal = (bound: Goal["bound"], target: number, measured: number | null): Goal => ({
  name: "g",
  bound,
  target,
  unit: "×",
  measured,
});

describe("goals", () => {
  test.each([
    ["at most", 1.5, 1.5, "met", 1],
    ["at most", 1.5, 3, "missed", 0.5],
    ["at least", 9, 18, "met", 2],
    ["at least", 9, 4.5, "missed", 0.5],
  ] as const)("%s %d, measured %d: %s with margin %d", (bound, target, measured, verdict, margin) => {
    expect(verdictOf(goal(bound, target, measured))).toBe(verdict);
    expect(marginOf(goal(bound, target, measured))).toBe(margin);
  });

  test.each([null, Number.NaN])("measured %s: no verdict", (measured) => {
    expect(verdictOf(goal("at most", 1, measured))).toBe("not measured");
    expect(marginOf(goal("at most", 1, measured))).toBeNull();
  });
});

const slow: CaseReport = {
  name: "kernel",
  title: "a table",
  item: "trajectory",
  reference: "C",
  rows: [
    {
      name: "C",
      kind: "peer",
      build: "gcc -O3",
      seconds: summarise([0.001, 0.002, 0.003]),
      ratio: { median: 1, lowerQuartile: 1, upperQuartile: 1, ofMinima: 1 },
      error: { median: 1e-9, p90: 2e-9, maximum: 3e-9 },
      work: { evaluations: 52340 },
    },
    { name: "Boost | odeint", kind: "peer", missing: "not found: Boost.odeint" },
  ],
  goals: [goal("at most", 1.5, 99), { ...goal("at least", 2, null), remark: "no compiler" }],
  checks: [atMost("error", 1e-9, 1e-8)],
  notes: ["A note."],
  rounds: { kept: 3, noisy: 0 },
  elapsedSeconds: 1.5,
};

describe("exit status", () => {
  test("no missed goal makes it fail", () => {
    expect(exitStatusOf([slow])).toBe(0);
  });

  test("an error or a count beyond its limit does", () => {
    expect(exitStatusOf([slow, { ...slow, checks: [atMost("error", 1e-7, 1e-8)] }])).toBe(1);
    expect(exitStatusOf([{ ...slow, checks: [atLeast("share", 0.98, 0.99)] }])).toBe(1);
  });

  test("an error that is not a number fails", () => {
    expect(atMost("error", Number.NaN, 1).passed).toBe(false);
    expect(atLeast("share", Number.NaN, 0).passed).toBe(false);
  });
});

describe("numbers", () => {
  test.each([
    [0.00123, "1.23 ms"],
    [12, "12.0 s"],
    [4.5e-7, "450 ns"],
    [2.5e-5, "25.0 µs"],
    [0, "0.00 ns"],
  ])("%d s is %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  test("three digits and grouped counts", () => {
    expect([digits(1234), digits(0.0123), digits(1e-9), digits(123456)]).toEqual([
      "1234",
      "0.0123",
      "1.0e-9",
      "1.2e+5",
    ]);
    expect(count(1234567)).toBe("1\u202f234\u202f567");
  });
});

describe("tables", () => {
  test("someone who is not there has a row that says so", () => {
    const cells = contestantCells(slow);
    expect(cells).toHaveLength(3);
    expect(cells[2]![0]).toBe("Boost | odeint");
    expect(cells[2]!.at(-1)).toBe("not found: Boost.odeint");
    expect(new Set(cells.map((row) => row.length)).size).toBe(1);
  });

  test("columns in which nobody says anything are left out", () => {
    const head = contestantCells(slow)[0]!;
    expect(head).toContain("error: median");
    expect(head).not.toContain("at equal error");
  });

  test("goals carry verdict, margin and why they were not measured", () => {
    const [, missed, open] = goalCells([slow]);
    expect(missed).toEqual(["kernel", "g", "at most 1.50 ×", "99.0 ×", "missed", "0.0152×", ""]);
    expect(open).toEqual(["kernel", "g", "at least 2.00 ×", "–", "not measured", "–", "no compiler"]);
    expect(checkCells([slow])[1]!.at(-1)).toBe("passed");
  });

  test("Markdown: a rule under the heading, bars escaped", () => {
    expect(
      markdownTable([
        ["a", "b"],
        ["1", "x|y"],
      ]),
    ).toBe("| a | b |\n| --- | --- |\n| 1 | x\\|y |");
  });
});

test("the results page has the machine, the goals and every case", () => {
  const report: BenchReport = {
    short: false,
    date: "2026-01-02",
    machine: {
      processor: "Some CPU",
      cores: 2,
      memoryGiB: 24,
      system: "Linux",
      node: "v20",
      v8: "11",
      compilers: ["gcc 12", "not found: no g++ or clang++ in PATH"],
      python: "not found",
      instructions: ["avx2"],
      loadBefore: 0.1,
      loadAfter: 0.2,
    },
    limits: { missing: "not found: no gcc or clang in PATH" },
    cases: [slow],
    passed: true,
  };
  const page = resultsPage(report);
  for (const text of [
    "2026-01-02",
    "Some CPU, 2 cores, avx2",
    "not found: no g++",
    "## kernel: a table",
    "| g |",
  ]) {
    expect(page).toContain(text);
  }
  expect(page).toContain("| limits of one core | not found: no gcc or clang in PATH |");
  expect(page.endsWith("\n")).toBe(true);
});

test("an unknown case is refused with the names there are", () => {
  expect(() => findCases(["nothing"])).toThrow(/there is no benchmark "nothing"/);
  expect(findCases([]).length).toBeGreaterThan(5);
  expect(new Set(findCases([]).map(({ name }) => name)).size).toBe(findCases([]).length);
});
