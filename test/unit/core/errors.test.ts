import { describe, expect, it } from "vitest";
import { EntrainError, errorDocument, invalidInput } from "#core/errors";

describe("errors", () => {
  it("fix the exit status by kind", () => {
    const status = (kind: "input" | "infeasible" | "device" | "internal") =>
      new EntrainError("x.y", { path: "", message: "m" }, { kind }).exitStatus;
    expect([status("internal"), status("input"), status("infeasible"), status("device")]).toEqual([
      1, 2, 3, 4,
    ]);
    expect(invalidInput({ path: "a", message: "m" }).exitStatus).toBe(2);
  });

  it("carry every problem in message and document", () => {
    const error = new EntrainError("plan.infeasible", [
      { path: "a.b", message: "must be positive", found: -1, expected: "> 0", hint: "Swap the signs." },
      { path: "", message: "and more" },
    ]);
    expect(error.message).toBe("a.b: must be positive. Swap the signs.\nand more");
    expect(errorDocument(error)).toEqual({
      error: {
        code: "plan.infeasible",
        message: error.message,
        path: "a.b",
        found: -1,
        expected: "> 0",
        problems: error.problems,
        retryable: false,
      },
    });
  });

  it("write members that are not known as null, and foreign errors as internal", () => {
    expect(errorDocument(invalidInput({ path: "", message: "m" })).error).toMatchObject({
      found: null,
      expected: null,
    });
    expect(errorDocument(new TypeError("boom")).error).toMatchObject({ code: "internal", message: "boom" });
    expect(errorDocument("odd").error).toMatchObject({ code: "internal", message: "odd" });
  });

  it("keep their cause", () => {
    const cause = new Error("below");
    expect(new EntrainError("a.b", { path: "", message: "m" }, { cause, retryable: true })).toMatchObject({
      cause,
      retryable: true,
    });
  });
});
