import nodeFs from "node:fs";
import { basename, dirname, join } from "node:path";
import { EntrainError } from "#core/errors";

/** The part of node:fs that the store uses; an argument, so that a test can make a disk fail. */
export type FileSystem = Pick<
  typeof nodeFs,
  | "closeSync"
  | "existsSync"
  | "fstatSync"
  | "fsyncSync"
  | "ftruncateSync"
  | "mkdirSync"
  | "openSync"
  | "readFileSync"
  | "readSync"
  | "readdirSync"
  | "renameSync"
  | "rmSync"
  | "statSync"
  | "unlinkSync"
  | "writeSync"
>;

export const realFileSystem: FileSystem = nodeFs;

export function errnoOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code;
}

/** Turns a failed file operation into the store's own error; passes other errors through. */
export function storeFault(error: unknown, path: string): unknown {
  if (error instanceof EntrainError) return error;
  const code = errnoOf(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new EntrainError(
      "store.disk_full",
      {
        path,
        message: "there is no space left to write this file; all that was acknowledged before is kept.",
        found: code,
        expected: "free space",
        hint: "Free some space, then resume the run.",
      },
      { kind: "device", retryable: true, cause: error },
    );
  }
  if (code === undefined) return error;
  return new EntrainError(
    "store.io",
    { path, message: `the file system refused: ${(error as Error).message}`, found: code },
    { kind: "device", cause: error },
  );
}

/** Runs a file operation on `path`; what it throws becomes an EntrainError. */
export function guarded<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw storeFault(error, path);
  }
}

/** Makes the entries of a folder durable. Windows has no such call and needs none. */
export function syncFolder(fs: FileSystem, folder: string): void {
  if (process.platform === "win32") return;
  const fd = fs.openSync(folder, "r");
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Writes all bytes from `position` on: a single call may write fewer than it was given. */
export function writeFully(fs: FileSystem, fd: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; ) {
    at += fs.writeSync(fd, bytes, at, bytes.length - at, position + at);
  }
}

/** Writes a new file and makes its content durable; the caller syncs the folder. */
export function writeDurably(fs: FileSystem, path: string, content: string | Uint8Array): void {
  const fd = fs.openSync(path, "wx");
  try {
    writeFully(fs, fd, typeof content === "string" ? Buffer.from(content, "utf8") : content, 0);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Replaces a file as a whole: a reader, or the machine after a crash, sees the old content or the new, never a mix.
 *
 * @throws EntrainError `store.disk_full` or `store.io`; the old content is then still there
 */
export function replaceFile(fs: FileSystem, path: string, content: string | Uint8Array): void {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.new`);
  guarded(path, () => {
    // Left behind by a process that died here; the run has one owner, so nobody is writing it now.
    fs.rmSync(temporary, { force: true });
    try {
      writeDurably(fs, temporary, content);
      fs.renameSync(temporary, path);
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    }
    syncFolder(fs, folder);
  });
}

/** Makes a folder and its parents; each new entry is durable when this returns. */
export function makeFolder(fs: FileSystem, folder: string): void {
  if (fs.existsSync(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(fs, parent);
  guarded(folder, () => {
    try {
      fs.mkdirSync(folder);
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
    }
    syncFolder(fs, parent);
  });
}
