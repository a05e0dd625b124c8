import { expect, test } from "vitest";
import { entrain } from "../../support/command-line.ts";

test("drivers NAME says what to connect and which firmware is known", () => {
  const { status, stdout } = entrain(["drivers", "prawn-do"]);
  expect(status).toBe(0);
  expect(stdout).toContain("GPIO 16 is the trigger input: to GPIO 9 of the PrawnBlaster.");
  expect(stdout).toContain("1.3.1: known good (recorded)");
  const parsed = JSON.parse(entrain(["drivers", "srs-dg645", "--json"]).stdout);
  expect(parsed.kind).toBe("srs-dg645");
  expect(parsed.unverified[0]).toMatch(/^Everything/);
});
