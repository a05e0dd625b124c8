import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isMap, LineCounter, parseDocument } from "yaml";
import { EntrainError, invalidInput } from "#core/errors";

/** Folder of package.json, from the sources as from the compiled tree. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new EntrainError(
        "internal",
        { path: "", message: "package root not found" },
        { kind: "internal" },
      );
    folder = parent;
  }
  return folder;
}

const profileFolder = () => join(packageRoot(), "devices", "profiles");

/** Names of the bundled profiles. */
export function bundledProfiles(): string[] {
  return [...bundledFiles().keys()].toSorted();
}

/** Path of every bundled profile, in the folder or one below it, by name. */
function bundledFiles(): Map<string, string> {
  return new Map(
    readdirSync(profileFolder(), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".yaml"))
      .map((path) => [basename(path, ".yaml"), join(profileFolder(), path)]),
  );
}

/**
 * Reads YAML (and so JSON) text.
 *
 * @param name - of the file, for messages
 * @throws EntrainError `file.syntax` with line and column of every fault
 */
export function parseYaml(text: string, name: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new EntrainError(
      "file.syntax",
      document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return {
          path: `${name}:${line}:${col}`,
          message: error.message,
          found: text.split("\n")[line - 1]?.trim() ?? "",
          expected: "YAML",
        };
      }),
    );
  }
  if (!isMap(document.contents)) {
    throw invalidInput(
      {
        path: name,
        message: "must hold a mapping",
        found: typeof document.toJS(),
        expected: "keys and values",
      },
      "file.syntax",
    );
  }
  return document.toJS();
}

/** @throws EntrainError `file.not_found` or `file.unreadable` */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new EntrainError(
      missing ? "file.not_found" : "file.unreadable",
      {
        path,
        message: missing
          ? `there is no file "${path}"`
          : `"${path}" cannot be read: ${(error as Error).message}`,
        found: path,
        expected: "a readable file",
      },
      { cause: error },
    );
  }
}

/**
 * Document of a profile: a path if it looks like one or exists, else a bundled name.
 *
 * @param relativeTo - folder of the experiment file
 */
export function loadProfileDocument(reference: string, relativeTo: string): unknown {
  const isPath = /[/\\]|\.(ya?ml|json)$/.test(reference);
  if (isPath) {
    const path = resolve(relativeTo, reference);
    return parseYaml(readTextFile(path), path);
  }
  const path = bundledFiles().get(reference);
  if (path === undefined) {
    throw invalidInput(
      {
        path: "device.profile",
        message: `there is no bundled profile "${reference}"`,
        found: reference,
        expected: `one of ${bundledProfiles().join(", ")}, or the path of a profile file`,
      },
      "profile.not_found",
    );
  }
  return parseYaml(readTextFile(path), path);
}
