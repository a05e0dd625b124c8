import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { timelineOf } from "#devices/drivers/emulator/timeline";
import type { Sequence, SequenceOperation } from "#ir/sequence";
import { designExperiment } from "#planning/plan";
import { checkQ1asm } from "#protocols/targets/qblox-q1asm/check";
import { emitQ1asm, q1asmFiles } from "#protocols/targets/qblox-q1asm/emit";
import { normaliseForQ1asm } from "#protocols/targets/qblox-q1asm/normalise";
import { parseQ1asm } from "#protocols/targets/qblox-q1asm/parse";
import { splitWait } from "#protocols/targets/qblox-q1asm/program-text";
import { gaussianSamples, shapeOfSamples } from "#protocols/targets/qblox-q1asm/waveforms";
import { pointsOf } from "#protocols/targets/schedule";
import { smallExperiment, smallProfile } from "../../../support/profiles.ts";
import { refusal } from "../../../support/refusal.ts";
import { anySequence } from "./sequences.ts";

const designed = designExperiment(smallExperiment(), smallProfile());
const program = emitQ1asm(designed.sequence);

/** JSON drops the sign of −0, which no signal feels. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

/** Signals of one point, comparable between sequences: silent ones left out, phases as points of the circle. */
function signalsOf(sequence: Sequence, point: Record<string, number>) {
  const { signals, captures } = timelineOf(sequence, point);
  const seconds = (ticks: number) => Math.round((ticks / sequence.clock_hz) * 1e12);
  return {
    signals: signals
      .filter((s) => Math.abs(s.amplitude) > 2e-5)
      .map((s) => ({
        key: `${s.port} ${seconds(s.start)} ${Math.round(s.frequency_hz / 1e3)}`,
        ...s,
        length: seconds(s.waveform.duration_ticks),
      }))
      .toSorted((a, b) => a.key.localeCompare(b.key)),
    captures: captures.map((c) => [c.port, seconds(c.start), seconds(c.duration)]),
  };
}

describe("round trip", () => {
  test("a compiled program reads back as the sequence on the Cluster's grids", () => {
    expect(plain(parseQ1asm(program.text))).toEqual(plain(normaliseForQ1asm(designed.sequence)));
  });

  test("what is read back plays the planned signals at every point", () => {
    const back = parseQ1asm(program.text);
    for (const point of pointsOf(designed.sequence.axes)) {
      const wanted = signalsOf(designed.sequence, point);
      const found = signalsOf(back, point);
      expect(found.captures).toEqual(wanted.captures);
      expect(found.signals.map(({ key, length }) => [key, length])).toEqual(
        wanted.signals.map(({ key, length }) => [key, length]),
      );
      wanted.signals.forEach((signal, k) => {
        const other = found.signals[k]!;
        // Half a 16-bit step; an eighth of a Hz over 6 µs is 5e-6 rad, 1e-9 turn is 6e-9 rad.
        expect(Math.abs(other.amplitude - signal.amplitude)).toBeLessThanOrEqual(2 ** -16);
        expect(Math.abs(other.frequency_hz - signal.frequency_hz)).toBeLessThanOrEqual(0.125);
        expect(Math.abs(Math.sin((other.phase_rad - signal.phase_rad) / 2))).toBeLessThan(5e-6);
      });
    }
  });

  test("holds for every sequence that can be emitted, and emitting again gives the same text", () => {
    let emitted = 0;
    fc.assert(
      fc.property(anySequence({ grid: 4, clock_hz: 1e9, longest: 300_000, capture: 400 }), (sequence) => {
        fc.pre(!checkQ1asm(sequence).some(({ severity }) => severity === "error"));
        emitted++;
        const { text } = emitQ1asm(sequence);
        const back = parseQ1asm(text);
        expect(plain(back)).toEqual(plain(normaliseForQ1asm(sequence)));
        expect(plain(parseQ1asm(emitQ1asm(back).text))).toEqual(plain(back));
      }),
      { numRuns: 150 },
    );
    expect(emitted).toBe(150);
  });

  test("also on another clock: times are moved to whole ns, and the report says by how much", () => {
    fc.assert(
      fc.property(anySequence({ grid: 12, clock_hz: 2.4e9, longest: 60_000, capture: 960 }), (sequence) => {
        fc.pre(!checkQ1asm(sequence).some(({ severity }) => severity === "error"));
        expect(plain(parseQ1asm(emitQ1asm(sequence).text))).toEqual(plain(normaliseForQ1asm(sequence)));
      }),
      { numRuns: 30 },
    );
    // A tick of 1.004 ns: captures of 1004 ns, everything else off the grid.
    const odd: Sequence = { ...designed.sequence, clock_hz: 1e9 / 1.004 };
    const times = emitQ1asm(odd).quantisation!.find(({ quantity }) => quantity === "time")!;
    expect(times.moved).toBeGreaterThan(0);
    expect(times.largest_error).toBeLessThanOrEqual(0.5e-9 * (1 + 1e-9));
    expect(checkQ1asm(odd).map(({ code, severity }) => `${code} ${severity}`)).toContain("T23 info");
  });
});

describe("the report of what was rounded", () => {
  const entry = (quantity: string) => program.quantisation!.find((e) => e.quantity === quantity)!;

  test("amplitudes to half a step of 2^-15, frequencies to an eighth of a Hz, phases to 1e-9 turn", () => {
    expect(entry("amplitude").step).toBe(2 ** -15);
    expect(entry("amplitude").largest_error).toBeLessThanOrEqual(2 ** -16);
    expect(entry("amplitude").largest_error).toBeGreaterThan(2 ** -18);
    expect(entry("frequency").largest_error).toBeLessThanOrEqual(0.125);
    expect(entry("phase").largest_error).toBeLessThanOrEqual(0.5e-9);
    expect(entry("duration").largest_error).toBeCloseTo(4e-9, 15);
  });

  test("each entry names a number that was really moved", () => {
    const { where, wanted, emitted, largest_error } = entry("frequency");
    const frame = designed.sequence.frames.find(({ id }) => id === where)!;
    expect(wanted).toBe(frame.frequency_hz);
    expect(Math.abs(emitted - wanted)).toBe(largest_error);
  });
});

describe("files", () => {
  test("one sequence document for each sequencer, its program one text", () => {
    const files = q1asmFiles(program);
    const bundle = JSON.parse(program.text) as {
      sequencers: { name: string; sequence: { program: string[] } }[];
    };
    expect(files.map(({ name }) => name)).toEqual([
      "settings.json",
      ...bundle.sequencers.map(({ name }) => `sequences/${name}.json`),
      "load.py",
    ]);
    const first = JSON.parse(files[1]!.text) as Record<string, unknown>;
    expect(Object.keys(first)).toEqual(["waveforms", "weights", "acquisitions", "program"]);
    expect(first.program).toBe(`${bundle.sequencers[0]!.sequence.program.join("\n")}\n`);
  });
});

describe("waveforms", () => {
  test("samples tell the Gaussian they were made of", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 400 }),
        fc.double({ noNaN: true, min: 0.6, max: 300 }),
        (duration, sigma) => {
          const samples = gaussianSamples(duration, sigma);
          const shape = shapeOfSamples(samples)!;
          expect(shape.height).toBe(shape.waveform.kind === "constant" ? samples[0] : 1);
          if (shape.waveform.kind === "gaussian") {
            expect(gaussianSamples(duration, shape.waveform.sigma_ticks)).toEqual(samples);
          } else expect(new Set(samples).size).toBe(1);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("a scaled Gaussian keeps its height; a ramp is none", () => {
    const half = gaussianSamples(40, 10).map((s) => s / 2);
    const shape = shapeOfSamples(half)!;
    expect(shape.height).toBeCloseTo(0.5, 5);
    expect(shape.waveform).toMatchObject({ kind: "gaussian", duration_ticks: 40 });
    expect(shapeOfSamples(Array.from({ length: 40 }, (_, k) => k / 40))).toBeUndefined();
    const bent = gaussianSamples(40, 10).map((s, k) => (k === 7 ? s + 1e-4 : s));
    expect(shapeOfSamples(bent)).toBeUndefined();
  });
});

test("waits are split into allowed ones that add up", () => {
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 10_000_000 }), (wait) => {
      const parts = splitWait(wait);
      expect(parts.reduce((sum, part) => sum + part, 0)).toBe(wait);
      for (const part of parts) {
        expect(part).toBeGreaterThanOrEqual(4);
        expect(part).toBeLessThanOrEqual(65_535);
      }
    }),
  );
});

describe("what a Cluster cannot do is found, and the neighbour inside the limit is not", () => {
  const base: Sequence = {
    device: "one",
    clock_hz: 1e9,
    shots: 100,
    ports: ["drive", "in", "out", "flux"],
    frames: [
      { id: "f01", port: "drive", frequency_hz: 4.7e9, phase_rad: 0 },
      { id: "f12", port: "drive", frequency_hz: 4.5e9, phase_rad: 0 },
      { id: "tx", port: "in", frequency_hz: 6.9e9, phase_rad: 0 },
      { id: "rx", port: "out", frequency_hz: 6.9e9, phase_rad: 0 },
    ],
    biases: [],
    axes: [{ name: "scan", size: 3 }],
    tables: {},
    body: [],
  };
  const play = (frame: string, duration_ticks: number, amplitude = 0.5): SequenceOperation => ({
    kind: "play",
    frame,
    waveform: { kind: "constant", duration_ticks },
    amplitude,
  });
  const gauss = (frame: string, duration_ticks: number, sigma_ticks: number): SequenceOperation => ({
    kind: "play",
    frame,
    waveform: { kind: "gaussian", duration_ticks, sigma_ticks },
    amplitude: 0.5,
  });
  const reset: SequenceOperation = { kind: "reset", duration_ticks: 2000 };
  const delay = (frame: string, duration_ticks: number): SequenceOperation => ({
    kind: "delay",
    frames: [frame],
    duration_ticks,
  });
  const codes = (sequence: Sequence, settings?: unknown) =>
    checkQ1asm(sequence, settings).map(({ code, severity }) => `${code} ${severity}`);
  const withBody = (...body: SequenceOperation[]): Sequence => ({ ...base, body: [reset, ...body] });
  const tuned = (frequency_hz: number): Sequence => ({
    ...withBody(play("f01", 100), play("f12", 100)),
    frames: base.frames.map((frame) => (frame.id === "f01" ? { ...frame, frequency_hz } : frame)),
  });

  test.each<[string, string, Sequence, Sequence]>([
    ["T14 error", "two frames 1.0 GHz apart around one oscillator", tuned(5.501e9), tuned(5.5e9)],
    ["T14 error", "a tone below 1.5 GHz on an RF output", tuned(1.4e9), tuned(4.1e9)],
    [
      "T30 error",
      "an amplitude beyond full scale",
      withBody(play("f01", 100, 1.01)),
      withBody(play("f01", 100, 1)),
    ],
    [
      "C01 error",
      "pulses 2 ns apart",
      withBody(play("f01", 100), delay("f01", 2), play("f01", 50)),
      withBody(play("f01", 100), delay("f01", 4), play("f01", 50)),
    ],
    [
      "C01 error",
      "captures 200 ns apart",
      withBody(
        { kind: "capture", frame: "rx", duration_ticks: 200 },
        { kind: "capture", frame: "rx", duration_ticks: 200 },
      ),
      withBody(
        { kind: "capture", frame: "rx", duration_ticks: 300 },
        { kind: "capture", frame: "rx", duration_ticks: 300 },
      ),
    ],
    [
      "C02 error",
      "a shaped pulse longer than the waveform memory",
      withBody(gauss("f01", 16_388, 4000)),
      withBody(gauss("f01", 16_384, 4000)),
    ],
    [
      "C02 error",
      "more bins than there are",
      { ...withBody({ kind: "capture", frame: "rx", duration_ticks: 400 }), shots: 1_000_001 },
      { ...withBody({ kind: "capture", frame: "rx", duration_ticks: 400 }), shots: 1_000_000 },
    ],
    [
      "C06 error",
      "captures of two lengths",
      withBody(
        { kind: "capture", frame: "rx", duration_ticks: 400 },
        { kind: "capture", frame: "rx", duration_ticks: 404 },
      ),
      withBody(
        { kind: "capture", frame: "rx", duration_ticks: 400 },
        { kind: "capture", frame: "rx", duration_ticks: 400 },
      ),
    ],
    [
      "T23 error",
      "a Gaussian narrower than a sample",
      withBody(gauss("f01", 40, 0.4)),
      withBody(gauss("f01", 40, 0.5)),
    ],
  ])("%s: %s", (code, _, beyond, within) => {
    expect(codes(beyond)).toContain(code);
    expect(codes(within)).not.toContain(code);
    if (code.endsWith("error")) {
      const error = refusal(() => emitQ1asm(beyond));
      expect(error.code).toBe("target.unsupported");
      expect(error.exitStatus).toBe(3);
      expect(error.problems[0]!.path.startsWith(code.slice(0, 3))).toBe(true);
    }
    expect(parseQ1asm(emitQ1asm(within).text).shots).toBe(within.shots);
  });

  test("C02 info from the bin count on that needs newer firmware", () => {
    const capture = withBody({ kind: "capture", frame: "rx", duration_ticks: 400 });
    expect(codes({ ...capture, shots: 43_691 })).toContain("C02 info");
    expect(codes({ ...capture, shots: 43_690 })).not.toContain("C02 info");
  });

  test("C04 when oscillators slip against each other from shot to shot", () => {
    const two: Sequence = {
      ...withBody(play("f01", 100), play("f12", 100)),
      ports: ["drive", "drive2", "in", "out"],
      frames: base.frames.map((frame) =>
        frame.id === "f12" ? { ...frame, port: "drive2", frequency_hz: 5.3e9 } : frame,
      ),
    };
    expect(codes(two)).not.toContain("C04 warning");
    expect(codes(two, { lo_hz: { drive2: 5_300_100_000 } })).toContain("C04 warning");
    const [finding] = checkQ1asm(two, { lo_hz: { drive2: 5_300_100_000 } }).filter(
      ({ code }) => code === "C04",
    );
    // 550.1 MHz × 2.104 µs = 1157.4104 turns
    expect(finding!.numbers.slip_turns).toBeCloseTo(0.4104, 9);
  });

  test("settings that name no port of the sequence, or nothing known, are refused with their path", () => {
    expect(refusal(() => checkQ1asm(base, { lo_hz: { nowhere: 5e9 } })).problems[0]!.path).toBe(
      "lo_hz.nowhere",
    );
    expect(refusal(() => checkQ1asm(base, { lo: 1 })).problems[0]!.path).toBe("lo");
  });

  test("C03 when the modules do not fit into one Cluster", () => {
    const frames = Array.from({ length: 21 }, (_, k) => ({
      id: `tx${k}`,
      port: `in${k}`,
      frequency_hz: 6.9e9,
      phase_rad: 0,
    }));
    const many = (count: number): Sequence => ({
      ...base,
      ports: frames.slice(0, count).map(({ port }) => port),
      frames: frames.slice(0, count),
      body: [
        reset,
        ...frames
          .slice(0, count)
          .map(({ id }): SequenceOperation => ({ kind: "capture", frame: id, duration_ticks: 400 })),
      ],
    });
    expect(codes(many(21))).toContain("C03 warning");
    expect(codes(many(20))).not.toContain("C03 warning");
  });
});
