import { beforeAll, describe, expect, it } from "vitest";
import type { Estimates } from "#ir/estimate";
import type { ArtiqProgram } from "#protocols/targets/artiq/emit";
import type { InstrumentProgram } from "#protocols/targets/instruments/program";
import { findTarget } from "#protocols/targets/registry";
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

describe("ions: blockade of two in detuned wells", () => {
  const protocol = {
    kind: "blockade",
    gain_rate: "1500 /s",
    loss_rate: "1500 /s",
    exchange: "500 Hz",
    detuning: { from: "-10 kHz", to: "10 kHz", points: 3 },
    settle: "4 ms",
    evolve: "4 ms",
    ring_down: "0 s",
  };
  let prepared: PreparedExperiment;
  beforeAll(() => {
    prepared = prepareIons("calcium-pair", protocol, { target: "artiq", shots: 1500 });
  });
  const population = (estimates: Estimates, id: string) =>
    estimates.series.find((series) => series.id === id)!.values.map(({ value }) => value);

  it("consistent: equal ions keep level 1, detuned by ±K they pass a quantum to |20⟩ or |02⟩", async () => {
    const { verdict, estimates } = await judgeIons(prepared, prepared.designed.program.text, 3);
    expect(verdict.outcome).toBe("consistent");
    const [below, equal, above] = population(estimates, "i0_p1");
    expect(equal).toBeGreaterThan(0.85);
    expect(below).toBeLessThan(0.6);
    expect(above).toBeLessThan(0.6);
    // K < 0: the third level lies lower, so the ion whose well is K higher takes the second quantum.
    expect(population(estimates, "i0_p2")[2]).toBeGreaterThan(0.4);
    expect(population(estimates, "i0_p0")[0]).toBeGreaterThan(0.4);
  });

  it.each<[string, (program: ArtiqProgram) => void]>([
    ["beams of the two ions swapped", (p) => swapNames(p.dds, "blue_i0", "blue_i1")],
    ["drives of the two ions swapped", (p) => swapNames(p.dds, "drive01_i0", "drive01_i1")],
    ["sign of the wells' detuning lost", (p) => swapNames(p.ttl, "well7", "well6")],
  ])("%s: inconsistent", async (_, change) => {
    const program = JSON.parse(prepared.designed.program.text) as ArtiqProgram;
    change(program);
    expect((await judgeIons(prepared, JSON.stringify(program), 4)).verdict.outcome).toBe("inconsistent");
  });

  it("eight tones are too many for the serial boards, which say so", () => {
    const found = findTarget("instruments").check(prepared.designed.sequence);
    expect(found.map(({ code }) => code)).toContain("C03");
  });
});

function swapNames(devices: { name: string }[], a: string, b: string): void {
  for (const device of devices) device.name = device.name === a ? b : device.name === b ? a : device.name;
}
