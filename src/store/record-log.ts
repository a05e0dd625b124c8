import { createHash } from "node:crypto";
import { EntrainError } from "#core/errors";
import { parseWith } from "#core/schema";
import { pointKey } from "#ir/driver";
import { type Record as MeasurementRecord, recordSchema } from "#ir/record";
import { type FileSystem, guarded, storeFault, writeFully } from "./file-system.ts";

/**
 * Records on disk: one line each, `{"check":"…","record":{…}}`, where `check` is the first 16 hex digits of the
 * SHA-256 of the record's text on that line.
 */

const newline = 0x0a;
const linePattern = /^\{"check":"([0-9a-f]{16})","record":(.*)\}$/s;

function checkOf(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex").slice(0, 16);
}

export function recordLine(record: MeasurementRecord): string {
  const text = JSON.stringify(parseWith(recordSchema, record, "record.invalid"));
  return `{"check":"${checkOf(text)}","record":${text}}\n`;
}

export interface RecordFile {
  readonly records: readonly MeasurementRecord[];
  /** Bytes up to the end of the last complete line; what follows was never acknowledged. */
  readonly length: number;
}

/**
 * Reads the records of a log. An unfinished last line is what a crash leaves of a record that was not yet
 * acknowledged: it is dropped. Anything else that does not check is damage.
 *
 * @param path - named in the error
 * @throws EntrainError `store.corrupt` with the line number
 */
export function parseRecords(bytes: Uint8Array, path: string): RecordFile {
  const seen = new Map<string, number>();
  const records: MeasurementRecord[] = [];
  let length = 0;
  // Line by line in bytes: a long run does not fit into one string.
  for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, length)) {
    const number = records.length + 1;
    const line = Buffer.from(bytes.buffer, bytes.byteOffset + length, end - length).toString("utf8");
    const record = readRecordLine(line, path, number);
    const key = pointKey(record.point);
    const earlier = seen.get(key);
    if (earlier !== undefined) throw corrupt(path, number, `point ${key} is already on line ${earlier}`, key);
    seen.set(key, number);
    records.push(record);
    length = end + 1;
  }
  return { records, length };
}

/**
 * The record of one line of the log.
 *
 * @throws EntrainError `store.corrupt` with the line number
 */
export function readRecordLine(line: string, path: string, number: number): MeasurementRecord {
  const match = linePattern.exec(line);
  if (!match) throw corrupt(path, number, "the line is not a record", line.slice(0, 60));
  const [, check, text] = match as unknown as [string, string, string];
  if (checkOf(text) !== check) throw corrupt(path, number, "the checksum does not fit the record", check);
  try {
    return parseWith(recordSchema, JSON.parse(text), "store.corrupt");
  } catch (error) {
    throw corrupt(path, number, `the record is invalid: ${(error as Error).message}`, text.slice(0, 60));
  }
}

function corrupt(path: string, line: number, message: string, found: string): EntrainError {
  return new EntrainError(
    "store.corrupt",
    {
      path: `${path}:${line}`,
      message: `${message}.`,
      found,
      expected: "a record as it was written",
      hint: "Restore the file from a copy, or delete this line and resume the run to measure the point again.",
    },
    { kind: "device" },
  );
}

/** The log of a run that this process owns, open for appending. */
export class RecordLog {
  readonly #fs: FileSystem;
  readonly #path: string;
  readonly #fd: number;
  readonly #points: Set<string>;
  #length: number;
  /** True while bytes after `#length` may be on disk. */
  #torn: boolean;

  /** @throws EntrainError `store.corrupt` when what is already there is damaged */
  constructor(fs: FileSystem, path: string) {
    this.#fs = fs;
    this.#path = path;
    const { records, length } = parseRecords(
      guarded(path, () => fs.readFileSync(path)),
      path,
    );
    this.#points = new Set(records.map((record) => pointKey(record.point)));
    this.#length = length;
    this.#torn = true;
    this.#fd = guarded(path, () => fs.openSync(path, "r+"));
  }

  /** Keys of the points that are on disk. */
  get points(): ReadonlySet<string> {
    return this.#points;
  }

  /**
   * Appends a record; it is on disk when this returns.
   *
   * @throws EntrainError `store.duplicate_record`, `record.invalid`, `store.disk_full` or `store.io`; the log then
   * holds what it held before
   */
  append(record: MeasurementRecord): void {
    const key = pointKey(record.point);
    if (this.#points.has(key)) {
      throw new EntrainError("store.duplicate_record", {
        path: "record.point",
        message: `point ${key} was already recorded`,
        found: key,
        expected: "a point that has no record",
      });
    }
    const bytes = Buffer.from(recordLine(record), "utf8");
    try {
      this.#cutTornTail();
      this.#torn = true;
      writeFully(this.#fs, this.#fd, bytes, this.#length);
      this.#fs.fsyncSync(this.#fd);
    } catch (error) {
      try {
        this.#cutTornTail();
      } catch {
        // The next append, or the next reader, drops the unfinished line.
      }
      throw storeFault(error, this.#path);
    }
    this.#torn = false;
    this.#length += bytes.length;
    this.#points.add(key);
  }

  close(): void {
    this.#fs.closeSync(this.#fd);
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
