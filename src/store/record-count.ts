import { closeSync, openSync, readSync } from "node:fs";
import { errnoOf } from "./file-system.ts";

const newline = 0x0a;
const chunk = 1 << 16;

/** Counts the records in a growing log without reading any part of it twice. */
export class RecordCount {
  readonly #path: string;
  #position = 0;
  #count = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Complete records that are in the log now; none where there is no log. */
  read(): number {
    let fd: number;
    try {
      fd = openSync(this.#path, "r");
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return this.#count;
      throw error;
    }
    try {
      const bytes = Buffer.allocUnsafe(chunk);
      for (;;) {
        const length = readSync(fd, bytes, 0, chunk, this.#position);
        // An unfinished line may still be cut off: it is read again when it has its end.
        const end = bytes.subarray(0, length).lastIndexOf(newline);
        if (end < 0) {
          if (length < chunk) return this.#count;
          // Longer than a chunk: only its end counts.
          this.#position += length;
          continue;
        }
        for (let at = 0; at <= end; at++) if (bytes[at] === newline) this.#count++;
        this.#position += end + 1;
      }
    } finally {
      closeSync(fd);
    }
  }
}
