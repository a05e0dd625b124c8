import { join } from "node:path";
import type { CountTable } from "#analysis/frequencies";
import { EntrainError } from "#core/errors";
import { pointKey } from "#ir/driver";
import type { Record as MeasurementRecord } from "#ir/record";
import { guarded } from "../file-system.ts";
import { readRecordLine } from "../record-log.ts";
import { type RunStore, recordsFile } from "../run-store.ts";
import { CountCollector, type DataPlan } from "./count-collector.ts";

const blockBytes = 1 << 20;
const newline = 0x0a;

/**
 * Records of a kept run, one after the other as they lie on disk; no more than one line is in memory.
 *
 * @throws EntrainError `store.no_run`, or `store.corrupt` with the line, as `RunStore.readRecords` does
 */
export function* streamRecords(store: RunStore, id: string): Generator<MeasurementRecord> {
  const fs = store.fileSystem;
  store.manifest(id);
  const path = join(store.folder(id), recordsFile);
  const fd = guarded(path, () => fs.openSync(path, "r"));
  try {
    const seen = new Map<string, number>();
    const block = Buffer.alloc(blockBytes);
    let rest: Buffer[] = [];
    let number = 0;
    for (;;) {
      const read = guarded(path, () => fs.readSync(fd, block, 0, block.length, null));
      // An unfinished last line was never acknowledged.
      if (read === 0) return;
      let start = 0;
      for (let end = block.indexOf(newline); end >= 0 && end < read; end = block.indexOf(newline, start)) {
        const line = Buffer.concat([...rest, block.subarray(start, end)]).toString("utf8");
        rest = [];
        start = end + 1;
        number++;
        const record = readRecordLine(line, path, number);
        const key = pointKey(record.point);
        const earlier = seen.get(key);
        if (earlier !== undefined) {
          throw new EntrainError(
            "store.corrupt",
            {
              path: `${path}:${number}`,
              message: `point ${key} is already on line ${earlier}`,
              found: key,
              expected: "a record as it was written",
            },
            { kind: "device" },
          );
        }
        seen.set(key, number);
        yield record;
      }
      rest.push(Buffer.from(block.subarray(start, read)));
    }
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Counts of a kept run, in the memory of one record.
 *
 * @throws EntrainError `data.incomplete` when points are missing, and as `streamRecords`
 */
export function countRun(store: RunStore, id: string, plan: DataPlan): CountTable {
  return collect(store, id, plan).collector.finish(`${id}:records`);
}

/** The same for a run at any stage: how many records there are, and their counts when there are all. */
export function countSoFar(
  store: RunStore,
  id: string,
  plan: DataPlan,
  expected: number,
): { readonly records: number; readonly table: CountTable | null } {
  const { collector, records } = collect(store, id, plan);
  return { records, table: records === expected ? collector.finish(`${id}:records`) : null };
}

function collect(
  store: RunStore,
  id: string,
  plan: DataPlan,
): { collector: CountCollector; records: number } {
  const collector = new CountCollector(plan);
  let records = 0;
  for (const record of streamRecords(store, id)) collector.addRecord(record, `${id}:records[${records++}]`);
  return { collector, records };
}
