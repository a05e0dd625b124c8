import type { Estimates, Verdict } from "#ir/estimate";
import type { Plan } from "#ir/plan";
import type { RunManifest } from "#ir/run";

/** A manifest as it comes from the server; its states may be more than a kept run's. */
export type RunHead = Omit<RunManifest, "state"> & { readonly state: string };

export interface RunAnswer {
  readonly manifest: RunHead;
  readonly plan: Plan | null;
  readonly estimates: Estimates | null;
  readonly verdict: Verdict | null;
}

const finished: readonly string[] = ["judged", "failed", "cancelled"];

export function isFinished({ state }: Pick<RunHead, "state">): boolean {
  return finished.includes(state);
}

export const stateTexts: Readonly<Record<string, string>> = {
  planned: "planned",
  queued: "queued",
  running: "running",
  paused: "paused",
  collecting: "collecting",
  collected: "collected",
  analysed: "analysed",
  judged: "judged",
  failed: "failed",
  cancelled: "cancelled",
};

export function toneOfState(state: string) {
  if (state === "failed" || state === "cancelled") return "bad" as const;
  return state === "judged" ? ("note" as const) : ("busy" as const);
}
