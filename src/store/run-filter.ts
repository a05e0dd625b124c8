import type { RunManifest, RunState } from "#ir/run";

/** Which runs to list; what is left out does not restrict. */
export interface RunFilter {
  /** Occurs in the title, letter case aside. */
  readonly title?: string;
  /** `null` asks for runs that have no verdict. */
  readonly outcome?: RunManifest["outcome"];
  readonly state?: RunState;
  /** Created at or after this moment. */
  readonly since?: Date;
  /** The newest so many. */
  readonly limit?: number;
}

/** The manifests that a filter lets through; they must come newest first, and stay so. */
export function filterRuns(runs: readonly RunManifest[], filter: RunFilter): RunManifest[] {
  const title = filter.title?.toLowerCase();
  const { outcome, state, since, limit } = filter;
  const chosen = runs.filter(
    (run) =>
      (title === undefined || run.title.toLowerCase().includes(title)) &&
      (outcome === undefined || run.outcome === outcome) &&
      (state === undefined || run.state === state) &&
      (since === undefined || Date.parse(run.created_at) >= since.getTime()),
  );
  return chosen.slice(0, limit ?? chosen.length);
}
