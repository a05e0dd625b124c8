import type { Finding } from "#ir/finding";
import type { Program, ProgramFile } from "#ir/program";
import type { Sequence, Waveform } from "#ir/sequence";
import { amplitudeFindings, finding } from "../findings.ts";
import type { TimedEvent, TimedShot } from "../normal-form.ts";
import { pointsOf } from "../schedule.ts";
import { refuseErrors } from "../target.ts";
import { atOrigin, timedShots } from "../unroll.ts";
import { type Batch, batchFiles, batchHead, batchProgram, parseBatch, real } from "./dialect.ts";
import { loaderText } from "./laboneq-loader.ts";
import { syntaxError, TokenReader, tokenize } from "./syntax.ts";

type Play = Extract<TimedEvent, { kind: "play" }>;

/** The element that a frame belongs to: `q0` of `q0_f01`, `q0__q1` of `q0__q1_j`. */
function elementOf(frame: string): string {
  return frame.replace(/_[^_]*$/, "");
}

/** The tone of a shot that a capture reads: at the same frequency, begun with it, on another frame of the element. */
function toneOf(sequence: Sequence, shot: TimedShot, capture: TimedEvent): Play | undefined {
  const frequency = (id: string) => sequence.frames.find((frame) => frame.id === id)!.frequency_hz;
  return shot.events.find(
    (event): event is Play =>
      event.kind === "play" &&
      event.start === capture.start &&
      elementOf(event.frame) === elementOf(capture.frame) &&
      frequency(event.frame) === frequency(capture.frame),
  );
}

/** Everything about a sequence that LabOne Q's importer has no words for. */
export function checkLabOneQ(sequence: Sequence): Finding[] {
  const out = amplitudeFindings(sequence);
  const problem = (message: string, help: string, where: string[]) =>
    out.push(finding("C07", "error", message, { help, where }));
  const shots = timedShots(sequence);
  const tones = new Map<string, string>();
  for (const shot of shots) {
    const captures = shot.events.filter((event) => event.kind === "capture");
    const elements = captures.map((capture) => elementOf(capture.frame));
    const twice = elements.find((element, k) => elements.indexOf(element) !== k);
    if (twice !== undefined) {
      problem(`${twice} is read out twice in a shot; a program measures a qubit once.`, "Capture once.", [
        twice,
      ]);
    }
    for (const capture of captures) {
      const tone = toneOf(sequence, shot, capture);
      const readout = JSON.stringify([tone?.amplitude, tone?.waveform, { ...capture, start: 0 }]);
      const together =
        tone?.waveform.kind === "constant" &&
        capture.kind === "capture" &&
        tone.waveform.duration_ticks === capture.duration_ticks;
      if (!together || (tones.get(capture.frame) ?? readout) !== readout) {
        problem(
          `${capture.frame} has no constant tone at its frequency that lasts as long as it does and is the same in every program; \`measure\` is the laboratory's one read-out.`,
          "Start tone and capture together, at one amplitude.",
          [capture.frame],
        );
      }
      tones.set(capture.frame, readout);
      const element = elementOf(capture.frame);
      const others = sequence.frames.filter(
        ({ id }) => elementOf(id) === element && id !== capture.frame && id !== tone?.frame,
      );
      const late = shot.events.find(
        (event) =>
          event.kind === "play" &&
          event !== tone &&
          elementOf(event.frame) === element &&
          event.start + event.waveform.duration_ticks > capture.start,
      );
      if (others.length === 0) {
        problem(
          `${element} has no signal beside its read-out; the importer times \`measure\` by the others.`,
          "Give it a drive frame.",
          [capture.frame],
        );
      } else if (late) {
        problem(
          `${late.frame} still plays when ${capture.frame} begins; \`measure\` waits for all signals of ${element}.`,
          "End everything before the read-out.",
          [late.frame],
        );
      }
    }
    if (out.length > 0) break;
  }
  return out;
}

/**
 * Writes a sequence for LabOne Q's OpenQASM importer (26.7): one program for each point, without loops over tables; a port
 * and an oscillator for each frame; waveforms handed in by name; phases as complex amplitudes, because the importer
 * knows none; read-out by `measure`.
 *
 * @throws EntrainError `target.unsupported` with everything that the importer cannot read
 */
export function emitLabOneQ(sequence: Sequence): Program {
  refuseErrors("openpulse-laboneq", checkLabOneQ(sequence));
  const shots = atOrigin(sequence, timedShots(sequence), 0);
  const points = pointsOf(sequence.axes);
  const [first] = shots;
  return batchProgram("openpulse-laboneq", {
    format: "entrain openpulse-laboneq",
    ...batchHead(sequence),
    assumptions: [
      "Every frame has a signal of its own with a hardware oscillator at the frequency of its `newframe`, set by the laboratory's calibration and reset when a shot begins.",
      "`measure` is the laboratory's read-out: the tone and length written beside the programs.",
      "Waveforms are handed in by name (constant_…ns, gaussian_…ns_sigma_…ns); load.py makes them.",
    ],
    frames: sequence.frames.map(({ id, port, frequency_hz }) => {
      const capture = first?.events.find((event) => event.kind === "capture" && event.frame === id);
      if (capture?.kind !== "capture") return { id, port, frequency_hz };
      const { frame, amplitude } = toneOf(sequence, first!, capture)!;
      const capture_ns = (capture.duration_ticks * 1e9) / sequence.clock_hz;
      return { id, port, frequency_hz, capture_ns, tone: { frame, amplitude } };
    }),
    programs: points.map((at, p) => ({ at: { ...at }, text: programLines(sequence, shots[p]!) })),
  });
}

function waveformName(waveform: Waveform, ns: (ticks: number) => number): string {
  const text = (value: number) => String(value).replace(".", "p");
  return waveform.kind === "constant"
    ? `constant_${text(ns(waveform.duration_ticks))}ns`
    : `gaussian_${text(ns(waveform.duration_ticks))}ns_sigma_${text(ns(waveform.sigma_ticks))}ns`;
}

function programLines(sequence: Sequence, shot: TimedShot): string[] {
  const ns = (ticks: number) => (ticks * 1e9) / sequence.clock_hz;
  const captures = shot.events.filter((event) => event.kind === "capture");
  const probes = new Set(captures.map((capture) => toneOf(sequence, shot, capture)!));
  const plays = shot.events.filter((event): event is Play => event.kind === "play" && !probes.has(event));
  const timed = captures.map((capture) => timingFrame(sequence, shot, capture));
  const used = sequence.frames.filter(
    ({ id }) => timed.includes(id) || plays.some((play) => play.frame === id),
  );
  const body: string[] = [];
  const clocks = new Map<string, number>();
  const wait = (frame: string, until: number) => {
    const clock = clocks.get(frame) ?? 0;
    if (until > clock) body.push(`delay[${real(ns(until - clock))}ns] ${frame};`);
    clocks.set(frame, Math.max(until, clock));
  };
  for (const { id } of used) {
    for (const play of plays.filter(({ frame }) => frame === id).toSorted((a, b) => a.start - b.start)) {
      wait(id, play.start);
      body.push(`play(${id}, scale(${complex(play)}, ${waveformName(play.waveform, ns)}));`);
      clocks.set(id, play.start + play.waveform.duration_ticks);
    }
  }
  const measured: string[] = [];
  for (const capture of captures) {
    const element = elementOf(capture.frame);
    wait(timingFrame(sequence, shot, capture), capture.start);
    measured.push(`barrier ${element};`, `b_${element} = measure ${element};`);
  }
  const elements = captures.map(({ frame }) => elementOf(frame));
  return [
    "OPENQASM 3.0;",
    'defcalgrammar "openpulse";',
    ...elements.flatMap((element) => [`qubit ${element};`, `bit b_${element};`]),
    "cal {",
    ...used.map(({ id }) => `    port ${id}_port;`),
    ...used.map(
      ({ id, frequency_hz }) => `    frame ${id} = newframe(${id}_port, ${real(frequency_hz)}, 0.0);`,
    ),
    ...body.map((line) => `    ${line}`),
    "}",
    ...measured,
  ];
}

/** The frame whose delays put a read-out in its place: the first of the element beside the read-out's own. */
function timingFrame(sequence: Sequence, shot: TimedShot, capture: TimedEvent): string {
  const tone = toneOf(sequence, shot, capture);
  return sequence.frames.find(
    ({ id }) => elementOf(id) === elementOf(capture.frame) && id !== capture.frame && id !== tone?.frame,
  )!.id;
}

/** Amplitude and phase as one number. */
function complex({ amplitude, phase_rad }: Play): string {
  if (phase_rad === 0) return real(amplitude);
  const imaginary = amplitude * Math.sin(phase_rad);
  const sign = imaginary < 0 || Object.is(imaginary, -0) ? "-" : "+";
  return `${real(amplitude * Math.cos(phase_rad))} ${sign} ${real(Math.abs(imaginary))}im`;
}

/** Programs by point, and a loader that makes an experiment of them. */
export function labOneQFiles(program: Program): ProgramFile[] {
  return [...batchFiles(program), { name: "load.py", text: loaderText }];
}

/** Reads a batch of LabOne Q programs back; see `parseBatch`. */
export function parseLabOneQ(text: string): Sequence {
  return parseBatch(text, "entrain openpulse-laboneq", readProgram);
}

function readProgram(
  lines: readonly string[],
  batch: Batch,
): { shot: TimedShot; frequencies: Map<string, number> } {
  const input = new TokenReader(tokenize(lines.join("\n")));
  const frequencies = new Map<string, number>();
  const events: TimedEvent[] = [];
  const clocks = new Map<string, number>();
  const toTicks = (ns: number) => {
    const value = (ns * batch.clock_hz) / 1e9;
    return Math.abs(value - Math.round(value)) < 1e-6 ? Math.round(value) : value;
  };
  const declared = (): string => {
    const place = input.next;
    const id = input.name();
    if (!frequencies.has(id)) throw syntaxError(place, "a declared frame");
    return id;
  };
  input.expect("OPENQASM");
  if (input.number() !== 3) throw syntaxError(input.next, "OPENQASM 3.0");
  input.expect(";", "defcalgrammar");
  if (input.take().text !== '"openpulse"') throw syntaxError(input.next, '"openpulse"');
  input.expect(";");
  while (input.is("qubit") || input.is("bit")) input.skipPast(";");
  input.expect("cal", "{");
  const ports = new Set<string>();
  while (input.accept("port")) {
    ports.add(input.name());
    input.expect(";");
  }
  while (input.accept("frame")) {
    const place = input.next;
    const id = input.name();
    if (!batch.frames.some((frame) => frame.id === id)) throw syntaxError(place, "a frame of the batch");
    input.expect("=", "newframe", "(");
    const port = input.next;
    if (!ports.has(input.name())) throw syntaxError(port, "a declared port");
    input.expect(",");
    frequencies.set(id, input.number());
    input.expect(",");
    if (input.number() !== 0) throw syntaxError(place, "a frame of phase 0.0");
    input.expect(")", ";");
  }
  while (!input.accept("}")) {
    const place = input.next;
    const word = input.name();
    if (word === "delay") {
      input.expect("[");
      const token = input.take();
      const ns = Number(/^([\d.e+-]+)ns$/.exec(token.text)?.[1]);
      if (token.kind !== "duration" || Number.isNaN(ns))
        throw syntaxError(token, "a duration such as 40.0ns");
      input.expect("]");
      const id = declared();
      input.expect(";");
      clocks.set(id, (clocks.get(id) ?? 0) + toTicks(ns));
    } else if (word === "play") {
      input.expect("(");
      const frame = declared();
      input.expect(",", "scale", "(");
      const { amplitude, phase_rad } = readComplex(input);
      input.expect(",");
      const waveform = readWaveform(input, toTicks);
      input.expect(")", ")", ";");
      const start = clocks.get(frame) ?? 0;
      events.push({ kind: "play", frame, start, reference: 0, phase_rad, waveform, amplitude });
      clocks.set(frame, start + waveform.duration_ticks);
    } else throw syntaxError(place, "play or delay");
  }
  let end = Math.max(0, ...clocks.values());
  while (input.accept("barrier")) {
    const place = input.next;
    const element = input.name();
    input.expect(";");
    const bit = input.name();
    input.expect("=", "measure", element, ";");
    const frame = batch.frames.find(({ id, tone }) => tone !== undefined && elementOf(id) === element);
    if (bit !== `b_${element}` || !frame?.tone) throw syntaxError(place, "a qubit of the batch");
    // The barrier waits for every signal of the qubit.
    const own = [...clocks].filter(([id]) => elementOf(id) === element).map(([, clock]) => clock);
    const start = Math.max(0, ...own);
    const duration_ticks = toTicks(frame.capture_ns ?? 0);
    const { frame: tone, amplitude } = frame.tone;
    const waveform = { kind: "constant" as const, duration_ticks };
    events.push(
      { kind: "play", frame: tone, start, reference: 0, phase_rad: 0, waveform, amplitude },
      { kind: "capture", frame: frame.id, start, reference: 0, phase_rad: 0, duration_ticks },
    );
    end = Math.max(end, start + duration_ticks);
  }
  if (input.next.kind !== "end") throw syntaxError(input.next, "end of program");
  return { shot: { events, duration_ticks: end }, frequencies };
}

function readComplex(input: TokenReader): { amplitude: number; phase_rad: number } {
  const first = input.number();
  const sign = input.accept("+") ? 1 : input.accept("-") ? -1 : 0;
  if (sign === 0) return { amplitude: first, phase_rad: 0 };
  const imaginary = sign * input.number();
  input.expect("im");
  return { amplitude: Math.hypot(first, imaginary), phase_rad: Math.atan2(imaginary, first) };
}

function readWaveform(input: TokenReader, toTicks: (ns: number) => number): Waveform {
  const place = input.next;
  const match = /^(constant|gaussian)_([\dp]+)ns(?:_sigma_([\dp]+)ns)?$/.exec(input.name());
  const number = (text: string | undefined) => toTicks(Number(text?.replace("p", ".")));
  if (!match || (match[1] === "gaussian") !== (match[3] !== undefined)) {
    throw syntaxError(place, "constant_…ns or gaussian_…ns_sigma_…ns");
  }
  const duration_ticks = number(match[2]);
  if (!Number.isInteger(duration_ticks) || duration_ticks < 1) throw syntaxError(place, "whole ticks");
  return match[1] === "constant"
    ? { kind: "constant", duration_ticks }
    : { kind: "gaussian", duration_ticks, sigma_ticks: number(match[3]) };
}
