import type { Point } from "#ir/driver";
import type { Finding } from "#ir/finding";
import type { Program } from "#ir/program";
import type { Frame, Sequence, SequenceOperation, Waveform } from "#ir/sequence";
import { amplitudeFindings, finding } from "../findings.ts";
import type { TimedShot } from "../normal-form.ts";
import { amplitudeAt, pointsOf } from "../schedule.ts";
import { refuseErrors } from "../target.ts";
import { timedShots } from "../unroll.ts";
import { type Batch, batchHead, batchProgram, parseBatch, real } from "./dialect.ts";
import { syntaxError, TokenReader, tokenize } from "./syntax.ts";

/** Everything about a sequence that Amazon Braket's dialect has no words for. */
export function checkBraket(sequence: Sequence): Finding[] {
  const out = amplitudeFindings(sequence);
  const lengths = captureLengths(sequence);
  for (const [frame, ticks] of lengths) {
    if (ticks.size < 2) continue;
    out.push(
      finding(
        "C06",
        "error",
        `${frame} has captures of different lengths; a device's capture_v0 has its own one.`,
        {
          help: "Give all captures of a site the same length.",
          where: [frame],
        },
      ),
    );
  }
  if (lengths.size > 0) {
    out.push(
      finding("C06", "warning", "capture_v0 returns one bit: levels 1 and 2 are not told apart.", {
        help: "Use it for interchange, or read populations of |0⟩ only.",
      }),
    );
  }
  return out;
}

function captureLengths(sequence: Sequence): Map<string, Set<number>> {
  const lengths = new Map<string, Set<number>>();
  for (const { events } of timedShots(sequence)) {
    for (const event of events) {
      if (event.kind !== "capture") continue;
      lengths.set(event.frame, (lengths.get(event.frame) ?? new Set()).add(event.duration_ticks));
    }
  }
  return lengths;
}

/**
 * Writes a sequence in Amazon Braket's dialect: one program for each point, frames predefined by the device, waveforms
 * declared by name, read-out by `capture_v0`. Syntax as `braket.pulse.PulseSequence.to_ir` (SDK 1.127.5).
 *
 * @throws EntrainError `target.unsupported` with everything that the dialect cannot say
 */
export function emitBraket(sequence: Sequence): Program {
  refuseErrors("openpulse-braket", checkBraket(sequence));
  const lengths = captureLengths(sequence);
  return batchProgram("openpulse-braket", {
    format: "entrain openpulse-braket",
    ...batchHead(sequence),
    assumptions: [
      "The device predefines a frame for each frame of the sequence, under the same name.",
      "Shots, and the order of the programs, are the batch's; the device reads out for as long as it always does.",
    ],
    frames: sequence.frames.map(({ id, port, frequency_hz }) => {
      const [ticks] = lengths.get(id) ?? [];
      return {
        id,
        port,
        frequency_hz,
        ...(ticks === undefined ? {} : { capture_ns: (ticks * 1e9) / sequence.clock_hz }),
      };
    }),
    programs: pointsOf(sequence.axes).map((at) => ({ at: { ...at }, text: programLines(sequence, at) })),
  });
}

function programLines(sequence: Sequence, point: Point): string[] {
  const ns = (ticks: number) => `${real((ticks * 1e9) / sequence.clock_hz)}ns`;
  const waveforms = new Map<string, string>();
  const body: string[] = [];
  let bits = 0;
  const waveformOf = (waveform: Waveform, amplitude: number): string => {
    const text =
      waveform.kind === "constant"
        ? `constant(${ns(waveform.duration_ticks)}, ${real(amplitude)})`
        : `gaussian(${ns(waveform.duration_ticks)}, ${ns(waveform.sigma_ticks)}, ${real(amplitude)}, false)`;
    const known = waveforms.get(text) ?? `${waveform.kind}_${waveforms.size}`;
    waveforms.set(text, known);
    return known;
  };
  const write = (operation: SequenceOperation): void => {
    switch (operation.kind) {
      case "reset":
        body.push(
          `delay[${ns(operation.duration_ticks)}] ${sequence.frames.map(({ id }) => id).join(", ")};`,
        );
        break;
      case "barrier":
        body.push(`barrier ${operation.frames.join(", ")};`);
        break;
      case "delay":
        body.push(`delay[${ns(operation.duration_ticks)}] ${operation.frames.join(", ")};`);
        break;
      case "set_phase":
      case "shift_phase":
        body.push(`${operation.kind}(${operation.frame}, ${real(operation.phase_rad)});`);
        break;
      case "play":
        body.push(
          `play(${operation.frame}, ${waveformOf(operation.waveform, amplitudeAt(sequence, operation.amplitude, point))});`,
        );
        break;
      case "capture":
        body.push(`b[${bits++}] = capture_v0(${operation.frame});`);
        break;
      case "branch":
        for (const inner of operation.cases[point[operation.axis]!] ?? []) write(inner);
        break;
    }
  };
  for (const operation of sequence.body) write(operation);
  return [
    "OPENQASM 3.0;",
    "cal {",
    ...[...waveforms].map(([text, name]) => `    waveform ${name} = ${text};`),
    ...(bits > 0 ? [`    bit[${bits}] b;`] : []),
    ...sequence.frames.flatMap(({ id, frequency_hz, phase_rad }) => [
      `    set_frequency(${id}, ${real(frequency_hz)});`,
      `    set_phase(${id}, ${real(phase_rad)});`,
    ]),
    ...body.map((line) => `    ${line}`),
    "}",
  ];
}

/** Reads a batch of Braket programs back; see `parseBatch`. */
export function parseBraket(text: string): Sequence {
  return parseBatch(text, "entrain openpulse-braket", readProgram);
}

function readProgram(
  lines: readonly string[],
  batch: Batch,
): { shot: TimedShot; frequencies: Map<string, number> } {
  const input = new TokenReader(tokenize(lines.join("\n")));
  const frequencies = new Map<string, number>();
  const waveforms = new Map<string, { waveform: Waveform; amplitude: number }>();
  const body: SequenceOperation[] = [];
  const ticks = () => {
    const token = input.take();
    const value = (Number(/^([\d.e+-]+)ns$/.exec(token.text)?.[1]) * batch.clock_hz) / 1e9;
    if (token.kind !== "duration" || Number.isNaN(value))
      throw syntaxError(token, "a duration such as 40.0ns");
    return Math.abs(value - Math.round(value)) < 1e-6 ? Math.round(value) : value;
  };
  const known = <T>(items: ReadonlyMap<string, T> | undefined, what: string): [string, T | undefined] => {
    const place = input.next;
    const name = input.name();
    const found = items ? items.has(name) : batch.frames.some(({ id }) => id === name);
    if (!found) throw syntaxError(place, `a declared ${what}`);
    return [name, items?.get(name)];
  };
  const frame = () => known(undefined, "frame")[0];
  const frameList = () => {
    const frames = [frame()];
    while (input.accept(",")) frames.push(frame());
    input.expect(";");
    return frames;
  };
  const call = <T>(read: (id: string) => T): T => {
    input.expect("(");
    const id = frame();
    input.expect(",");
    const value = read(id);
    input.expect(")", ";");
    return value;
  };

  input.expect("OPENQASM");
  if (input.number() !== 3) throw syntaxError(input.next, "OPENQASM 3.0");
  input.expect(";", "cal", "{");
  while (input.accept("waveform")) {
    const id = input.name();
    input.expect("=");
    const place = input.next;
    const kind = input.name();
    input.expect("(");
    const duration_ticks = ticks();
    if (!Number.isInteger(duration_ticks) || duration_ticks < 1) throw syntaxError(place, "whole ticks");
    input.expect(",");
    if (kind === "constant") {
      waveforms.set(id, { waveform: { kind, duration_ticks }, amplitude: input.number() });
    } else if (kind === "gaussian") {
      const sigma_ticks = ticks();
      input.expect(",");
      waveforms.set(id, { waveform: { kind, duration_ticks, sigma_ticks }, amplitude: input.number() });
      input.expect(",", "false");
    } else throw syntaxError(place, "constant or gaussian");
    input.expect(")", ";");
  }
  if (input.accept("bit")) input.skipPast(";");
  let started = false;
  const first = new Map<string, number>();
  while (!input.accept("}")) {
    const place = input.next;
    const word = input.name();
    if (word === "set_frequency") {
      call((id) => {
        if (started || frequencies.has(id))
          throw syntaxError(place, "one set_frequency for each frame, at the top");
        frequencies.set(id, input.number());
      });
    } else if (word === "set_phase" || word === "shift_phase") {
      call((id) => {
        const phase_rad = input.number();
        // The phases at the top are the frames' own.
        if (!started && word === "set_phase" && !first.has(id)) first.set(id, phase_rad);
        else body.push({ kind: word, frame: id, phase_rad });
      });
    } else {
      if (word === "delay") {
        input.expect("[");
        const duration_ticks = ticks();
        input.expect("]");
        body.push({ kind: "delay", frames: frameList(), duration_ticks });
      } else if (word === "barrier") body.push({ kind: "barrier", frames: frameList() });
      else if (word === "play") {
        call((id) => {
          const [, shape] = known(waveforms, "waveform");
          body.push({ kind: "play", frame: id, ...shape! });
        });
      } else if (word === "b") {
        input.expect("[");
        input.integer();
        input.expect("]", "=", "capture_v0", "(");
        const id = frame();
        input.expect(")", ";");
        const capture_ns = batch.frames.find((candidate) => candidate.id === id)!.capture_ns ?? 0;
        body.push({
          kind: "capture",
          frame: id,
          duration_ticks: Math.round((capture_ns * batch.clock_hz) / 1e9),
        });
      } else throw syntaxError(place, "play, delay, barrier, set_phase, shift_phase or a capture");
      started = true;
    }
  }
  if (input.next.kind !== "end") throw syntaxError(input.next, "end of program");
  const frames = batch.frames.map(
    ({ id, port, frequency_hz }): Frame => ({
      id,
      port,
      frequency_hz: frequencies.get(id) ?? frequency_hz,
      phase_rad: first.get(id) ?? 0,
    }),
  );
  const single = { ...batch, frames, biases: [], axes: [], tables: {}, body };
  return { shot: timedShots(single)[0]!, frequencies };
}
