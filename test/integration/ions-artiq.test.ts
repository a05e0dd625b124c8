import { expect, test } from "vitest";
import { createRandom } from "#core/random";
import { drawCounts } from "#devices/drivers/emulator/ion-counts";
import { ionShotOf } from "#devices/drivers/emulator/ion-shot";
import { EmulatedIonTrap } from "#devices/drivers/emulator/ion-trap";
import { timelineOf } from "#devices/drivers/emulator/timeline";
import { createDriver } from "#devices/drivers/registry";
import { parseIonProfile } from "#devices/ion-chain/schema";
import type { Record as MeasurementRecord } from "#ir/record";
import { analyseRecords } from "#jobs/execute-run";
import { readArtiqProgram } from "#protocols/targets/artiq/emit";
import { findTarget } from "#protocols/targets/registry";
import { FakeArtiqMaster, finish } from "../support/artiq-master.ts";
import { ionOnset, prepareIons } from "../support/ion-experiments.ts";
import { refusal } from "../support/refusal.ts";

test("driver artiq: submitted to a master, counts from its datasets, a verdict", async () => {
  const prepared = prepareIons("calcium-array", ionOnset, { target: "artiq", shots: 300, groups: "AAAA" });
  const profile = parseIonProfile(prepared.designed.profile);
  const master = await new FakeArtiqMaster().start();
  // The master plays what it was sent on emulated ions and puts the counts of every window into datasets.
  master.run = (m, rid, { arguments: { program, token } }) => {
    m.status(rid, "running");
    const data = readArtiqProgram(program);
    const sequence = findTarget("artiq").parse(program);
    const trap = new EmulatedIonTrap(profile, 7);
    data.points.forEach((point, index) => {
      const ready = trap.ready(
        ionShotOf(profile, timelineOf(sequence, point.at), sequence.clock_hz, trap.notes),
      );
      const random = createRandom(7, `point ${index}`);
      const counts = Array.from({ length: data.shots }, () => {
        const drawn = drawCounts(ready, random);
        const next = new Map<string, number>();
        return point.windows.map((site) => {
          const k = next.get(site) ?? 0;
          next.set(site, k + 1);
          return drawn[trap.sites.indexOf(site)]![k]!;
        });
      });
      const bytes = Buffer.from(Int32Array.from(counts.flat()).buffer).toString("base64");
      const shape = `[${data.shots},${point.windows.length}]`;
      m.dataset(
        `entrain.${token}.point.${index}`,
        `{"__jsonclass__":["nparray",[${shape},"<i4","${bytes}"]]}`,
      );
    });
    finish(m, rid, "run");
  };
  const { notify, control, broadcast } = master.ports;
  const crate = { host: "127.0.0.1", notify_port: notify, control_port: control, broadcast_port: broadcast };
  const driver = createDriver("artiq", { ...profile, control: { ...profile.control!, crate } });
  await driver.connect();
  const job = await driver.submit(prepared.designed.program, { seed: 1, skip: new Set() });
  const records: MeasurementRecord[] = [];
  for await (const record of driver.fetch(job)) records.push(record);
  await driver.close();
  await master.stop();
  const { verdict } = analyseRecords(records, prepared.plan, 0.01);
  expect(verdict.outcome).toBe("consistent");
  expect(verdict.reasons.join(" ")).toContain("synchronized at the end");
});

test("a profile that names no master, and outputs that are not the trap's, are refused", async () => {
  const prepared = prepareIons("calcium-array", ionOnset, { target: "artiq", shots: 10, groups: "AAAA" });
  const profile = parseIonProfile(prepared.designed.profile);
  expect(refusal(() => createDriver("artiq", profile)).code).toBe("artiq.not_configured");
  const crate = { host: "127.0.0.1" };
  const driver = createDriver("artiq", { ...profile, control: { ...profile.control!, crate } });
  const text = prepared.designed.program.text.replaceAll('"name":"cool"', '"name":"shutter"');
  expect((await driver.check({ ...prepared.designed.program, text })).map(({ path }) => path)).toEqual([
    "shutter",
  ]);
});
