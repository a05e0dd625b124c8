import fc from "fast-check";
import { expect, test } from "vitest";
import {
  artiqFiles,
  checkArtiq,
  emitArtiq,
  parseArtiq,
  readArtiqProgram,
} from "#protocols/targets/artiq/emit";
import { experimentText } from "#protocols/targets/artiq/experiment";
import { ad9910Words } from "#protocols/targets/artiq/schedule";
import type { ArtiqSequence } from "#protocols/targets/artiq/sequence";
import { artiqSequence } from "../../../support/artiq-sequence.ts";

const withPoint = (change: Partial<ArtiqSequence["points"][number]>): ArtiqSequence => {
  const sequence = artiqSequence();
  return { ...sequence, points: sequence.points.map((point) => ({ ...point, ...change })) };
};
const tone = artiqSequence().points[0]!.tones[0]!;
const codes = (sequence: ArtiqSequence) => checkArtiq(sequence).map(({ code }) => code);

test("words of the AD9910", () => {
  // 32 bits over the clock: a quarter of it is 2³⁰; 16 bits a turn; 14 bits full scale.
  const words = ad9910Words({ frequency_hz: 250e6, phase_turns: -0.25, amplitude: 1, sysclk_hz: 1e9 });
  expect(words).toEqual({ ftw: 2 ** 30, pow: 0xc000, asf: 0x3fff });
  // 80 MHz at 1 GHz, 0.08 · 2³² = 343597383.68.
  expect(ad9910Words({ frequency_hz: 80e6, phase_turns: 1, amplitude: 0, sysclk_hz: 1e9 })).toEqual({
    ftw: 343597384,
    pow: 0,
    asf: 0,
  });
});

test("the data read back are the sequence on the crate's grid, and give the same text", () => {
  const program = emitArtiq(artiqSequence());
  const back = parseArtiq(program.text);
  expect(emitArtiq(back).text).toBe(program.text);
  const [first] = back.points;
  expect(first!.edges).toEqual(artiqSequence().points[0]!.edges);
  expect(first!.detections).toEqual(artiqSequence().points[0]!.detections);
  const found = first!.tones.find(({ frequency_hz }) => Math.abs(frequency_hz - 82e6) < 1)!;
  expect(found).toMatchObject({ channel: "dds_red", start_s: 80e-6, duration_s: 30e-6 });
  expect(Math.abs(found.frequency_hz - 82e6)).toBeLessThanOrEqual(1e9 / 2 ** 33);
  expect(Math.abs(found.amplitude - 0.25)).toBeLessThanOrEqual(0.5 / 0x3fff);
});

test("random sequences come back edge for edge", () => {
  const tones = fc
    .array(
      fc.record({
        length: fc.integer({ min: 1, max: 2000 }),
        gap: fc.integer({ min: 2000, max: 9000 }),
        frequency_hz: fc.double({ min: 0, max: 499e6, noNaN: true }),
        amplitude: fc.double({ min: 0, max: 1, noNaN: true }),
        phase_turns: fc.double({ min: -2, max: 2, noNaN: true }),
      }),
      { minLength: 1, maxLength: 8 },
    )
    .map((list) => {
      let at = 0;
      return list.map(({ length, gap, ...rest }, i) => {
        const start = at + gap;
        at = start + length;
        const channel = i % 2 ? "dds_red" : "dds_blue";
        return { ...rest, channel, start_s: (start * 8) / 1e9, duration_s: (length * 8) / 1e9 };
      });
    });
  fc.assert(
    fc.property(tones, (list) => {
      const sequence = { ...withPoint({ tones: list, duration_s: 1e-3 }) };
      const program = emitArtiq(sequence);
      const back = parseArtiq(program.text);
      const ticks = (s: number) => Math.round(s * 1e9);
      for (const point of back.points) {
        expect(point.tones.map((t) => [t.channel, ticks(t.start_s), ticks(t.duration_s)])).toEqual(
          list.map((t) => [t.channel, ticks(t.start_s), ticks(t.duration_s)]),
        );
      }
      expect(emitArtiq(back).text).toBe(program.text);
    }),
    { numRuns: 100 },
  );
});

test("settings on one bus wait for each other, and end before their tones", () => {
  const { points } = readArtiqProgram(emitArtiq(artiqSequence()).text);
  const sets = points[0]!.events.filter(([, kind]) => kind === 1).map(([time]) => time);
  // Two tones at 20 µs and one at 80 µs, 4 µs a setting.
  expect(sets).toEqual([12_000, 16_000, 76_000]);
});

test("the slack keeps the processor ahead by the margin at every event", () => {
  const settings = { margin_s: 20e-6, cpu_dds_s: 12e-6, cpu_ttl_s: 1e-6, cpu_gate_s: 3e-6 };
  for (const { slack_mu, events } of readArtiqProgram(emitArtiq(artiqSequence(), settings).text).points) {
    let done = 0;
    const margins = events.map(([time, kind]) => {
      done += [1000, 12_000, 1000, 3000][kind]!;
      return slack_mu + time - done;
    });
    expect(Math.min(...margins)).toBeGreaterThanOrEqual(20_000);
    expect(Math.min(...margins)).toBeLessThan(20_008);
  }
});

test("what the crate cannot do is refused with channel, time and margin", () => {
  expect(codes(artiqSequence())).toEqual([]);
  expect(codes(withPoint({ tones: [tone, { ...tone, start_s: 52e-6 }] }))).toContain("C01");
  expect(codes(withPoint({ tones: [tone, { ...tone, start_s: 40e-6 }] }))).toContain("C01");
  expect(codes(withPoint({ tones: [{ ...tone, frequency_hz: 500e6 }] }))).toContain("T14");
  expect(codes(withPoint({ tones: [{ ...tone, channel: "elsewhere" }] }))).toContain("C03");
  expect(codes(withPoint({ duration_s: 100e-6 }))).toContain("C01");
  expect(codes(withPoint({ detections: [] }))).toContain("C06");
  expect(codes(withPoint({ at: { phase: 2 } }))).toContain("C07");
  expect(() => emitArtiq(withPoint({ tones: [tone, { ...tone, start_s: 52e-6 }] }))).toThrow(
    /dds_red.*50000/s,
  );
});

test("nothing of the data reaches the code, and names are identifiers", () => {
  const sequence = artiqSequence();
  const texts = [artiqSequence(1), { ...artiqSequence(9), device: '"""\nimport os' }].map(
    (input) => artiqFiles(emitArtiq(input))[0]!.text,
  );
  expect(new Set(texts).size).toBe(1);
  for (const name of ["a-b", "1a", "x; import os", "", "a.b", "é"]) {
    expect(() => emitArtiq({ ...sequence, ttl: [{ name, safe: false }] }), name).toThrow(/identifier/);
  }
  expect(texts[0]).toContain("PHASE_MODE_TRACKING, ref_time_mu=base");
  const without = experimentText({ dds: false, ttl: true, counters: false });
  expect(without).not.toMatch(/self\.dds|self\.cpld|PHASE_MODE|fetch_count/);
});

test("data that were tampered with are refused", () => {
  const { text } = emitArtiq(artiqSequence());
  const tamper = (change: (program: ReturnType<typeof readArtiqProgram>) => void) => {
    const program = JSON.parse(text);
    change(program);
    return JSON.stringify(program);
  };
  expect(() => readArtiqProgram(tamper((p) => p.points[0]!.windows.pop()))).toThrow(/does not have/);
  expect(() => readArtiqProgram(tamper((p) => p.ttl.pop()))).toThrow(/does not have/);
  expect(() => readArtiqProgram(text.replace('"version":"1"', '"version":"2"'))).toThrow(/version 2/);
  expect(() => parseArtiq(text.replace(/\[20000,2,0,1,0,0\],/, ""))).toThrow(/switched/);
});
