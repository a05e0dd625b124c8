import { EntrainError } from "#core/errors";
import { createRandom } from "#core/random";
import type { Instrument } from "#devices/drivers/instrument/board";
import type { FakeBoard } from "#devices/drivers/instrument/fake-board";
import type { MemoryPortOptions } from "#devices/transports/serial/memory-port";
import { blaster, digital, sweeper } from "./instruments.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export interface CutOutcome {
  readonly wrong: readonly string[];
  /** Whether outputs were on when the connection went. */
  readonly energised: boolean;
  /** Whether the board was reading a payload then. */
  readonly inPayload: boolean;
}

interface Bench {
  readonly clock: VirtualClock;
  readonly driver: Instrument;
  readonly fake: FakeBoard;
  readonly passed: () => number;
  /** What a lab does with the instrument, from upload to end. */
  readonly use: () => Promise<void>;
}

const on = { ftw: 0x28f5c28f, asf: 700, pow: 0 };
const off = { ftw: 0, asf: 0, pow: 0 };

export const boards: Readonly<Record<string, (ports: readonly MemoryPortOptions[]) => Bench>> = {
  prawnblaster(ports) {
    const { clock, driver, fake, opened } = blaster(undefined, { ports });
    return {
      clock,
      driver,
      fake,
      passed: () => opened[0]?.passed ?? 0,
      async use() {
        await driver.upload({
          clocks: [Array.from({ length: 40 }, (_, k) => ({ half: 5000 + k, reps: 100 }))],
        });
        await driver.start();
        await driver.waitForEnd(5000);
      },
    };
  },
  "prawn-do"(ports) {
    const { clock, driver, fake, opened } = digital(undefined, { ports });
    return {
      clock,
      driver,
      fake,
      passed: () => opened[0]?.passed ?? 0,
      async use() {
        await driver.upload({
          rows: Array.from({ length: 40 }, (_, k) => ({ word: 1 << (k % 16), cycles: 500_000 })),
        });
        await driver.start({ software: true });
        await driver.waitForEnd(5000);
      },
    };
  },
  "dds-sweeper"(ports) {
    const { clock, driver, fake, opened } = sweeper(undefined, { ports });
    return {
      clock,
      driver,
      fake,
      passed: () => opened[0]?.passed ?? 0,
      async use() {
        const rows = Array.from({ length: 24 }, (_, k) => ({ channels: k === 23 ? [off, off] : [on, off] }));
        await driver.upload({ channels: 2, rows });
        await driver.start();
        for (let k = 0; k < 12; k++) fake.trigger(1000 * k);
        clock.after(1500, () => {
          for (let k = 12; k < 24; k++) fake.trigger(1000 * k);
        });
        await driver.waitForEnd(5000);
      },
    };
  },
};

async function whole({ driver, use }: Bench): Promise<void> {
  await driver.connect();
  await use();
  await driver.close();
}

/** Bytes that pass, both ways, when nothing is cut. */
export async function bytesOfUse(kind: string): Promise<number> {
  const bench = boards[kind]!([]);
  await bench.clock.run(whole(bench));
  return bench.passed();
}

/**
 * Cuts a connection after `cutAfter_bytes` with the bytes arriving in random pieces, connects again, and says what is
 * wrong with the outcome; nothing when all is well.
 */
export async function cutOnce(kind: string, cutAfter_bytes: number, seed: number): Promise<CutOutcome> {
  const random = createRandom(seed, kind);
  function* split(bytes: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + Math.floor(40 * random.uniform() ** 2);
      yield bytes.subarray(at, at + size);
      at += size;
    }
  }
  const bench = boards[kind]!([{ cutAfter_bytes, split }, { split }]);
  const wrong: string[] = [];
  const { clock, driver, fake } = bench;
  try {
    await clock.run(whole(bench), 60_000);
    wrong.push("nothing was cut");
  } catch (error) {
    if (!(error instanceof EntrainError)) wrong.push(`not a device error: ${error}`);
    else if (error.kind !== "device") wrong.push(`${error.code} is no device error`);
  }
  const energised = !fake.outputsOff();
  const inPayload = fake.readingPayload;
  if (!["lost", "closed"].includes(driver.state)) wrong.push(`after the cut the driver is ${driver.state}`);
  await clock.run(driver.connect({ recover: true }), 60_000);
  if (driver.state !== "safe") wrong.push(`after the next connection the driver is ${driver.state}`);
  if (!fake.outputsOff()) wrong.push("outputs are on");
  if (fake.readingPayload) wrong.push("the board still reads a payload");
  clock.advance(1000);
  if (!fake.outputsOff()) wrong.push("outputs came on by themselves");
  return { wrong, energised, inPayload };
}
