import { type Failure, failureOf } from "../problem-details.ts";
import { perform, type Task } from "./tasks.ts";

/** Errors do not cross threads with all their members: they go as data. */
export type Outcome = { readonly answer: unknown } | { readonly failure: Failure; readonly trace: string };

/** Entry of a worker thread. */
export default async function run(task: Task): Promise<Outcome> {
  try {
    return { answer: await perform(task) };
  } catch (error) {
    return { failure: failureOf(error), trace: error instanceof Error ? (error.stack ?? "") : String(error) };
  }
}
