// Compiles the TypeScript sources to dist/ and the page to dist/web. Runs on `npm ci` (prepare) and, through
// the launcher, whenever a source file is newer than the last build.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, "dist", ".built");
const sources = ["src", "simulators", "devices", "protocols"];
const page = join(root, "dist", "web", "index.html");
const pageSources = ["src/web", "src/ir", "src/core"];

function newestSource(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, newestSource(path));
    else if (/\.(tsx?|css|html|svg)$/.test(entry.name)) newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}

function isOlder(file, folders) {
  if (!existsSync(file)) return true;
  const built = statSync(file).mtimeMs;
  return folders.some((folder) => newestSource(join(root, folder)) > built);
}

/** True when dist/ is missing or older than a source file; false for an installed package without sources. */
export function buildIsStale() {
  return existsSync(join(root, "tsconfig.json")) && (isOlder(stamp, sources) || isOlder(page, pageSources));
}

function runTool(name, bin, args) {
  const require = createRequire(import.meta.url);
  const path = join(dirname(require.resolve(`${name}/package.json`)), "bin", bin);
  const result = spawnSync(process.execPath, [path, ...args], { cwd: root, encoding: "utf8" });
  if (result.status !== 0) {
    throw new Error(`${name} build failed:\n${result.stdout}${result.stderr}${result.error ?? ""}`);
  }
}

/** Runs the TypeScript compiler, and Vite where the page is out of date; throws with their output when they fail. */
export function build() {
  const started = new Date();
  if (isOlder(page, pageSources)) {
    runTool("vite", "vite.js", [
      "build",
      "--config",
      join("src", "web", "vite.config.ts"),
      "--logLevel",
      "warn",
    ]);
    utimesSync(page, started, started);
  }
  if (!isOlder(stamp, sources)) return;
  runTool("typescript", "tsc", ["-b"]);
  writeFileSync(stamp, "");
  utimesSync(stamp, started, started);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href && buildIsStale()) build();
