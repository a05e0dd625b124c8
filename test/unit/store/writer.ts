import { writeSync } from "node:fs";
import { RunStore } from "#store/run-store";
import { recordAt } from "./sample-records.ts";

/**
 * A process that writes until it is killed, and says on stdout what was acknowledged, a line each.
 *
 *     writer.ts append ROOT ID    records of a run, from where it stands
 *     writer.ts create ROOT       runs
 *     writer.ts index ROOT        runs, each followed by a listing from the index
 */
const [mode, root = "", id = ""] = process.argv.slice(2);
const store = RunStore.open(root);
// Synchronous: a line is out before the next write begins.
const say = (text: string) => writeSync(1, `${text}\n`);
if (mode === "create") {
  const { keepSample } = await import("./temporary-store.ts");
  for (;;) say(keepSample(store).id);
} else if (mode === "index") {
  const { keepSample } = await import("./temporary-store.ts");
  const { listRuns } = await import("#store/list-runs");
  for (;;) {
    const { id } = keepSample(store);
    const { source } = await listRuns(store);
    say(`${id} ${source}`);
  }
} else {
  store.acquire(id);
  for (let n = store.recordedPoints(id).size; ; n++) {
    store.appendRecord(id, recordAt(n));
    say(String(n));
  }
}
