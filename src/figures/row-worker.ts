import { parentPort } from "node:worker_threads";
import type { Settings } from "./computation.ts";
import { findComputation } from "./computations.ts";

/** What a worker is asked for, one row at a time. */
export interface RowRequest {
  readonly computation: string;
  readonly settings: Settings;
  readonly row: number;
}

parentPort?.on("message", ({ computation, settings, row }: RowRequest) => {
  parentPort?.postMessage({ row, tables: findComputation(computation).computeRow(settings, row) });
});
