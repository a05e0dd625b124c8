import { parentPort } from "node:worker_threads";
import { type Failure, failureOf } from "../problem-details.ts";
import { CalledOff, type DesignerJob, performDesignerJob } from "./jobs.ts";

/** A job on its way to a thread. */
export interface DesignerTask {
  readonly id: number;
  readonly job: DesignerJob;
  /** Int32: not zero once whoever asked has gone. */
  readonly cancel: SharedArrayBuffer;
}

/** Errors do not cross threads with all their members: they go as data. */
export type DesignerOutcome =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: Failure; readonly trace: string }
  | { readonly id: number; readonly calledOff: true };

function outcomeOf({ id, job, cancel }: DesignerTask): DesignerOutcome {
  const flag = new Int32Array(cancel);
  const calledOff = () => Atomics.load(flag, 0) !== 0;
  if (calledOff()) return { id, calledOff: true };
  try {
    return { id, answer: performDesignerJob(job, calledOff) };
  } catch (error) {
    if (error instanceof CalledOff) return { id, calledOff: true };
    const trace = error instanceof Error ? (error.stack ?? "") : String(error);
    return { id, failure: failureOf(error), trace };
  }
}

parentPort?.on("message", (task: DesignerTask) => {
  parentPort?.postMessage(outcomeOf(task));
});
