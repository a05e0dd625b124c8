import fc from "fast-check";
import { expect, test } from "vitest";
import { boardProbe } from "#devices/drivers/instrument/identity";
import { FakePrawnBlaster } from "#devices/drivers/prawnblaster/fake";
import { line, ok, reply } from "#devices/transports/serial/grammar";
import { formatLogEntry } from "#devices/transports/serial/hex-log";
import type { ByteDevice } from "#devices/transports/serial/memory-port";
import { bytesOf, textOf } from "#devices/transports/serial/port";
import { channelTo } from "../../support/instruments.ts";
import { rejection } from "../../support/refusal.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

/** Answers each line with what a function makes of it; undefined for no answer. */
function scripted(answer: (line: string) => string | undefined): ByteDevice & { heard: string[] } {
  let send: ((bytes: Uint8Array) => void) | undefined;
  const heard: string[] = [];
  return {
    heard,
    attach(to) {
      send = to;
    },
    receive(bytes) {
      const text = textOf(bytes);
      heard.push(text);
      const said = answer(text.trim());
      if (said !== undefined) send?.(bytesOf(said));
    },
  };
}

const version = (text: string) => (text === "version" ? "version: 1.1.1\r\n" : undefined);

test("nothing is sent before the channel is in step", async () => {
  const clock = new VirtualClock();
  const { channel } = channelTo(scripted(version), clock);
  const error = await rejection(clock.run(channel.command("start", ok)));
  expect(error.code).toBe("device.unsynchronised");
});

test("commands go one at a time, each with its own reply, whatever the chunks", async () => {
  const clock = new VirtualClock();
  const device = scripted((text) => version(text) ?? (text === "" ? undefined : `got ${text}\r\n`));
  const bytewise = (bytes: Uint8Array) => Array.from(bytes, (byte) => Uint8Array.of(byte));
  const { channel } = channelTo(device, clock, { split: bytewise });
  await clock.run(channel.resync(boardProbe));
  const answers = await clock.run(
    Promise.all(["a", "b", "c"].map((text) => channel.command(text, line("echo", /got (\w)/)))),
  );
  expect(answers).toEqual([["a"], ["b"], ["c"]]);
});

test("a late reply is never taken for the next command's", async () => {
  const clock = new VirtualClock();
  let send: (bytes: Uint8Array) => void = () => {};
  const device: ByteDevice = {
    attach(to) {
      send = to ?? (() => {});
    },
    receive(bytes) {
      const text = textOf(bytes).trim();
      if (text === "version") send(bytesOf("version: 1.1.1\r\n"));
      if (text === "slow") clock.after(300, () => send(bytesOf("ok\r\n")));
    },
  };
  const { channel } = channelTo(device, clock);
  await clock.run(channel.resync(boardProbe));
  const late = await rejection(clock.run(channel.command("slow", ok, { deadline_ms: 250 })));
  expect(late.code).toBe("device.timeout");
  expect(channel.synchronised).toBe(false);
  // Without the resync the late `ok` would have answered this.
  expect((await rejection(clock.run(channel.command("other", ok)))).code).toBe("device.unsynchronised");
  await clock.run(channel.resync(boardProbe));
  const next = await rejection(clock.run(channel.command("other", ok, { deadline_ms: 200 })));
  expect(next.code).toBe("device.timeout");
});

test("a reply that does not end is cut off", async () => {
  const clock = new VirtualClock();
  const device = scripted((text) => version(text) ?? (text === "" ? undefined : "x".repeat(500)));
  const { channel } = channelTo(device, clock, { replyLimit_bytes: 400 });
  await clock.run(channel.resync(boardProbe));
  const error = await rejection(clock.run(channel.command("dump", ok)));
  expect(error.code).toBe("device.reply-too-long");
  expect(channel.synchronised).toBe(false);
});

test("closing rejects the command in flight and those behind it, and the next", async () => {
  const clock = new VirtualClock();
  const { channel, port } = channelTo(scripted(version), clock);
  await clock.run(channel.resync(boardProbe));
  const pending = ["silent", "queued"].map((text) => rejection(channel.command(text, ok)));
  await new Promise((resolve) => setImmediate(resolve));
  port.cut();
  const errors = await clock.run(Promise.all(pending));
  expect(errors.map((error) => error.code)).toEqual(["device.lost", "device.lost"]);
  expect(errors[0]!.problems[0]!.found).toBe("disconnected");
  expect((await rejection(clock.run(channel.command("version", ok)))).code).toBe("device.lost");
});

test("an instrument that waits for the rest of a payload is fed until it answers", async () => {
  const clock = new VirtualClock();
  const fake = new FakePrawnBlaster(clock);
  fake.receive(bytesOf("setb 0 0 20000\n"));
  fake.receive(new Uint8Array(77));
  expect(fake.readingPayload).toBe(true);
  const { channel } = channelTo(fake, clock);
  // Without the feeding no probe is ever read as a command.
  const error = await rejection(clock.run(channel.resync(boardProbe)));
  expect(error.code).toBe("device.silent");
  expect(fake.readingPayload).toBe(true);
  await clock.run(channel.resync({ ...boardProbe, payloadLimit_bytes: 240_000 }));
  expect(channel.synchronised).toBe(true);
  expect(fake.readingPayload).toBe(false);
});

test("an open line is ended before the probe", async () => {
  const clock = new VirtualClock();
  const fake = new FakePrawnBlaster(clock);
  fake.receive(bytesOf("set 0 0 10"));
  const { channel } = channelTo(fake, clock);
  await clock.run(channel.resync(boardProbe));
  expect(await clock.run(channel.command("get 0 0", line("row", /(\d+) (\d+)/)))).toEqual(["0", "0"]);
});

test("the log has both directions as hex, with times", async () => {
  const clock = new VirtualClock();
  const { channel } = channelTo(scripted(version), clock);
  await clock.run(channel.resync(boardProbe));
  const sent = channel.log.entries.find(({ direction }) => direction === ">")!;
  expect(formatLogEntry(sent)).toMatch(/^\s+0\.\d{6} > 76 65 72 73 69 6f 6e 0a\s+version·$/);
  expect(channel.log.toString()).toContain("< 76 65 72 73 69 6f 6e 3a 20 31 2e 31 2e 31 0d 0a");
});

test("replies are paired with their commands, however late and in whatever pieces they come", async () => {
  const pieces = fc.array(
    fc.record({ size: fc.integer({ min: 1, max: 9 }), wait: fc.integer({ min: 0, max: 45 }) }),
    {
      minLength: 1,
      maxLength: 6,
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(pieces, { minLength: 1, maxLength: 8 }), async (plans) => {
      const clock = new VirtualClock();
      let send: ((bytes: Uint8Array) => void) | undefined;
      const device: ByteDevice = {
        attach(to) {
          send = to;
        },
        receive(bytes) {
          const text = textOf(bytes).trim();
          if (text === "version") return send?.(bytesOf("version: 1.1.1\r\n"));
          if (text === "") return;
          const answer = bytesOf(`first line of ${text}\r\nsecond line of ${text}\r\n`);
          let at = 0;
          let due = 0;
          for (const { size, wait } of [...plans[Number(text)]!, { size: answer.length, wait: 0 }]) {
            const part = answer.subarray(at, at + size);
            due += wait;
            at += size;
            clock.after(due, () => {
              if (part.length > 0) send?.(part);
            });
          }
        },
      };
      const { channel } = channelTo(device, clock);
      await clock.run(channel.resync(boardProbe));
      const grammar = reply("two lines", /first line of (\d+)\r\nsecond line of (\d+)\r\n/);
      const answers = plans.map((_, k) => channel.command(`${k}`, grammar));
      expect(await clock.run(Promise.all(answers))).toEqual(plans.map((_, k) => [`${k}`, `${k}`]));
    }),
    { numRuns: 50, seed: 3 },
  );
});
