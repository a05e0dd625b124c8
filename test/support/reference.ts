import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

const folder = resolve(import.meta.dirname, "../../../shared/reference");

/** A table of reference numbers kept outside the repository; undefined (with a printed reason) where it is absent. */
export function readReference(name: string): unknown | undefined {
  const path = resolve(folder, `${name}.json`);
  if (!existsSync(path)) {
    console.warn(`skipped: reference table ${name} is not there`);
    return undefined;
  }
  return JSON.parse(readFileSync(path, "utf8"));
}
