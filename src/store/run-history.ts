import { join } from "node:path";
import { type RunManifest, type StateChange, stateChangeSchema } from "#ir/run";
import { jsonText, parseStored, readText } from "./documents.ts";
import { type FileSystem, guarded, writeFully } from "./file-system.ts";

/** States of a run one after the other, one JSON line each; a last line without an end was never acknowledged. */
export const historyFile = "history.ndjson";

export function firstHistory(manifest: RunManifest): string {
  return lineOf({ number: 1, at: manifest.created_at, state: manifest.state, failure: null });
}

function lineOf(change: StateChange): string {
  return `${JSON.stringify(JSON.parse(jsonText(change, historyFile)))}\n`;
}

/** Changes on disk; a run of a version that kept none has the state of its manifest as its only one. */
export function readHistory(fs: FileSystem, folder: string, manifest: RunManifest): StateChange[] {
  const path = join(folder, historyFile);
  const text = readText(fs, path) ?? "";
  const changes = text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "")
    .map((line, k) => parseStored(line, stateChangeSchema, `${path}:${k + 1}`));
  if (changes.length > 0) return changes;
  const { updated_at: at, state, failure } = manifest;
  return [{ number: 1, at, state, failure }];
}

/** Adds the manifest's state where it is not the last one; on disk when this returns. */
export function followManifest(fs: FileSystem, folder: string, manifest: RunManifest): void {
  const path = join(folder, historyFile);
  const last = readHistory(fs, folder, manifest).at(-1)!;
  const text = readText(fs, path);
  const kept = text !== null;
  if (kept && last.state === manifest.state && last.failure === manifest.failure) return;
  const number = kept ? last.number + 1 : 1;
  const line = Buffer.from(
    lineOf({ number, at: manifest.updated_at, state: manifest.state, failure: manifest.failure }),
  );
  guarded(path, () => {
    const fd = fs.openSync(path, kept ? "r+" : "w");
    try {
      const sound = kept ? Buffer.byteLength(text.slice(0, text.lastIndexOf("\n") + 1)) : 0;
      fs.ftruncateSync(fd, sound);
      writeFully(fs, fd, line, sound);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  });
}
