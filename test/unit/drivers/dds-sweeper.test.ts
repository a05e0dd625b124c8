import { expect, test } from "vitest";
import { FakeDdsSweeper } from "#devices/drivers/dds-sweeper/fake";
import type { DdsQuirks } from "#devices/drivers/dds-sweeper/fake-dialect";
import { boardProbe } from "#devices/drivers/instrument/identity";
import { line, ok, reply } from "#devices/transports/serial/grammar";
import { channelTo, sentLines, sweeper, wideOpen } from "../../support/instruments.ts";
import { rejection } from "../../support/refusal.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

// 80 and 40 MHz at 500 MHz, full and half amplitude, 0 and a quarter turn: words of the recording.
const on = { ftw: 0x28f5c28f, asf: 1023, pow: 0 };
const half = { ftw: 0x147ae148, asf: 512, pow: 4096 };
const off = { ftw: 0, asf: 0, pow: 0 };
const program = { channels: 1, rows: [{ channels: [on] }, { channels: [half] }, { channels: [off] }] };

async function connected(...args: Parameters<typeof sweeper>) {
  const made = sweeper(...args);
  await made.clock.run(made.driver.connect());
  return made;
}

/** A channel that is in step and has debug off. */
async function bare(
  quirks: Partial<DdsQuirks> = {},
  clipped: { clipped_bytes?: number } = { clipped_bytes: 127 },
) {
  const clock = new VirtualClock();
  const fake = new FakeDdsSweeper(clock, { quirks });
  const { channel } = channelTo(fake, clock, clipped);
  await clock.run(channel.resync(boardProbe));
  await clock.run(channel.command("debug off", ok));
  const say = (text: string, grammar = ok) => clock.run(channel.command(text, grammar));
  return { clock, fake, channel, say };
}

test("words arrive at the synthesiser at each trigger and end in silence", async () => {
  const { clock, driver, fake } = await connected();
  await clock.run(driver.upload(program));
  await clock.run(driver.start());
  for (const cycle of [0, 1000, 2000]) fake.trigger(cycle);
  await clock.run(driver.waitForEnd(100));
  const seen = fake.tones
    .filter(({ channel }) => channel === 0)
    .map(({ cycle, ftw, asf, pow }) => [cycle, ftw, asf, pow]);
  expect(seen).toEqual([
    [0, 0x28f5c28f, 1023, 0],
    [1000, 0x147ae148, 512, 4096],
    [2000, 0, 0, 0],
  ]);
  expect(fake.faults).toEqual([]);
});

test("debug messages are switched off first; with them on, no reply would be a bare ok", async () => {
  const { clock, driver } = await connected();
  const lines = sentLines(driver.trafficLog);
  expect(lines[lines.findIndex((text) => text !== "version" && text !== "")]).toBe("debug off");
  const fake = new FakeDdsSweeper(clock);
  const { channel } = channelTo(fake, clock);
  await clock.run(channel.resync(boardProbe));
  expect((await rejection(clock.run(channel.command("setamp 0 0", ok)))).code).toBe("device.refused");
});

test("trap 1: an error followed by ok is an error", async () => {
  const { say } = await bare();
  await say("mode 0 0");
  for (const text of ["set 0 0 1", "set 7 0 1 1 1", "set 0 99999 80000000 1 0 0.001"]) {
    const error = await rejection(say(text));
    expect(error.code).toBe("device.refused");
    expect(error.problems[0]!.found, text).toMatch(/\nok\n$/);
  }
  // A client that looks for `ok` anywhere takes the error for success.
  expect(await say("set 0 0 1", reply("ok somewhere", /[\s\S]*ok\n/))).toEqual([]);
});

test("trap 2: a count before the ok is allowed where it belongs, and only there", async () => {
  const { say } = await bare();
  await say("mode 2 0");
  expect((await rejection(say("seti 0 0 1 2 3 4"))).code).toBe("device.refused");
  expect(await say("seti 0 0 1 2 3 4", reply("ok after a count", /(\d+)\nok\n/))).toEqual(["6"]);
});

test("trap 3: times too short are lengthened silently by the board; the timing lives in the pseudoclock instead", async () => {
  for (const clampsTimes of [true, false]) {
    const { say } = await bare({ clampsTimes });
    await say("setchannels 1");
    await say("mode 0 1");
    await say("seti 0 0 1 1 0 100");
    await say("seti 4 1");
    const table = await say("readtable", reply("table", /[\s\S]*Timing: (\w+) \nEnd of Instruction Table\n/));
    // 500 cycles at least, of which the first step's 18 are subtracted; a board that did as told would keep 100.
    expect(Number.parseInt(table[0]!, 16) + 18).toBe(clampsTimes ? 500 : 100);
  }
  const { driver } = await connected();
  expect(sentLines(driver.trafficLog).some((text) => text === "mode 0 1")).toBe(false);
});

test("trap 4: times in seconds are converted with the wrong clock; the driver sends words only", async () => {
  const { say } = await bare();
  await say("setclock 1 100000000 5");
  await say("setchannels 1");
  await say("mode 0 1");
  await say("set 0 0 80000000 1 0 0.0001");
  await say("set 4 1");
  const table = await say("readtable", reply("table", /[\s\S]*Timing: (\w+) \nEnd of Instruction Table\n/));
  // As recorded: 100 µs become 10 000 − 18 cycles of 8 ns, which is 80 µs.
  expect(Number.parseInt(table[0]!, 16) + 18).toBe(10_000);
  const { clock, driver } = await connected();
  await clock.run(driver.upload(program));
  expect(sentLines(driver.trafficLog).filter((text) => text.startsWith("set "))).toEqual([]);
});

test("trap 5: the stop goes last, is never at row 0, and a table without one is found out and reset", async () => {
  const { clock, driver } = await connected();
  expect(driver.check({ channels: 1, rows: [] })).toMatchObject([{ path: "rows", found: 0 }]);
  await clock.run(driver.upload(program));
  const lines = sentLines(driver.trafficLog);
  expect(lines.indexOf("seti 4 3")).toBeGreaterThan(lines.indexOf("setb 0 3"));
  // The other way round the board forgets it.
  const { say, channel, clock: other, fake } = await bare();
  await say("setchannels 1");
  await say("mode 0 0");
  await say("seti 4 2");
  const ready = line("ready", /ready for 16 bytes/);
  await other.run(channel.transfer("setb 0 2", ready, [new Uint8Array(16)], ok));
  // The complaint comes after the ok: without waiting for it, the start counts as done.
  expect(await say("start")).toEqual([]);
  other.advance(10);
  expect(fake.status).toBe(1);
  const recovering = await connected(fake, {}, other);
  expect(fake.status).toBe(0);
  expect(sentLines(recovering.driver.trafficLog)).toContain("reset");
  const again = channelTo(fake, other, { clipped_bytes: 127 }).channel;
  await other.run(again.resync(boardProbe));
  await other.run(again.command("setchannels 1", ok));
  await other.run(again.command("mode 0 0", ok));
  const error = await rejection(other.run(again.command("start", ok, { settle_ms: 80 })));
  expect(error.problems[0]!.found).toContain("does not contain a stop or repeat");
});

test("trap 6: an abort that comes too early is sent again", async () => {
  for (const losesEarlyAbort of [true, false]) {
    const { say, clock, fake } = await bare({ losesEarlyAbort });
    await say("setchannels 1");
    await say("mode 0 0");
    await say("seti 0 0 4096 1023 0");
    await say("seti 4 1");
    await say("start");
    await say("abort");
    clock.advance(50);
    // The genuine board goes on as if nothing had been said.
    expect(fake.status).toBe(losesEarlyAbort ? 2 : 4);
  }
  const { clock, driver, fake } = await connected();
  await clock.run(driver.upload(program));
  const started = driver.start().catch(() => {});
  await clock.run(driver.makeSafe());
  await clock.run(started);
  await clock.run(driver.makeSafe());
  expect(fake.outputsOff()).toBe(true);
  expect([0, 4]).toContain(fake.status);
});

test("trap 7: busy messages without their end, clocks and frequencies that the board does not check", async () => {
  const { say, channel, clock } = await bare();
  await say("setchannels 1");
  await say("mode 0 0");
  await say("seti 0 0 4096 1023 0");
  await say("seti 4 1");
  await say("start");
  const busy = await rejection(say("set 0 0 80e6 1 0"));
  expect(busy.code).toBe("device.refused");
  expect(`${busy.problems[0]!.found}`).toHaveLength(127);
  expect(channel.synchronised).toBe(true);
  expect(await say("version", line("version", /([\d.]+)/))).toEqual(["0.4.0"]);
  clock.advance(10);
  await say("abort");
  clock.advance(10);
  // Both accepted by the board.
  await say("setfreq 0 600000000");
  await say("setclock 0 140000000");
  const limit = { channel: 0, largestAmplitude: 1, lowest_hz: 1, highest_hz: 300e6 };
  expect(() => sweeper(undefined, { settings: { channels: [limit] } })).toThrow(/half the system clock/);
  const reference = { source: "internal", frequency_hz: 140_000_000, multiplier: 4 } as const;
  expect(() => sweeper(undefined, { settings: { reference } })).toThrow(/140000000|reference/);
});

test("trap 8: tables and modes are read without an ok", async () => {
  const { say } = await bare();
  expect((await rejection(say("getmode"))).code).toBe("device.refused");
  const mode = reply("mode", /(\d) active channels\nMode (\d) - [\w ]+\n/);
  expect(await say("getmode", mode)).toEqual(["1", "1"]);
});

test("the board's conversion of phases is never used: a whole turn would be one step", async () => {
  const { say, fake } = await bare();
  await say("setphase 0 360");
  expect(fake.chip.tone(0).pow).toBe(1);
  await say("setphase 0 -90");
  expect(fake.chip.tone(0).pow).toBe(0);
  const { clock, driver } = await connected();
  await clock.run(driver.upload(program));
  expect(sentLines(driver.trafficLog).some((text) => text.startsWith("setphase"))).toBe(false);
});

test("amplitude, channel and frequency limits hold before anything is sent", async () => {
  const channels = [{ channel: 0, largestAmplitude: 0.5, lowest_hz: 70e6, highest_hz: 90e6 }];
  const { clock, driver } = await connected(undefined, { settings: { channels } });
  const rows = [
    { channels: [on, off] },
    { channels: [{ ...half, ftw: half.ftw }, on] },
    { channels: [off, off] },
  ];
  const error = await rejection(clock.run(driver.upload({ channels: 2, rows })));
  expect(error.problems.map(({ path, message }) => [path, message.split(" ")[0]])).toEqual([
    ["rows[0].channels[0]", "amplitude"],
    ["rows[1].channels[0]", expect.stringMatching(/^4\d{7}/)],
    ["rows[1].channels[1]", "channel"],
  ]);
  expect(sentLines(driver.trafficLog).some((text) => text.startsWith("setb"))).toBe(false);
  // Without settings nothing may sound.
  const silent = sweeper(undefined, { settings: { channels: [] } });
  expect(silent.driver.check(program).length).toBeGreaterThan(0);
  expect(wideOpen).toHaveLength(4);
});

test("a table that ends with a tone on is refused", async () => {
  const { driver } = await connected();
  expect(driver.check({ channels: 1, rows: [{ channels: [on] }] })).toMatchObject([
    { path: "rows[0].channels[0]", expected: "amplitude 0 in the last row" },
  ]);
});

test("table sizes are those of ion.md D.2", async () => {
  const { driver } = await connected();
  for (const [channels, capacity] of [16_656, 8615, 5810, 4383].entries()) {
    const row = { channels: Array.from({ length: channels + 1 }, () => off) };
    const rows = (length: number) => ({ channels: channels + 1, rows: Array.from({ length }, () => row) });
    expect(driver.check(rows(capacity))).toEqual([]);
    expect(driver.check(rows(capacity + 1))).toMatchObject([{ expected: `1 to ${capacity}` }]);
  }
});

test("the largest table goes over and is stopped where it should be", async () => {
  const { clock, driver, fake } = await connected();
  const rows = Array.from({ length: 16_656 }, (_, k) => ({
    channels: [k === 16_655 ? off : { ftw: 1_000_000 + k, asf: k % 1024, pow: k % 16_384 }],
  }));
  await clock.run(driver.upload({ channels: 1, rows }));
  await clock.run(driver.start());
  for (let k = 0; k < rows.length; k++) fake.trigger(k * 500);
  await clock.run(driver.waitForEnd(100));
  expect(fake.tones[4 * 12_345]!.ftw).toBe(1_012_345);
  expect(fake.outputsOff()).toBe(true);
});

test("missing triggers are counted, and the tones switched off", async () => {
  const { clock, driver, fake } = await connected();
  await clock.run(driver.upload(program));
  await clock.run(driver.start());
  fake.trigger(0);
  expect(fake.outputsOff()).toBe(false);
  const error = await rejection(clock.run(driver.waitForEnd(200)));
  expect(error.problems[0]!.message).toBe("1 of 3 triggers came within 200 ms");
  expect(fake.outputsOff()).toBe(true);
  expect(driver.state).toBe("safe");
});

test("a stop that another program made the board forget is set again before the start", async () => {
  const { clock, driver, fake } = await connected();
  await clock.run(driver.upload(program));
  // A payload over the first row, sent behind the driver's back.
  fake.receive(Buffer.from("setb 0 3\n"));
  fake.receive(new Uint8Array(24));
  await clock.run(driver.start());
  expect(fake.status).toBe(2);
  await clock.run(driver.makeSafe());
});

test("power that was gone between upload and start is noticed", async () => {
  const { clock, driver, fake } = await connected();
  await clock.run(driver.upload(program));
  fake.powerCycle();
  expect((await rejection(clock.run(driver.start()))).code).toBe("device.corrupt");
  expect(fake.status).toBe(0);
});

test("the largest payload that can be cut off is recovered from", async () => {
  const clock = new VirtualClock();
  const fake = new FakeDdsSweeper(clock);
  fake.receive(Buffer.from("debug off\nsetchannels 4\nmode 0 0\nsetb 0 4382\n"));
  expect(fake.readingPayload).toBe(true);
  const { driver } = sweeper(fake, {}, clock);
  await clock.run(driver.connect({ recover: true }));
  expect(driver.state).toBe("safe");
  expect(fake.outputsOff()).toBe(true);
});
