import { fullTurn } from "#core/units";
import type { Sequence, SequenceAxis } from "#ir/sequence";
import { sequenceOfShots, type TimedEvent } from "../normal-form.ts";
import { portKinds, shotSignals } from "../signals.ts";
import { parseArtiq } from "./emit.ts";
import type { ArtiqSequence } from "./sequence.ts";

/** Channels of one Urukul. */
const channelsPerBus = 4;

/**
 * A trapped-ion sequence as an ARTIQ crate plays it. Devices are named as ports are: a crate's device database gives them
 * those names as aliases, four tones to an Urukul.
 *
 * @throws EntrainError `target.unsupported` for what a crate cannot play
 */
export function artiqOfSequence(sequence: Sequence): ArtiqSequence {
  const { tones, lines, counters } = portKinds(sequence);
  const siteOf = new Map(sequence.counting?.map(({ port, site }) => [port, site]));
  return {
    device: sequence.device,
    shots: sequence.shots,
    dds: tones.map((name, k) => ({
      name,
      bus: `urukul${Math.floor(k / channelsPerBus)}_cpld`,
      sysclk_hz: 1e9,
      attenuation_db: 0,
    })),
    ttl: lines.map((name) => ({ name, safe: false })),
    counters: [...counters],
    sites: (sequence.counting ?? []).map(({ site, threshold, bright_levels, dark_level }) => ({
      id: site,
      threshold,
      bright_level: bright_levels[0]!,
      later_bright_levels: bright_levels.slice(1),
      dark_level,
    })),
    axes: sequence.axes.map(({ name, size }) => ({ name, size })),
    points: shotSignals(sequence).map(({ at, duration_s, tones: played, lines: levels, windows }) => ({
      at: { ...at },
      duration_s,
      tones: played.map(({ port, frequency_hz, amplitude, phase_turns, start_s, duration_s: length_s }) => ({
        channel: port,
        frequency_hz,
        amplitude,
        phase_turns,
        start_s,
        duration_s: length_s,
      })),
      edges: levels
        .flatMap(({ port, start_s, duration_s: length_s }) => [
          { channel: port, time_s: start_s, level: true },
          { channel: port, time_s: start_s + length_s, level: false },
        ])
        .toSorted((a, b) => a.time_s - b.time_s),
      detections: windows.map(({ port, start_s, duration_s: length_s }) => ({
        site: siteOf.get(port)!,
        counter: port,
        start_s,
        duration_s: length_s,
      })),
    })),
  };
}

/** Signals of a program on its devices, in the crate's ticks: what a machine that plays it does. */
export function sequenceOfArtiq(text: string): Sequence {
  const program = parseArtiq(text);
  const clock_hz = 1e9;
  const ticks = (time_s: number) => Math.round(time_s * clock_hz);
  const frames = new Map<string, { port: string; frequency_hz: number }>();
  const frame = (port: string, frequency_hz: number) => {
    const id = `${port}@${frequency_hz}`;
    frames.set(id, { port, frequency_hz });
    return id;
  };
  const shots = program.points.map((point) => {
    const events: TimedEvent[] = point.tones.map((tone) => ({
      kind: "play",
      frame: frame(tone.channel, tone.frequency_hz),
      start: ticks(tone.start_s),
      // Phases are counted from the start of the shot.
      reference: 0,
      phase_rad: fullTurn * tone.phase_turns,
      waveform: { kind: "constant", duration_ticks: ticks(tone.duration_s) },
      amplitude: tone.amplitude,
    }));
    for (const { name } of program.ttl) {
      let since: number | null = null;
      for (const edge of point.edges.filter(({ channel }) => channel === name)) {
        const at = ticks(edge.time_s);
        if (edge.level) since ??= at;
        else if (since !== null) {
          events.push(levelEvent(frame(name, 0), since, at));
          since = null;
        }
      }
      if (since !== null) events.push(levelEvent(frame(name, 0), since, ticks(point.duration_s)));
    }
    for (const { counter, start_s, duration_s } of point.detections) {
      const id = frame(counter, 0);
      const duration_ticks = ticks(duration_s);
      events.push({
        kind: "capture",
        frame: id,
        start: ticks(start_s),
        reference: 0,
        phase_rad: 0,
        duration_ticks,
      });
    }
    return { events, duration_ticks: ticks(point.duration_s) };
  });
  const axes: SequenceAxis[] = program.axes.map(({ name, size }) => ({ name, size }));
  return sequenceOfShots(
    {
      device: program.device,
      clock_hz,
      shots: program.shots,
      ports: [
        ...program.dds.map(({ name }) => name),
        ...program.ttl.map(({ name }) => name),
        ...program.counters,
      ],
      frames: [...frames].map(([id, { port, frequency_hz }]) => ({ id, port, frequency_hz, phase_rad: 0 })),
      biases: [],
      axes,
      counting: program.sites.map(({ id, threshold, bright_level, later_bright_levels, dark_level }, s) => ({
        site: id,
        port: program.counters[s] ?? "",
        threshold,
        bright_levels: [bright_level, ...(later_bright_levels ?? [])],
        dark_level,
      })),
    },
    shots,
  );
}

function levelEvent(frame: string, from: number, to: number): TimedEvent {
  const waveform = { kind: "constant", duration_ticks: to - from } as const;
  return { kind: "play", frame, start: from, reference: 0, phase_rad: 0, waveform, amplitude: 1 };
}
