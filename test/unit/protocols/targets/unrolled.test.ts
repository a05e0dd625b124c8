import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { timelineOf } from "#devices/drivers/emulator/timeline";
import type { Point } from "#ir/driver";
import type { Sequence, SequenceOperation } from "#ir/sequence";
import { designExperiment } from "#planning/plan";
import { findTarget } from "#protocols/targets/registry";
import { pointsOf } from "#protocols/targets/schedule";
import { programFiles } from "#protocols/targets/target";
import { smallExperiment, smallProfile } from "../../../support/profiles.ts";
import { refusal } from "../../../support/refusal.ts";
import { anySequence, restrict } from "./sequences.ts";

const full = designExperiment(smallExperiment(), smallProfile()).sequence;

const pair = restrict(full, (id) => /^q[01]_/.test(id) || id === "q0__q1_j");
const mixers = { external_lo_hz: { q0_flux_gain: 7e9, q1_flux_gain: 7e9 } };

/** Signals of one point by port and start, phases as they stand at the start. */
function signalsOf(sequence: Sequence, point: Point) {
  const { signals, captures } = timelineOf(sequence, point);
  return {
    signals: signals.toSorted((a, b) =>
      `${a.port} ${a.start} ${a.frequency_hz}`.localeCompare(`${b.port} ${b.start} ${b.frequency_hz}`),
    ),
    captures: captures.toSorted((a, b) => `${a.port} ${a.start}`.localeCompare(`${b.port} ${b.start}`)),
  };
}

function expectSameSignals(found: Sequence, wanted: Sequence, amplitude: number): void {
  expect(found.shots).toBe(wanted.shots);
  for (const point of pointsOf(wanted.axes)) {
    const a = signalsOf(found, point);
    const b = signalsOf(wanted, point);
    expect(a.captures).toEqual(b.captures);
    expect(a.signals.length).toBe(b.signals.length);
    a.signals.forEach((signal, k) => {
      const other = b.signals[k]!;
      expect({ ...signal, phase_rad: 0, amplitude: 0, waveform: 0 }).toEqual({
        ...other,
        phase_rad: 0,
        amplitude: 0,
        waveform: 0,
      });
      expect(signal.waveform.duration_ticks).toBe(other.waveform.duration_ticks);
      if (signal.waveform.kind === "gaussian" && other.waveform.kind === "gaussian") {
        expect(signal.waveform.sigma_ticks).toBeCloseTo(other.waveform.sigma_ticks, 9);
      } else expect(signal.waveform.kind).toBe(other.waveform.kind);
      // A negative amplitude is one with half a turn. Turns of GHz over ms are counted in doubles: 1e-7 rad are left.
      const phasor = ({ amplitude: a, phase_rad }: typeof signal) =>
        [a * Math.cos(phase_rad), a * Math.sin(phase_rad)] as const;
      const [x, y] = phasor(signal);
      const [u, v] = phasor(other);
      expect(Math.hypot(x - u, y - v)).toBeLessThanOrEqual(amplitude + 1e-6);
    });
  }
}

describe.each([
  { kind: "qick", sequence: pair, settings: mixers, tolerance: 1 / 65_532 },
  { kind: "qibolab", sequence: full, settings: undefined, tolerance: 0 },
  { kind: "openpulse-braket", sequence: full, settings: undefined, tolerance: 0 },
  { kind: "openpulse-laboneq", sequence: full, settings: undefined, tolerance: 0 },
])("$kind", ({ kind, sequence, settings, tolerance }) => {
  const target = findTarget(kind);
  const program = target.emit(sequence, settings);

  test("a compiled program reads back with the planned signals, and writes the same text again", () => {
    const back = target.parse(program.text);
    expectSameSignals(back, sequence, tolerance);
    const again = target.parse(target.emit(back, settings).text);
    // Complex amplitudes are rounded in the last digit.
    if (kind === "openpulse-laboneq") expectSameSignals(again, sequence, tolerance);
    else expect(again).toEqual(back);
    expect(back).toMatchObject({
      device: "square-2x2",
      axes: sequence.axes,
      biases: sequence.biases,
      ports: sequence.ports,
    });
  });

  test("holds for every sequence that can be emitted", () => {
    let emitted = 0;
    fc.assert(
      fc.property(anySequence({ grid: 8, clock_hz: 1e9, longest: 200_000, capture: 400 }), (any) => {
        const lo = {
          external_lo_hz: { a: any.frames[0]!.frequency_hz - 1.5e9, b: any.frames[2]!.frequency_hz - 1e9 },
        };
        const given = kind === "qick" ? lo : undefined;
        fc.pre(!target.check(any, given).some(({ severity }) => severity === "error"));
        emitted++;
        expectSameSignals(target.parse(target.emit(any, given).text), any, tolerance);
      }),
      { numRuns: 60, maxSkipsPerRun: 400 },
    );
    expect(emitted).toBe(60);
  });

  test("its files are there, and stamped", () => {
    const files = programFiles(target, program);
    const wanted: Record<string, string[]> = {
      qick: ["config.json", "program.py"],
      qibolab: ["qibolab.json", "parameters.json", "experiment.json", "platform.py", "run.py"],
      "openpulse-braket": ["batch.json", "program_exchange_0_setting_0.qasm"],
      "openpulse-laboneq": ["batch.json", "program_exchange_0_setting_0.qasm"],
    };
    expect(files.map(({ name }) => name).slice(0, wanted[kind]!.length)).toEqual(wanted[kind]);
    if (kind.startsWith("openpulse-"))
      expect(files.filter(({ name }) => name.endsWith(".qasm")).length).toBe(16);
    expect(JSON.parse(program.text)).toMatchObject({ format: `entrain ${kind}`, version: "1" });
    expect(program.assumptions!.length).toBeGreaterThan(0);
  });

  test("another version, cut text, unknown keys and negative times are refused", () => {
    const changed = (change: (document: Record<string, unknown>) => void) => {
      const document = JSON.parse(program.text) as Record<string, unknown>;
      change(document);
      return JSON.stringify(document);
    };
    expect(
      refusal(() =>
        target.parse(
          changed((d) => {
            d.version = "9";
          }),
        ),
      ).code,
    ).toBe("program.version");
    expect(refusal(() => target.parse(program.text.slice(0, 999))).code).toBe("program.syntax");
    expect(
      refusal(() =>
        target.parse(
          changed((d) => {
            d.extra = 1;
          }),
        ),
      ).problems[0]!.path,
    ).toBe("extra");
  });
});

describe("what a QICK board cannot do", () => {
  const target = findTarget("qick");
  const codes = (sequence: Sequence, settings?: unknown) =>
    target.check(sequence, settings).map(({ code, severity }) => `${code} ${severity}`);

  test("a gain tone at 10.9 GHz lies beyond the second Nyquist zone; a mixer brings it back", () => {
    expect(codes(pair)).toContain("T14 error");
    expect(codes(pair, mixers)).toEqual([]);
    const error = refusal(() => target.emit(pair));
    expect([error.code, error.exitStatus]).toEqual(["target.unsupported", 3]);
    expect(error.problems.map(({ path }) => path)).toEqual(["T14 q0_gain", "T14 q1_gain"]);
  });

  test("four sites need 20 generators: more than a board has", () => {
    const finding = target.check(full, mixers).find(({ code }) => code === "C03");
    expect(finding?.numbers).toEqual({ needs: 20, limit: 16 });
  });

  const body = (...operations: SequenceOperation[]): Sequence => ({
    ...pair,
    tables: {},
    body: [{ kind: "reset", duration_ticks: 2000 }, ...operations],
  });
  const tone = (duration_ticks: number): SequenceOperation => ({
    kind: "play",
    frame: "q0_loss",
    waveform: { kind: "constant", duration_ticks },
    amplitude: 0.5,
  });

  test("long tones are split, and said to be: 65 535 cycles of 599.04 MHz are 109.40 µs", () => {
    expect(codes(body(tone(109_400)), mixers)).toEqual([]);
    expect(codes(body(tone(109_402)), mixers)).toEqual(["T22 info"]);
    expect(target.check(body(tone(300_000)), mixers)[0]!.numbers.pieces).toBe(3);
  });

  test("a pulse has three cycles at least: 4.2 ns round to 3, 4.0 ns to 2", () => {
    expect(codes(body(tone(5)), mixers)).toEqual([]);
    expect(codes(body(tone(4)), mixers)).toEqual(["T23 error"]);
  });

  test("two frames of one port at once; envelopes beyond the memory", () => {
    const at = (frame: string, duration_ticks: number): SequenceOperation => ({
      kind: "play",
      frame,
      waveform: { kind: "gaussian", duration_ticks, sigma_ticks: 10 },
      amplitude: 0.5,
    });
    expect(codes(body(at("q0_f01", 40), at("q0_f12", 40)), mixers)).toEqual(["C01 error"]);
    // 65 536 samples at 16 a cycle are 4096 cycles: 6.838 µs.
    expect(codes(body(at("q0_f01", 6838)), mixers)).toEqual([]);
    expect(codes(body(at("q0_f01", 6840)), mixers)).toEqual(["C02 error"]);
  });

  test("the report: frequencies to 9.58 GHz/2^32, times to a tick of 430 MHz, gains towards zero", () => {
    const { quantisation } = target.emit(pair, mixers);
    const entry = (quantity: string) => quantisation!.find((e) => e.quantity === quantity)!;
    expect(entry("frequency").step).toBeCloseTo(2.2316, 4);
    expect(entry("frequency").largest_error).toBeLessThanOrEqual(entry("frequency").step / 2);
    expect(entry("time").largest_error).toBeLessThanOrEqual(0.5 / 430.08e6);
    expect(entry("amplitude").largest_error).toBeLessThan(1 / 32_766);
    expect(entry("amplitude").largest_error).toBeGreaterThan(0.5 / 32_766);
  });
});

describe("what Qibolab has no words for", () => {
  const target = findTarget("qibolab");
  const probes = (...operations: SequenceOperation[]): Sequence => ({
    ...pair,
    tables: {},
    body: [{ kind: "reset", duration_ticks: 2000 }, ...operations],
  });
  const tone: SequenceOperation = {
    kind: "play",
    frame: "q0_tx",
    waveform: { kind: "constant", duration_ticks: 400 },
    amplitude: 0.15,
  };
  const capture: SequenceOperation = { kind: "capture", frame: "q0_rx", duration_ticks: 400 };
  const late: SequenceOperation = { kind: "delay", frames: ["q0_rx"], duration_ticks: 100 };

  test("a capture without its tone, a tone of a probe that is not captured; together they are a readout", () => {
    expect(target.check(probes(tone, capture))).toEqual([]);
    for (const wrong of [probes(capture), probes(tone, capture, tone), probes(tone, late, capture)]) {
      const found = target.check(wrong);
      expect(found.map(({ code, severity }) => `${code} ${severity}`)).toContain("C07 error");
    }
  });
});
