import { beforeAll, describe, expect, it } from "vitest";
import type { ArtiqProgram } from "#protocols/targets/artiq/emit";
import type { InstrumentProgram } from "#protocols/targets/instruments/program";
import { findTarget } from "#protocols/targets/registry";
import type { PreparedExperiment } from "../support/experiments.ts";
import { ionOnset, judgeIons, prepareIonSequence, prepareIons } from "../support/ion-experiments.ts";
import { ionSabotages } from "../support/ion-sabotage.ts";
import { refusal } from "../support/refusal.ts";

let prepared: PreparedExperiment;
beforeAll(() => {
  prepared = prepareIons("calcium-array", ionOnset, { shots: 400, groups: "AAAA" });
});

const artiqText = () => findTarget("artiq").emit(prepared.designed.sequence).text;

const onArtiq = (text: string, seed: number) => {
  const program = { ...prepared.designed.program, target: "artiq" };
  return judgeIons({ ...prepared, designed: { ...prepared.designed, program } }, text, seed);
};

describe("onset on emulated ions", () => {
  it("plans an onset inside the scan, on modes that exchange with V·K < 0", () => {
    const { summary, onset_hz } = prepared.designed;
    expect(summary.feasible).toBe(true);
    expect(onset_hz).toBeGreaterThan(1000);
    expect(onset_hz).toBeLessThan(1300);
    expect(summary.findings.map(({ code }) => code)).not.toContain("SIGN_VK_POSITIVE");
  });

  it("tables of the serial boards: consistent, synchronized at the end", async () => {
    const { verdict } = await judgeIons(prepared, prepared.designed.program.text, 11);
    expect(verdict.outcome).toBe("consistent");
    expect(verdict.reasons.join(" ")).toContain("synchronized at the end");
  });

  it("data of an ARTIQ crate: consistent", async () => {
    const { verdict } = await onArtiq(artiqText(), 12);
    expect(verdict.outcome).toBe("consistent");
  });
});

describe("a trap whose electrodes alone make K", () => {
  it("is refused with all that stands in the way, not only that nobody said how to work it", () => {
    const { code, problems } = refusal(() => prepareIonSequence("calcium-electrodes", ionOnset));
    expect(code).toBe("platform.cannot_lower");
    const paths = problems.map(({ path }) => path);
    expect(paths).toContain("K_TOO_SMALL_FOR_SELECTIVITY");
    expect(paths).toContain("device.profile");
  });
});

describe("a program that was tampered with", () => {
  // All of them in test/slow/ions.test.ts.
  it.each([
    "gain tone on the red sideband",
    "no repump",
    "repump and detection light swapped",
    "time base 10 % slow",
  ])("%s: inconsistent", async (name) => {
    const program = JSON.parse(prepared.designed.program.text) as InstrumentProgram;
    ionSabotages[name]!(program);
    const { verdict } = await judgeIons(prepared, JSON.stringify(program), 12);
    expect(verdict.outcome).toBe("inconsistent");
  });

  it("ARTIQ data with the phase of the analysis of 0↔1 changed: inconsistent", async () => {
    const program = JSON.parse(artiqText()) as ArtiqProgram;
    const drive = program.dds.findIndex(({ name }) => name === "drive01");
    for (const { events } of program.points) {
      const words = events.filter(([, kind, device]) => kind === 1 && device === drive);
      for (const event of words.slice(1)) event[4] = (event[4] + 0x4000) % 0x10000;
    }
    const { verdict } = await onArtiq(JSON.stringify(program), 13);
    expect(verdict.outcome).toBe("inconsistent");
  });
});
