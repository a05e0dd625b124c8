import { describe, it } from "vitest";
import { killWhileAppending, killWhileCreating, killWhileIndexing } from "../unit/store/kill-writer.ts";

describe("kill −9, many times", () => {
  it("loses no acknowledged record", () => killWhileAppending(100, 3));
  it("leaves no half run", () => killWhileCreating(25, 4));
  it("leaves an index that works or can be made again", () => killWhileIndexing(10, 5));
});
