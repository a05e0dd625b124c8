import { expect, test } from "vitest";
import { FakeDdsSweeper } from "#devices/drivers/dds-sweeper/fake";
import type { FakeBoard } from "#devices/drivers/instrument/fake-board";
import { FakePrawnDo } from "#devices/drivers/prawn-do/fake";
import { FakePrawnBlaster } from "#devices/drivers/prawnblaster/fake";
import { changes, type Exchange, readTranscript, sentBytes } from "../../support/transcripts.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

/** Time between two exchanges; the genuine boards were asked about as often. */
const pace_ms = 1.5;

/** Plays a recorded exchange against a fake and compares every byte it says. */
function replay(
  exchanges: readonly Exchange[],
  fake: FakeBoard,
  clock: VirtualClock,
  play: (e: Exchange) => void,
) {
  let said = "";
  fake.attach((bytes) => {
    said += Buffer.from(bytes).toString("latin1");
  });
  exchanges.forEach((exchange, k) => {
    said = "";
    fake.receive(sentBytes(exchange));
    play(exchange);
    clock.advance(pace_ms);
    const label = JSON.stringify(exchange.send ?? { pin: exchange.pin });
    expect(said, `reply ${k} to ${label}`).toBe(exchange.reply);
  });
}

test("PrawnBlaster: every byte and every edge as recorded from firmware 1.1.1", () => {
  const clock = new VirtualClock();
  const fake = new FakePrawnBlaster(clock);
  let compared = 0;
  replay(readTranscript("prawnblaster-1.1.1"), fake, clock, (exchange) => {
    if (exchange.pin !== undefined) fake.setPin(exchange.pin, exchange.level!);
    if (exchange.edges === undefined || exchange.send === "go low 0\r\n") return;
    const recorded = changes(exchange.edges).map(([, level, cycle]) => [level, cycle]);
    // The recorder saw the pin itself; only the first pseudoclock was in use, on GPIO 9.
    if (recorded.length === 0) return;
    const played = fake.edges.map(({ level, tick }) => [level, tick]);
    expect(played).toEqual(recorded);
    compared++;
  });
  expect(compared).toBe(6);
});

test("PrawnDO: every byte and every edge as recorded from firmware 1.3.1", () => {
  const clock = new VirtualClock();
  const fake = new FakePrawnDo(clock);
  let compared = 0;
  replay(readTranscript("prawn_do-1.3.1"), fake, clock, (exchange) => {
    if (exchange.pin === 16 && exchange.level === 1) fake.trigger();
    if (exchange.edges === undefined || exchange.edges.length === 0 || exchange.send === "man 5\r\n") return;
    const played: [number, 0 | 1, number][] = [];
    let before = 0;
    for (const { tick, word } of fake.words) {
      for (let pin = 0; pin < 16; pin++) {
        if (((word ^ before) >> pin) & 1) played.push([pin, ((word >> pin) & 1) as 0 | 1, tick]);
      }
      before = word;
    }
    const order = (a: readonly number[], b: readonly number[]) => a[2]! - b[2]! || a[0]! - b[0]!;
    expect(played.toSorted(order)).toEqual(changes(exchange.edges).toSorted(order));
    compared++;
  });
  expect(compared).toBe(2);
});

test("DDS-sweeper: every byte, every byte on the synthesiser's bus and every update as recorded from 0.4.0", () => {
  const clock = new VirtualClock();
  const fake = new FakeDdsSweeper(clock);
  // The recorder attached after its own `debug off`; the board had been asked nothing else.
  fake.receive(Buffer.from("debug off\n"));
  let spoken = 0;
  let updated = 0;
  let triggers = 1;
  replay(readTranscript("dds-sweeper-0.4.0"), fake, clock, (exchange) => {
    if (exchange.pin === 16 && exchange.level === 1) fake.trigger(triggers++ * 100_000);
    if (exchange.spi !== undefined) {
      clock.advance(pace_ms);
      expect(fake.takeBus(), JSON.stringify(exchange.send)).toBe(exchange.spi);
      spoken++;
      const rises = (exchange.edges ?? [])
        .filter(([pin, level]) => pin === 8 && level === 1)
        .map((edge) => edge[2]);
      if (rises.length === 2) {
        expect(fake.updates.map((at) => at - fake.updates[0]!)).toEqual(rises);
        updated++;
      }
    }
    fake.takeBus();
  });
  expect(spoken).toBeGreaterThan(15);
  expect(updated).toBe(1);
});
