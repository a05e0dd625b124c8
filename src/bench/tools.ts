import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { EntrainError } from "#core/errors";
import { packageRoot } from "#planning/load";

/** Something found, or why not. */
export type Found<T> = ({ readonly missing?: never } & T) | { readonly missing: string };

export interface Compiler {
  readonly path: string;
  /** First line of its `--version`. */
  readonly version: string;
}

export interface Python {
  readonly path: string;
  /** Versions of the packages that can be imported; null for the others. */
  readonly packages: Readonly<Record<string, string | null>>;
}

/** What the machine offers for building and running peers. */
export interface Tools {
  readonly c: Found<Compiler>;
  readonly cxx: Found<Compiler>;
  readonly python: Found<Python>;
  /** Instruction sets by the names of the kernel (`avx2`, `fma`, `avx512f`); empty when not known. */
  readonly instructions: ReadonlySet<string>;
}

/** Sources of the peers. */
export function peerFolder(): string {
  return join(packageRoot(), "bench", "peers");
}

/** Where built peers are kept between runs. */
export function cacheFolder(): string {
  const folder = join(packageRoot(), "node_modules", ".cache", "entrain-bench");
  mkdirSync(folder, { recursive: true });
  return folder;
}

let scratch: string | undefined;

/** Path of a file that peers and harness exchange; `clearScratch` removes it. */
export function scratchFile(name: string): string {
  scratch ??= mkdtempSync(join(tmpdir(), "entrain-bench-"));
  return join(scratch, name);
}

export function clearScratch(): void {
  if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
  scratch = undefined;
}

/** First executable file of that name in a list of folders like `PATH`. */
export function findExecutable(name: string, path = process.env.PATH ?? ""): string | undefined {
  for (const folder of path.split(delimiter)) {
    if (folder === "") continue;
    const candidate = join(folder, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

function findCompiler(names: readonly string[], path: string | undefined): Found<Compiler> {
  for (const name of names) {
    const found = findExecutable(name, path);
    if (found === undefined) continue;
    const asked = spawnSync(found, ["--version"], { encoding: "utf8" });
    if (asked.status === 0) return { path: found, version: asked.stdout.split("\n")[0]!.trim() };
  }
  return { missing: `not found: no ${names.join(" or ")} in PATH` };
}

function findPython(path: string | undefined): Found<Python> {
  const found = findExecutable("python3", path);
  if (found === undefined) return { missing: "not found: no python3 in PATH" };
  const script = join(peerFolder(), "python_peers.py");
  if (!existsSync(script)) return { missing: "not found: bench/peers, which comes with a checkout" };
  const asked = spawnSync(found, [script, "probe"], {
    encoding: "utf8",
    timeout: 60_000,
  });
  if (asked.status !== 0) {
    return { missing: `not found: ${found} does not run (${asked.stderr.trim().split("\n").at(-1)})` };
  }
  return { path: found, packages: JSON.parse(asked.stdout) as Record<string, string | null> };
}

function instructionSets(): ReadonlySet<string> {
  if (!existsSync("/proc/cpuinfo")) return new Set();
  const flags = /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"));
  return new Set(flags?.[1]?.trim().split(/\s+/) ?? []);
}

/** @param path - folders to look in, like `PATH`; default: that of this process */
export function discoverTools(path?: string): Tools {
  return {
    c: findCompiler(["gcc", "clang"], path),
    cxx: findCompiler(["g++", "clang++"], path),
    python: findPython(path),
    instructions: instructionSets(),
  };
}

/** A program under bench/peers and how it is compiled. */
export interface PeerProgram {
  readonly source: string;
  readonly language: "c" | "c++";
  readonly flags: readonly string[];
  /** After the sources: libraries. */
  readonly libraries?: readonly string[];
  /** A header that must be there, and what to call what is missing. */
  readonly needs?: { readonly header: string; readonly name: string };
}

export interface BuiltPeer {
  readonly program: string;
  /** Compiler and flags, for the table. */
  readonly build: string;
}

/**
 * Compiles a peer, once for each compiler, processor, flags and text of the sources.
 *
 * @returns the program, or what is missing; a source of ours that a present compiler refuses counts as missing, with
 *   the compiler's first complaint
 */
export function buildPeer(tools: Tools, peer: PeerProgram): Found<BuiltPeer> {
  if (!existsSync(join(peerFolder(), peer.source))) {
    return { missing: `not found: bench/peers/${peer.source}, which comes with a checkout` };
  }
  const compiler = peer.language === "c" ? tools.c : tools.cxx;
  if (compiler.missing !== undefined) return { missing: compiler.missing };
  if (peer.needs !== undefined && !headerExists(compiler, peer)) {
    return { missing: `not found: ${peer.needs.name} (no ${peer.needs.header})` };
  }
  const folder = peerFolder();
  const hash = createHash("sha256");
  for (const file of readdirSync(folder).toSorted()) {
    if (file === peer.source || file.endsWith(".h"))
      hash.update(file).update(readFileSync(join(folder, file)));
  }
  hash.update(JSON.stringify([compiler, peer, [...tools.instructions]]));
  const program = join(
    cacheFolder(),
    `${peer.source.replace(/\W/g, "-")}-${hash.digest("hex").slice(0, 16)}`,
  );
  const build = `${shortVersion(compiler.version)} ${peer.flags.filter((flag) => !flag.startsWith("-I")).join(" ")}`;
  if (existsSync(program)) return { program, build };
  const partial = `${program}.${process.pid}`;
  const args = [...peer.flags, join(folder, peer.source), "-o", partial, ...(peer.libraries ?? ["-lm"])];
  const compiled = spawnSync(compiler.path, args, { encoding: "utf8", timeout: 300_000 });
  if (compiled.status !== 0) {
    const complaint = compiled.stderr.split("\n").find((line) => /error|undefined|cannot find/.test(line));
    return { missing: `not built: ${(complaint ?? compiled.stderr).trim().slice(0, 160)}` };
  }
  renameSync(partial, program);
  return { program, build };
}

function headerExists(compiler: Compiler, { language, flags, needs }: PeerProgram): boolean {
  const args = ["-x", language, ...flags.filter((flag) => flag.startsWith("-I")), "-E", "-"];
  const input = `#include <${needs!.header}>\n`;
  return spawnSync(compiler.path, args, { input, maxBuffer: 1 << 28 }).status === 0;
}

/** "gcc (Debian 12.2.0-14+deb12u1) 12.2.0" → "gcc 12.2.0" */
function shortVersion(line: string): string {
  return line.replace(/\s*\([^)]*\)/, "");
}

/** Runs a peer and reads the JSON document it prints. */
export function runPeer<T>(program: string, args: readonly string[]): Promise<T> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { encoding: "utf8", maxBuffer: 1 << 30 }, (error, stdout, stderr) => {
      if (error !== null) {
        const message = `${program} ${args.slice(0, 2).join(" ")} failed: ${stderr.trim().split("\n").at(-1)}`;
        reject(
          new EntrainError("bench.peer_failed", { path: "", message }, { kind: "internal", cause: error }),
        );
        return;
      }
      try {
        resolve(JSON.parse(stdout) as T);
      } catch (cause) {
        const message = `${program} printed something that is not JSON: ${stdout.slice(0, 80)}`;
        reject(new EntrainError("bench.peer_failed", { path: "", message }, { kind: "internal", cause }));
      }
    });
  });
}
