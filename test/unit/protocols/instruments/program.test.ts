import { beforeAll, describe, expect, it } from "vitest";
import { fullTurn } from "#core/units";
import type { Sequence } from "#ir/sequence";
import { playTables, sequenceOfInstruments, signalsOfOutputs } from "#protocols/targets/instruments/play";
import { readInstrumentProgram } from "#protocols/targets/instruments/program";
import { findTarget } from "#protocols/targets/registry";
import { portKinds, type ShotSignals, shotSignals } from "#protocols/targets/signals";
import { ionOnset, prepareIonSequence } from "../../../support/ion-experiments.ts";
import { refusal } from "../../../support/refusal.ts";

let sequence: Sequence;
let shots: ShotSignals[];
let text: string;
beforeAll(() => {
  sequence = prepareIonSequence("calcium-array", ionOnset);
  shots = shotSignals(sequence);
  text = findTarget("instruments").emit(sequence).text;
});

describe("tables of the boards", () => {
  it("played on paper give every line, tone and phase of the sequence", () => {
    const program = readInstrumentProgram(text);
    const { tones: channels, lines: outputs } = portKinds(sequence);
    program.points.forEach((point, p) => {
      const { events, frames } = signalsOfOutputs(playTables(point, program.setup), 500e6);
      const shot = shots[p]!;
      // All times are later by the pulse that starts the boards; the first line shows by how much.
      const lineEvents = events.filter(({ frame }) => frames.get(frame)!.port.startsWith("output"));
      const lead_s =
        lineEvents.toSorted((a, b) => a.start - b.start)[0]!.start / 1e9 -
        shot.lines.find(({ port }) => port === "cool")!.start_s;
      const seenLines = lineEvents
        .map(({ frame, start }) => [frames.get(frame)!.port, start / 1e9 - lead_s] as const)
        .toSorted((a, b) => a[1] - b[1] || a[0].localeCompare(b[0]));
      const wantedLines = shot.lines
        .map(({ port, start_s }) => [`output${outputs.indexOf(port)}`, start_s] as const)
        .toSorted((a, b) => a[1] - b[1] || a[0].localeCompare(b[0]));
      expect(seenLines.map(([port]) => port)).toEqual(wantedLines.map(([port]) => port));
      seenLines.forEach(([, at], k) => {
        expect(Math.abs(at - wantedLines[k]![1])).toBeLessThan(10.1e-9);
      });
      for (const [channel, name] of channels.entries()) {
        const seen = events.filter(({ frame }) => frames.get(frame)!.port === `channel${channel}`);
        const wanted = shot.tones
          .filter(({ port }) => port === name)
          .toSorted((a, b) => a.start_s - b.start_s);
        expect(seen.length).toBe(wanted.length);
        seen.forEach((event, k) => {
          const tone = wanted[k]!;
          if (event.kind !== "play") throw new Error("a capture");
          expect(Math.abs(event.start / 1e9 - lead_s - tone.start_s)).toBeLessThan(25e-9);
          expect(Math.abs(event.amplitude - tone.amplitude)).toBeLessThan(1 / 1024);
          const { frequency_hz } = frames.get(event.frame)!;
          expect(Math.abs(frequency_hz - tone.frequency_hz)).toBeLessThan(0.06);
          // Coherent: what an oscillator of the emitted frequency that began with the shot shows there.
          const turns = frequency_hz * tone.start_s + tone.phase_turns - event.phase_rad / fullTurn;
          expect(Math.abs(turns - Math.round(turns))).toBeLessThan(2e-4);
        });
      }
    });
  });

  it("read back as a sequence: as many signals, the gate counts", () => {
    const read = sequenceOfInstruments(text);
    expect(read.counting!.map(({ port }) => port)).toEqual(sequence.counting!.map(() => "output2"));
    expect(read.axes).toEqual(sequence.axes);
  });

  it("rows that a board would take for something else are no program", () => {
    const program = JSON.parse(text) as { points: { words: number[][]; pulses: number[][] }[] };
    program.points[0]!.words[1]![1] = 0;
    expect(refusal(() => readInstrumentProgram(JSON.stringify(program))).code).toBe("program.invalid");
    program.points[0]!.words[1]![1] = 5;
    program.points[0]!.pulses[0]![0] = 4;
    expect(refusal(() => readInstrumentProgram(JSON.stringify(program))).code).toBe("program.invalid");
  });

  it("more tones than channels, and sequences that count nothing, are refused", () => {
    const { counting: _, ...silent } = sequence;
    expect(refusal(() => findTarget("instruments").emit(silent)).code).toBe("target.unsupported");
    expect(refusal(() => findTarget("artiq").emit(silent)).code).toBe("target.unsupported");
    const frames = [...sequence.frames, { id: "fifth", port: "fifth", frequency_hz: 1e6, phase_rad: 0 }];
    const wide = { ...sequence, frames, ports: [...sequence.ports, "fifth"] };
    expect(
      findTarget("instruments")
        .check(wide)
        .map(({ code }) => code),
    ).toEqual(["C03"]);
  });
});

describe("data of an ARTIQ crate", () => {
  it("read back: the tones and lines of the sequence on the crate's grid", () => {
    const again = shotSignals(findTarget("artiq").parse(findTarget("artiq").emit(sequence).text));
    again.forEach((shot, p) => {
      const wanted = shots[p]!;
      expect(shot.lines.length).toBe(wanted.lines.length);
      expect(shot.windows.length).toBe(wanted.windows.length);
      const order = (a: { port: string; start_s: number }, b: typeof a) =>
        a.port.localeCompare(b.port) || a.start_s - b.start_s;
      const tones = wanted.tones.toSorted(order);
      shot.tones.toSorted(order).forEach((tone, k) => {
        expect(tone.port).toBe(tones[k]!.port);
        expect(Math.abs(tone.frequency_hz - tones[k]!.frequency_hz)).toBeLessThan(0.12);
        const turns = tone.phase_turns - tones[k]!.phase_turns;
        expect(Math.abs(turns - Math.round(turns))).toBeLessThan(1e-5);
      });
    });
  });
});
