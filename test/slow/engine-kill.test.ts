import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { createRandom } from "#core/random";
import { parseMapRequest } from "#ir/map";
import { makeMap } from "#maps/make-map";
import { packageRoot } from "#planning/load";
import { openServer } from "#store/database";
import { RunQueue } from "#store/engine/run-queue";
import { claimName, currentOwner } from "#store/ownership";
import { RunStore } from "#store/run-store";
import { startPostgres } from "../support/database.ts";
import { sample } from "../support/lab.ts";

/** ENTRAIN_KILL_CYCLES asks for a number of cycles; else as many as fit. */
const wanted = Number(process.env.ENTRAIN_KILL_CYCLES ?? 0);
const budget_ms = 110_000;

const map = {
  gain: 0.5,
  loss: 1,
  x: { parameter: "asymmetry", from: -3, to: 3, points: 100 },
  y: { parameter: "coupling", from: 0, to: 3, points: 64 },
};

const postgres = startPostgres();
// A killed process loses nothing that it wrote, whatever the disk: in memory there are more kills a minute.
const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "entrain-kill-"));
afterAll(() => {
  postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it.runIf(postgres !== null)(
  "kill −9 of engine and worker, again and again: nothing acknowledged is lost, nothing is run twice",
  { timeout: wanted > 0 ? 5_000_000 : 600_000 },
  async () => {
    const root = packageRoot();
    // The children run compiled.
    expect(spawnSync(process.execPath, [join(root, "bin", "build.js")], { cwd: root }).status).toBe(0);
    const { experimentText: experiment, profile, plan, program, fields, records } = sample;
    const documents = { experiment, profile, plan, program };
    writeFileSync(
      join(folder, "sample.json"),
      JSON.stringify({ sample: { fields, documents, records }, map, pause_ms: 3 }),
    );
    const { url } = postgres!;
    const acknowledged = new Map<string, string>();
    const clashes: string[] = [];
    let errors = "";
    const launch = (role: string) => {
      const count = (what: string) => [...acknowledged.keys()].filter((key) => key.startsWith(what)).length;
      const child = spawn(
        process.execPath,
        [
          join(root, "test", "support", "lab-process.js"),
          role,
          folder,
          url,
          `${count("run ")}`,
          `${count("sweep ")}`,
        ],
        { cwd: root, stdio: ["ignore", "pipe", "pipe"] },
      );
      child.stderr.on("data", (chunk: Buffer) => {
        errors += chunk.toString();
      });
      let text = "";
      const ready = new Promise<void>((resolve) => {
        child.once("exit", () => resolve());
        child.stdout.on("data", (chunk: Buffer) => {
          text += chunk.toString();
          const lines = text.split("\n");
          text = lines.pop()!;
          for (const line of lines) {
            const [what, number, id] = line.split(" ");
            if (what === "ready") resolve();
            else {
              const key = `${what} ${number}`;
              const before = acknowledged.get(key);
              if (before !== undefined && before !== id) clashes.push(`${key}: ${before} and ${id}`);
              acknowledged.set(key, id!);
            }
          }
        });
      });
      return { child, ready };
    };
    const kill = async (child: ChildProcess) => {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode !== null || !child.kill("SIGKILL")) return;
      await gone;
    };

    const random = createRandom(7, "kills");
    const started = performance.now();
    let cycles = 0;
    let working = 0;
    while (wanted > 0 ? cycles < wanted : performance.now() - started < budget_ms) {
      const [engine, worker] = [launch("engine"), launch("worker")];
      // Most die at work, some while they start.
      if (random.uniform() < 0.8) {
        await engine.ready;
        working++;
        await new Promise((resolve) => setTimeout(resolve, 700 * random.uniform()));
      } else await new Promise((resolve) => setTimeout(resolve, 600 * random.uniform()));
      await Promise.all([kill(engine.child), kill(worker.child)]);
      cycles++;
    }
    // Then they are left alone until all is done.
    const database = await openServer(url);
    const queue = new RunQueue(database, claimName(currentOwner()), 30);
    const last = [launch("engine"), launch("worker")];
    await Promise.all(last.map(({ ready }) => ready));
    const store = RunStore.open(folder);
    const acknowledgedRuns = () =>
      [...acknowledged].filter(([key]) => key.startsWith("run ")).map(([, id]) => id);
    const acknowledgedSweeps = () =>
      [...acknowledged].filter(([key]) => key.startsWith("sweep ")).map(([, id]) => Number(id));
    // A last run is waited for by its state: the engine goes on asking for more.
    const runs = acknowledgedRuns();
    await expect
      .poll(() => runs.filter((id) => store.manifest(id).state !== "judged"), {
        timeout: 120_000,
        interval: 200,
      })
      .toEqual([]);
    const sweeps = acknowledgedSweeps();
    const sweepStates = async () => {
      const { rows } = await database.executeSql("select number, state from sweeps");
      return rows.filter(({ number, state }) => sweeps.includes(Number(number)) && state !== "done");
    };
    await expect.poll(sweepStates, { timeout: 120_000, interval: 200 }).toEqual([]);
    for (const { child } of last) await kill(child);

    expect(clashes).toEqual([]);
    expect(errors).toBe("");
    // Every acknowledged run is one of its own, with every record once, as it was measured.
    expect(new Set(runs).size).toBe(runs.length);
    for (const id of runs) {
      expect(store.readRecords(id)).toEqual(records);
      const states = store.history(id).map(({ state }) => state);
      expect(states.filter((state) => state === "judged")).toHaveLength(1);
      expect(states.at(-1)).toBe("judged");
    }
    // What was not acknowledged was not carried out on the side.
    const known = new Set((await queue.list(["queued", "active", "done", "failed"])).map(({ run }) => run));
    const strays = store.list().runs.filter(({ id, state }) => state === "judged" && !known.has(id));
    expect(strays).toEqual([]);
    // Nobody drove while another process that lived did: every line of a process lies before the next one's connect.
    const lines = readFileSync(join(folder, "bench.log"), "utf8").trim().split("\n");
    const drivers: string[] = [];
    for (const line of lines) {
      const [pid] = line.split(" ");
      if (drivers.at(-1) !== pid) drivers.push(pid!);
    }
    expect(new Set(drivers).size).toBe(drivers.length);
    // No point was measured again once its record was there: at most the one in hand at each death.
    const points = lines.filter((line) => line.split(" ")[1] === "point").length;
    const kept = store.ids().reduce((sum, id) => sum + store.readRecords(id).length, 0);
    const direct = join(folder, "direct");
    await makeMap(parseMapRequest(map), { folder: direct, workers: 1, method: "fast", preview: 0 });
    const expected = readFileSync(join(direct, "map.csv"));
    for (const number of sweeps) {
      const path = join(folder, "sweeps", `sweep-${String(number).padStart(6, "0")}`, "map.csv");
      expect(readFileSync(path).equals(expected)).toBe(true);
    }
    await database.close();
    const seconds = Math.round((performance.now() - started) / 1000);
    console.log(
      `${cycles} cycles, ${2 * cycles} processes killed (${working} engines at work) in ${seconds} s: ` +
        `${runs.length} acknowledged runs and ${sweeps.length} sweeps, all finished once; ` +
        `${points} points measured, ${kept} records kept`,
    );
    expect(points - kept).toBeLessThanOrEqual(cycles + 2);
  },
);
