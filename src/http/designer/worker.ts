import { type Failure, failureOf } from "../problem-details.ts";
import { CalledOff, type DesignerJob, performDesignerJob } from "./jobs.ts";

/** A job on its way to a thread. */
export interface DesignerTask {
  readonly job: DesignerJob;
  /** Int32: not zero once whoever asked has gone. */
  readonly cancel: SharedArrayBuffer;
}

/** Errors do not cross threads with all their members: they go as data. */
export type DesignerOutcome =
  | { readonly answer: unknown }
  | { readonly failure: Failure; readonly trace: string }
  | { readonly calledOff: true };

/** Entry of a thread. */
export default function run({ job, cancel }: DesignerTask): DesignerOutcome {
  const flag = new Int32Array(cancel);
  const calledOff = () => Atomics.load(flag, 0) !== 0;
  if (calledOff()) return { calledOff: true };
  try {
    return { answer: performDesignerJob(job, calledOff) };
  } catch (error) {
    if (error instanceof CalledOff) return { calledOff: true };
    const trace = error instanceof Error ? (error.stack ?? "") : String(error);
    return { failure: failureOf(error), trace };
  }
}
