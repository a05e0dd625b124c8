import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { createRandom, type Random } from "#core/random";
import { listRuns } from "#store/list-runs";
import { RunStore } from "#store/run-store";
import { recordAt } from "./sample-records.ts";
import { keepSample, temporaryFolder } from "./temporary-store.ts";

const script = join(import.meta.dirname, "writer.ts");

/**
 * Starts `writer.ts` and kills it (SIGKILL) at a random moment after its first acknowledgement.
 *
 * @param within_ms - the latest moment
 * @returns what it acknowledged
 */
async function killWriter(random: Random, within_ms: number, ...args: string[]): Promise<string[]> {
  const child = spawn(process.execPath, ["--conditions=source", "--import", "tsx", script, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const closed = new Promise<NodeJS.Signals | null>((resolve) => {
    child.on("close", (_, signal) => resolve(signal));
  });
  let armed = false;
  child.stdout.on("data", (chunk) => {
    out += chunk;
    if (armed) return;
    armed = true;
    setTimeout(() => child.kill("SIGKILL"), within_ms * random.uniform());
  });
  const signal = await closed;
  if (signal !== "SIGKILL") throw new Error(`the writer ended by itself: ${err}`);
  return out.split("\n").slice(0, -1);
}

/** Kills a process that appends, again and again, and looks at what is on disk each time. */
export async function killWhileAppending(cycles: number, seed: number): Promise<void> {
  using folder = temporaryFolder();
  const random = createRandom(seed, "kill");
  const store = RunStore.open(folder.path);
  const { id } = keepSample(store);
  store.close();
  for (let cycle = 0; cycle < cycles; cycle++) {
    const acknowledged = (await killWriter(random, 40, "append", folder.path, id)).map(Number);
    const records = store.readRecords(id);
    const last = acknowledged.at(-1)!;
    // At most the one that was being written may be there beyond those acknowledged.
    expect(records.length - (last + 1)).toBeOneOf([0, 1]);
    expect(records).toEqual(Array.from({ length: records.length }, (_, n) => recordAt(n)));
  }
  // The next owner goes on where the last one died.
  store.acquire(id);
  const count = store.recordedPoints(id).size;
  store.appendRecord(id, recordAt(count));
  expect(store.readRecords(id)).toHaveLength(count + 1);
  store.close();
}

/** Kills processes that keep runs: each that it acknowledged is whole, and none is half there. */
export async function killWhileCreating(cycles: number, seed: number): Promise<void> {
  using folder = temporaryFolder();
  const random = createRandom(seed, "kill");
  const store = RunStore.open(folder.path);
  const acknowledged: string[] = [];
  for (let cycle = 0; cycle < cycles; cycle++) {
    // Two at a time, so that they compete for ids.
    const both = [1, 2].map(() => killWriter(random, 40, "create", folder.path));
    acknowledged.push(...(await Promise.all(both)).flat());
  }
  const { runs, damaged } = store.list();
  expect(damaged).toEqual([]);
  expect(store.ids()).toEqual(expect.arrayContaining(acknowledged));
  expect(new Set(acknowledged).size).toBe(acknowledged.length);
  for (const { id } of runs) {
    expect(() => store.read(id)).not.toThrow();
    expect(store.readRecords(id)).toEqual([]);
  }
  const { id } = keepSample(store);
  store.close();
  expect(Number(id.slice(4))).toBeGreaterThan(Math.max(...runs.map((run) => Number(run.id.slice(4)))));
  expect(readdirSync(join(folder.path, "tmp"))).toEqual([]);
}

/** Kills a process that lists through the index: its lock is free again, and the index works or is made anew. */
export async function killWhileIndexing(cycles: number, seed: number): Promise<void> {
  using folder = temporaryFolder();
  const random = createRandom(seed, "kill");
  const store = RunStore.open(folder.path);
  let rebuilt = 0;
  for (let cycle = 0; cycle < cycles; cycle++) {
    await killWriter(random, 800, "index", folder.path);
    let listing = await listRuns(store);
    if (listing.source === "folders") {
      rebuilt++;
      listing = await listRuns(store, {}, { rebuild: true });
    }
    expect(listing).toEqual({ ...store.list(), source: "index", note: "" });
  }
  console.info(`index: ${rebuilt} of ${cycles} kills made it necessary to rebuild`);
}

/** A process that wants a run which this one owns is refused. */
export async function contendForRun(): Promise<void> {
  using folder = temporaryFolder();
  const store = RunStore.open(folder.path);
  const { id } = keepSample(store);
  store.appendRecord(id, recordAt(0));
  await expect(killWriter(createRandom(0), 40, "append", folder.path, id)).rejects.toThrow(
    `${id} is in use by process ${process.pid}`,
  );
  store.appendRecord(id, recordAt(1));
  expect(store.readRecords(id)).toEqual([recordAt(0), recordAt(1)]);
  store.close();
}
