import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { RunEngine, type RunEngineOptions } from "#jobs/engine/run-engine";
import { runHere } from "#jobs/engine/runner";
import { type Database, openInMemory, openServer } from "#store/database";
import { RunQueue } from "#store/engine/run-queue";
import { type FileSystem, realFileSystem } from "#store/file-system";
import { claimName, currentOwner } from "#store/ownership";
import { RunStore } from "#store/run-store";
import { startPostgres, type TestPostgres } from "../../support/database.ts";
import { Bench, benchDescription, sample } from "../../support/lab.ts";
import { rejection } from "../../support/refusal.ts";

const postgres = startPostgres();
afterAll(() => postgres?.stop());

const databases: [string, () => Promise<Database>][] = [
  ["embedded", openInMemory],
  ...(postgres === null
    ? []
    : [["server", () => openServer(postgres.url)] as [string, () => Promise<Database>]]),
];

describe.each(databases)("the run engine on the %s database", (kind, open) => {
  let database: Database;
  const engines: RunEngine[] = [];
  const folders: string[] = [];
  beforeAll(async () => {
    database = await open();
  });
  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.stop();
    // The audit log refuses to be emptied; the rest starts anew.
    await database.executeSql("truncate run_queue, instruments, accepted_requests");
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  afterAll(() => database.close());

  const makeStore = () => {
    const folder = mkdtempSync(join(tmpdir(), "entrain-engine-"));
    folders.push(folder);
    return RunStore.open(folder);
  };
  const start = async (store: RunStore, bench: Bench, options: Partial<RunEngineOptions> = {}) => {
    const emulated = options.describe?.("").emulated ?? true;
    const engine = await RunEngine.start({
      store,
      database,
      runner: runHere(store, () => bench.driver(emulated)),
      describe: () => benchDescription(true),
      interval_ms: 10,
      lease_s: 1,
      backoff_s: 0.01,
      ...options,
    });
    engines.push(engine);
    return engine;
  };
  const keep = (store: RunStore) => {
    const { experimentText: experiment, profile, plan, program } = sample;
    const manifest = store.create(sample.fields, { experiment, profile, plan, program });
    store.release(manifest.id);
    return manifest;
  };
  const until = async (store: RunStore, run: string, ...states: string[]) => {
    await expect
      .poll(() => store.manifest(run).state, { timeout: 8000, interval: 10 })
      .toSatisfy((state) => states.includes(state as string));
  };
  const recorded = (store: RunStore, run: string) => store.readRecords(run).length;

  it("carries runs out one after the other on one instrument, each point once", async () => {
    const [store, bench] = [makeStore(), new Bench()];
    bench.pause_ms = 1;
    const [first, second] = [await start(store, bench), await start(store, bench)];
    const runs = [keep(store), keep(store), keep(store)];
    for (const [k, run] of runs.entries()) await [first, second][k % 2]!.submit(run, "ada");
    for (const { id } of runs) await until(store, id, "judged");
    expect(bench.mostDrivers).toBe(1);
    expect([...bench.measured.values()].every((times) => times === 3)).toBe(true);
    await expect.poll(() => first.queue.counts()).toEqual({ done: 3 });
    const done = (await first.audit.list({ limit: 100 })).filter(({ detail }) => detail.run === runs[0]!.id);
    expect(done.map(({ who, action }) => `${who} ${action}`).toReversed()).toEqual([
      "ada hardware.connect",
      "ada hardware.submit",
      "ada hardware.make_safe",
    ]);
  });

  it("pauses, resumes and cancels with the instrument safe in between", async () => {
    const [store, bench] = [makeStore(), new Bench()];
    bench.pause_ms = 20;
    const engine = await start(store, bench);
    const { id } = keep(store);
    await engine.submit(store.manifest(id), "ada");
    await expect.poll(() => recorded(store, id), { interval: 5 }).toBeGreaterThan(0);
    expect(await engine.change(id, "pause", "ada")).toMatchObject({ state: "active", wanted: "pause" });
    await until(store, id, "paused");
    expect(bench.drivers).toBe(0);
    expect(bench.done.slice(-2)).toEqual(["cancel", "safe"]);
    const kept = recorded(store, id);
    expect(kept).toBeLessThan(sample.records.length);
    await expect
      .poll(async () => (await engine.queue.instruments())[0])
      .toMatchObject({ holder: null, unsafe: null });

    await engine.change(id, "resume", "ada");
    await expect.poll(() => recorded(store, id), { interval: 5 }).toBeGreaterThan(kept);
    await engine.change(id, "cancel", "ada");
    await until(store, id, "cancelled");
    expect([...bench.measured.values()].every((times) => times === 1)).toBe(true);
    expect((await rejection(engine.change(id, "resume", "ada"))).code).toBe("run.state");

    // One that waits has no instrument to leave: it changes at once.
    bench.pause_ms = 50;
    const [busy, waiting] = [keep(store), keep(store)];
    await engine.submit(busy, "ada");
    await engine.submit(waiting, "ada");
    expect(await engine.change(waiting.id, "pause", "ada")).toMatchObject({ state: "paused" });
    expect(store.manifest(waiting.id).state).toBe("paused");
    expect(await engine.change(waiting.id, "cancel", "ada")).toMatchObject({ state: "cancelled" });
    await engine.change(busy.id, "cancel", "ada");
    await until(store, busy.id, "cancelled");
  });

  it("tries again what may be repeated, and takes no instrument that is not safe", async () => {
    const [store, bench] = [makeStore(), new Bench()];
    const engine = await start(store, bench);
    bench.failAt = 4;
    const first = keep(store);
    await engine.submit(first, "ada");
    await until(store, first.id, "judged");
    expect([...bench.measured.values()].every((times) => times === 1)).toBe(true);
    expect(store.history(first.id).map(({ state }) => state)).toContain("failed");

    bench.stuck = true;
    const [second, third] = [keep(store), keep(store)];
    await engine.submit(second, "ada");
    await until(store, second.id, "failed");
    await expect.poll(async () => (await engine.queue.instruments())[0]!.unsafe).toMatch(/still on/);
    await engine.submit(third, "ada");
    bench.stuck = false;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(store.manifest(third.id).state).toBe("queued");
    expect(await engine.clearUnsafe("emulator/synthetic", "ada")).toBe(true);
    await until(store, third.id, "judged");
  });

  it("fails a run whose instrument must not be driven twice, and says so", async () => {
    const [store, bench] = [makeStore(), new Bench()];
    const engine = await start(store, bench, { describe: () => benchDescription(false) });
    bench.failAt = 4;
    const { id } = keep(store);
    await engine.submit(store.manifest(id), "ada");
    await until(store, id, "failed");
    expect(store.manifest(id).failure).toMatch(/the cable/);
    expect(bench.done.filter((what) => what === "connect")).toHaveLength(1);
    // A person who looked may have it go on.
    await engine.change(id, "resume", "ada");
    await until(store, id, "judged");
  });

  it("goes on with what dead processes left, and with what it stopped itself", async () => {
    const [store, bench] = [makeStore(), new Bench()];
    bench.pause_ms = 10;
    const { id } = keep(store);
    // A process of this host with this number cannot be: Linux gives out at most 4 194 304.
    const dead = claimName({ ...currentOwner(), pid: 4_199_999 });
    const late = new RunQueue(database, dead, 3600);
    await late.submit({
      run: id,
      number: 1,
      instrument: "emulator/synthetic",
      driver: "emulator",
      repeatable: true,
      submittedBy: "ada",
    });
    expect(await late.claim(5)).toHaveLength(1);
    const engine = await start(store, bench);
    await expect.poll(() => recorded(store, id), { timeout: 5000, interval: 5 }).toBeGreaterThan(2);
    await engine.stop();
    expect(store.manifest(id).state).toBe("queued");
    expect([bench.drivers, bench.done.at(-1)]).toEqual([0, "safe"]);
    await start(store, bench);
    await until(store, id, "judged");
    expect([...bench.measured.values()].every((times) => times === 1)).toBe(true);
  });

  it("lets go of an instrument before its lease runs out and another process takes it", async () => {
    const [store, bench] = [makeStore(), new Bench()];
    bench.pause_ms = 150;
    // As if every statement from now on hung.
    let hangs = false;
    const gone = () => Object.assign(new Error("Connection terminated"), { code: "08006" });
    const hanging: Database = {
      ...database,
      transaction: (work) => (hangs ? Promise.reject(gone()) : database.transaction(work)),
      orm: new Proxy(database.orm, {
        get(orm, name) {
          if (hangs) throw gone();
          const value: unknown = Reflect.get(orm, name);
          return typeof value === "function" ? value.bind(orm) : value;
        },
      }),
    };
    const engine = await start(store, bench, { database: hanging, lease_s: 1 });
    const { id } = keep(store);
    await engine.submit(store.manifest(id), "ada");
    await expect.poll(() => recorded(store, id), { interval: 5 }).toBeGreaterThan(0);
    hangs = true;
    // Another one, whose database answers, takes over when the lease has run out, and not before it is let go of.
    await start(RunStore.open(store.root), bench);
    await until(store, id, "judged");
    expect(bench.mostDrivers).toBe(1);
    expect(engine.fault?.code).toBe("database.gone");
    expect([...bench.measured.values()].every((times) => times === 1)).toBe(true);
    hangs = false;
    await expect.poll(() => engine.fault, { timeout: 5000 }).toBeNull();
  });

  it("reports a full disk, keeps what was acknowledged, and goes on when there is space", async () => {
    const bench = new Bench();
    bench.pause_ms = 10;
    let full = false;
    const folder = makeStore().root;
    const fileSystem: FileSystem = {
      ...realFileSystem,
      writeSync: ((...args: Parameters<typeof realFileSystem.writeSync>) => {
        if (full) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
        return realFileSystem.writeSync(...args);
      }) as FileSystem["writeSync"],
    };
    const store = RunStore.open(folder, { fileSystem });
    const logged: string[] = [];
    const engine = await start(store, bench, {
      log: (entry) => logged.push(JSON.stringify(entry)),
      attempts: 1000,
      backoff_s: 1e-9,
    });
    const { id } = keep(store);
    await engine.submit(store.manifest(id), "ada");
    await expect.poll(() => recorded(store, id), { interval: 5 }).toBeGreaterThan(1);
    full = true;
    await expect.poll(() => logged.join("\n"), { timeout: 5000 }).toMatch(/store\.disk_full/);
    expect(bench.drivers).toBe(0);
    const kept = store.readRecords(id);
    full = false;
    await until(store, id, "judged");
    expect(store.readRecords(id).slice(0, kept.length)).toEqual(kept);
    expect(store.readRecords(id)).toEqual(sample.records);
  });

  it("keeps the audit log as it is", async () => {
    const change = rejection(
      (async () => {
        const { inDatabase } = await import("#store/database-fault");
        await inDatabase(() => database.executeSql("update audit set who = 'nobody'"));
      })(),
    );
    expect((await change).message).toMatch(/neither changed nor deleted/);
  });

  it.runIf(kind === "server")(
    "says that a server is gone, without its password, and goes on when it is back",
    async () => {
      const [store, bench] = [makeStore(), new Bench()];
      const logged: string[] = [];
      const engine = await start(store, bench, {
        lease_s: 2,
        log: (entry) => logged.push(JSON.stringify(entry)),
      });
      const server = postgres as TestPostgres;
      server.kill();
      await expect.poll(() => engine.fault?.code, { timeout: 8000 }).toBe("database.gone");
      const refused = await rejection(engine.submit(keep(store), "ada"));
      expect([refused.code, refused.retryable]).toEqual(["database.gone", true]);
      server.restart();
      const { id } = keep(store);
      await expect.poll(() => engine.fault, { timeout: 10_000 }).toBeNull();
      await engine.submit(store.manifest(id), "ada");
      await until(store, id, "judged");
      const gone = await rejection(openServer("postgresql://entrain:secret-of-the-test@127.0.0.1:1/none"));
      const written = [
        ...logged,
        refused.stack,
        JSON.stringify(refused.problems),
        gone.stack,
        gone.message,
      ].join("\n");
      expect(written).toMatch(/database\.gone/);
      expect(written).not.toMatch(/secret-of-the-test/);
    },
  );
});
