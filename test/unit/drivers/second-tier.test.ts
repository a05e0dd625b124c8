import { expect, test } from "vitest";
import { describeInstrument } from "#devices/drivers/instrument/definition";
import { findInstrument, instrumentDefinitions } from "#devices/drivers/instrument-definitions";
import { createInstrument } from "#devices/drivers/instruments";
import { Novatech } from "#devices/drivers/novatech-409b/driver";
import { FakeNovatech } from "#devices/drivers/novatech-409b/fake";
import { QuantumComposers } from "#devices/drivers/quantum-composers-9520/driver";
import { FakeQuantumComposers } from "#devices/drivers/quantum-composers-9520/fake";
import { Dg645 } from "#devices/drivers/srs-dg645/driver";
import { FakeDg645 } from "#devices/drivers/srs-dg645/fake";
import { MemoryPort } from "#devices/transports/serial/memory-port";
import { opener, sentLines } from "../../support/instruments.ts";
import { refusal, rejection } from "../../support/refusal.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const tone = (amplitude: number) => ({ frequency_dHz: 800_000_000, phase: 0, amplitude });
const channels = [0, 1].map((channel) => ({
  channel,
  largestAmplitude: 0.5,
  lowest_hz: 1e6,
  highest_hz: 1e8,
}));

test("Novatech: full amplitude and echo at power-up end in silence, at whatever rate it listens", async () => {
  for (const baudRate of [19_200, 115_200]) {
    const clock = new VirtualClock();
    const fake = new FakeNovatech(baudRate);
    const openPort = async (rate = 0) => {
      fake.listening = rate;
      return new MemoryPort(fake);
    };
    const driver = new Novatech({ openPort, clock, settings: { channels } });
    expect(fake.outputsOff()).toBe(false);
    await clock.run(driver.connect());
    expect(fake.outputsOff()).toBe(true);
    expect(driver.state).toBe("safe");
  }
});

test("Novatech: a table is loaded after the double switch, stepped by triggers, and made safe", async () => {
  const clock = new VirtualClock();
  const fake = new FakeNovatech();
  const driver = new Novatech({ ...opener(fake), clock, settings: { channels } });
  await clock.run(driver.connect());
  await clock.run(
    driver.upload({
      rows: [
        [tone(500), tone(100)],
        [tone(0), tone(0)],
      ],
    }),
  );
  // The stand-in for the unit loses rows without the switch.
  expect(fake.table[0]).toHaveLength(2);
  expect(sentLines(driver.trafficLog)).toContain("t0 0000 2faf0800,0000,01f4,ff");
  await clock.run(driver.start());
  fake.trigger();
  expect(fake.channels[0]).toEqual(tone(500));
  await clock.run(driver.makeSafe());
  expect(fake.outputsOff()).toBe(true);
});

test("Novatech: limits and its own refusals are named", async () => {
  const clock = new VirtualClock();
  const driver = new Novatech({ ...opener(new FakeNovatech()), clock, settings: { channels } });
  const problems = driver.check({
    rows: [
      [tone(600), { ...tone(0), frequency_dHz: 0 }],
      [tone(0), tone(5)],
    ],
  });
  expect(problems.map(({ path }) => path)).toEqual(["rows[0][0]", "rows[0][1]", "rows[1]"]);
});

test("Quantum Composers: everything off on connection, values read back, slow answers asked for again", async () => {
  for (const swallowEvery of [0, 7]) {
    const clock = new VirtualClock();
    const fake = new FakeQuantumComposers({ swallowEvery });
    const driver = new QuantumComposers({ ...opener(fake), clock, settings: { allowed: [1, 2] } });
    expect(fake.outputsOff()).toBe(false);
    await clock.run(driver.connect());
    expect(fake.outputsOff()).toBe(true);
    await clock.run(driver.upload([{ channel: 2, delay_s: 1e-6, width_s: 2e-6 }]));
    expect(fake.values.get(":PULSE2:DELAY")).toBeCloseTo(1e-6, 12);
    await clock.run(driver.start());
    expect(fake.values.get(":SPULSE:STATE")).toBe(1);
    await clock.run(driver.close());
    expect(fake.outputsOff()).toBe(true);
  }
});

test("Quantum Composers: channels that are not allowed are refused", async () => {
  const clock = new VirtualClock();
  const driver = new QuantumComposers({
    ...opener(new FakeQuantumComposers()),
    clock,
    settings: { allowed: [1] },
  });
  expect(driver.check([{ channel: 3, delay_s: 0, width_s: 1e-6 }])).toMatchObject([
    { found: 3, expected: "one of 1" },
  ]);
});

test("DG645: silent commands are checked through the error queue, old errors are not ours", async () => {
  const clock = new VirtualClock();
  const fake = new FakeDg645();
  fake.errors.push(51, 52);
  const driver = new Dg645({ ...opener(fake), clock, settings: { edges: [2, 3], longest_s: 3000 } });
  await clock.run(driver.connect());
  expect(fake.outputsOff()).toBe(true);
  await clock.run(driver.upload([{ edge: 2, from: 0, delay_s: 1e-6 }]));
  expect(fake.delays.get(2)).toEqual([0, 1e-6]);
  await clock.run(driver.start());
  expect(fake.shots).toBe(1);
  const error = await rejection(clock.run(driver.upload([{ edge: 3, from: 2, delay_s: 2500 }])));
  expect(error.problems[0]!.message).toContain("error 11");
});

test("definitions of what nobody has recorded say so", () => {
  for (const definition of instrumentDefinitions) {
    const recorded = definition.firmware.some(({ evidence }) => evidence === "recorded");
    if (!recorded) expect(definition.unverified[0], definition.kind).toMatch(/^Everything/);
    expect(definition.wiring.length).toBeGreaterThan(0);
    expect(definition.safeState).not.toBe("");
  }
});

test("every definition has a driver of its kind, and the other way round", () => {
  for (const { kind } of instrumentDefinitions) {
    const driver = createInstrument({ kind, path: "/dev/null" });
    expect(driver.definition.kind).toBe(kind);
    expect(driver.state).toBe("closed");
  }
  expect(refusal(() => createInstrument({ kind: "abacus", path: "/dev/null" })).problems[0]!.expected).toBe(
    `one of ${instrumentDefinitions.map(({ kind }) => kind).join(", ")}`,
  );
});

test("the description of an instrument says what to connect and which firmware is known", () => {
  const text = describeInstrument(findInstrument("dds-sweeper")!);
  expect(text).toContain("GPIO 16 is the trigger input: to GPIO 9 of the PrawnBlaster.");
  expect(text).toContain("- 0.4.0: known good (recorded)");
  expect(text).toContain("safe state: ");
});
