import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { EntrainError } from "#core/errors";
import { errnoOf, type FileSystem, guarded, makeFolder } from "./file-system.ts";

/** A process that may own something, as written in the name of its claim. */
export interface Owner {
  readonly host: string;
  readonly pid: number;
  /** When the process started, in the kernel's own ticks; tells a reused pid. Empty where unknown. */
  readonly started: string;
}

/** Start of a process in clock ticks since boot, with the boot's id; empty where there is no /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name of the program is in parentheses and may hold spaces; starttime is the 20th field after it.
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").slice(0, 8);
    return ticks === undefined ? "" : `${boot}.${ticks}`;
  } catch {
    return "";
  }
}

/** This process. */
export function currentOwner(): Owner {
  return { host: hostname(), pid: process.pid, started: startOf(process.pid) };
}

/** False only when the owner is known to be gone: another host's processes always count as alive. */
export function isAlive(owner: Owner): boolean {
  if (owner.host !== hostname()) return true;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return errnoOf(error) !== "ESRCH";
  }
  const started = startOf(owner.pid);
  return owner.started === "" || started === "" || started === owner.started;
}

/** `HOST~PID~START~TOKEN`, also used to name temporary folders. */
export function claimName(owner: Owner): string {
  const host = encodeURIComponent(owner.host).replaceAll("~", "%7E");
  return [host, owner.pid, owner.started, randomBytes(6).toString("hex")].join("~");
}

export function ownerOfClaim(name: string): Owner | null {
  const [host, pid, started, token] = name.split("~");
  if (host === undefined || started === undefined || token === undefined) return null;
  if (!/^\d+$/.test(pid ?? "")) return null;
  try {
    return { host: decodeURIComponent(host), pid: Number(pid), started };
  } catch {
    return null;
  }
}

/** How often a contender that meets another one in the doorway tries again before it gives up. */
const attempts = 5;

/** Sole right to write something, held until `release` or the death of the process. */
export class Ownership {
  readonly #fs: FileSystem;
  readonly #claim: string;
  #held = true;

  private constructor(fs: FileSystem, claim: string) {
    this.#fs = fs;
    this.#claim = claim;
  }

  /**
   * Claims `key` among the claims in `folder`.
   *
   * Each contender creates a file of its own (O_EXCL) whose name says key, host, pid and start, then looks for
   * others; it holds the claim if no other living one is there. Claims of processes that died on this host are swept.
   * Nobody ever removes a file that a newcomer may have made, which is what goes wrong when a single lock file is
   * stolen; two that come at the same instant step back and try again.
   *
   * @param key - what is claimed, e.g. `run-000012`; no `~` in it
   * @throws EntrainError `store.locked` naming the process that holds it
   */
  static acquire(fs: FileSystem, folder: string, key: string): Ownership {
    makeFolder(fs, folder);
    const owner = currentOwner();
    for (let attempt = 1; ; attempt++) {
      const name = `${key}~${claimName(owner)}`;
      const claim = join(folder, name);
      guarded(claim, () => fs.closeSync(fs.openSync(claim, "wx")));
      const other = guarded(folder, () => livingClaim(fs, folder, key, name));
      if (other === null) return new Ownership(fs, claim);
      fs.rmSync(claim, { force: true });
      if (attempt === attempts) {
        throw new EntrainError(
          "store.locked",
          {
            path: folder,
            message: `${key} is in use by process ${other.owner.pid} on ${other.owner.host}.`,
            found: other.name,
            expected: "no other owner",
            hint: `If that process is gone for good, remove ${join(folder, other.name)}.`,
          },
          { kind: "device", retryable: true },
        );
      }
      pause(2 + Math.random() * 15);
    }
  }

  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#fs.rmSync(this.#claim, { force: true });
  }
}

function livingClaim(
  fs: FileSystem,
  folder: string,
  key: string,
  own: string,
): { name: string; owner: Owner } | null {
  const prefix = `${key}~`;
  for (const name of fs.readdirSync(folder)) {
    if (name === own || !name.startsWith(prefix)) continue;
    const owner = ownerOfClaim(name.slice(prefix.length));
    if (owner === null) continue;
    if (isAlive(owner)) return { name, owner };
    fs.rmSync(join(folder, name), { force: true });
  }
  return null;
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
