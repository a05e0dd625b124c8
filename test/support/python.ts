import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "#planning/load";

/** A virtual environment with the given packages, or why there is none. */
export type PythonEnvironment = { readonly python: string } | { readonly missing: string };

/**
 * Makes (once) a virtual environment under node_modules/.cache with exactly these packages. Tests that need one are
 * skipped, and say so, where Python or the package index is out of reach.
 */
export function pythonEnvironment(name: string, packages: readonly string[]): PythonEnvironment {
  const digest = createHash("sha256").update(packages.join("\n")).digest("hex").slice(0, 12);
  const folder = join(packageRoot(), "node_modules", ".cache", `python-${name}-${digest}`);
  const python = join(folder, "bin", "python");
  const ready = join(folder, ".ready");
  if (existsSync(ready)) return { python };
  mkdirSync(join(packageRoot(), "node_modules", ".cache"), { recursive: true });
  const made = spawnSync("python3", ["-m", "venv", "--clear", folder], { encoding: "utf8" });
  if (made.status !== 0)
    return missing(name, made.stderr || String(made.error ?? "python3 is not installed"));
  const installed = spawnSync(python, ["-m", "pip", "install", "--quiet", ...packages], {
    encoding: "utf8",
    timeout: 540_000,
  });
  if (installed.status !== 0) return missing(name, installed.stderr);
  writeFileSync(ready, packages.join("\n"));
  return { python };
}

function missing(name: string, reason: string): PythonEnvironment {
  console.warn(`SKIPPED: no Python environment for ${name}: ${reason.trim().split("\n").at(-1)}`);
  return { missing: reason };
}

/** Runs a script; its standard output, or an error with its standard error. */
export function runPython(python: string, script: string, args: readonly string[] = [], input = ""): string {
  const result = spawnSync(python, ["-c", script, ...args], { encoding: "utf8", input, maxBuffer: 1 << 28 });
  if (result.status !== 0) throw new Error(result.stderr);
  return result.stdout;
}
