import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { parseExperiment } from "#ir/experiment";
import type { Plan } from "#ir/plan";
import { completePlan } from "#planning/complete-plan";
import { designExperiment } from "#planning/plan";
import { latticeProfile } from "../../src/bench/contestants/lattice-profile.ts";
import { entrain } from "../support/command-line.ts";

test("plan: many sites are predicted on several threads, with the numbers of one", () => {
  const folder = mkdtempSync(join(tmpdir(), "entrain-plan-e2e-"));
  const profile = join(folder, "square-5x5.yaml");
  writeFileSync(profile, stringify(latticeProfile(5)));
  const experiment = {
    title: "Onset on 25 sites",
    device: { profile },
    protocol: {
      kind: "onset",
      gain_rate: "2pi*1.2 MHz",
      loss_rate: "2pi*1.2 MHz",
      exchange: { from: "9 MHz", to: "11 MHz", points: 2 },
      seed_angle: "0.3 pi",
      settle: "0.4 us",
      evolve: "0.4 us",
    },
    shots: 1000,
    seed: 1,
  };
  const file = join(folder, "onset.yaml");
  writeFileSync(file, stringify(experiment));
  const { status, stdout } = entrain(["plan", file, "--force", "--json"]);
  expect(status).toBe(0);
  const { prediction } = JSON.parse(stdout) as Plan;
  expect(prediction.nuisances).toHaveLength(25);
  const designed = designExperiment(parseExperiment(experiment), latticeProfile(5));
  expect(prediction).toEqual(JSON.parse(JSON.stringify(completePlan(designed).prediction)));
});
