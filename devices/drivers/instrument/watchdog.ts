import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { InstrumentPlace } from "../instruments.ts";

/** What the watchdog is told, one JSON document a line. */
export type WatchdogMessage =
  | { readonly watch: readonly InstrumentPlace[] }
  /** All is closed and safe: the watchdog may go. */
  | { readonly release: true };

export interface Watchdog {
  readonly pid: number;
  /** Replaces the list of what is looked after. */
  watch(places: readonly InstrumentPlace[]): void;
  /** To be called when everything has been closed; resolves when the watchdog has ended. */
  release(): Promise<void>;
}

/**
 * Starts a process that makes instruments safe when this one dies without doing so itself.
 *
 * It holds the end of a pipe. When this process goes, however (SIGKILL included), the system closes the pipe and frees
 * the serial ports; the watchdog then opens each port, brings the instrument to its safe state and ends. What it cannot
 * help: this process hanging without dying, both being killed at once, the machine losing power, a pulled cable. For
 * those, programs must end by themselves with everything off, and what is energised needs an interlock of its own.
 */
export function startWatchdog(places: readonly InstrumentPlace[]): Watchdog {
  const source = import.meta.url.endsWith(".ts");
  const script = fileURLToPath(
    new URL(source ? "watchdog-process.ts" : "watchdog-process.js", import.meta.url),
  );
  const runtime = source ? ["--conditions=source", "--import", "tsx"] : [];
  const child: ChildProcess = spawn(process.execPath, [...runtime, script], {
    // A group of its own: the Ctrl-C of a terminal is not meant for it.
    detached: true,
    stdio: ["pipe", "ignore", "inherit"],
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  child.unref();
  const pipe = child.stdin!;
  // The watchdog may be gone first; that is reported by its exit.
  pipe.on("error", () => {});
  const tell = (message: WatchdogMessage) => pipe.write(`${JSON.stringify(message)}\n`);
  tell({ watch: places });
  return {
    pid: child.pid ?? -1,
    watch: (list) => {
      tell({ watch: list });
    },
    async release() {
      child.ref();
      tell({ release: true });
      pipe.end();
      await ended;
    },
  };
}
