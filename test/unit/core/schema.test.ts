import { describe, expect, it } from "vitest";
import { z } from "zod";
import { EntrainError, type Problem } from "#core/errors";
import { formatPath, parseWith } from "#core/schema";

const schema = z.strictObject({
  rate: z.number().min(0),
  sites: z.array(z.strictObject({ t1: z.number() })).default([]),
  mode: z.enum(["a", "b"]).default("a"),
  shape: z.union([z.literal("round"), z.tuple([z.number(), z.number()])]).optional(),
});

function problemsOf(input: unknown): readonly Problem[] {
  try {
    parseWith(schema, input, "test.invalid");
  } catch (error) {
    expect(error).toBeInstanceOf(EntrainError);
    expect((error as EntrainError).code).toBe("test.invalid");
    return (error as EntrainError).problems;
  }
  throw new Error("was accepted");
}

describe("parseWith", () => {
  it("fills in defaults", () => {
    expect(parseWith(schema, { rate: 1 }, "test.invalid")).toEqual({ rate: 1, sites: [], mode: "a" });
  });

  it("lists every fault with path, found and expected", () => {
    const problems = problemsOf({ rate: -1, sites: [{ t1: 1 }, { t1: "x" }], mode: "c", extra: 1 });
    expect(problems.map((problem) => problem.path)).toEqual(["rate", "sites[1].t1", "mode", "extra"]);
    expect(problems.map((problem) => problem.found)).toEqual([-1, "x", "c", "extra"]);
    expect(problems.map((problem) => problem.expected)).toEqual([
      "at least 0",
      "number",
      "one of a, b",
      "only the keys of the schema",
    ]);
  });

  it("says what JSON cannot: nothing, NaN, infinity", () => {
    expect(problemsOf({})[0]).toMatchObject({ path: "rate", found: "nothing" });
    expect(problemsOf({ rate: Number.NaN })[0]).toMatchObject({ path: "rate", found: "NaN" });
    expect(problemsOf(JSON.parse('{"rate": 1e999}'))[0]).toMatchObject({ found: "Infinity" });
    expect(problemsOf({ rate: null })[0]).toMatchObject({ found: null, expected: "number" });
  });

  it("reports the branch of a union that got furthest", () => {
    expect(problemsOf({ rate: 1, shape: [1, "x"] })[0]).toMatchObject({ path: "shape[1]", found: "x" });
  });

  it("refuses what is no object at all", () => {
    expect(problemsOf([])[0]!.path).toBe("");
    expect(problemsOf(null)[0]).toMatchObject({ path: "", found: null });
  });

  it("writes paths as a person would", () => {
    expect(formatPath(["sites", 3, "t1_s"])).toBe("sites[3].t1_s");
    expect(formatPath([])).toBe("");
    expect(formatPath([2, "a"])).toBe("[2].a");
  });
});
