import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { errnoOf, type FileSystem, guarded, makeFolder, syncFolder } from "./file-system.ts";

const pattern = /^run-(\d{6,})$/;

/** 12 → `run-000012`. */
export function runId(number: number): string {
  return `run-${String(number).padStart(6, "0")}`;
}

/** Number of a run id; null when the text is none. */
export function runNumber(id: string): number | null {
  const match = pattern.exec(id);
  if (!match) return null;
  const number = Number(match[1]);
  return runId(number) === id ? number : null;
}

/**
 * Takes the next free run id for good.
 *
 * A marker folder stands for every id that was ever taken, so that deleting a run does not free its number; mkdir
 * decides between processes. A process that dies before it writes its run leaves a gap.
 *
 * @param used - numbers of runs that exist, in case markers were lost
 */
export function reserveRunId(fs: FileSystem, markers: string, used: readonly number[]): string {
  makeFolder(fs, markers);
  return guarded(markers, () => {
    const taken = fs.readdirSync(markers).map((name) => runNumber(name) ?? 0);
    let number = [...taken, ...used].reduce((a, b) => Math.max(a, b), 0) + 1;
    for (; ; number++) {
      try {
        fs.mkdirSync(join(markers, runId(number)));
        syncFolder(fs, markers);
        return runId(number);
      } catch (error) {
        if (errnoOf(error) !== "EEXIST") throw error;
      }
    }
  });
}

/**
 * UUID version 7: 48 bits of Unix milliseconds, then random bits; sorts by time.
 *
 * @source RFC 9562, section 5.7
 */
export function uuidV7(milliseconds: number, random: Uint8Array = randomBytes(10)): string {
  const bytes = new Uint8Array(16);
  let rest = milliseconds;
  for (let k = 5; k >= 0; k--) {
    bytes[k] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = Buffer.from(bytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
