import { Worker } from "node:worker_threads";
import type { Computation, ComputedTables, Records, Settings } from "./computation.ts";
import type { RowLog, RowTables } from "./row-log.ts";
import type { RowRequest } from "./row-worker.ts";

export interface PoolOptions {
  readonly workers: number;
  readonly onProgress?: (done: number, of: number) => void;
}

/**
 * Computes the rows that the log lacks and puts all rows together in order, whoever computed them and when.
 *
 * With one worker, or where the sources run uncompiled, rows are computed in this thread.
 */
export async function computeAllRows(
  computation: Computation,
  settings: Settings,
  log: RowLog,
  { workers, onProgress }: PoolOptions,
): Promise<ComputedTables> {
  const count = computation.rowCount(settings);
  const open = Array.from({ length: count }, (_, row) => row).filter((row) => !log.finished.has(row));
  const report = () => onProgress?.(count - open.length + done, count);
  let done = 0;
  const finish = (row: number, tables: RowTables) => {
    log.append(row, tables);
    done++;
    report();
  };
  report();
  const compiled = import.meta.url.endsWith(".js");
  if (workers <= 1 || open.length <= 1 || !compiled) {
    for (const row of open) {
      finish(row, computation.computeRow(settings, row));
      // Lets an interrupt through between rows.
      await new Promise((resolve) => setImmediate(resolve));
    }
  } else {
    await runWorkers(computation, settings, open, Math.min(workers, open.length), finish);
  }
  return { settings, tables: assemble(computation, count, log.finished) };
}

function assemble(computation: Computation, count: number, rows: ReadonlyMap<number, RowTables>) {
  const tables: Record<string, Records> = {};
  for (const name of Object.keys(computation.tables)) {
    tables[name] = Array.from({ length: count }, (_, row) => rows.get(row)![name] ?? []).flat();
  }
  return tables;
}

function runWorkers(
  computation: Computation,
  settings: Settings,
  open: readonly number[],
  count: number,
  finish: (row: number, tables: RowTables) => void,
): Promise<void> {
  const workers = Array.from({ length: count }, () => new Worker(new URL("row-worker.js", import.meta.url)));
  let next = 0;
  let left = open.length;
  return new Promise<void>((resolve, reject) => {
    const assign = (worker: Worker) => {
      if (next >= open.length) return;
      const request: RowRequest = { computation: computation.name, settings, row: open[next++]! };
      worker.postMessage(request);
    };
    for (const worker of workers) {
      worker.on("message", ({ row, tables }: { row: number; tables: RowTables }) => {
        try {
          finish(row, tables);
        } catch (error) {
          reject(error);
          return;
        }
        if (--left === 0) resolve();
        else assign(worker);
      });
      worker.on("error", reject);
      assign(worker);
    }
  }).finally(() => Promise.all(workers.map((worker) => worker.terminate())));
}
