import { expect, it } from "vitest";
import { killAndCount } from "../support/fake-ibm/killer.ts";

it("200 runs on a failing service, killed at random points: none lost, none submitted twice", async () => {
  const { kills, requests, reconciled, unclear } = await killAndCount({
    runs: 200,
    kills: 60,
    seed: 11,
    longest_life_ms: 400,
  });
  console.log(
    `${kills} kills, ${requests} requests, ${unclear} unclear attempts, ${reconciled} jobs found by tag`,
  );
  expect(kills).toBeGreaterThan(20);
  // A test that never met an unclear attempt would show nothing.
  expect(unclear).toBeGreaterThan(10);
  expect(reconciled).toBeGreaterThan(10);
}, 600_000);
