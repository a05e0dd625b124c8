import { fullTurn } from "#core/units";
import { channelName, outputName } from "#protocols/targets/instruments/play";
import { counterPort, linePorts, siteIds, type ToneRole, tonePorts } from "../../ion-chain/control/ports.ts";
import type { IonProfile } from "../../ion-chain/schema.ts";
import type { Timeline } from "./timeline.ts";

/** A tone that reaches the trap: Re[amplitude·e^{i(phase + 2πf(t − start))}]. */
export interface IonTone {
  readonly port: ToneRole;
  /** The ion that it reaches; null for all. */
  readonly ion: number | null;
  readonly frequency_hz: number;
  readonly amplitude: number;
  readonly phase_rad: number;
  readonly start_s: number;
  readonly end_s: number;
}

export interface Interval {
  readonly start_s: number;
  readonly end_s: number;
}

/** What a trap is subjected to in one shot. */
export interface IonShot {
  readonly tones: readonly IonTone[];
  /** Digital lines by their function, while high. */
  readonly lines: ReadonlyMap<string, readonly Interval[]>;
  /** Counting windows of every ion, in their order. */
  readonly windows: readonly (readonly Interval[])[];
}

/**
 * The signals of a program at a trap. Ports are devices that bear the names of their functions (ARTIQ), or outputs and
 * channels by number, whose wiring the profile knows; then the detection line gates all counters.
 */
export function ionShotOf(
  profile: IonProfile,
  timeline: Timeline,
  clock_hz: number,
  notes: Set<string>,
): IonShot {
  const lineNames = linePorts(profile);
  const tonesOf = new Map(
    tonePorts(profile).flatMap((port, k) => [[port.id, port] as const, [channelName(k), port] as const]),
  );
  const linesOf = new Map(
    lineNames.flatMap((name, k) => [[name, name] as const, [outputName(k), name] as const]),
  );
  const tones: IonTone[] = [];
  const lines = new Map<string, Interval[]>();
  for (const signal of timeline.signals) {
    const tone = tonesOf.get(signal.port);
    const line = linesOf.get(signal.port);
    const start_s = signal.start / clock_hz;
    const end_s = (signal.start + signal.waveform.duration_ticks) / clock_hz;
    if (line !== undefined) {
      if (signal.amplitude !== 0) lines.set(line, [...(lines.get(line) ?? []), { start_s, end_s }]);
    } else if (tone !== undefined) {
      const phase = signal.phase_rad / fullTurn;
      tones.push({
        port: tone.role,
        ion: tone.ion,
        frequency_hz: signal.frequency_hz,
        amplitude: signal.amplitude,
        phase_rad: fullTurn * (phase - Math.floor(phase)),
        start_s,
        end_s,
      });
    } else notes.add(`${signal.port} is wired to nothing`);
  }
  const gates = (lines.get("detect") ?? []).toSorted((a, b) => a.start_s - b.start_s);
  const windows = siteIds(profile).map((site) => {
    const own = timeline.captures
      .filter(({ port }) => port === counterPort(site))
      .map(({ start, duration }) => ({ start_s: start / clock_hz, end_s: (start + duration) / clock_hz }))
      .toSorted((a, b) => a.start_s - b.start_s);
    return timeline.captures.length === 0 ? gates : own;
  });
  return { tones, lines, windows };
}

export function isHigh(shot: IonShot, line: string, time_s: number): boolean {
  return (shot.lines.get(line) ?? []).some(({ start_s, end_s }) => start_s <= time_s && time_s < end_s);
}
