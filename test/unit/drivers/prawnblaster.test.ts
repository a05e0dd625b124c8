import { expect, test } from "vitest";
import { boardProbe } from "#devices/drivers/instrument/identity";
import { FakePrawnDo } from "#devices/drivers/prawn-do/fake";
import { PrawnBlaster } from "#devices/drivers/prawnblaster/driver";
import { FakePrawnBlaster } from "#devices/drivers/prawnblaster/fake";
import { line, ok } from "#devices/transports/serial/grammar";
import { bytesOf } from "#devices/transports/serial/port";
import { blaster, channelTo, opener, sentLines } from "../../support/instruments.ts";
import { rejection } from "../../support/refusal.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const status = line("status", /run-status:(\d) clock-status:(\d)/);
const long = { clocks: [[{ half: 100_000, reps: 1_000_000 }]] };

async function connected(...args: Parameters<typeof blaster>) {
  const made = blaster(...args);
  await made.clock.run(made.driver.connect());
  return made;
}

test("the edges are those of the recording for the same program", async () => {
  const { clock, driver, fake } = await connected();
  const rows = [
    { half: 10, reps: 3 },
    { half: 5, reps: 2 },
    { half: 100, reps: 1 },
  ];
  await clock.run(driver.upload({ clocks: [rows] }));
  await clock.run(driver.start());
  await clock.run(driver.waitForEnd(1000));
  // Recorded: edges at 6006, 6016, 6026 … 6086, 6186, counted from the first.
  const recorded = [6006, 6016, 6026, 6036, 6046, 6056, 6066, 6071, 6076, 6081, 6086, 6186];
  expect(fake.edges.map(({ tick }) => tick)).toEqual(recorded.map((cycle) => cycle - 6006));
  expect(driver.state).toBe("loaded");
});

test("trap 1: payload rows are half-period first; a board that reads them otherwise is found out", async () => {
  const good = await connected();
  await good.clock.run(good.driver.upload({ clocks: [[{ half: 20, reps: 2 }]] }));
  expect(good.driver.state).toBe("loaded");
  const clock = new VirtualClock();
  const asDocumented = new FakePrawnBlaster(clock, { quirks: { halfPeriodFirst: false } });
  const bad = await connected(asDocumented, {}, clock);
  const error = await rejection(bad.clock.run(bad.driver.upload({ clocks: [[{ half: 20, reps: 7 }]] })));
  expect(error.code).toBe("device.corrupt");
  expect(error.problems[0]).toMatchObject({ found: "7 20", expected: "20 7" });
});

test("trap 2: a busy message without its end is paired with its own command", async () => {
  const busy = async (clipped: { clipped_bytes?: number }) => {
    const { clock, driver, fake } = await connected();
    await clock.run(driver.upload(long));
    await clock.run(driver.start());
    const { channel } = channelTo(fake, clock, clipped);
    await clock.run(channel.resync(boardProbe));
    const error = await rejection(clock.run(channel.command("set 0 0 10 1", ok)));
    return { clock, channel, error };
  };
  const { clock, channel, error } = await busy({ clipped_bytes: 127 });
  expect(error.code).toBe("device.refused");
  // As recorded, with the line break inside and the end missing.
  expect(error.problems[0]!.found).toBe(
    "Cannot execute command set 0 0 10 1\n during buffered execution. Check status first and wait for it to return 0 or 5 (stopped or",
  );
  expect(await clock.run(channel.command("status", status))).toEqual(["2", "0"]);
  // Not knowing the length at which messages are cut, the channel can only give up.
  const without = await busy({});
  expect(without.error.code).toBe("device.timeout");
  expect(without.channel.synchronised).toBe(false);
});

test("trap 3: a pseudoclock's program cannot run into the next one's memory", async () => {
  const { clock, driver } = await connected(undefined, { settings: { clocks: 4 } });
  const row = { half: 10, reps: 7 };
  const rows = (count: number) => ({ clocks: [Array.from({ length: count }, () => row)] });
  expect(driver.check(rows(7499))).toEqual([]);
  const error = await rejection(clock.run(driver.upload(rows(7500))));
  expect(error.code).toBe("instrument.limit");
  expect(error.problems[0]).toMatchObject({
    path: "clocks[0]",
    found: 7500,
    expected: "at most 7499 with 4 pseudoclocks",
  });
  // The board itself takes the address and overwrites its neighbour.
  const fake = new FakePrawnBlaster(clock);
  const { channel } = channelTo(fake, clock);
  await clock.run(channel.resync(boardProbe));
  await clock.run(channel.command("setnumpseudoclocks 4", ok));
  await clock.run(channel.command("set 0 7501 10 7", ok));
  expect(await clock.run(channel.command("get 1 0", line("row", /(\d+) (\d+)/)))).toEqual(["10", "7"]);
});

test("trap 4: a payload that ends without ok is a refusal, and the driver never sends one", async () => {
  const { clock, driver, fake } = await connected();
  expect(driver.check({ clocks: [[{ half: 4, reps: 1 }]] })).toMatchObject([
    { path: "clocks[0][0]", found: 4 },
  ]);
  const { channel } = channelTo(fake, clock);
  await clock.run(channel.resync(boardProbe));
  const payload = [bytesOf("\x02\0\0\0\x01\0\0\0")];
  const before = clock.now();
  const error = await rejection(
    clock.run(channel.transfer("setb 0 0 1", line("ready", /ready/), payload, ok)),
  );
  expect(error.code).toBe("device.refused");
  expect(error.problems[0]!.found).toBe("half-period too short\r\n");
  expect(clock.now() - before).toBeLessThan(200);
  // Waiting for an `ok` to the deadline would only have timed out.
  await clock.run(channel.resync(boardProbe));
  const patient = { ...ok, patient: true };
  const waited = await rejection(
    clock.run(channel.transfer("setb 0 0 1", line("ready", /ready/), payload, patient)),
  );
  expect(waited.code).toBe("device.timeout");
});

test("trap 5: refusals of one line, of two, and with half a line end leave nothing behind", async () => {
  const { clock, fake } = await connected();
  const { channel } = channelTo(fake, clock, { clipped_bytes: 127 });
  await clock.run(channel.resync(boardProbe));
  for (const text of ["set 0 1", "foo", "VERSION", "set 0 0 4 1"]) {
    expect((await rejection(clock.run(channel.command(text, ok)))).code, text).toBe("device.refused");
    expect(await clock.run(channel.command("status", status)), text).toEqual(["0", "0"]);
  }
});

test("trap 6: abort is asked for in a run only, and waited for", async () => {
  const { clock, driver, fake } = await connected();
  expect(sentLines(driver.trafficLog)).not.toContain("abort");
  const { channel } = channelTo(new FakePrawnBlaster(clock), clock);
  await clock.run(channel.resync(boardProbe));
  // Outside a run the board refuses it.
  expect((await rejection(clock.run(channel.command("abort", ok)))).code).toBe("device.refused");
  await clock.run(driver.upload(long));
  await clock.run(driver.start());
  expect(fake.outputsOff()).toBe(false);
  await clock.run(driver.makeSafe());
  expect(sentLines(driver.trafficLog).filter((text) => text === "abort")).toHaveLength(1);
  expect(fake.status).toBe(5);
  expect(fake.outputsOff()).toBe(true);
  expect(driver.state).toBe("safe");
});

test("trap 7: an empty program is refused; the board would say ok and do nothing", async () => {
  const { clock, driver, fake } = await connected();
  expect(driver.check({ clocks: [[]] })).toMatchObject([
    { path: "clocks", message: "there is nothing to play" },
  ]);
  const { channel } = channelTo(fake, clock);
  await clock.run(channel.resync(boardProbe));
  await clock.run(channel.command("start", ok));
  expect(await clock.run(channel.command("status", status))).toEqual(["0", "0"]);
});

test("30 000 instructions, stop included, go over in constant memory", async () => {
  const { clock, driver, fake, opened } = await connected();
  let passes = 0;
  let furthest = 0;
  const rows = {
    *[Symbol.iterator]() {
      passes++;
      const before = opened[0]!.passed;
      for (let k = 0; k < 29_999; k++) {
        // The first pass is the check; in the second, how far is production ahead of what has gone over?
        const gone = Math.floor((opened[0]!.passed - before) / 8);
        if (passes === 2) furthest = Math.max(furthest, k - gone);
        yield { half: 5 + (k % 1000), reps: 1 + (k % 7) };
      }
    },
  };
  await clock.run(driver.upload({ clocks: [rows] }));
  expect(passes).toBe(2);
  expect(furthest).toBeLessThanOrEqual(1024);
  expect(opened[0]!.passed).toBeGreaterThan(8 * 29_999);
  const { channel } = channelTo(fake, clock);
  await clock.run(channel.resync(boardProbe));
  for (const k of [0, 1023, 1024, 17_777, 29_998]) {
    const row = await clock.run(channel.command(`get 0 ${k}`, line("row", /(\d+) (\d+)/)));
    expect(row.map(Number)).toEqual([5 + (k % 1000), 1 + (k % 7)]);
  }
  expect(await clock.run(channel.command("get 0 29999", line("row", /(\d+) (\d+)/)))).toEqual(["0", "0"]);
});

test("boards are told apart by their answers, versions by a table", async () => {
  const clock = new VirtualClock();
  const other = new FakePrawnDo(clock);
  const wrong = new PrawnBlaster({ ...opener(other), clock });
  const error = await rejection(clock.run(wrong.connect()));
  expect(error.code).toBe("device.wrong-instrument");
  expect(error.problems[0]).toMatchObject({ found: "prawn-do", expected: "prawnblaster" });
  const newer = new FakePrawnBlaster(clock, { version: "1.3.0" });
  const refused = new PrawnBlaster({ ...opener(newer), clock });
  expect((await rejection(clock.run(refused.connect()))).code).toBe("device.firmware-unknown");
  const accepted = new PrawnBlaster({ ...opener(newer), clock, acceptUnknownFirmware: true });
  await clock.run(accepted.connect());
  expect(accepted.state).toBe("safe");
});

test("a clock that was lost stops the start", async () => {
  const settings = { clock: { source: "gpio20", frequency_hz: 100_000_000 } } as const;
  const { clock, driver, fake } = await connected(undefined, { settings });
  await clock.run(driver.upload(long));
  fake.loseClock();
  const error = await rejection(clock.run(driver.start()));
  expect(error.code).toBe("device.clock-lost");
  expect(fake.status).toBe(0);
});

test("power that was gone between upload and start is noticed", async () => {
  const { clock, driver, fake } = await connected();
  await clock.run(driver.upload(long));
  fake.powerCycle();
  const error = await rejection(clock.run(driver.start()));
  expect(error.code).toBe("device.corrupt");
  expect(fake.status).toBe(0);
});

test("a dry run uploads and verifies, and starts nothing", async () => {
  const { clock, driver, fake } = await connected(undefined, { dryRun: true });
  await clock.run(driver.upload(long));
  expect((await rejection(clock.run(driver.start()))).code).toBe("device.dry-run");
  expect(fake.status).toBe(0);
});

test("an unplugged board is lost, and safe again after the next connection", async () => {
  const { clock, driver, fake, opened } = await connected();
  await clock.run(driver.upload(long));
  await clock.run(driver.start());
  opened[0]!.cut();
  expect(driver.state).toBe("lost");
  expect((await rejection(clock.run(driver.status()))).code).toBe("device.lost");
  expect(fake.outputsOff()).toBe(false);
  await clock.run(driver.connect());
  expect(driver.state).toBe("safe");
  expect(fake.outputsOff()).toBe(true);
  expect((await rejection(clock.run(driver.start()))).code).toBe("device.state");
});

test("a clock that is lost in the middle of a reply is noticed, and the reply understood", async () => {
  const settings = { clock: { source: "gpio20", frequency_hz: 100_000_000 } } as const;
  const { clock, driver, fake } = await connected(undefined, { settings });
  await clock.run(driver.upload(long));
  const asked = driver.status();
  fake.loseClock();
  expect((await clock.run(asked)).run).toBe(0);
  expect((await rejection(clock.run(driver.start()))).code).toBe("device.clock-lost");
});

test("closing says so when the board went away in a run", async () => {
  const { clock, driver, opened } = await connected();
  await clock.run(driver.upload(long));
  await clock.run(driver.start());
  opened[0]!.cut();
  const error = await rejection(clock.run(driver.close()));
  expect(error.code).toBe("device.unsafe");
  expect(error.message).toContain("outputs may be on");
  expect(driver.state).toBe("closed");
});

test("what a firmware can do is looked up in the table, not tried", async () => {
  const { clock, driver } = await connected();
  // 1.1.1 does not know the question (recorded).
  expect(await clock.run(driver.snapshot())).toMatchObject({ version: "1.1.1", board: null, state: "safe" });
  expect(sentLines(driver.trafficLog)).not.toContain("board");
  const newer = new FakePrawnBlaster(clock, { version: "1.2.0" });
  const other = await connected(newer, { acceptUnknownFirmware: true }, clock);
  expect(await clock.run(other.driver.snapshot())).toMatchObject({ version: "1.2.0", board: "pico1" });
});

test("a board that waits for a large payload is fed only when it is known to be one", async () => {
  const clock = new VirtualClock();
  const fake = new FakePrawnBlaster(clock);
  fake.receive(bytesOf("setb 0 0 20000\n"));
  const { driver, opened } = blaster(fake, {}, clock);
  const error = await rejection(clock.run(driver.connect()));
  expect(error.code).toBe("device.silent");
  expect(error.problems[0]!.hint).toContain("recover");
  // A few questions and line ends, nothing more: it might have been anything.
  expect(opened[0]!.passed).toBeLessThan(40);
  await clock.run(driver.connect({ recover: true }));
  expect(driver.state).toBe("safe");
  await clock.run(driver.upload({ clocks: [[{ half: 10, reps: 3 }]] }));
});
