import { type Derived, deriveQuantities } from "#analysis/derived";
import { estimate } from "#analysis/estimate";
import { countRun, streamRecords } from "#store/data-files/run-records";
import type { RunStore } from "#store/run-store";

/**
 * States, pair correlations and rotation frequencies of a kept run.
 *
 * @throws EntrainError `data.incomplete` for a run without all of its records, `derive.bits`, and as `RunStore.read`
 */
export function deriveRun(store: RunStore, id: string): Derived {
  const { plan } = store.read(id);
  const counts = countRun(store, id, plan);
  return deriveQuantities(plan, estimate(counts, plan), counts, streamRecords(store, id));
}
