import { describe, expect, it } from "vitest";
import type { ArtiqProgram } from "#protocols/targets/artiq/emit";
import type { InstrumentProgram } from "#protocols/targets/instruments/program";
import { findTarget } from "#protocols/targets/registry";
import { judgeIons, prepareIons } from "../support/ion-experiments.ts";
import { eachLineWord, eachWord } from "../support/ion-sabotage.ts";

const resultOf = (
  results: readonly { id: string; measured: { value: number; error: number } | null }[],
  id: string,
) => results.find((result) => result.id === id)!.measured!;

function tampered(text: string, change: (program: InstrumentProgram) => void): string {
  const program = JSON.parse(text) as InstrumentProgram;
  change(program);
  return JSON.stringify(program);
}

describe("motional Ramsey fringes", () => {
  const prepared = prepareIons(
    "calcium-trio",
    { kind: "ramsey", delay: { from: "100 us", to: "9 ms", points: 4 } },
    { groups: "AA", shots: 400, assume: { motional_t2: "8 ms", intensity_noise: 0, heating_rate: "0.1 /s" } },
  );

  it("consistent; the coherence time is that of the profile", async () => {
    const { verdict, estimates } = await judgeIons(prepared, prepared.designed.program.text, 3);
    expect(verdict.outcome).toBe("consistent");
    for (const site of ["i0", "i1"]) {
      const { value, error } = resultOf(estimates.results, `${site}_t2_s`);
      // Heating by lattice photons takes less than one per cent off it.
      expect(Math.abs(value - 8e-3)).toBeLessThan(4 * error);
    }
  });

  it("drive 60 Hz above the transition, on a crate that tracks phases: the fringes' phase says so, and the verdict", async () => {
    const program = JSON.parse(findTarget("artiq").emit(prepared.designed.sequence).text) as ArtiqProgram;
    const drive = program.dds.findIndex(({ name }) => name === "drive01");
    for (const { events } of program.points) {
      for (const event of events) {
        if (event[1] === 1 && event[2] === drive) event[3] += Math.round((60 * 2 ** 32) / 1e9);
      }
    }
    const designed = { ...prepared.designed, program: { ...prepared.designed.program, target: "artiq" } };
    const off = await judgeIons({ ...prepared, designed }, JSON.stringify(program), 3);
    expect(off.verdict.outcome).toBe("inconsistent");
    const { value, error } = resultOf(off.estimates.results, "i0_offset_hz");
    // Its mode's own error is 5 Hz (1σ).
    expect(Math.abs(value - 60)).toBeLessThan(4 * Math.hypot(error, 5));
  });
});

describe("sideband thermometry", () => {
  const prepared = prepareIons(
    "calcium-trio",
    { kind: "thermometry", flop: "1 ms", flops: 4, delay: { from: "0 s", to: "6 ms", points: 3 } },
    { groups: "AA", shots: 400 },
  );

  it("consistent; ions start in the ground state and leave it at the heating rate", async () => {
    const { verdict, estimates } = await judgeIons(prepared, prepared.designed.program.text, 4);
    expect(verdict.outcome).toBe("consistent");
    const p0 = estimates.series.find(({ id }) => id === "p0")!.values;
    expect(Math.abs(p0[0]!.value - 1)).toBeLessThan(4 * p0[0]!.error);
    // 10/s of the trap and 5 to 10/s of lattice photons; the three-level ladder brings some back.
    const { value, error } = resultOf(estimates.results, "loss_of_ground_per_s");
    expect(value).toBeLessThan(-10 + 4 * error);
    expect(value).toBeGreaterThan(-25 - 4 * error);
  });

  it.each<[string, (program: InstrumentProgram) => void]>([
    [
      "probes at two thirds of their amplitude",
      (p) => eachWord(p, 0, ([ftw, asf, pow]) => [ftw, Math.round((asf * 2) / 3), pow]),
    ],
    ["probes 1 kHz off", (p) => eachWord(p, 0, ([ftw, asf, pow]) => [ftw + 8590, asf, pow])],
    ["ions not cooled", (p) => eachLineWord(p, (word) => word & ~1)],
  ])("%s: inconsistent", async (_, change) => {
    const { verdict } = await judgeIons(prepared, tampered(prepared.designed.program.text, change), 5);
    expect(verdict.outcome).toBe("inconsistent");
  });
});
