import type { Point } from "#ir/driver";
import type { Sequence } from "#ir/sequence";
import { sequenceOfShots, type TimedEvent, type TimedShot } from "../normal-form.ts";
import { Quantiser } from "../quantisation.ts";
import { pointsOf } from "../schedule.ts";
import { limits } from "./limits.ts";
import { codeTables, frameUses, type GridEvent, type GridShot, gridShot } from "./timing.ts";
import { gaussianSamples, shapeOfSamples } from "./waveforms.ts";
import { onNcoGrid } from "./wiring.ts";

/** Phase in rad, −π < φ ≤ π, of steps of 1e-9 turn. */
export function phaseOfSteps(steps: number): number {
  const reduced = ((steps % limits.phase_steps) + limits.phase_steps) % limits.phase_steps;
  const turns =
    (reduced > limits.phase_steps / 2 ? reduced - limits.phase_steps : reduced) / limits.phase_steps;
  return turns * 2 * Math.PI;
}

/**
 * The sequence that a Cluster plays for the given one: everything on its grids, barriers resolved, silent plays left
 * out, tones that run into one another without a change made one. `parseQ1asm(emitQ1asm(s).text)` equals it.
 */
export function normaliseForQ1asm(sequence: Sequence): Sequence {
  const quantiser = new Quantiser();
  const tables = codeTables(sequence, quantiser);
  const points = pointsOf(sequence.axes);
  const grid = points.map((point) => gridShot(sequence, point, quantiser));
  const used = frameUses(grid);
  return sequenceOfShots(
    {
      device: sequence.device,
      clock_hz: limits.sample_rate_hz,
      shots: sequence.shots,
      ports: sequence.ports,
      frames: sequence.frames.map((frame) => ({
        ...frame,
        frequency_hz: used.has(frame.id) ? onNcoGrid(frame.frequency_hz) : frame.frequency_hz,
        phase_rad: 0,
      })),
      biases: sequence.biases,
      axes: sequence.axes,
    },
    grid.map((shot, p) => timedShot(shot, points[p]!, tables)),
  );
}

function timedShot(
  shot: GridShot,
  point: Point,
  tables: Readonly<Record<string, readonly number[]>>,
): TimedShot {
  const codeOf = (event: Extract<GridEvent, { code: unknown }>) =>
    typeof event.code === "number" ? event.code : tables[event.code.table]![point[event.code.axis]!]!;
  const events: TimedEvent[] = [];
  const open = new Map<string, { event: GridEvent; at: number; code: number }>();
  for (const event of shot.events) {
    const place = {
      frame: event.frame,
      start: event.start,
      reference: event.reference,
      phase_rad: phaseOfSteps(event.phase),
    };
    const duration_ticks = event.end - event.start;
    if (event.kind === "capture") {
      events.push({ ...place, kind: "capture", duration_ticks });
      continue;
    }
    const code = codeOf(event);
    if (code === 0) continue;
    const amplitude = code / limits.full_scale;
    if (event.kind === "gaussian") {
      const shape = shapeOfSamples(gaussianSamples(duration_ticks, event.sigma_ns))!;
      events.push({ ...place, kind: "play", waveform: shape.waveform, amplitude: amplitude * shape.height });
      continue;
    }
    const before = open.get(event.frame);
    const continues =
      before !== undefined &&
      before.code === code &&
      before.event.end === event.start &&
      before.event.reference === event.reference &&
      before.event.phase === event.phase;
    const from = continues ? before.at : event.start;
    const tone = {
      ...place,
      start: from,
      kind: "play" as const,
      waveform: { kind: "constant" as const, duration_ticks: event.end - from },
      amplitude,
    };
    if (continues) events[events.findIndex((e) => e.frame === event.frame && e.start === from)] = tone;
    else events.push(tone);
    open.set(event.frame, { event, at: from, code });
  }
  return { events, duration_ticks: shot.duration };
}
