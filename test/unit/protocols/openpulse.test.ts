import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Sequence, SequenceOperation, Waveform } from "#ir/sequence";
import { designExperiment } from "#planning/plan";
import { emitOpenPulse } from "#protocols/targets/openpulse/emit";
import { parseOpenPulse } from "#protocols/targets/openpulse/parse";
import { smallExperiment, smallProfile } from "../../support/profiles.ts";
import { refusal } from "../../support/refusal.ts";

const designed = designExperiment(smallExperiment(), smallProfile());
const text = designed.program.text;

test("a compiled program reads back as the same sequence", () => {
  expect(parseOpenPulse(text)).toEqual(designed.sequence);
});

test("emitting twice gives the same bytes", () => {
  expect(emitOpenPulse(designed.sequence)).toEqual(designed.program);
});

describe("round trip of any sequence", () => {
  const frames = ["a_f", "b_f", "c_f"];
  const number = fc.double({ noNaN: true, min: -1e300, max: 1e300 });
  const waveform: fc.Arbitrary<Waveform> = fc.oneof(
    fc.record({ kind: fc.constant("constant" as const), duration_ticks: fc.integer({ min: 1, max: 1e9 }) }),
    fc.record({
      kind: fc.constant("gaussian" as const),
      duration_ticks: fc.integer({ min: 1, max: 1e6 }),
      sigma_ticks: fc.integer({ min: 1, max: 1e6 }),
    }),
  );
  const frame = fc.constantFrom(...frames);
  const frameList = fc.subarray(frames, { minLength: 1 });
  const plain: fc.Arbitrary<SequenceOperation> = fc.oneof(
    fc.record({ kind: fc.constant("barrier" as const), frames: frameList }),
    fc.record({
      kind: fc.constant("delay" as const),
      frames: frameList,
      duration_ticks: fc.integer({ min: 0, max: 1e9 }),
    }),
    fc.record({
      kind: fc.constantFrom("set_phase" as const, "shift_phase" as const),
      frame,
      phase_rad: number,
    }),
    fc.record({
      kind: fc.constant("play" as const),
      frame,
      waveform,
      amplitude: fc.oneof(number, fc.constant({ table: "values", axis: "outer" })),
    }),
    fc.record({
      kind: fc.constant("capture" as const),
      frame,
      duration_ticks: fc.integer({ min: 1, max: 1e6 }),
    }),
  );
  const branch: fc.Arbitrary<SequenceOperation> = fc.record({
    kind: fc.constant("branch" as const),
    axis: fc.constant("inner"),
    cases: fc.array(fc.array(plain, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 2 }),
  });
  // Two branches in a row on one axis read as one with more cases; a plain statement stands between them.
  const body = fc
    .tuple(
      fc.integer({ min: 0, max: 1e9 }),
      fc.array(plain, { minLength: 1, maxLength: 8 }),
      fc.option(branch),
      fc.array(plain, { minLength: 1, maxLength: 8 }),
    )
    .map(([reset, before, split, after]): SequenceOperation[] => [
      { kind: "reset", duration_ticks: reset },
      ...before,
      ...(split === null ? [] : [split]),
      ...after,
    ]);
  const sequence: fc.Arbitrary<Sequence> = fc
    .tuple(
      body,
      fc.array(number, { minLength: 3, maxLength: 3 }),
      fc.constantFrom(1e9, 2.4e9, 5e8),
      number,
      fc.nat(),
    )
    .map(([operations, values, clock_hz, frequency_hz, shots]) => ({
      device: "any",
      clock_hz,
      shots: shots + 1,
      ports: ["p", "q"],
      frames: frames.map((id, k) => ({
        id,
        port: k === 0 ? "p" : "q",
        frequency_hz: frequency_hz * k,
        phase_rad: k,
      })),
      biases: [{ port: "q", flux_quanta: -0.125 }],
      axes: [
        { name: "outer", size: 3 },
        { name: "inner", size: 2 },
      ],
      tables: { values },
      body: operations,
    }));

  test("holds for generated sequences on clocks of 0.5, 1 and 2.4 GHz", () => {
    fc.assert(
      fc.property(sequence, (s) => {
        // JSON drops the sign of −0, which no signal feels.
        const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
        expect(plain(parseOpenPulse(emitOpenPulse(s).text))).toEqual(plain(s));
      }),
      { numRuns: 200 },
    );
  });
});

describe("refusals name the place", () => {
  const lineOf = (needle: string, from: string) => from.slice(0, from.indexOf(needle)).split("\n").length;

  test("a misspelt statement", () => {
    const broken = text.replace("play(q0_gain", "pley(q0_gain");
    const error = refusal(() => parseOpenPulse(broken));
    expect(error.code).toBe("program.syntax");
    expect(error.problems[0]!.path).toContain(`line ${lineOf("pley", broken)},`);
    expect(error.problems[0]!.found).toBe("pley");
  });

  test("an undeclared frame", () => {
    const error = refusal(() => parseOpenPulse(text.replace("play(q0_gain", "play(q9_gain")));
    expect(error.code).toBe("program.undefined");
    expect(error.problems[0]!.found).toBe("q9_gain");
  });

  test("a table of the wrong length, a missing bracket, a cut file, another version", () => {
    expect(
      refusal(() => parseOpenPulse(text.replace("array[float[64], 4]", "array[float[64], 5]"))).code,
    ).toBe("program.syntax");
    expect(refusal(() => parseOpenPulse(text.replace("in [0:shots - 1] {", "in [0:shots - 1]"))).code).toBe(
      "program.syntax",
    );
    expect(refusal(() => parseOpenPulse(text.slice(0, text.length / 2))).code).toMatch(
      /^program\.(syntax|undefined)$/,
    );
    expect(refusal(() => parseOpenPulse(text.replace("version 1", "version 99"))).code).toBe(
      "program.version",
    );
  });

  test("no prefix of a program is accepted", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: text.trimEnd().length - 1 }), (length) => {
        expect(refusal(() => parseOpenPulse(text.slice(0, length))).code).toMatch(/^program\./);
      }),
      { numRuns: 60 },
    );
  });
});
