import { createHash } from "node:crypto";
import { join } from "node:path";
import type { z } from "zod";
import { EntrainError, invalidInput } from "#core/errors";
import { parseWith } from "#core/schema";
import {
  type FileSystem,
  guarded,
  makeFolder,
  realFileSystem,
  replaceFile,
  storeFault,
  syncFolder,
  writeFully,
} from "../file-system.ts";
import { Ownership } from "../ownership.ts";

/**
 * An append-only journal in a folder of its own: `journal.ndjson` with one line an entry, and files beside it.
 *
 * A line is `{"check":"…","entry":{…}}`; `check` is the first 16 hex digits of the SHA-256 of the check before it
 * (nothing for the first line) followed by the entry's text. A line that is changed, lost or moved is noticed.
 */
const linePattern = /^\{"check":"([0-9a-f]{16})","entry":(.*)\}$/s;
const newline = 0x0a;

function checkOf(before: string, text: string): string {
  return createHash("sha256").update(before).update(text, "utf8").digest("hex").slice(0, 16);
}

/** Entries of a journal that this process owns until it closes it or dies. */
export class FileJournal<T> {
  readonly #fs: FileSystem;
  readonly #folder: string;
  readonly #path: string;
  readonly #schema: z.ZodType<T>;
  readonly #ownership: Ownership;
  readonly #entries: T[];
  readonly #fd: number;
  #length: number;
  #check: string;
  #torn = true;

  private constructor(fs: FileSystem, folder: string, schema: z.ZodType<T>, ownership: Ownership) {
    this.#fs = fs;
    this.#folder = folder;
    this.#path = join(folder, "journal.ndjson");
    this.#schema = schema;
    this.#ownership = ownership;
    const { entries, length, check } = this.#parse();
    this.#entries = entries;
    this.#length = length;
    this.#check = check;
    this.#fd = guarded(this.#path, () => fs.openSync(this.#path, "r+"));
  }

  /**
   * Opens the journal in `folder`, which is made if need be. An unfinished last line is what a crash leaves of an
   * entry that was not yet acknowledged: it is dropped.
   *
   * @throws EntrainError `store.locked` while another process has it open, `store.corrupt` with the line
   */
  static open<T>(folder: string, schema: z.ZodType<T>, fs: FileSystem = realFileSystem): FileJournal<T> {
    makeFolder(fs, folder);
    const ownership = Ownership.acquire(fs, join(folder, "claims"), "journal");
    try {
      const path = join(folder, "journal.ndjson");
      guarded(path, () => {
        fs.closeSync(fs.openSync(path, "a"));
        syncFolder(fs, folder);
      });
      return new FileJournal(fs, folder, schema, ownership);
    } catch (error) {
      ownership.release();
      throw error;
    }
  }

  entries(): readonly T[] {
    return this.#entries;
  }

  /** Appends an entry; it is on disk when this returns. @throws EntrainError `store.disk_full`, `store.io` */
  append(entry: T): void {
    const text = JSON.stringify(parseWith(this.#schema, entry, "journal.invalid"));
    const check = checkOf(this.#check, text);
    const bytes = Buffer.from(`{"check":"${check}","entry":${text}}\n`, "utf8");
    try {
      this.#cutTornTail();
      this.#torn = true;
      writeFully(this.#fs, this.#fd, bytes, this.#length);
      this.#fs.fsyncSync(this.#fd);
    } catch (error) {
      throw storeFault(error, this.#path);
    }
    this.#torn = false;
    this.#length += bytes.length;
    this.#check = check;
    this.#entries.push(entry);
  }

  /** Keeps bytes in a file of the folder: whole or not at all, on disk when this returns. */
  keep(name: string, bytes: Uint8Array): void {
    replaceFile(this.#fs, this.#file(name), bytes);
  }

  read(name: string): Uint8Array | null {
    const path = this.#file(name);
    if (!this.#fs.existsSync(path)) return null;
    return guarded(path, () => this.#fs.readFileSync(path));
  }

  close(): void {
    this.#fs.closeSync(this.#fd);
    this.#ownership.release();
  }

  #file(name: string): string {
    if (/^[a-z0-9][a-z0-9._-]*$/i.test(name) && name !== "journal.ndjson") return join(this.#folder, name);
    throw invalidInput({
      path: "name",
      message: "no name for a file here",
      found: name,
      expected: "letters, digits, . _ -",
    });
  }

  #parse(): { entries: T[]; length: number; check: string } {
    const bytes = guarded(this.#path, () => this.#fs.readFileSync(this.#path));
    const entries: T[] = [];
    let length = 0;
    let check = "";
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, length)) {
      const line = bytes.toString("utf8", length, end);
      const [, found, text] = linePattern.exec(line) ?? [];
      if (found === undefined || text === undefined || checkOf(check, text) !== found) {
        throw new EntrainError(
          "store.corrupt",
          {
            path: `${this.#path}:${entries.length + 1}`,
            message: "the line is not what was written here, or one before it is missing.",
            found: line.slice(0, 60),
            expected: "an entry whose checksum fits",
            hint: "Restore the journal from a copy. Do not delete lines: what was submitted would be submitted again.",
          },
          { kind: "device" },
        );
      }
      entries.push(
        parseWith(this.#schema, JSON.parse(text), "store.corrupt", `${this.#path}:${entries.length + 1}`),
      );
      check = found;
      length = end + 1;
    }
    return { entries, length, check };
  }

  #cutTornTail(): void {
    if (!this.#torn) return;
    if (this.#fs.fstatSync(this.#fd).size > this.#length) {
      this.#fs.ftruncateSync(this.#fd, this.#length);
      this.#fs.fsyncSync(this.#fd);
    }
    this.#torn = false;
  }
}
