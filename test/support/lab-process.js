// A process of a laboratory that is killed again and again: `engine` carries out runs and gathers sweeps, and asks for
// new ones, saying on stdout what was acknowledged; `worker` computes tiles. Plain JavaScript on the compiled tree, as
// starting must be quick.
import { appendFileSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { RunEngine } from "#jobs/engine/run-engine";
import { runHere } from "#jobs/engine/runner";
import { SweepBoard } from "#jobs/sweeps/sweep-board";
import { SweepWorker } from "#jobs/sweeps/sweep-worker";
import { computeHere } from "#jobs/sweeps/tile-computer";
import { openServer } from "#store/database";
import { RunStore } from "#store/run-store";

const [role, folder, url, runsFrom, sweepsFrom] = process.argv.slice(2);
const { sample, map, pause_ms } = JSON.parse(readFileSync(join(folder, "sample.json"), "utf8"));
const say = (...words) => writeSync(1, `${words.join(" ")}\n`);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const keyOf = (point) =>
  Object.entries(point)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([axis, index]) => `${axis}=${index}`)
    .join(",");

/** Notes who drives and what was measured, so that the parent can see two at once. */
class Bench {
  #skip = new Set();
  #cancelled = false;
  #run;
  constructor(run) {
    this.#run = run;
  }
  #note(what) {
    appendFileSync(join(folder, "bench.log"), `${process.pid} ${what} ${this.#run}\n`);
  }
  async connect() {
    this.#note("connect");
  }
  async close() {
    this.#note("close");
  }
  async snapshot() {
    return {};
  }
  async submit(_, { skip }) {
    this.#skip = new Set(skip);
    return "job";
  }
  async *fetch() {
    for (const record of sample.records) {
      if (this.#cancelled) return;
      if (this.#skip.has(keyOf(record.point))) continue;
      await sleep(pause_ms);
      this.#note("point");
      yield record;
    }
  }
  async cancel() {
    this.#cancelled = true;
  }
}

const database = await openServer(url);
const quick = { database, expire_s: 2, interval_ms: 30, computer: computeHere() };
if (role === "worker") {
  await SweepWorker.start({ ...quick, threads: 1, name: `worker-${process.pid}` });
  say("ready");
} else {
  const store = RunStore.open(folder);
  let current = "";
  const engine = await RunEngine.start({
    store,
    database,
    runner: (run, hooks) => {
      current = run;
      return runHere(store, () => new Bench(current))(run, hooks);
    },
    describe: () => ({ kind: "emulator", title: "", targets: [], limits: [], emulated: true }),
    interval_ms: 20,
    lease_s: 5,
    crashes: 1000,
  });
  const board = await SweepBoard.start({ ...quick, folder });
  say("ready");
  let run = Number(runsFrom);
  let sweep = Number(sweepsFrom);
  for (;;) {
    if ((await engine.queue.list(["queued", "active"])).length < 2) {
      const key = { who: "ada", key: `run-${run}`, digest: "d" };
      let id = await engine.queue.accepted(key);
      if (id === null) {
        const manifest = store.create(sample.fields, sample.documents);
        store.release(manifest.id);
        id = await engine.submit(manifest, "ada", key);
      }
      say("run", run++, id);
    }
    if ((await board.table.running()).length < 1) {
      const key = { who: "ada", key: `sweep-${sweep}`, digest: "d" };
      const id = (await engine.queue.accepted(key)) ?? (await board.submit(map, "fast", "ada", key)).number;
      say("sweep", sweep++, id);
    }
    await sleep(10);
  }
}
