import { join } from "node:path";
import { EntrainError, invalidInput } from "#core/errors";
import type { Record as MeasurementRecord } from "#ir/record";
import { type RunManifest, runManifestSchema, type StateChange } from "#ir/run";
import {
  type DocumentName,
  type Documents,
  type FirstDocuments,
  filesOf,
  jsonText,
  parseStored,
  readDocumentFrom,
  readText,
  sha256,
} from "./documents.ts";
import {
  errnoOf,
  type FileSystem,
  guarded,
  makeFolder,
  realFileSystem,
  replaceFile,
  syncFolder,
  writeDurably,
} from "./file-system.ts";
import { claimName, currentOwner, isAlive, Ownership, ownerOfClaim } from "./ownership.ts";
import { parseRecords, RecordLog } from "./record-log.ts";
import { firstHistory, followManifest, historyFile, readHistory } from "./run-history.ts";
import { reserveRunId, runId, runNumber, uuidV7 } from "./run-id.ts";

const manifestFile = "manifest.json";
/** The records of a run, in its folder. */
export const recordsFile = "records.ndjson";

/** What the creator of a run says about it; ids, hashes and times are the store's. */
export type NewRun = Pick<
  RunManifest,
  | "title"
  | "protocol"
  | "profile"
  | "target"
  | "driver"
  | "program_replaced"
  | "seed"
  | "shots"
  | "records_expected"
  | "versions"
>;

/** What may change in a manifest after the run was made. */
export type ManifestChange = Partial<
  Pick<RunManifest, "state" | "outcome" | "failure" | "records_expected" | "driver" | "versions">
>;

/** A run with all its documents; null for those it does not have yet. */
export type StoredRun = FirstDocuments & {
  readonly manifest: RunManifest;
  readonly folder: string;
  readonly estimates: Documents["estimates"] | null;
  readonly verdict: Documents["verdict"] | null;
  readonly snapshot: Documents["snapshot"] | null;
};

export interface DamagedRun {
  readonly id: string;
  readonly message: string;
}

interface OwnedRun {
  readonly ownership: Ownership;
  log: RecordLog | undefined;
}

/**
 * Runs kept in folders: `ROOT/runs/run-000001/` holds all there is to know about a run, and nothing outside it is
 * needed to read it. Opening a store costs nothing; the search index is apart (`run-index.ts`).
 *
 * Reading needs no right. Writing needs ownership of the run: `create` gives it, `acquire` takes it, `release`
 * returns it, and the death of the process frees it.
 */
export class RunStore {
  readonly root: string;
  readonly fileSystem: FileSystem;
  readonly #now: () => Date;
  readonly #owned = new Map<string, OwnedRun>();

  private constructor(root: string, fileSystem: FileSystem, now: () => Date) {
    this.root = root;
    this.fileSystem = fileSystem;
    this.#now = now;
  }

  static open(root: string, options: { fileSystem?: FileSystem; now?: () => Date } = {}): RunStore {
    return new RunStore(root, options.fileSystem ?? realFileSystem, options.now ?? (() => new Date()));
  }

  folder(id: string): string {
    return join(this.root, "runs", id);
  }

  /**
   * Keeps a new run. It is written in full elsewhere and moved into place, so that it exists as a whole or not at
   * all; this store then owns it.
   *
   * @throws EntrainError `store.disk_full` or `store.io`
   */
  create(fields: NewRun, documents: FirstDocuments): RunManifest {
    const fs = this.fileSystem;
    const files = (["experiment", "profile", "plan", "program"] as const).flatMap((name) =>
      filesOf(name, documents[name]),
    );
    const [runs, temporaries] = [join(this.root, "runs"), join(this.root, "tmp")];
    makeFolder(fs, runs);
    makeFolder(fs, temporaries);
    this.#sweep(temporaries);
    const id = reserveRunId(
      fs,
      join(this.root, "ids"),
      this.#numbers().map(({ number }) => number),
    );
    const now = this.#now();
    const manifest = runManifestSchema.parse({
      ...fields,
      schema_version: 1,
      id,
      uuid: uuidV7(now.getTime()),
      profile_sha256: sha256(files.find((file) => file.name === "profile.json")!.content),
      program_sha256: documents.program.sha256,
      state: "planned",
      created_at: now.toISOString(),
      updated_at: now.toISOString(),
      outcome: null,
      failure: null,
    } satisfies RunManifest);
    const ownership = Ownership.acquire(fs, this.#locks(), id);
    const temporary = join(temporaries, claimName(currentOwner()));
    try {
      guarded(temporary, () => {
        fs.mkdirSync(temporary);
        for (const { name, content } of files) writeDurably(fs, join(temporary, name), content);
        writeDurably(fs, join(temporary, recordsFile), "");
        writeDurably(fs, join(temporary, historyFile), firstHistory(manifest));
        writeDurably(fs, join(temporary, manifestFile), jsonText(manifest, manifestFile));
        syncFolder(fs, temporary);
        fs.renameSync(temporary, this.folder(id));
        syncFolder(fs, runs);
      });
    } catch (error) {
      fs.rmSync(temporary, { recursive: true, force: true });
      ownership.release();
      throw error;
    }
    this.#owned.set(id, { ownership, log: undefined });
    return manifest;
  }

  /** Ids of all runs, oldest first. */
  ids(): string[] {
    return this.#numbers().map(({ id }) => id);
  }

  /** Manifests of all runs, newest first; those that cannot be read are named, not hidden. */
  list(): { runs: RunManifest[]; damaged: DamagedRun[] } {
    const runs: RunManifest[] = [];
    const damaged: DamagedRun[] = [];
    for (const id of this.ids().toReversed()) {
      try {
        runs.push(this.manifest(id));
      } catch (error) {
        // A run that was deleted between the listing and here is no damage.
        if (error instanceof EntrainError && error.code === "store.no_run") continue;
        damaged.push({ id, message: (error as Error).message });
      }
    }
    return { runs, damaged };
  }

  /**
   * Id of the run that a person means: `run-000012`, `12`, a UUID, or `latest`.
   *
   * @throws EntrainError `store.no_run`
   */
  resolve(reference: string): string {
    const ids = this.ids();
    if (reference === "latest" && ids.length > 0) return ids.at(-1)!;
    const asNumber = /^\d{1,15}$/.test(reference) ? runId(Number(reference)) : reference;
    if (ids.includes(asNumber)) return asNumber;
    if (/^[0-9a-f]{8}-/i.test(reference)) {
      const found = this.list().runs.find((run) => run.uuid === reference.toLowerCase());
      if (found) return found.id;
    }
    throw this.#noRun(reference);
  }

  /** @throws EntrainError `store.no_run` or `store.corrupt` */
  manifest(id: string): RunManifest {
    const path = join(this.folder(id), manifestFile);
    const text = runNumber(id) === null ? null : readText(this.fileSystem, path);
    if (text === null) throw this.#noRun(id);
    const manifest = parseStored(text, runManifestSchema, path);
    if (manifest.id === id) return manifest;
    throw new EntrainError(
      "store.corrupt",
      { path, message: "the folder holds another run", found: manifest.id, expected: id },
      { kind: "device" },
    );
  }

  /** @throws EntrainError `store.no_run` or `store.corrupt` */
  read(id: string): StoredRun {
    const manifest = this.manifest(id);
    const first = <N extends keyof FirstDocuments>(name: N): Documents[N] => {
      const document = this.readDocument(id, name);
      if (document !== null) return document;
      throw new EntrainError(
        "store.corrupt",
        { path: this.folder(id), message: `the run has lost its ${name}`, expected: name },
        { kind: "device" },
      );
    };
    return {
      manifest,
      folder: this.folder(id),
      experiment: first("experiment"),
      profile: first("profile"),
      plan: first("plan"),
      program: first("program"),
      estimates: this.readDocument(id, "estimates"),
      verdict: this.readDocument(id, "verdict"),
      snapshot: this.readDocument(id, "snapshot"),
    };
  }

  /** A document of a run; null when it has none of that name. */
  readDocument<N extends DocumentName>(id: string, name: N): Documents[N] | null {
    return readDocumentFrom(this.fileSystem, this.folder(id), name);
  }

  /**
   * All records that were acknowledged, in the order they came.
   *
   * @throws EntrainError `store.no_run`, or `store.corrupt` with the line
   */
  readRecords(id: string): readonly MeasurementRecord[] {
    const path = join(this.folder(id), recordsFile);
    const bytes = guarded(path, () => {
      try {
        return this.fileSystem.readFileSync(path);
      } catch (error) {
        if (errnoOf(error) === "ENOENT") throw this.#noRun(id);
        throw error;
      }
    });
    return parseRecords(bytes, path).records;
  }

  /** States of a run, oldest first. @throws EntrainError `store.no_run` or `store.corrupt` */
  history(id: string): readonly StateChange[] {
    return readHistory(this.fileSystem, this.folder(id), this.manifest(id));
  }

  /**
   * Takes the sole right to write a run.
   *
   * @throws EntrainError `store.no_run`, or `store.locked` naming the process that has it
   */
  acquire(id: string): RunManifest {
    const manifest = this.manifest(id);
    if (this.#owned.has(id)) return manifest;
    this.#owned.set(id, {
      ownership: Ownership.acquire(this.fileSystem, this.#locks(), id),
      log: undefined,
    });
    return this.manifest(id);
  }

  /** Gives the right to write back. */
  release(id: string): void {
    const owned = this.#owned.get(id);
    this.#owned.delete(id);
    owned?.log?.close();
    owned?.ownership.release();
  }

  /** Releases every run that this store owns. */
  close(): void {
    for (const id of [...this.#owned.keys()]) this.release(id);
  }

  /**
   * Writes or replaces a document as a whole.
   *
   * @throws EntrainError `store.not_owner`, `store.disk_full`, `store.io`; an older version then stays
   */
  writeDocument<N extends Exclude<DocumentName, keyof FirstDocuments>>(
    id: string,
    name: N,
    value: Documents[N],
  ): void {
    this.#own(id);
    for (const file of filesOf<DocumentName>(name, value)) {
      replaceFile(this.fileSystem, join(this.folder(id), file.name), file.content);
    }
  }

  /** @throws EntrainError `store.not_owner`, `store.disk_full`, `store.io` */
  updateManifest(id: string, change: ManifestChange): RunManifest {
    this.#own(id);
    const manifest = runManifestSchema.parse({
      ...this.manifest(id),
      ...change,
      updated_at: this.#now().toISOString(),
    });
    replaceFile(this.fileSystem, join(this.folder(id), manifestFile), jsonText(manifest, manifestFile));
    if (change.state !== undefined) followManifest(this.fileSystem, this.folder(id), manifest);
    return manifest;
  }

  /** Keys of the points that are recorded; a driver skips them when a run is resumed. */
  recordedPoints(id: string): ReadonlySet<string> {
    return this.#log(id).points;
  }

  /**
   * Keeps a record; when this returns it survives a crash of the process and of the machine.
   *
   * @throws EntrainError `store.not_owner`, `store.duplicate_record`, `record.invalid`, `store.disk_full`, `store.io`
   */
  appendRecord(id: string, record: MeasurementRecord): void {
    this.#log(id).append(record);
  }

  #log(id: string): RecordLog {
    const owned = this.#own(id);
    owned.log ??= new RecordLog(this.fileSystem, join(this.folder(id), recordsFile));
    return owned.log;
  }

  #own(id: string): OwnedRun {
    const owned = this.#owned.get(id);
    if (owned) return owned;
    throw new EntrainError(
      "store.not_owner",
      { path: id, message: "the run must be acquired before it is written", found: "not acquired" },
      { kind: "internal" },
    );
  }

  #locks(): string {
    return join(this.root, "locks");
  }

  #numbers(): { id: string; number: number }[] {
    const folder = join(this.root, "runs");
    if (!this.fileSystem.existsSync(folder)) return [];
    return guarded(folder, () => this.fileSystem.readdirSync(folder))
      .flatMap((id) => {
        const number = runNumber(id);
        return number === null ? [] : [{ id, number }];
      })
      .toSorted((a, b) => a.number - b.number);
  }

  /** Removes what processes that died in `create` left. */
  #sweep(temporaries: string): void {
    guarded(temporaries, () => {
      for (const name of this.fileSystem.readdirSync(temporaries)) {
        const owner = ownerOfClaim(name);
        if (owner === null || isAlive(owner)) continue;
        this.fileSystem.rmSync(join(temporaries, name), { recursive: true, force: true });
      }
    });
  }

  #noRun(reference: string): EntrainError {
    const latest = this.ids().slice(-3);
    return invalidInput(
      {
        path: "run",
        message: `there is no run "${reference}" in ${this.root}`,
        found: reference,
        expected: latest.length === 0 ? "a run; the store is empty" : `e.g. ${latest.join(", ")} or latest`,
      },
      "store.no_run",
    );
  }
}
