import { EntrainError, invalidInput } from "#core/errors";
import type { RunManifest } from "#ir/run";
import { filterRuns, type RunFilter } from "./run-filter.ts";
import { runNumber } from "./run-id.ts";
import type { DamagedRun, RunStore } from "./run-store.ts";

export interface RunListing {
  /** Newest first. */
  readonly runs: readonly RunManifest[];
  /** Runs whose manifest cannot be read. */
  readonly damaged: readonly DamagedRun[];
  /** Where the answer comes from; both give the same one. */
  readonly source: "index" | "folders";
  /** Why the index was not used; empty when it was. */
  readonly note: string;
}

/**
 * Lists runs from the search index, brought up to date first. While another process has the index, or when it is
 * broken, reads the run folders instead and says so.
 *
 * @param options.rebuild - make the index anew
 * @param options.url - PostgreSQL server that has the index
 * @param options.index - false reads the folders straight away, which is quicker for a few hundred runs
 */
export async function listRuns(
  store: RunStore,
  filter: RunFilter = {},
  options: { rebuild?: boolean; index?: boolean; url?: string | undefined } = {},
): Promise<RunListing> {
  if (options.index === false) return fromFolders(store, filter, "");
  try {
    // The database is a heavy import that nothing else needs.
    const { RunIndex } = await import("./run-index.ts");
    const index = await RunIndex.open(store, { rebuild: options.rebuild ?? false, url: options.url });
    try {
      const { damaged } = await index.sync();
      return { runs: await index.list(filter), damaged, source: "index", note: "" };
    } finally {
      await index.close();
    }
  } catch (error) {
    if (error instanceof EntrainError && error.kind === "internal") throw error;
    return fromFolders(store, filter, error instanceof Error ? error.message : String(error));
  }
}

export interface RunPage {
  /** Newest first. */
  readonly runs: readonly RunManifest[];
  readonly damaged: readonly DamagedRun[];
  /** The run to name as `before` for the next page; null on the last. */
  readonly next: string | null;
}

/**
 * A page of runs from the folders, newest first; reads no more manifests than it needs.
 *
 * @param before - only runs older than this one, by id
 * @throws EntrainError `input.invalid` for a `before` that is no id
 */
export function pageOfRuns(store: RunStore, filter: RunFilter, limit: number, before?: string): RunPage {
  const end = before === undefined ? Number.POSITIVE_INFINITY : runNumber(before);
  if (end === null) {
    throw invalidInput({
      path: "before",
      message: "no id of a run",
      found: before,
      expected: "e.g. run-000012",
    });
  }
  const runs: RunManifest[] = [];
  const damaged: DamagedRun[] = [];
  for (const id of store.ids().toReversed()) {
    if (runNumber(id)! >= end) continue;
    if (runs.length === limit) return { runs, damaged, next: runs.at(-1)!.id };
    try {
      runs.push(...filterRuns([store.manifest(id)], filter));
    } catch (error) {
      if (error instanceof EntrainError && error.code === "store.no_run") continue;
      damaged.push({ id, message: (error as Error).message });
    }
  }
  return { runs, damaged, next: null };
}

function fromFolders(store: RunStore, filter: RunFilter, note: string): RunListing {
  const { runs, damaged } = store.list();
  return { runs: filterRuns(runs, filter), damaged, source: "folders", note };
}
