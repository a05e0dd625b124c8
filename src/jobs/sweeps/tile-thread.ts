import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import { computeHere, type TileSource } from "./tile-computer.ts";

/** What a thread is asked: one tile, or the files of a map whose tiles are all there. */
export type TileTask = { readonly number: number; readonly source: TileSource } & (
  | { readonly tile: number }
  | { readonly folder: string }
);

export type TileAnswer =
  | { readonly number: number; readonly payload: Uint8Array }
  | { readonly number: number; readonly failure: string };

const computer = computeHere();

async function perform(task: TileTask): Promise<Uint8Array> {
  if ("tile" in task) return computer.solve(task.source, task.tile);
  await computer.finish(task.source, task.folder);
  return new Uint8Array();
}

/** On Linux the priority is this thread's own: whoever answers requests goes first. */
function yieldToOthers(): void {
  try {
    if (process.platform === "linux") setPriority(10);
  } catch {
    // Not allowed here; the work is the same.
  }
}

yieldToOthers();
parentPort?.on("message", async (task: TileTask) => {
  const { number } = task;
  try {
    const payload = await perform(task);
    parentPort?.postMessage({ number, payload } satisfies TileAnswer, [payload.buffer as ArrayBuffer]);
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    parentPort?.postMessage({ number, failure } satisfies TileAnswer);
  }
});
