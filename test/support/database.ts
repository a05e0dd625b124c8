import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A PostgreSQL server of its own, in a folder that goes with it. */
export interface TestPostgres {
  readonly url: string;
  /** Ends the server at once, as a power cut would. */
  kill(): void;
  /** Starts it again on what it left. */
  restart(): void;
  stop(): void;
}

/** Folder of the server's programs; undefined, with a printed reason, where there is none. */
function programs(): string | undefined {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root) : [];
  const found = versions
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, "bin"))
    .find((folder) => existsSync(join(folder, "initdb")));
  if (found === undefined) console.warn("SKIPPED: no PostgreSQL server is installed (Debian: postgresql)");
  return found;
}

/**
 * Starts a server that listens on a socket in its folder alone. Null where there is none to start; the reason is
 * printed.
 */
export function startPostgres(): TestPostgres | null {
  const bin = programs();
  if (bin === undefined) return null;
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "entrain-pg-"));
  // The server refuses to run as root.
  const asServer = process.getuid?.() === 0 ? ["runuser", "-u", "postgres", "--"] : [];
  if (asServer.length > 0) spawnSync("chown", ["postgres", folder]);
  const data = join(folder, "data");
  const run = (program: string, ...args: string[]) => {
    const [command, ...rest] = [...asServer, join(bin, program), ...args];
    return spawnSync(command!, rest, { encoding: "utf8", cwd: folder, env: { ...process.env, LC_ALL: "C" } });
  };
  const made = run("initdb", "--no-sync", "-D", data, "-A", "trust", "-U", "entrain");
  const settings = `-c listen_addresses= -k ${folder} -c fsync=off -c max_connections=40`;
  const start = () => run("pg_ctl", "start", "-w", "-D", data, "-l", join(folder, "log"), "-o", settings);
  const started = made.status === 0 ? start() : made;
  if (started.status !== 0) {
    console.warn(`SKIPPED: no PostgreSQL server starts: ${(started.stderr || started.stdout).trim()}`);
    rmSync(folder, { recursive: true, force: true });
    return null;
  }
  return {
    url: `postgresql://entrain:secret-of-the-test@/postgres?host=${encodeURIComponent(folder)}`,
    kill: () => void run("pg_ctl", "stop", "-m", "immediate", "-D", data),
    restart: () => void start(),
    stop() {
      run("pg_ctl", "stop", "-m", "immediate", "-D", data);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
