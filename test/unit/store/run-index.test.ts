import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listRuns } from "#store/list-runs";
import type { RunFilter } from "#store/run-filter";
import { RunIndex } from "#store/run-index";
import { RunStore } from "#store/run-store";
import { keepSample, temporaryFolder } from "./temporary-store.ts";

const titles = [
  "Onset on the ring",
  "Onset, 50 % of the exchange",
  "blockade_check",
  "Blockade check, ÉTALON",
  "quote \" and \\ and ' and ; drop table runs",
  "onset on the ring",
];
const minute = (n: number) => new Date(Date.UTC(2026, 4, 1, 12, n));

const filters: RunFilter[] = [
  {},
  { title: "ONSET" },
  { title: "%" },
  { title: "_" },
  { title: "\\" },
  { title: "étalon" },
  { title: "' and ;" },
  { title: "nothing like it" },
  { outcome: "consistent" },
  { outcome: null },
  { state: "judged" },
  { state: "planned", title: "onset" },
  { since: minute(2) },
  { since: new Date(minute(2).getTime() + 1) },
  { limit: 2 },
  { limit: 0 },
  { title: "onset", since: minute(1), limit: 1 },
];

/** One database for the whole file: making it takes seconds. */
describe("run index", () => {
  const folder = temporaryFolder();
  let clock = minute(0);
  const store = RunStore.open(folder.path, { now: () => clock });

  const fromFolders = async (filter: RunFilter) =>
    (await listRuns(store, filter, { index: false })).runs.map((run) => run.id);

  beforeAll(async () => {
    titles.forEach((title, n) => {
      clock = minute(n);
      const { id } = keepSample(store, { title });
      if (n % 2 === 1) {
        store.updateManifest(id, { state: "judged", outcome: n === 1 ? "consistent" : "inconsistent" });
      }
    });
    const { source, note } = await listRuns(store);
    expect({ source, note }).toEqual({ source: "index", note: "" });
  });

  afterAll(() => {
    store.close();
    folder[Symbol.dispose]();
  });

  it("answers every filter as the folders do, and as expected", async () => {
    const index = await RunIndex.open(store);
    try {
      expect((await index.sync()).written).toBe(0);
      for (const filter of filters) {
        const found = await index.list(filter);
        expect(
          found.map((run) => run.id),
          JSON.stringify(filter),
        ).toEqual(await fromFolders(filter));
      }
      const numbers = async (filter: RunFilter) =>
        (await index.list(filter)).map((run) => Number(run.id.slice(4)));
      expect(await numbers({ title: "ONSET" })).toEqual([6, 2, 1]);
      expect(await numbers({ title: "%" })).toEqual([2]);
      expect(await numbers({ title: "_" })).toEqual([3]);
      expect(await numbers({ title: "étalon" })).toEqual([4]);
      expect(await numbers({ outcome: null })).toEqual([5, 3, 1]);
      expect(await numbers({ since: minute(4) })).toEqual([6, 5]);
      expect(await numbers({ limit: 2 })).toEqual([6, 5]);
      // Manifests come back whole.
      expect(await index.list()).toEqual(store.list().runs);
    } finally {
      await index.close();
    }
  });

  it("follows changed, new, deleted and damaged runs, and reads no others", async () => {
    const index = await RunIndex.open(store);
    try {
      store.updateManifest("run-000001", { state: "failed", failure: "the cable" });
      keepSample(store, { title: "late" });
      rmSync(store.folder("run-000003"), { recursive: true });
      const path = join(store.folder("run-000005"), "manifest.json");
      const whole = readFileSync(path);
      writeFileSync(path, "{");
      const result = await index.sync();
      expect(result).toMatchObject({ written: 2, removed: 2 });
      expect(result.damaged.map((run) => run.id)).toEqual(["run-000005"]);
      expect(await index.list()).toEqual(store.list().runs);
      expect((await index.list({ state: "failed" })).map((run) => run.failure)).toEqual(["the cable"]);
      writeFileSync(path, whole);
      expect(await index.sync()).toMatchObject({ written: 1, removed: 0, damaged: [] });
    } finally {
      await index.close();
    }
  });

  it("is left alone while another owner has it; the folders answer instead", async () => {
    const index = await RunIndex.open(store);
    try {
      const listing = await listRuns(store, { title: "onset" });
      expect(listing.source).toBe("folders");
      expect(listing.note).toContain(`process ${process.pid}`);
      expect(listing.runs.map((run) => run.id)).toEqual(await fromFolders({ title: "onset" }));
    } finally {
      await index.close();
    }
    expect((await listRuns(store)).source).toBe("index");
  });

  it("says when it is broken, answers from the folders, and can be made again", async () => {
    const database = join(folder.path, "index", "database");
    rmSync(join(database, "global"), { recursive: true });
    const listing = await listRuns(store);
    expect(listing.source).toBe("folders");
    expect(listing.note).not.toBe("");
    expect(listing.runs).toEqual(store.list().runs);
    const rebuilt = await listRuns(store, {}, { rebuild: true });
    expect(rebuilt).toMatchObject({ source: "index", note: "", runs: store.list().runs });
    expect(readdirSync(join(folder.path, "locks")).filter((name) => name.startsWith("index"))).toEqual([]);
  });

  it("loses nothing when its folder is deleted", async () => {
    const before = await listRuns(store);
    rmSync(join(folder.path, "index"), { recursive: true });
    expect(await listRuns(store)).toEqual(before);
  });
});
