// Compiles the TypeScript sources to dist/. Runs on `npm ci` (prepare) and, through
// the launcher, whenever a source file is newer than the last build.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, "dist", ".built");
const sources = ["src", "simulators", "devices", "protocols"];

function newestSource(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, newestSource(path));
    else if (entry.name.endsWith(".ts")) newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}

/** True when dist/ is missing or older than a source file; false for an installed package without sources. */
export function buildIsStale() {
  if (!existsSync(join(root, "tsconfig.json"))) return false;
  if (!existsSync(stamp)) return true;
  const built = statSync(stamp).mtimeMs;
  return sources.some((folder) => newestSource(join(root, folder)) > built);
}

/** Runs the TypeScript compiler; throws with its output when it fails. */
export function build() {
  const started = new Date();
  const require = createRequire(import.meta.url);
  const tsc = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
  const result = spawnSync(process.execPath, [tsc, "-b"], { cwd: root, encoding: "utf8" });
  if (result.status !== 0) {
    throw new Error(`TypeScript build failed:\n${result.stdout}${result.stderr}${result.error ?? ""}`);
  }
  writeFileSync(stamp, "");
  utimesSync(stamp, started, started);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href && buildIsStale()) build();
