import { describe, it } from "vitest";
import { killWhileAppending, killWhileCreating } from "./kill-writer.ts";

describe("kill −9", () => {
  it("loses no acknowledged record", { timeout: 60_000 }, () => killWhileAppending(25, 1));
  it("leaves no half run", { timeout: 60_000 }, () => killWhileCreating(4, 2));
});
