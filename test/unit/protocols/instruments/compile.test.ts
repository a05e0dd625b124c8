import { expect, test } from "vitest";
import { compileChain } from "#protocols/targets/instruments/compile";
import { splitHold } from "#protocols/targets/instruments/compile-lines";
import { coherentPhase, frequencyWord, phaseWord } from "#protocols/targets/instruments/compile-tones";
import { svgDiagram, textDiagram } from "#protocols/targets/instruments/diagram";
import type { InstrumentSequenceInput } from "#protocols/targets/instruments/sequence";
import { refusal } from "../../../support/refusal.ts";

const pulse = (name: string, output: number, from: number, to: number) => ({
  name,
  output,
  edges: [
    { time_s: from, level: 1 as const },
    { time_s: to, level: 0 as const },
  ],
});

const burst = (name: string, channel: number, from: number, to: number, frequency_hz = 80e6) => ({
  name,
  channel,
  segments: [
    { start_s: from, frequency_hz, amplitude: 1 },
    { start_s: to, frequency_hz, amplitude: 0 },
  ],
});

test("frequency words: 80 MHz at 500 MHz is the word seen on the bus of the genuine board", () => {
  expect(frequencyWord(80e6, 500e6)).toBe(0x28f5c28f);
  expect(frequencyWord(81e6, 500e6)).toBe(0x2978d4fe);
  expect(frequencyWord(240e6, 500e6)).toBe(0x7ae147ae);
});

test("phase words: a whole turn is none, and minus a quarter is three", () => {
  const turns = (value: number) => BigInt(Math.round(value * 2 ** 32));
  // The board's own conversion makes 1, 0 and 0x0001 of the first three (recorded: 360° → 1, −90° → 0).
  expect(phaseWord(turns(1))).toBe(0);
  expect(phaseWord(turns(-0.25))).toBe(12_288);
  expect(phaseWord(turns(359.9 / 360))).toBe(16_384 - Math.round((0.1 / 360) * 16_384));
  expect(phaseWord(turns(0.5))).toBe(8192);
});

test("coherent hops: for frequencies with short periods the words are those of a closed form", () => {
  // At 500 MHz, 125 MHz advances a quarter turn a tick: FTW = 2³⁰. After 3 ticks at 125 MHz, a hop to 62.5 MHz
  // (an eighth a tick) must be at 3/8 turns, where the accumulator stands at 3/4: the word is −3/8 = 5/8.
  const accumulated = BigInt(frequencyWord(125e6, 500e6)) * 3n;
  expect(phaseWord(coherentPhase(frequencyWord(62.5e6, 500e6), 3n, accumulated))).toBe((5 / 8) * 16_384);
  // Long after, whole-number arithmetic has lost nothing: 10¹² ticks later the same eighths remain.
  const late = 10n ** 12n;
  expect(phaseWord(coherentPhase(2 ** 29, late + 3n, 2n ** 30n * (late + 3n)))).toBe(
    Number(((((late + 3n) * (2n ** 29n - 2n ** 30n)) % 2n ** 32n) + 2n ** 32n) % 2n ** 32n) / 2 ** 18,
  );
});

test("a returning tone is in phase with itself", () => {
  const tone = {
    name: "probe",
    channel: 0,
    segments: [
      { start_s: 0, frequency_hz: 80e6, amplitude: 1 },
      { start_s: 10e-6, frequency_hz: 83e6, amplitude: 1 },
      { start_s: 30e-6, frequency_hz: 80e6, amplitude: 1 },
      { start_s: 50e-6, frequency_hz: 80e6, amplitude: 0 },
    ],
  };
  const { updates } = compileChain({ lines: [], tones: [tone] });
  const [first, second, third] = updates.map(({ pow }) => pow);
  expect(first).toBe(0);
  // 20 µs at 3 MHz more are 60 turns and what rounding of the words leaves: below a 2⁻³² f_sys·20 µs = 1e-5 turns.
  expect(third).toBe(0);
  expect(second).toBe(0);
});

test("two lines too close are refused with names, times and what is missing", () => {
  const lines = [pulse("gate", 0, 1e-6, 2e-6), pulse("shutter", 1, 1.03e-6, 3e-6)];
  const { problems, code } = refusal(() => compileChain({ lines, tones: [] }));
  expect(code).toBe("sequence.infeasible");
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({
    message: "gate at 1 us and shutter at 1.03 us are 3 ticks apart".replaceAll("us", "μs"),
    found: 3,
    expected: "0 or at least 5 ticks of 10 ns",
    hint: "Move one by 20 ns, or both to the same time.",
  });
});

test("two updates too close are refused with tones, times and what is missing", () => {
  const tones = [burst("red", 0, 0, 50e-6), burst("blue", 1, 4e-6, 60e-6)];
  const { problems } = refusal(() => compileChain({ lines: [], tones }));
  // Two channels need 750 cycles of 8 ns: 6 µs (ion.md D.2).
  expect(problems[0]!.message).toMatch(/^red at 0 s and blue at 4 .s are 4 .s apart$/);
  expect(problems[0]!.hint).toMatch(/^2 .s are missing/);
});

test("all that is wrong is said at once", () => {
  const lines = [
    { name: "stuck", output: 0, edges: [{ time_s: 0, level: 1 as const }] },
    { name: "twice", output: 0, edges: [{ time_s: 1e-6, level: 0 as const }] },
  ];
  const tones = [
    { name: "endless", channel: 0, segments: [{ start_s: 0, frequency_hz: 80e6, amplitude: 1 }] },
    burst("mirror", 1, 0, 1e-3, 300e6),
  ];
  const { problems } = refusal(() => compileChain({ lines, tones }));
  const messages = problems.map(({ message }) => message);
  expect(messages).toEqual(
    expect.arrayContaining([
      "stuck is still high at the end",
      "twice is at level 0 already",
      "twice and stuck are both on output 0",
      "endless is still on at the end",
      "mirror cannot be at 300 MHz",
    ]),
  );
});

test("memory that does not suffice is named with what it would need", () => {
  const segments = Array.from({ length: 8616 }, (_, k) => ({
    start_s: k * 10e-6,
    frequency_hz: 80e6,
    amplitude: k === 8615 ? 0 : 1,
  }));
  const { problems } = refusal(() =>
    compileChain({ lines: [], tones: [{ name: "fast", channel: 1, segments }] }),
  );
  expect(problems).toMatchObject([
    { message: "dds-sweeper would need 8617 instructions", expected: "at most 8615" },
  ]);
});

test("equal intervals share an instruction of the pseudoclock", () => {
  const segments = Array.from({ length: 1001 }, (_, k) => ({
    start_s: k * 10e-6,
    frequency_hz: 80e6,
    amplitude: k === 1000 ? 0 : 1,
  }));
  const { pulses } = compileChain({ lines: [], tones: [{ name: "comb", channel: 0, segments }] });
  // The lead of 4 µs (one channel), then a thousand times 10 µs, each half of it high, in ticks of 10 ns.
  expect(pulses.slice(0, 2)).toEqual([
    { half: 200, reps: 1 },
    { half: 500, reps: 1000 },
  ]);
});

test("every edge says how far it was moved", () => {
  const { edges, updates } = compileChain({
    lines: [pulse("gate", 0, 1.004e-6, 2e-6)],
    tones: [burst("probe", 0, 1.01e-6, 20e-6, 80e6)],
  });
  expect(edges[0]!.error_s).toBeCloseTo(-4e-9, 15);
  expect(edges[1]!.error_s).toBeCloseTo(0, 15);
  // On the grid of 40 ns: 1.01 → 1 µs. The word of 80 MHz is 0.042 Hz low (ion.md D.2: steps of 0.116 Hz).
  expect(updates[0]!.error_s).toBeCloseTo(-10e-9, 15);
  expect(Math.abs(updates[0]!.error_hz)).toBeLessThanOrEqual(0.5 * (500e6 / 2 ** 32));
  expect(updates[0]!.error_hz).toBeCloseTo((0x28f5c28f * 500e6) / 2 ** 32 - 80e6, 6);
});

test("holds of any length are split into parts that fit, none too short", () => {
  const most = 2 ** 32 - 1;
  for (const ticks of [5, most, most + 1, most + 4, most + 5, 3 * most + 2]) {
    const parts = splitHold(ticks);
    expect(parts.reduce((sum, part) => sum + part, 0)).toBe(ticks);
    expect(parts.every((part) => part >= 5 && part <= most)).toBe(true);
  }
});

test("clocks without a common reference are warned of, with the phase at stake", () => {
  const sequence = { lines: [], tones: [burst("probe", 0, 0, 1e-3, 100e6)] };
  const { findings } = compileChain(sequence);
  const jitter = findings.find(({ code }) => code === "DDS_TRIGGER_JITTER");
  // 8 ns at 100 MHz are 0.8 turns.
  expect(jitter?.numbers.jitter_turns).toBeCloseTo(0.8, 12);
  const locked = compileChain(sequence, { common_reference: true });
  expect(locked.findings.some(({ code }) => code === "DDS_TRIGGER_JITTER")).toBe(false);
});

test("a clock whose period is no whole number of picoseconds is refused", () => {
  const error = refusal(() => compileChain({ lines: [], tones: [] }, { digital_clock_hz: 133_000_000 }));
  expect(error.problems).toMatchObject([{ path: "digital_clock_hz", found: 133_000_000 }]);
});

test("diagrams show each line and tone where it is on", () => {
  const sequence: InstrumentSequenceInput = {
    lines: [pulse("gate <1>", 0, 0, 50e-6)],
    tones: [burst("probe", 0, 50e-6, 100e-6)],
  };
  const compiled = compileChain(sequence);
  const rows = textDiagram(compiled, 21).split("\n");
  // 105 µs in 21 columns of 5 µs: the gate fills the first ten, the tone the next ten.
  expect(rows[0]).toBe(`gate <1> │${"█".repeat(10)}${" ".repeat(11)}│`);
  expect(rows[1]).toBe(`probe    │${" ".repeat(10)}${"█".repeat(10)} │`);
  const svg = svgDiagram(compiled);
  expect(svg).toContain("gate &lt;1&gt;");
  expect(svg).toContain("80 MHz");
  expect(svg.match(/<path/g)).toHaveLength(3);
});

test("the budget names the tightest gaps and the memory in use", () => {
  const { tightest, memory } = compileChain({
    lines: [pulse("gate", 0, 1e-6, 1.2e-6), pulse("shutter", 1, 1.08e-6, 5e-6)],
    tones: [burst("red", 0, 0, 50e-6), burst("blue", 1, 10e-6, 60e-6)],
  });
  expect(tightest).toMatchObject([
    { instrument: "prawn-do", from: ["gate"], to: ["shutter"] },
    { instrument: "dds-sweeper", from: ["red"], to: ["blue"] },
  ]);
  // 80 ns against five ticks of 10 ns; 10 µs against 750 cycles of 8 ns.
  expect(tightest[0]!.margin_s).toBeCloseTo(30e-9, 15);
  expect(tightest[1]!.margin_s).toBeCloseTo(4e-6, 15);
  expect(memory.map(({ instrument, used }) => [instrument, used])).toEqual([
    // The lead, 10, 40 and 10 µs, the last pulse, the stop.
    ["prawnblaster", 6],
    // Before, between and after four edges, and the two that end it.
    ["prawn-do", 7],
    ["dds-sweeper", 5],
  ]);
});
