import type { Finding } from "#ir/finding";
import type { Sequence } from "#ir/sequence";
import { amplitudeFindings, finding } from "../findings.ts";
import { planQibolab, type QibolabPlan } from "./plan.ts";

/**
 * Everything about a sequence that Qibolab has no words for. The limits of the controllers behind a platform (bands,
 * memory, spacing) are theirs: qibolab's drivers check them when the experiment is run.
 */
export function checkQibolab(sequence: Sequence, settings?: unknown): Finding[] {
  return checkQibolabPlan(planQibolab(sequence, settings));
}

export function checkQibolabPlan(plan: QibolabPlan): Finding[] {
  const { sequence, unrolled, probes } = plan;
  const out: Finding[] = amplitudeFindings(sequence);
  const problem = (message: string, help: string, where: string[] = []) =>
    out.push(finding("C07", "error", message, { help, where }));
  const relaxation = plan.ns(unrolled.origin);
  if (!Number.isInteger(relaxation)) {
    problem(
      `The passive wait is ${relaxation} ns; qibolab's relaxation time is whole ns.`,
      "Round the reset duration to 1 ns.",
    );
  }
  const early = unrolled.runs.flatMap(({ events }) => events).find((event) => event.start < unrolled.origin);
  if (early) {
    problem(
      `${early.frame} does something during the passive wait.`,
      "Begin the sequence with the passive wait.",
      [early.frame],
    );
  }
  const probing = new Set(probes.values());
  for (const { events } of unrolled.runs) {
    for (const event of events) {
      if (event.kind === "capture") {
        const probe = events.find(
          (other) => other.frame === probes.get(event.frame) && other.start === event.start,
        );
        if (probe?.kind === "play" && typeof probe.amplitude === "number") continue;
        problem(
          `${event.frame} captures without a tone at its frequency that starts with it; qibolab's readout is both.`,
          "Start tone and capture together, at a fixed amplitude.",
          [event.frame],
        );
      } else if (probing.has(event.frame)) {
        const read = events.some(
          (other) =>
            other.kind === "capture" &&
            probes.get(other.frame) === event.frame &&
            other.start === event.start,
        );
        if (!read)
          problem(
            `${event.frame} plays without being read; qibolab plays probes with a readout only.`,
            "Capture with every tone of a readout line.",
            [event.frame],
          );
      } else if (
        event.phase_rad !== 0 &&
        sequence.frames.find(({ id }) => id === event.frame)!.frequency_hz === 0
      ) {
        problem(
          `${event.frame} has a phase at 0 Hz; qibolab's flux channels have none.`,
          "Put the phase into the amplitude's sign.",
          [event.frame],
        );
      }
    }
    if (out.length > 0) break;
  }
  return out;
}
