import { limits } from "./limits.ts";
import type { Code, GridShot } from "./timing.ts";
import type { SequencerSlot } from "./wiring.ts";

/** One real-time instruction with what is latched by it, and the time to the next one. */
export interface Step {
  readonly reset: boolean;
  readonly phase: number | null;
  readonly gain: Code | null;
  readonly offset: Code | null;
  readonly operation: "upd_param" | { readonly play: string } | { readonly acquire: number };
  /** ns */
  readonly wait: number;
}

/** Two things that one sequencer would have to do closer together than it can. */
export interface Crowding {
  readonly sequencer: string;
  readonly at: number;
  readonly gap: number;
}

/** Name of a Gaussian in a sequencer's waveform table. */
export function gaussianName(duration_ns: number, sigma_ns: number): string {
  return `gaussian_${duration_ns}ns_sigma_${sigma_ns}ns`;
}

/** Phase offset that gives a frame reset at `reference` the wanted phase, the local oscillator having run since 0. */
export function ncoPhase(phase: number, lo_hz: number, reference: number): number {
  const turned = Number((BigInt(Math.round(lo_hz)) * BigInt(reference)) % BigInt(limits.phase_steps));
  return (((phase - turned) % limits.phase_steps) + limits.phase_steps) % limits.phase_steps;
}

/** What one sequencer does in a shot; `crowded` collects what it cannot. */
export function stepsOf(slot: SequencerSlot, shot: GridShot, crowded: Crowding[]): Step[] {
  type Action = { -readonly [K in keyof Omit<Step, "wait">]: Step[K] };
  const actions = new Map<number, Action>();
  const at = (time: number): Action => {
    const known = actions.get(time);
    if (known) return known;
    const action: Action = { reset: false, phase: null, gain: null, offset: null, operation: "upd_param" };
    actions.set(time, action);
    return action;
  };
  const operate = (time: number, operation: Step["operation"]) => {
    if (at(time).operation !== "upd_param") crowded.push({ sequencer: slot.name, at: time, gap: 0 });
    at(time).operation = operation;
  };
  at(0).reset = true;
  let reference = 0;
  let phase = 0;
  let captures = 0;
  const events = shot.events
    .filter(({ frame }) => frame === slot.plays || frame === slot.captures)
    .toSorted((a, b) => a.start - b.start);
  for (const event of events) {
    if (event.reference !== reference) {
      at(event.reference).reset = true;
      reference = event.reference;
      phase = 0;
    }
    const wanted = ncoPhase(event.phase, slot.lo_hz, reference);
    if (wanted !== phase) at(event.start).phase = phase = wanted;
    switch (event.kind) {
      case "tone":
        at(event.start).offset = event.code;
        at(event.end).offset ??= 0;
        break;
      case "gaussian":
        at(event.start).gain = event.code;
        operate(event.start, { play: gaussianName(event.end - event.start, event.sigma_ns) });
        break;
      case "capture":
        operate(event.start, { acquire: captures++ });
        break;
    }
  }
  const times = [...actions.keys()].toSorted((a, b) => a - b);
  return times.map((time, k) => {
    const wait = (times[k + 1] ?? shot.duration) - time;
    if (wait < limits.min_wait_ns) crowded.push({ sequencer: slot.name, at: time, gap: wait });
    return { ...actions.get(time)!, wait };
  });
}
