import { z } from "zod";
import { parseWith } from "#core/schema";
import type { Sequence } from "#ir/sequence";
import { Quantiser } from "../quantisation.ts";
import { type UnrolledSequence, unroll } from "../unroll.ts";

/** Nothing can be set yet: controllers and wiring stand in the platform that the laboratory completes. */
export const qibolabSettingsSchema = z.strictObject({}).describe("Settings of the target qibolab");

/** A sequence in Qibolab's terms, whether or not it has words for all of it. */
export interface QibolabPlan {
  readonly sequence: Sequence;
  readonly unrolled: UnrolledSequence;
  /** Captured frame → frame of the tone that it reads. */
  readonly probes: ReadonlyMap<string, string>;
  readonly assumptions: string[];
  readonly quantiser: Quantiser;
  /** Ticks → ns. */
  ns(ticks: number): number;
}

export function planQibolab(sequence: Sequence, settings: unknown): QibolabPlan {
  parseWith(qibolabSettingsSchema, settings ?? {}, "target.settings");
  const [first] = sequence.body;
  const origin = first?.kind === "reset" ? first.duration_ticks : 0;
  const unrolled = unroll(sequence, origin, () => true);
  const captured = new Set(
    unrolled.runs.flatMap(({ events }) => events.flatMap((e) => (e.kind === "capture" ? [e.frame] : []))),
  );
  const probes = new Map<string, string>();
  sequence.frames.forEach(({ id, frequency_hz }, k) => {
    if (!captured.has(id)) return;
    const tone = sequence.frames
      .slice(0, k)
      .findLast((frame) => frame.frequency_hz === frequency_hz && !captured.has(frame.id));
    if (tone) probes.set(id, tone.id);
  });
  return {
    sequence,
    unrolled,
    probes,
    quantiser: new Quantiser(),
    ns: (ticks) => (ticks * 1e9) / sequence.clock_hz,
    assumptions: [
      "The controllers and their connections are those of platform.py: qibolab's dummy, until the laboratory puts in its own.",
      "The passive wait at the beginning of a shot is the relaxation time; oscillators start with the sequence.",
      "Levels are assigned from integrated I and Q afterwards; qibolab's own discrimination knows two.",
      ...(sequence.biases.length > 0
        ? [
            "Static flux (`static_flux`, in flux quanta) is set by the laboratory's current sources before the run.",
          ]
        : []),
    ],
  };
}

/** `q0_f01` → `q0/f01`, the form of qibolab's channel names. */
export function channelOf(sequence: Sequence, frame: string): string {
  const cut = frame.lastIndexOf("_");
  const name = cut > 0 ? `${frame.slice(0, cut)}/${frame.slice(cut + 1)}` : frame;
  const twice = sequence.frames.some(({ id }) => id !== frame && id.replace(/_(?=[^_]*$)/, "/") === name);
  return twice ? frame : name;
}
