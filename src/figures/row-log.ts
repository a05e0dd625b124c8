import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Computation, Records, Settings } from "./computation.ts";

export type RowTables = Readonly<Record<string, Records>>;

/** Finished rows of one computation, kept on disk one a line. */
export interface RowLog {
  readonly path: string;
  readonly finished: Map<number, RowTables>;
  append(row: number, tables: RowTables): void;
}

/** Short hash of what fixes a computation's numbers. */
export function settingsHash(computation: Computation, settings: Settings): string {
  const text = JSON.stringify([computation.name, computation.revision, settings]);
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/**
 * Opens `folder`/.partial/`name`-`hash`.ndjson and reads the rows that are already there. A line that an
 * interruption cut short is dropped; so is everything after it.
 */
export function openRowLog(folder: string, computation: Computation, settings: Settings): RowLog {
  const partial = join(folder, ".partial");
  mkdirSync(partial, { recursive: true });
  const path = join(partial, `${computation.name}-${settingsHash(computation, settings)}.ndjson`);
  const finished = new Map<number, RowTables>();
  if (existsSync(path)) {
    const text = readFileSync(path, "utf8");
    let sound = 0;
    for (let start = 0; ; ) {
      const end = text.indexOf("\n", start);
      if (end < 0) break;
      const entry = readLine(text.slice(start, end));
      if (!entry) break;
      finished.set(entry.row, entry.tables);
      start = end + 1;
      sound = start;
    }
    if (sound < text.length) writeFileSync(path, text.slice(0, sound));
  }
  return {
    path,
    finished,
    append(row, tables) {
      finished.set(row, tables);
      appendFileSync(path, `${JSON.stringify({ row, tables })}\n`);
    },
  };
}

function readLine(line: string): { row: number; tables: RowTables } | undefined {
  try {
    const entry = JSON.parse(line) as { row: number; tables: RowTables };
    return Number.isInteger(entry.row) && typeof entry.tables === "object" ? entry : undefined;
  } catch {
    return undefined;
  }
}
