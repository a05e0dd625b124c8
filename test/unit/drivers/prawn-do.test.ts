import { expect, test } from "vitest";
import { boardProbe } from "#devices/drivers/instrument/identity";
import { FakePrawnDo } from "#devices/drivers/prawn-do/fake";
import { line, ok } from "#devices/transports/serial/grammar";
import { bytesOf } from "#devices/transports/serial/port";
import { channelTo, digital, sentLines } from "../../support/instruments.ts";
import { rejection } from "../../support/refusal.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

async function connected(...args: Parameters<typeof digital>) {
  const made = digital(...args);
  await made.clock.run(made.driver.connect());
  return made;
}

test("the recorded program gives the recorded edges, numbers going over as hexadecimal", async () => {
  const { clock, driver, fake } = await connected();
  const rows = [
    { word: 0x0001, cycles: 10 },
    { word: 0x0003, cycles: 5 },
    { word: 0x8000, cycles: 100 },
  ];
  await clock.run(driver.upload({ rows }));
  await clock.run(driver.start({ software: true }));
  await clock.run(driver.waitForEnd(100));
  // Recorded: output 0 at 0, 1 at 10, both off and 15 on at 15, 15 off at 115.
  expect(fake.words.map(({ tick, word }) => [tick, word])).toEqual([
    [0, 0x0001],
    [10, 0x0003],
    [15, 0x8000],
    [115, 0],
  ]);
  expect(sentLines(driver.trafficLog)).toContain("adm 0 5");
  expect(driver.state).toBe("loaded");
});

test("trap: counts and addresses are hexadecimal beyond nine as well", async () => {
  const { clock, driver } = await connected();
  const rows = Array.from({ length: 2000 }, (_, k) => ({ word: k & 0xff, cycles: 5 + k }));
  await clock.run(driver.upload({ rows }));
  // 2002 rows with the end: 1024 = 0x400, then 978 = 0x3d2 from 0x400.
  expect(sentLines(driver.trafficLog)).toEqual(expect.arrayContaining(["adm 0 400", "adm 400 3d2"]));
});

test("trap: a hold that the board would turn into an endless wait is refused here, and noticed there", async () => {
  const { clock, driver, fake } = await connected();
  expect(driver.check({ rows: [{ word: 1, cycles: 3 }] })).toMatchObject([{ path: "rows[0]", found: 3 }]);
  const { channel } = channelTo(fake, clock);
  await clock.run(channel.resync(boardProbe));
  const payload = [bytesOf("\x01\0\x03\0\0\0")];
  const error = await rejection(clock.run(channel.transfer("adm 0 1", line("ready", /ready/), payload, ok)));
  expect(error.problems[0]!.found).toContain("Setting reps to zero");
  // What the board made of it: wait for ever.
  await clock.run(channel.resync(boardProbe));
  expect(await clock.run(channel.command("get 0", line("row", /(\w+) (\w+)/)))).toEqual(["1", "0"]);
});

test("trap: what another program left is gone before an upload", async () => {
  const clock = new VirtualClock();
  const fake = new FakePrawnDo(clock);
  fake.receive(bytesOf("add\n1 64\n2 64\n0 0\n0 0\nend\n"));
  const { driver } = await connected(fake, {}, clock);
  await clock.run(driver.upload({ rows: [{ word: 4, cycles: 10 }] }));
  const { channel } = channelTo(fake, clock);
  await clock.run(channel.resync(boardProbe));
  const length = line("length", /Number of command lines: \d+\r\nNumber of instructions: (\d+)/);
  expect(await clock.run(channel.command("len", length))).toEqual(["3"]);
});

test("trap: a board left in the mode that takes instructions as lines answers again", async () => {
  const clock = new VirtualClock();
  const fake = new FakePrawnDo(clock);
  fake.receive(bytesOf("add\n1 64\n"));
  const { channel } = channelTo(fake, clock);
  expect((await rejection(clock.run(channel.resync(boardProbe)))).code).toBe("device.silent");
  const { driver } = await connected(fake, {}, clock);
  expect(driver.state).toBe("safe");
});

test("trap: an abort leaves outputs high; the driver sets them low and reads them back", async () => {
  for (const abortKeepsOutputs of [true, false]) {
    const clock = new VirtualClock();
    const fake = new FakePrawnDo(clock, { quirks: { abortKeepsOutputs } });
    const { driver } = await connected(fake, {}, clock);
    await clock.run(driver.upload({ rows: [{ word: 0x8001, cycles: 4_000_000_000 }] }));
    await clock.run(driver.start({ software: true }));
    clock.advance(10);
    expect(fake.outputs).toBe(0x8001);
    // The board's own abort is not enough.
    const { channel } = channelTo(fake, clock);
    await clock.run(channel.resync(boardProbe));
    await clock.run(channel.command("abt", ok));
    expect(fake.outputs).toBe(abortKeepsOutputs ? 0x8001 : 0);
    await clock.run(driver.close().catch(() => {}));
    await clock.run(driver.connect());
    expect(fake.outputs).toBe(0);
    expect(fake.outputsOff()).toBe(true);
    expect(driver.state).toBe("safe");
  }
});

test("outputs that are not allowed are named and never sent", async () => {
  const { clock, driver } = await connected(undefined, { settings: { allowedOutputs: 0x000f } });
  const error = await rejection(clock.run(driver.upload({ rows: [{ word: 0x0111, cycles: 10 }] })));
  expect(error.problems[0]).toMatchObject({ path: "rows[0]", message: "output 4, 8 may not be used" });
  expect(sentLines(driver.trafficLog).some((text) => text.startsWith("adm"))).toBe(false);
});

test("the largest program is the RP2040's, its end included", async () => {
  const { driver } = await connected();
  const rows = (length: number) => ({ rows: Array.from({ length }, () => ({ word: 1, cycles: 5 })) });
  expect(driver.check(rows(29_998))).toEqual([]);
  expect(driver.check(rows(29_999))).toMatchObject([{ found: 29_999 }]);
});

test("a run that nothing triggers is aborted at its deadline", async () => {
  const { clock, driver, fake } = await connected();
  await clock.run(driver.upload({ rows: [{ word: 1, cycles: 10 }] }));
  await clock.run(driver.start());
  expect(driver.state).toBe("armed");
  expect((await rejection(clock.run(driver.waitForEnd(500)))).code).toBe("device.timeout");
  expect(driver.state).toBe("safe");
  expect(fake.outputsOff()).toBe(true);
});

test("power that was gone between upload and start is noticed", async () => {
  const { clock, driver, fake } = await connected();
  await clock.run(driver.upload({ rows: [{ word: 1, cycles: 10 }] }));
  fake.powerCycle();
  expect((await rejection(clock.run(driver.start()))).code).toBe("device.corrupt");
  expect(fake.outputsOff()).toBe(true);
});
