export interface LogEntry {
  /** ms on the channel's clock. */
  readonly time_ms: number;
  /** Sent, received, or a remark of the channel. */
  readonly direction: ">" | "<" | "!";
  readonly bytes: Uint8Array;
  readonly remark: string;
}

const bytesPerLine = 32;

/** One entry as lines of hex with the printable characters beside them; long payloads are cut, with their length. */
export function formatLogEntry({ time_ms, direction, bytes, remark }: LogEntry): string {
  const time = (time_ms / 1000).toFixed(6).padStart(12);
  if (direction === "!") return `${time} ! ${remark}`;
  const shown = bytes.subarray(0, 8 * bytesPerLine);
  const lines: string[] = [];
  for (let k = 0; k < shown.length; k += bytesPerLine) {
    const part = shown.subarray(k, k + bytesPerLine);
    const hex = Array.from(part, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = Array.from(part, (byte) =>
      byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "·",
    ).join("");
    lines.push(`${time} ${direction} ${hex.padEnd(3 * bytesPerLine - 1)}  ${text}`);
  }
  const left = bytes.length - shown.length;
  if (left > 0) lines.push(`${time} ${direction} … ${left} bytes more`);
  return lines.join("\n");
}

/** The newest entries, up to a number of bytes, so that a long upload does not fill the memory. */
export class HexLog {
  readonly #entries: LogEntry[] = [];
  readonly #limit: number;
  #held = 0;
  readonly #sink: ((entry: LogEntry) => void) | undefined;

  /** @param sink - sees every entry as it comes, e.g. to write a file */
  constructor(options: { readonly limit_bytes?: number; readonly sink?: (entry: LogEntry) => void } = {}) {
    this.#limit = options.limit_bytes ?? 65_536;
    this.#sink = options.sink;
  }

  add(entry: LogEntry): void {
    this.#sink?.(entry);
    // A payload of any size keeps its head only.
    const kept = entry.bytes.length > 512 ? { ...entry, bytes: entry.bytes.slice(0, 512) } : entry;
    this.#entries.push(kept);
    this.#held += kept.bytes.length + kept.remark.length;
    while (this.#held > this.#limit && this.#entries.length > 1) {
      const gone = this.#entries.shift()!;
      this.#held -= gone.bytes.length + gone.remark.length;
    }
  }

  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  toString(): string {
    return this.#entries.map(formatLogEntry).join("\n");
  }
}
