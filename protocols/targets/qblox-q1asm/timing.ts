import type { Point } from "#ir/driver";
import type { Sequence } from "#ir/sequence";
import type { Quantiser } from "../quantisation.ts";
import { type FrameEvent, scheduleOf } from "../schedule.ts";
import { limits } from "./limits.ts";
import type { FrameUse } from "./wiring.ts";

/** An amplitude in 16-bit steps, or its entry of a table of them. */
export type Code = number | { readonly table: string; readonly axis: string };

/** A signal or capture on the stack's grids: ns, 16-bit amplitudes, 1e-9 turn. */
export type GridEvent = {
  readonly frame: string;
  readonly start: number;
  readonly end: number;
  readonly reference: number;
  /** Phase of the frame at `reference`, 0 ≤ phase < 1e9. */
  readonly phase: number;
} & (
  | { readonly kind: "tone"; readonly code: Code }
  | { readonly kind: "gaussian"; readonly code: Code; readonly sigma_ns: number }
  | { readonly kind: "capture" }
);

export interface GridShot {
  readonly events: readonly GridEvent[];
  /** Of the whole shot, ns: a multiple of 4, at least 4 ns after the last thing that happens. */
  readonly duration: number;
}

/** Moves a shot at one point of the branched axes onto the stack's grids. */
export function gridShot(sequence: Sequence, point: Point, quantiser: Quantiser): GridShot {
  const { events, end } = scheduleOf(sequence, point);
  const perTick = limits.sample_rate_hz / sequence.clock_hz;
  const time = (ticks: number, where: string) => {
    const wanted = ticks * perTick;
    const ns = Math.round(wanted);
    quantiser.note(
      "time",
      "s",
      1 / limits.sample_rate_hz,
      where,
      wanted / limits.sample_rate_hz,
      ns / limits.sample_rate_hz,
    );
    return ns;
  };
  const grid = events.map((event): GridEvent => {
    const place = {
      frame: event.frame.id,
      start: time(event.start, event.frame.id),
      end: time(event.start + event.duration, event.frame.id),
      reference: time(event.reference, event.frame.id),
      phase: phaseSteps(event, quantiser),
    };
    if (event.kind === "capture") return { ...place, kind: "capture" };
    const { amplitude, waveform } = event;
    const code =
      typeof amplitude === "number" ? amplitudeCode(amplitude, event.frame.id, quantiser) : amplitude;
    return waveform.kind === "constant"
      ? { ...place, kind: "tone", code }
      : { ...place, kind: "gaussian", code, sigma_ns: waveform.sigma_ticks * perTick };
  });
  const finish = Math.round(end * perTick);
  const last = Math.max(0, ...grid.flatMap((e) => (e.kind === "tone" ? [e.start, e.end] : [e.start])));
  let duration = Math.ceil(finish / 4) * 4;
  if (duration - last < limits.min_wait_ns) duration = Math.ceil((last + limits.min_wait_ns) / 4) * 4;
  quantiser.note(
    "duration",
    "s",
    4 / limits.sample_rate_hz,
    "shot",
    (end * perTick) / limits.sample_rate_hz,
    duration / limits.sample_rate_hz,
  );
  return { events: grid, duration };
}

function phaseSteps(event: FrameEvent, quantiser: Quantiser): number {
  const turns = event.phase_rad / (2 * Math.PI);
  const steps = Math.round(turns * limits.phase_steps);
  quantiser.note("phase", "turn", 1 / limits.phase_steps, event.frame.id, turns, steps / limits.phase_steps);
  return ((steps % limits.phase_steps) + limits.phase_steps) % limits.phase_steps;
}

/** 16-bit step nearest to an amplitude; full scale itself is one step short. */
export function amplitudeCode(amplitude: number, where: string, quantiser: Quantiser): number {
  const code = Math.min(Math.round(amplitude * limits.full_scale), limits.full_scale - 1);
  quantiser.note(
    "amplitude",
    "full scale",
    1 / limits.full_scale,
    where,
    amplitude,
    code / limits.full_scale,
  );
  return code;
}

/** Every table in 16-bit steps. */
export function codeTables(sequence: Sequence, quantiser: Quantiser): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(sequence.tables).map(([name, values]) => [
      name,
      values.map((value) => amplitudeCode(value, name, quantiser)),
    ]),
  );
}

/** What is done with each frame that does anything. */
export function frameUses(shots: readonly GridShot[]): Map<string, FrameUse> {
  const uses = new Map<string, FrameUse>();
  for (const event of shots.flatMap((shot) => shot.events)) {
    const before = uses.get(event.frame);
    uses.set(event.frame, {
      plays: (before?.plays ?? false) || event.kind !== "capture",
      captures: (before?.captures ?? false) || event.kind === "capture",
      shaped: (before?.shaped ?? false) || event.kind === "gaussian",
      phased: (before?.phased ?? false) || event.reference !== 0 || event.phase !== 0,
    });
  }
  return uses;
}
