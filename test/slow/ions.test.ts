import { beforeAll, describe, expect, it } from "vitest";
import type { InstrumentProgram } from "#protocols/targets/instruments/program";
import type { PreparedExperiment } from "../support/experiments.ts";
import { ionOnset, judgeIons, prepareIons } from "../support/ion-experiments.ts";
import { ionSabotages } from "../support/ion-sabotage.ts";

describe("ions: tables of the serial boards, tampered with", () => {
  let prepared: PreparedExperiment;
  beforeAll(() => {
    const exchange = { from: "800 Hz", to: "1300 Hz", points: 3 };
    prepared = prepareIons("calcium-array", { ...ionOnset, exchange, evolve: "8 ms" });
  });

  it.each(Object.keys(ionSabotages))("%s: inconsistent", async (name) => {
    const program = JSON.parse(prepared.designed.program.text) as InstrumentProgram;
    ionSabotages[name]!(program);
    const text = JSON.stringify(program);
    expect(text).not.toBe(prepared.designed.program.text.trim());
    const { verdict } = await judgeIons(prepared, text, 12);
    expect(verdict.outcome).toBe("inconsistent");
  });

  it("untouched programs are seldom refused", async () => {
    let rejected = 0;
    for (let seed = 100; seed < 120; seed++) {
      const { verdict } = await judgeIons(prepared, prepared.designed.program.text, seed);
      if (verdict.outcome === "inconsistent") rejected++;
    }
    // One per cent is declared; more than 3 of 20 has a probability below 1e-4 then.
    expect(rejected).toBeLessThanOrEqual(3);
  });
});
