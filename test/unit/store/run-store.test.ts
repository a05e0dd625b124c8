import { createHash } from "node:crypto";
import nodeFs, { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EntrainError } from "#core/errors";
import type { FileSystem } from "#store/file-system";
import { RunStore } from "#store/run-store";
import { recordAt } from "./sample-records.ts";
import { keepSample, sample, temporaryFolder } from "./temporary-store.ts";

/** Code of the EntrainError that an action throws. */
function refusal(action: () => unknown): EntrainError {
  try {
    action();
  } catch (error) {
    if (error instanceof EntrainError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("keeping and reading runs", () => {
  it("gives back every document as it was given", () => {
    using folder = temporaryFolder();
    const store = RunStore.open(folder.path, { now: () => new Date("2026-03-04T05:06:07.890Z") });
    const { id } = keepSample(store);
    for (const record of sample.records) store.appendRecord(id, record);
    store.writeDocument(id, "snapshot", { gain_dac: 12 });
    store.writeDocument(id, "estimates", sample.estimates);
    store.writeDocument(id, "verdict", sample.verdict);
    store.updateManifest(id, { state: "judged", outcome: sample.verdict.outcome });
    store.close();

    const again = RunStore.open(folder.path);
    const run = again.read(id);
    expect(run.experiment).toBe(sample.experimentText);
    expect(run.profile).toEqual(sample.profile);
    expect(run.plan).toEqual(sample.plan);
    expect(run.program).toEqual(sample.program);
    expect(run.estimates).toEqual(sample.estimates);
    expect(run.verdict).toEqual(sample.verdict);
    expect(run.snapshot).toEqual({ gain_dac: 12 });
    expect(again.readRecords(id)).toEqual(sample.records);
    expect(run.manifest).toMatchObject({
      id: "run-000001",
      state: "judged",
      outcome: sample.verdict.outcome,
      created_at: "2026-03-04T05:06:07.890Z",
    });
  });

  it("hashes the profile as it lies on disk", () => {
    using folder = temporaryFolder();
    const store = RunStore.open(folder.path);
    const { id, profile_sha256, program_sha256 } = keepSample(store);
    const hash = (file: string) =>
      createHash("sha256")
        .update(readFileSync(join(store.folder(id), file)))
        .digest("hex");
    expect(hash("profile.json")).toBe(profile_sha256);
    expect(hash("program.qasm")).toBe(program_sha256);
    store.close();
  });

  it("writes nothing before a run is kept and nothing but runs afterwards", () => {
    using folder = temporaryFolder();
    const root = join(folder.path, "deep", "store");
    const store = RunStore.open(root);
    expect(store.list()).toEqual({ runs: [], damaged: [] });
    expect(existsSync(root)).toBe(false);
    keepSample(store);
    store.close();
    expect(readdirSync(root).toSorted()).toEqual(["ids", "locks", "runs", "tmp"]);
    expect(readdirSync(join(root, "tmp"))).toEqual([]);
    expect(readdirSync(join(root, "locks"))).toEqual([]);
  });

  it("never gives an id twice, even after the newest run was deleted", () => {
    using folder = temporaryFolder();
    const store = RunStore.open(folder.path);
    const ids = [keepSample(store).id, keepSample(store).id];
    rmSync(store.folder("run-000002"), { recursive: true });
    ids.push(keepSample(store).id);
    expect(ids).toEqual(["run-000001", "run-000002", "run-000003"]);
    expect(store.ids()).toEqual(["run-000001", "run-000003"]);
    store.close();
  });

  it("goes on counting when the markers of ids are lost", () => {
    using folder = temporaryFolder();
    const store = RunStore.open(folder.path);
    keepSample(store);
    keepSample(store);
    rmSync(join(folder.path, "ids"), { recursive: true });
    expect(keepSample(store).id).toBe("run-000003");
    store.close();
  });

  it("finds a run by id, number, UUID and as the latest", () => {
    using folder = temporaryFolder();
    const store = RunStore.open(folder.path);
    const { uuid } = keepSample(store);
    keepSample(store);
    expect(store.resolve("run-000001")).toBe("run-000001");
    expect(store.resolve("1")).toBe("run-000001");
    expect(store.resolve(uuid.toUpperCase())).toBe("run-000001");
    expect(store.resolve("latest")).toBe("run-000002");
    for (const wrong of ["3", "run-1", "../runs/run-000001", "", "run-000001/"]) {
      expect(refusal(() => store.resolve(wrong)).code).toBe("store.no_run");
    }
    expect(refusal(() => store.manifest("../runs/run-000001")).exitStatus).toBe(2);
    store.close();
  });

  it("refuses numbers that JSON would turn into null", () => {
    using folder = temporaryFolder();
    const store = RunStore.open(folder.path);
    const plan = {
      ...sample.plan,
      prediction: { ...sample.plan.prediction, growth_rate_per_s: [1, Number.NaN, 3] },
    };
    const error = refusal(() =>
      store.create(sample.fields, { experiment: "", profile: {}, plan, program: sample.program }),
    );
    expect(error.code).toBe("store.not_json");
    expect(store.ids()).toEqual([]);
  });

  it("refuses a document that it could not read back", () => {
    using folder = temporaryFolder();
    const store = RunStore.open(folder.path);
    const plan = { ...sample.plan, feasible: undefined as unknown as boolean };
    const error = refusal(() =>
      store.create(sample.fields, { experiment: "", profile: {}, plan, program: sample.program }),
    );
    expect(error).toMatchObject({ code: "store.invalid_document" });
    expect(error.problems[0]!.path).toBe("feasible");
    expect(store.ids()).toEqual([]);
  });

  it("names a damaged manifest and lists the others", () => {
    using folder = temporaryFolder();
    const store = RunStore.open(folder.path);
    keepSample(store);
    const { id } = keepSample(store);
    store.close();
    const path = join(store.folder(id), "manifest.json");
    writeFileSync(path, readFileSync(path, "utf8").slice(0, 80));
    const { runs, damaged } = store.list();
    expect(runs.map((run) => run.id)).toEqual(["run-000001"]);
    expect(damaged.map((run) => run.id)).toEqual([id]);
    expect(refusal(() => store.read(id)).code).toBe("store.corrupt");
  });

  it("says so when a run was planned in an earlier form", () => {
    using folder = temporaryFolder();
    const store = RunStore.open(folder.path);
    const { id } = keepSample(store);
    store.close();
    const path = join(store.folder(id), "plan.json");
    const { schema_version, axes: _, ...before } = JSON.parse(readFileSync(path, "utf8"));
    expect(schema_version).toBe(2);
    writeFileSync(path, JSON.stringify(before));
    const { code, problems } = refusal(() => store.read(id));
    expect(code).toBe("store.plan_version");
    expect(problems[0]).toMatchObject({ found: 1, expected: "plan version 2" });
  });

  it("notices a program whose text was changed in the folder", () => {
    using folder = temporaryFolder();
    const store = RunStore.open(folder.path);
    const { id } = keepSample(store);
    store.close();
    writeFileSync(join(store.folder(id), "program.qasm"), "OPENQASM 3.0;\n// other\n");
    expect(refusal(() => store.read(id))).toMatchObject({ code: "store.corrupt", kind: "device" });
  });
});

describe("ownership", () => {
  it("lets one store write a run at a time", () => {
    using folder = temporaryFolder();
    const first = RunStore.open(folder.path);
    const second = RunStore.open(folder.path);
    const { id } = keepSample(first);
    const error = refusal(() => second.acquire(id));
    expect(error).toMatchObject({ code: "store.locked", retryable: true });
    expect(error.message).toContain(String(process.pid));
    first.release(id);
    second.acquire(id);
    expect(refusal(() => first.acquire(id)).code).toBe("store.locked");
    second.close();
    first.acquire(id);
    first.close();
  });

  it("writes only what it owns", () => {
    using folder = temporaryFolder();
    const store = RunStore.open(folder.path);
    const { id } = keepSample(store);
    store.release(id);
    expect(refusal(() => store.appendRecord(id, recordAt(0))).code).toBe("store.not_owner");
    expect(refusal(() => store.writeDocument(id, "snapshot", {})).code).toBe("store.not_owner");
    expect(refusal(() => store.updateManifest(id, { state: "failed" })).code).toBe("store.not_owner");
  });

  it("takes over from a process that died on this host, not from one elsewhere", async () => {
    using folder = temporaryFolder();
    const store = RunStore.open(folder.path);
    const { id } = keepSample(store);
    store.close();
    const { claimName, currentOwner } = await import("#store/ownership");
    const locks = join(folder.path, "locks");
    // No process has a pid beyond the kernel's largest, 2²².
    const dead = { ...currentOwner(), pid: 2 ** 22 + 1 };
    writeFileSync(join(locks, `${id}~${claimName(dead)}`), "");
    // The same pid, started at another time: a reused number.
    writeFileSync(join(locks, `${id}~${claimName({ ...currentOwner(), started: "0.1" })}`), "");
    store.acquire(id);
    expect(readdirSync(locks)).toHaveLength(1);
    store.close();
    writeFileSync(join(locks, `${id}~${claimName({ ...dead, host: "elsewhere~1" })}`), "");
    expect(refusal(() => store.acquire(id)).message).toContain("elsewhere~1");
  });
});

describe("a disk that fails", () => {
  /** A file system whose writes fail after `budget` bytes, as a full disk's do: the last one is partial. */
  function diskOf(budget: number): FileSystem & { free(bytes: number): void } {
    let left = budget;
    return {
      ...nodeFs,
      free: (bytes: number) => {
        left = bytes;
      },
      writeSync: ((fd: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
        if (left <= 0) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
        const count = Math.min(left, length);
        left -= count;
        return nodeFs.writeSync(fd, bytes, offset, count, position);
      }) as FileSystem["writeSync"],
    };
  }
  const plenty = 1e9;

  it("keeps no half run", () => {
    using folder = temporaryFolder();
    const disk = diskOf(3000);
    const store = RunStore.open(folder.path, { fileSystem: disk });
    const error = refusal(() => keepSample(store));
    expect(error).toMatchObject({ code: "store.disk_full", kind: "device", exitStatus: 4, retryable: true });
    expect(store.ids()).toEqual([]);
    expect(readdirSync(join(folder.path, "tmp"))).toEqual([]);
    disk.free(plenty);
    expect(keepSample(store).id).toBe("run-000002");
    store.close();
  });

  it("keeps every acknowledged record and goes on when there is room again", () => {
    using folder = temporaryFolder();
    const disk = diskOf(plenty);
    const store = RunStore.open(folder.path, { fileSystem: disk });
    const { id } = keepSample(store);
    store.appendRecord(id, recordAt(0));
    disk.free(100);
    expect(refusal(() => store.appendRecord(id, recordAt(1))).code).toBe("store.disk_full");
    expect(store.readRecords(id)).toEqual([recordAt(0)]);
    expect(store.recordedPoints(id).size).toBe(1);
    disk.free(plenty);
    store.appendRecord(id, recordAt(1));
    expect(store.readRecords(id)).toEqual([recordAt(0), recordAt(1)]);
    store.close();
  });

  it("keeps the old document when the new one does not fit", () => {
    using folder = temporaryFolder();
    const disk = diskOf(plenty);
    const store = RunStore.open(folder.path, { fileSystem: disk });
    const { id } = keepSample(store);
    store.writeDocument(id, "snapshot", { a: 1 });
    disk.free(5);
    expect(refusal(() => store.writeDocument(id, "snapshot", { a: 2 })).code).toBe("store.disk_full");
    expect(refusal(() => store.updateManifest(id, { state: "failed" })).code).toBe("store.disk_full");
    expect(store.readDocument(id, "snapshot")).toEqual({ a: 1 });
    expect(store.manifest(id).state).toBe("planned");
    expect(readdirSync(store.folder(id)).filter((name) => name.startsWith("."))).toEqual([]);
    store.close();
  });

  it("does not acknowledge a record that did not reach the disk", () => {
    using folder = temporaryFolder();
    let broken = false;
    const disk: FileSystem = {
      ...nodeFs,
      fsyncSync: (fd) => {
        if (broken) throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
        nodeFs.fsyncSync(fd);
      },
    };
    const store = RunStore.open(folder.path, { fileSystem: disk });
    const { id } = keepSample(store);
    store.appendRecord(id, recordAt(0));
    broken = true;
    expect(refusal(() => store.appendRecord(id, recordAt(1))).code).toBe("store.io");
    broken = false;
    expect(store.readRecords(id)).toEqual([recordAt(0)]);
    store.appendRecord(id, recordAt(1));
    expect(store.readRecords(id)).toHaveLength(2);
    store.close();
  });

  it("sweeps what a process left that died while it made a run", async () => {
    using folder = temporaryFolder();
    const { claimName, currentOwner } = await import("#store/ownership");
    const store = RunStore.open(folder.path);
    const left = join(folder.path, "tmp", claimName({ ...currentOwner(), pid: 2 ** 22 + 1 }));
    mkdirSync(left, { recursive: true });
    writeFileSync(join(left, "plan.json"), "{");
    keepSample(store);
    expect(existsSync(left)).toBe(false);
    store.close();
  });
});
