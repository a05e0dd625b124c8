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

describe("ions: few enough for all correlations", () => {
  it("same-shot correlations without a seed: consistent, above zero at the end; none without exchange", async () => {
    const protocol = {
      kind: "pair-correlator",
      gain_rate: "1500 /s",
      loss_rate: "1500 /s",
      exchange: { from: "0 Hz", to: "1700 Hz", points: 3 },
      settle: "4 ms",
      evolve: "4 ms",
    };
    const prepared = prepareIons("calcium-trio", protocol, { shots: 6000 });
    const { verdict, estimates } = await judgeIons(prepared, prepared.designed.program.text, 3);
    expect(verdict.outcome).toBe("consistent");
    const [first, , last] = estimates.series.find(({ id }) => id === "pair12")!.values;
    expect(Math.abs(first!.value)).toBeLessThan(4 * first!.error);
    expect(last!.value).toBeGreaterThan(5 * last!.error);
    const program = JSON.parse(prepared.designed.program.text) as InstrumentProgram;
    ionSabotages["no exchange"]!(program);
    const without = await judgeIons(prepared, JSON.stringify(program), 3);
    expect(without.verdict.outcome).toBe("inconsistent");
    const silent = without.estimates.series.find(({ id }) => id === "pair12")!.values.at(-1)!;
    expect(Math.abs(silent.value)).toBeLessThan(4 * silent.error);
  });

  it("lifetime of one and all: consistent; with the seed at half its length it is not", async () => {
    const protocol = {
      kind: "lifetime",
      gain_rate: "1500 /s",
      loss_rate: "1500 /s",
      exchange: "1300 Hz",
      sizes: "one-and-all",
      settle: "4 ms",
      delay: { from: "100 us", to: "700 us", points: 4 },
      ring_down: "0 s",
    };
    const prepared = prepareIons("calcium-trio", protocol, { shots: 2000 });
    const text = prepared.designed.program.text;
    expect((await judgeIons(prepared, text, 3)).verdict.outcome).toBe("consistent");
    const program = JSON.parse(text) as InstrumentProgram;
    for (const { tones } of program.points) {
      const seed = tones.find((row) => row[2]![1] > 0)![2]!;
      seed[1] = Math.round(seed[1] / 2);
    }
    expect((await judgeIons(prepared, JSON.stringify(program), 3)).verdict.outcome).toBe("inconsistent");
  });

  it("rates of the dissipators: consistent, γ₊ and γ₋ within 5σ of what was asked for", async () => {
    const protocol = {
      kind: "dissipator",
      gain_rate: "1500 /s",
      loss_rate: "1000 /s",
      points: 7,
      span: "3 ms",
      relaxation_span: "20 ms",
      ring_down: "0 s",
    };
    const prepared = prepareIons("calcium-trio", protocol, { shots: 2000 });
    const { verdict, estimates } = await judgeIons(prepared, prepared.designed.program.text, 3);
    expect(verdict.outcome).toBe("consistent");
    for (const [id, asked] of [
      ["i0_gain_per_s", 1500],
      ["i0_loss_per_s", 1000],
    ] as const) {
      const { value, error } = estimates.results.find((result) => result.id === id)!.measured!;
      // Heating adds to both, recoil takes two per cent off.
      expect(Math.abs(value - asked)).toBeLessThan(5 * error + 0.04 * asked);
    }
  });
});

describe("ions: plan and emulator", () => {
  it("40 000 shots a point are consistent", async () => {
    const prepared = prepareIons("calcium-array", ionOnset, { shots: 40_000, groups: "AAAA" });
    const { verdict } = await judgeIons(prepared, prepared.designed.program.text, 9);
    expect(verdict.outcome).toBe("consistent");
  });
});
