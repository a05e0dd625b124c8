import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { packageRoot } from "#planning/load";

const launcher = join(packageRoot(), "bin", "entrain.js");

/** Runs the command line as a user would, to its end. */
export function entrain(args: readonly string[], options: { cwd?: string; input?: string } = {}) {
  const result = spawnSync(process.execPath, [launcher, ...args], {
    encoding: "utf8",
    cwd: options.cwd ?? process.cwd(),
    input: options.input ?? "",
    env: { ...process.env, NO_COLOR: "1" },
    maxBuffer: 1 << 28,
  });
  return { status: result.status, stdout: result.stdout, stderr: result.stderr };
}

/** Starts the command line and returns at once. */
export function startEntrain(args: readonly string[], cwd: string): ChildProcess {
  return spawn(process.execPath, [launcher, ...args], { cwd, stdio: "ignore" });
}
