import { describe, it } from "vitest";
import { contendForRun, killWhileAppending, killWhileCreating } from "./kill-writer.ts";

describe("kill −9", () => {
  it("loses no acknowledged record (the slow tests kill more often)", { timeout: 60_000 }, () =>
    killWhileAppending(10, 1),
  );
  it("leaves no half run", { timeout: 60_000 }, () => killWhileCreating(3, 2));
});

describe("two processes", () => {
  it("do not write one run", contendForRun);
});
