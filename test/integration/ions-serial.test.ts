import { beforeAll, describe, expect, it } from "vitest";
import { SerialDriver } from "#devices/drivers/serial/driver";
import { laboratoryOf } from "#devices/drivers/serial/laboratory";
import { parseIonProfile } from "#devices/ion-chain/schema";
import { pointKey } from "#ir/driver";
import type { Record as MeasurementRecord } from "#ir/record";
import { analyseRecords } from "#jobs/execute-run";
import type { InstrumentProgram } from "#protocols/targets/instruments/program";
import type { PreparedExperiment } from "../support/experiments.ts";
import { ionOnset, judgeIons, prepareIons } from "../support/ion-experiments.ts";
import { ionSabotages } from "../support/ion-sabotage.ts";
import { rejection } from "../support/refusal.ts";

let prepared: PreparedExperiment;
beforeAll(() => {
  prepared = prepareIons("calcium-array", ionOnset, { shots: 400, groups: "AAAA" });
});

/** The program through the drivers, the wire and the emulated boards. */
async function overTheWire(text: string, seed: number) {
  const profile = parseIonProfile(prepared.designed.profile);
  const laboratory = laboratoryOf(profile);
  const driver = new SerialDriver(profile, laboratory);
  await driver.connect();
  const job = await driver.submit({ ...prepared.designed.program, text }, { seed, skip: new Set() });
  const records: MeasurementRecord[] = [];
  for await (const record of driver.fetch(job)) records.push(record);
  await driver.close();
  expect(laboratory.outputsOff()).toBe(true);
  return records;
}

describe("driver serial", () => {
  it("uploads, runs, reads: the records of the emulator, and a verdict", async () => {
    const { text } = prepared.designed.program;
    const records = await overTheWire(text, 11);
    // The boards' outputs are those of the tables, so the same photons are drawn.
    expect(records).toEqual((await judgeIons(prepared, text, 11)).records);
    expect(analyseRecords(records, prepared.plan, 0.01).verdict.outcome).toBe("consistent");
  });

  it("tampered tables over the wire: inconsistent", async () => {
    const program = JSON.parse(prepared.designed.program.text) as InstrumentProgram;
    ionSabotages["no repump"]!(program);
    const records = await overTheWire(JSON.stringify(program), 12);
    expect(analyseRecords(records, prepared.plan, 0.01).verdict.outcome).toBe("inconsistent");
  });

  it("a tone out of its band or a line that is not the trap's is refused before anything is sent", async () => {
    const profile = parseIonProfile(prepared.designed.profile);
    const laboratory = laboratoryOf(profile);
    const driver = new SerialDriver(profile, laboratory);
    await driver.connect();
    const program = JSON.parse(prepared.designed.program.text) as InstrumentProgram;
    const [point] = program.points;
    point!.words[0]![0] |= 1 << 15;
    const row = point!.tones.find(([blue]) => blue![1] > 0)!;
    row[0]![0] = Math.round((90e6 * 2 ** 32) / 500e6);
    const submitted = driver.submit(
      { ...prepared.designed.program, text: JSON.stringify(program) },
      { seed: 1, skip: new Set() },
    );
    const { code, problems } = await rejection(submitted);
    expect(code).toBe("instrument.limit");
    const places = problems.map(({ path }) => path).join(" ");
    expect(places).toContain("prawn-do");
    expect(places).toContain("dds-sweeper");
    await driver.close();
  });

  it("cancelled between points and during one: outputs off, records kept so far", async () => {
    const profile = parseIonProfile(prepared.designed.profile);
    for (const during of [false, true]) {
      const laboratory = laboratoryOf(profile);
      const driver = new SerialDriver(profile, laboratory);
      await driver.connect();
      const job = await driver.submit(prepared.designed.program, { seed: 1, skip: new Set() });
      const records: MeasurementRecord[] = [];
      if (during) setTimeout(() => void driver.cancel(job), 1);
      for await (const record of driver.fetch(job)) {
        records.push(record);
        if (!during && records.length === 2) await driver.cancel(job);
      }
      expect((await driver.poll(job)).state).toBe("cancelled");
      expect(records.length).toBeLessThan(8);
      expect(laboratory.outputsOff()).toBe(true);
      await driver.close();
    }
  });

  it("a resumed run measures what is missing, and draws for it what it would have drawn", async () => {
    const profile = parseIonProfile(prepared.designed.profile);
    const { program } = prepared.designed;
    const collect = async (skip: ReadonlySet<string>) => {
      const driver = new SerialDriver(profile);
      await driver.connect();
      const records: MeasurementRecord[] = [];
      for await (const record of driver.fetch(await driver.submit(program, { seed: 5, skip }))) {
        records.push(record);
      }
      await driver.close();
      return records;
    };
    const all = await collect(new Set());
    const done = new Set(all.slice(0, 6).map(({ point }) => pointKey(point)));
    expect(await collect(done)).toEqual(all.slice(6));
  });

  it("boards at real ports: says that nothing counts photons", async () => {
    const profile = parseIonProfile(prepared.designed.profile);
    const { control, ...rest } = profile;
    const ports = { prawnblaster: "/dev/null0", "prawn-do": "/dev/null1", "dds-sweeper": "/dev/null2" };
    const laboratory = laboratoryOf({ ...rest, control: { ...control!, boards: ports } });
    expect(() => laboratory.prepare(1)).toThrow(/no photon counter/);
    await laboratory.release();
  });
});
