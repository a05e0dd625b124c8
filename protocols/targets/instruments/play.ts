import { fullTurn } from "#core/units";
import type { Sequence } from "#ir/sequence";
import { sequenceOfShots, type TimedEvent, type TimedShot } from "../normal-form.ts";
import { type InstrumentProgram, readInstrumentProgram } from "./program.ts";
import type { ChainSetup } from "./sequence.ts";

/** A level of a digital output from this time on; time counts from the pseudoclock's first rising edge. */
export interface OutputEdge {
  readonly output: number;
  readonly level: 0 | 1;
  readonly time_ps: number;
}

/** Words in force at a synthesiser channel from this time on. */
export interface OutputWords {
  readonly channel: number;
  readonly ftw: number;
  readonly asf: number;
  readonly pow: number;
  readonly time_ps: number;
}

/** What comes out of the boards in one run. */
export interface Outputs {
  readonly edges: readonly OutputEdge[];
  readonly words: readonly OutputWords[];
}

/** Names of outputs when only the wiring of the laboratory knows what they are. */
export const outputName = (output: number): string => `output${output}`;
export const channelName = (channel: number): string => `channel${channel}`;

const perSecond_ps = 1e12;
const accumulator = 2n ** 32n;
const clock_hz = 1e9;
const perTick_ps = perSecond_ps / clock_hz;

/** The tables of one point, played on paper by the rules of the boards. */
export function playTables(
  { pulses, words, tones }: InstrumentProgram["points"][number],
  setup: ChainSetup,
): Outputs {
  const pulseTick_ps = perSecond_ps / setup.pulse_clock_hz;
  const rises: number[] = [];
  let at = 0;
  for (const [half, reps] of pulses) {
    // Pulses beyond the last row change nothing.
    for (let k = 0; k < reps && rises.length < tones.length; k++) {
      rises.push(at);
      at += 2 * half * pulseTick_ps;
    }
  }
  const edges: OutputEdge[] = [];
  let time_ps = setup.digital_delay_s * perSecond_ps;
  let before = 0;
  const change = (word: number) => {
    for (let output = 0; output < 16; output++) {
      if ((((word ^ before) >> output) & 1) === 0) continue;
      edges.push({ output, level: ((word >> output) & 1) as 0 | 1, time_ps });
    }
    before = word;
  };
  for (const [word, cycles] of words) {
    change(word);
    time_ps += (cycles * perSecond_ps) / setup.digital_clock_hz;
  }
  const updates = tones.slice(0, rises.length).flatMap((row, k) =>
    row.map(([ftw, asf, pow], channel) => ({
      channel,
      ...{ ftw, asf, pow },
      time_ps: rises[k]! + setup.tone_delay_s * perSecond_ps,
    })),
  );
  return { edges, words: updates };
}

/**
 * Signals that outputs stand for, in ticks of 1 ns. A synthesiser's accumulator only ever goes on; its phase word is added.
 *
 * @param system_hz - of the synthesiser
 */
export function signalsOfOutputs(
  { edges, words }: Outputs,
  system_hz: number,
): {
  readonly events: readonly TimedEvent[];
  readonly frames: ReadonlyMap<string, { port: string; frequency_hz: number }>;
  readonly end: number;
} {
  const frames = new Map<string, { port: string; frequency_hz: number }>();
  const frame = (port: string, frequency_hz: number) => {
    const id = `${port}@${frequency_hz}`;
    frames.set(id, { port, frequency_hz });
    return id;
  };
  const ticks = (time_ps: number) => Math.round(time_ps / perTick_ps);
  const play = (id: string, from: number, to: number, amplitude: number, phase_rad: number): TimedEvent => ({
    kind: "play",
    frame: id,
    start: from,
    reference: from,
    phase_rad,
    waveform: { kind: "constant", duration_ticks: to - from },
    amplitude,
  });
  const end = Math.max(0, ...[...edges, ...words].map(({ time_ps }) => ticks(time_ps))) + 1;
  const events: TimedEvent[] = [];
  for (const output of new Set(edges.map((edge) => edge.output))) {
    let since: number | null = null;
    const close = (at: number) => {
      if (since !== null && at > since) events.push(play(frame(outputName(output), 0), since, at, 1, 0));
      since = null;
    };
    for (const { level, time_ps } of edges.filter((edge) => edge.output === output)) {
      if (level === 1) since ??= ticks(time_ps);
      else close(ticks(time_ps));
    }
    close(end);
  }
  const systemTick_ps = perSecond_ps / system_hz;
  for (const channel of new Set(words.map((word) => word.channel))) {
    const updates = words.filter((word) => word.channel === channel);
    let phase = 0n;
    let open: { from: number; ftw: number; asf: number; pow: number; turns: number } | null = null;
    const close = (at: number) => {
      if (open !== null && open.asf > 0 && at > open.from) {
        const id = frame(channelName(channel), (open.ftw * system_hz) / 2 ** 32);
        events.push(play(id, open.from, at, open.asf / 1024, fullTurn * open.turns));
      }
      open = null;
    };
    updates.forEach(({ ftw, asf, pow, time_ps }, k) => {
      const before = updates[k - 1];
      if (before !== undefined) {
        const elapsed = BigInt(Math.round((time_ps - before.time_ps) / systemTick_ps));
        phase = (phase + BigInt(before.ftw) * elapsed) % accumulator;
        if (before.ftw === ftw && before.asf === asf && before.pow === pow) return;
      }
      close(ticks(time_ps));
      const turns = Number((phase + (BigInt(pow) << 18n)) % accumulator) / 2 ** 32;
      open = { from: ticks(time_ps), ftw, asf, pow, turns };
    });
    close(end);
  }
  return { events, frames, end };
}

/**
 * The signals on the boards' outputs, point by point: what a program's tables do, whatever the names in it say.
 *
 * @throws EntrainError as `readInstrumentProgram`
 */
export function sequenceOfInstruments(text: string): Sequence {
  const program = readInstrumentProgram(text);
  return sequenceOfPlayed(
    program,
    program.points.map((point) => playTables(point, program.setup)),
  );
}

/** The sequence of what came out of the boards, one entry a point. */
export function sequenceOfPlayed(
  program: Omit<InstrumentProgram, "points">,
  played: readonly Outputs[],
): Sequence {
  const frames = new Map<string, { port: string; frequency_hz: number }>();
  const shots = played.map((outputs): TimedShot => {
    const { events, frames: own, end } = signalsOfOutputs(outputs, program.setup.tone_system_hz);
    for (const [id, value] of own) frames.set(id, value);
    return { events, duration_ticks: end };
  });
  const gate = outputName(program.outputs.indexOf(program.gate));
  return sequenceOfShots(
    {
      device: program.device,
      clock_hz,
      shots: program.shots,
      ports: [
        ...program.channels.map((_, k) => channelName(k)),
        ...program.outputs.map((_, k) => outputName(k)),
      ],
      frames: [...frames].map(([id, { port, frequency_hz }]) => ({ id, port, frequency_hz, phase_rad: 0 })),
      biases: [],
      axes: program.axes.map(({ name, size }) => ({ name, size })),
      counting: program.sites.map(({ id, ...rest }) => ({ site: id, port: gate, ...rest })),
    },
    shots,
  );
}
