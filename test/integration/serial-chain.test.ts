import fc from "fast-check";
import { expect, test } from "vitest";
import { EmulatedChain } from "#devices/drivers/instrument/emulated-chain";
import { type CompiledChain, compileChain } from "#protocols/targets/instruments/compile";
import type { InstrumentSequenceInput } from "#protocols/targets/instruments/sequence";
import { wideOpen } from "../support/instruments.ts";
import { rejection } from "../support/refusal.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

/** Delays of the emulated boards; the compiler is told the same. */
const delays = { digital_ps: 40_000, tone_ps: 16_000 };
const setup = { common_reference: true };
const system_hz = 500e6;

/** Uploads to the emulated boards, runs to the end and closes. */
async function execute(compiled: CompiledChain, settings: Parameters<EmulatedChain["chain"]>[0] = {}) {
  const clock = new VirtualClock();
  const bench = new EmulatedChain({ clock, delays });
  const chain = bench.chain({ tones: { channels: wideOpen }, ...settings });
  await clock.run(chain.connect());
  await clock.run(chain.upload(compiled));
  await clock.run(chain.run(compiled));
  const seen = { edges: bench.edges(), words: bench.words(), faults: bench.faults };
  await clock.run(chain.close());
  expect([bench.pulses, bench.digital, bench.tones].every((board) => board.outputsOff())).toBe(true);
  return seen;
}

/** Time 0 at the outputs: the first trigger, the lead, the synthesiser's delay. */
const zero_ps = (compiled: CompiledChain) => compiled.grid.lead_ps + delays.tone_ps;

/** Strictly increasing times, each at least `gap_s` after the one before. */
const times = (gap_s: number, span_s: number, most: number) =>
  fc
    .array(fc.double({ min: gap_s, max: span_s, noNaN: true }), { maxLength: most })
    .map((gaps) => gaps.map((_, k) => gaps.slice(0, k + 1).reduce((sum, gap) => sum + gap, 0)));

const lines = fc
  .record({
    edges: times(60e-9, 5e-5, 30),
    owners: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 30, maxLength: 30 }),
  })
  .map(({ edges, owners }) => {
    // Each time belongs to one line, so that edges of different lines are far enough apart.
    const list = [0, 1, 2, 3].map((k) => ({
      name: `line ${k}`,
      output: 4 * k + 1,
      edges: [] as { time_s: number; level: 0 | 1 }[],
    }));
    edges.forEach((time_s, k) => {
      const own = list[owners[k]!]!.edges;
      own.push({ time_s, level: own.length % 2 === 0 ? 1 : 0 });
    });
    const end = (edges.at(-1) ?? 0) + 1e-6;
    for (const { edges: own } of list) if (own.length % 2 === 1) own.push({ time_s: end, level: 0 });
    return list;
  });

const tones = fc
  .record({
    starts: times(12e-6, 3e-4, 12),
    channels: fc.integer({ min: 1, max: 3 }),
    values: fc.array(
      fc.record({
        owner: fc.integer({ min: 0, max: 2 }),
        frequency_hz: fc.double({ min: 1e5, max: 2e8, noNaN: true }),
        amplitude: fc.double({ min: 0.01, max: 1, noNaN: true }),
        phase_turns: fc.double({ min: -2, max: 2, noNaN: true }),
      }),
      { minLength: 12, maxLength: 12 },
    ),
  })
  .map(({ starts, channels, values }) => {
    const list = Array.from({ length: channels }, (_, channel) => ({
      name: `tone ${channel}`,
      channel,
      segments: [] as InstrumentSequenceInput["tones"][number]["segments"],
    }));
    starts.forEach((start_s, k) => {
      const { owner, ...rest } = values[k]!;
      list[owner % channels]!.segments.push({ start_s, ...rest });
    });
    const end = (starts.at(-1) ?? 0) + 12e-6;
    for (const { segments } of list) {
      const last = segments.at(-1);
      if (last !== undefined) segments.push({ start_s: end, frequency_hz: last.frequency_hz, amplitude: 0 });
    }
    return list;
  });

test("what the boards do is the plan, edge for edge and word for word", async () => {
  await fc.assert(
    fc.asyncProperty(lines, tones, async (lines, tones) => {
      const compiled = compileChain({ lines, tones }, setup);
      const seen = await execute(compiled);
      expect(seen.faults).toEqual([]);
      // Digital: every edge of the sequence, at its time, and none besides.
      const tick_ps = compiled.grid.digitalTick_ps;
      const wanted = lines
        .flatMap(({ output, edges }) => edges.map(({ time_s, level }) => ({ output, level, time_s })))
        .sort((a, b) => a.time_s - b.time_s || a.output - b.output);
      expect(seen.edges.map(({ output, level }) => [output, level])).toEqual(
        wanted.map(({ output, level }) => [output, level]),
      );
      const origin = zero_ps(compiled) + compiled.grid.misalignment_ps;
      seen.edges.forEach(({ time_ps }, k) => {
        expect(Math.abs(time_ps - origin - 1e12 * wanted[k]!.time_s)).toBeLessThanOrEqual(tick_ps / 2 + 1);
      });
      checkTones(compiled, tones, seen.words);
    }),
    { numRuns: 150, seed: 20 },
  );
}, 120_000);

/** Compares what came out of the synthesiser with the sequence, by an accumulator of its own. */
function checkTones(
  compiled: CompiledChain,
  tones: InstrumentSequenceInput["tones"],
  words: readonly { channel: number; time_ps: number; ftw: number; asf: number; pow: number }[],
) {
  for (const { channel, segments } of tones) {
    const own = words.filter((word) => word.channel === channel);
    let accumulator = 0;
    let k = 0;
    own.forEach((word, j) => {
      const before = own[j - 1];
      if (before !== undefined) {
        // Exact: ticks below 2²¹ and words below 2³² are split to stay below 2⁵³.
        const ticks = (word.time_ps - before.time_ps) / 2000;
        accumulator = (accumulator + Number((BigInt(before.ftw) * BigInt(ticks)) % 2n ** 32n)) % 2 ** 32;
      }
      const segment = segments[k];
      const at_s = (word.time_ps - zero_ps(compiled)) / 1e12;
      if (segment === undefined || Math.abs(at_s - segment.start_s) > compiled.grid.update_ps / 2e12 + 1e-15)
        return;
      k++;
      expect(Math.abs((word.ftw * system_hz) / 2 ** 32 - segment.frequency_hz)).toBeLessThanOrEqual(
        (system_hz / 2 ** 32) * 0.5001,
      );
      // Full scale is 1023 of 1024.
      expect(Math.abs(word.asf / 1024 - segment.amplitude)).toBeLessThanOrEqual(1 / 1024 + 1e-12);
      // Coherent: the phase of an oscillator at the emitted frequency that started at time 0.
      const phase = accumulator / 2 ** 32 + word.pow / 2 ** 14;
      const elapsed = BigInt(Math.round((word.time_ps - zero_ps(compiled)) / 2000));
      const ideal = Number((BigInt(word.ftw) * elapsed) % 2n ** 32n) / 2 ** 32 + (segment.phase_turns ?? 0);
      const difference = phase - ideal;
      expect(Math.abs(difference - Math.round(difference))).toBeLessThanOrEqual(0.5 / 2 ** 14 + 1e-9);
    });
    expect(k).toBe(segments.length);
  }
}

test("a hold longer than the pseudoclock and the PrawnDO can count is split, and nothing shows of it", async () => {
  const sequence: InstrumentSequenceInput = {
    lines: [
      {
        name: "gate",
        output: 3,
        edges: [
          { time_s: 0, level: 1 },
          { time_s: 200, level: 0 },
        ],
      },
    ],
    tones: [
      {
        name: "probe",
        channel: 0,
        segments: [
          { start_s: 0, frequency_hz: 80e6, amplitude: 0.5 },
          { start_s: 200, frequency_hz: 80e6, amplitude: 0 },
        ],
      },
    ],
  };
  const compiled = compileChain(sequence, setup);
  // 200 s: the PrawnDO counts 42.9 s at a time, the pseudoclock 85.9 s (ion.md F, row 5).
  expect(compiled.words.filter(({ word }) => word === 8)).toHaveLength(5);
  expect(compiled.tones.rows).toHaveLength(5);
  const seen = await execute(compiled);
  expect(seen.edges.map(({ time_ps, level }) => [time_ps - seen.edges[0]!.time_ps, level])).toEqual([
    [0, 1],
    [200e12, 0],
  ]);
  checkTones(compiled, sequence.tones, seen.words);
});

test("a delay that the compiler does not know of shows", async () => {
  const sequence: InstrumentSequenceInput = {
    lines: [
      {
        name: "gate",
        output: 0,
        edges: [
          { time_s: 1e-6, level: 1 },
          { time_s: 2e-6, level: 0 },
        ],
      },
    ],
    tones: [],
  };
  const wrong = compileChain(sequence, { ...setup, digital_delay_s: 0 });
  const right = compileChain(sequence, setup);
  const edge = async (compiled: CompiledChain) =>
    (await execute(compiled)).edges[0]!.time_ps - zero_ps(compiled);
  expect(await edge(right)).toBe(1e6 + right.grid.misalignment_ps);
  expect(await edge(wrong)).toBe(1e6 + 40_000 + wrong.grid.misalignment_ps);
});

test("when one board refuses, all are made safe", async () => {
  const compiled = compileChain(
    {
      lines: [],
      tones: [
        {
          name: "probe",
          channel: 0,
          segments: [
            { start_s: 0, frequency_hz: 80e6, amplitude: 0.9 },
            { start_s: 1e-3, frequency_hz: 80e6, amplitude: 0 },
          ],
        },
      ],
    },
    setup,
  );
  const clock = new VirtualClock();
  const bench = new EmulatedChain({ clock, delays });
  const limit = { channel: 0, largestAmplitude: 0.5, lowest_hz: 1e6, highest_hz: 2e8 };
  const chain = bench.chain({ tones: { channels: [limit] } });
  await clock.run(chain.connect());
  const error = await rejection(clock.run(chain.upload(compiled)));
  expect(error.code).toBe("instrument.limit");
  expect(error.problems[0]!.path).toMatch(/^dds-sweeper\.rows\[1\]/);
  // A trigger line that is cut: the synthesiser waits in vain and everything is switched off.
  const open = bench.chain({ tones: { channels: wideOpen } });
  await clock.run(chain.close());
  await clock.run(open.connect());
  await clock.run(open.upload(compiled));
  bench.pulses.onRun = () => {};
  expect((await rejection(clock.run(open.run(compiled)))).code).toBe("device.timeout");
  expect([bench.pulses, bench.digital, bench.tones].every((board) => board.outputsOff())).toBe(true);
});

test("a program compiled for other clocks is refused", async () => {
  const compiled = compileChain(
    { lines: [], tones: [] },
    { digital_clock_hz: 125_000_000, tone_system_hz: 400_000_000 },
  );
  const chain = new EmulatedChain({ clock: new VirtualClock(), delays }).chain();
  expect(chain.check(compiled).map(({ path }) => path)).toEqual(["prawn-do.clock", "dds-sweeper.clock"]);
});
