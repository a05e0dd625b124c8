import type { StopReason } from "../execute-run.ts";
import { startThread } from "../start-thread.ts";
import type { FromThread, ToThread } from "./run-thread.ts";
import type { RunFault, Runner } from "./runner.ts";

/**
 * Runs in a thread each: an emulator's numbers or a driver's waiting keep nobody else from being answered. What a
 * thread does to hardware is written down here before it is done.
 *
 * @param root - folder of the store
 */
export function runInThreads(root: string): Runner {
  return (run, hooks) => {
    const worker = startThread(import.meta.url, "run-thread", { root, run });
    const tell = (message: ToThread) => worker.postMessage(message);
    const ended = new Promise<{ fault: RunFault | null }>((resolve) => {
      worker.on("message", (message: FromThread) => {
        if (message.kind === "changed") return hooks.changed();
        if (message.kind === "ended") return resolve({ fault: message.fault });
        hooks.audit(message.action, message.detail).then(
          () => tell({ kind: "audited", number: message.number, refused: null }),
          (error: unknown) => tell({ kind: "audited", number: message.number, refused: String(error) }),
        );
      });
      const lost = (reason: string) =>
        resolve({
          fault: {
            code: "run.thread_lost",
            message: `the thread of the run ended: ${reason}`,
            retryable: true,
          },
        });
      worker.once("error", (error: unknown) => lost(error instanceof Error ? error.message : String(error)));
      worker.once("exit", (code) => lost(`exit ${code}`));
    });
    return { stop: (reason: StopReason) => tell({ kind: "stop", reason }), ended };
  };
}
