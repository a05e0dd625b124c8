import { parentPort, workerData } from "node:worker_threads";
import { EntrainError } from "#core/errors";
import { createDriver } from "#devices/drivers/registry";
import { RunStore } from "#store/run-store";
import type { HardwareAction, StopReason } from "../execute-run.ts";
import { type RunFault, runHere } from "./runner.ts";

export type ToThread =
  | { readonly kind: "stop"; readonly reason: StopReason }
  | { readonly kind: "audited"; readonly number: number; readonly refused: string | null };

export type FromThread =
  | { readonly kind: "changed" }
  | {
      readonly kind: "audit";
      readonly number: number;
      readonly action: HardwareAction;
      readonly detail: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: "ended"; readonly fault: RunFault | null };

/** Entry of a run's thread. */
async function carry(port: NonNullable<typeof parentPort>): Promise<void> {
  const { root, run } = workerData as { root: string; run: string };
  const store = RunStore.open(root);
  const tell = (message: FromThread) => port.postMessage(message);
  const waiting = new Map<number, (refused: string | null) => void>();
  let asked = 0;
  const active = runHere(store, createDriver)(run, {
    changed: () => tell({ kind: "changed" }),
    audit: (action, detail) =>
      new Promise((resolve, reject) => {
        const number = asked++;
        waiting.set(number, (refused) => {
          if (refused === null) return resolve();
          reject(
            new EntrainError(
              "audit.refused",
              { path: run, message: `${action} was not done, as it could not be written down: ${refused}` },
              { kind: "device", retryable: true },
            ),
          );
        });
        tell({ kind: "audit", number, action, detail });
      }),
  });
  port.on("message", (message: ToThread) => {
    if (message.kind === "stop") return active.stop(message.reason);
    waiting.get(message.number)?.(message.refused);
    waiting.delete(message.number);
  });
  const { fault } = await active.ended;
  store.close();
  tell({ kind: "ended", fault });
  port.close();
}

if (parentPort !== null) await carry(parentPort);
