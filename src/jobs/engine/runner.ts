import { EntrainError } from "#core/errors";
import type { Driver } from "#ir/driver";
import type { RunManifest } from "#ir/run";
import type { RunStore } from "#store/run-store";
import { executeRun, type HardwareAction, type StopReason } from "../execute-run.ts";

/** An error as data: it may have crossed a thread. */
export interface RunFault {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

export interface RunnerHooks {
  /** Something of the run has changed on disk. */
  changed(): void;
  /** @throws when it cannot be written down; what has not been done yet is then not done */
  audit(action: HardwareAction, detail: Readonly<Record<string, unknown>>): Promise<void>;
}

export interface ActiveRun {
  /** Ends it between two records; the first reason counts. */
  stop(reason: StopReason): void;
  /** Never rejects; the fault is null when the run was judged. The instrument is let go of. */
  readonly ended: Promise<{ readonly fault: RunFault | null }>;
}

/** Carries a run to its end, in this thread or another one. */
export type Runner = (run: string, hooks: RunnerHooks) => ActiveRun;

export function faultOf(error: unknown): RunFault {
  if (error instanceof EntrainError) {
    return { code: error.code, message: error.message, retryable: error.retryable };
  }
  return {
    code: "internal",
    message: error instanceof Error ? error.message : String(error),
    retryable: false,
  };
}

/** Whoever has the run for a moment, to write down what is wanted of it, is waited for. */
async function acquire(store: RunStore, run: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      store.acquire(run);
      return;
    } catch (error) {
      if (attempt === 20 || !(error instanceof EntrainError) || error.code !== "store.locked") throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Runs in this thread. */
export function runHere(store: RunStore, createDriver: (kind: string, profile: unknown) => Driver): Runner {
  return (run, hooks) => {
    const controller = new AbortController();
    const carry = async (): Promise<{ fault: RunFault | null }> => {
      try {
        await acquire(store, run);
        await executeRun(store, run, {
          createDriver,
          signal: controller.signal,
          onProgress: hooks.changed,
          onState: (_: RunManifest) => hooks.changed(),
          audit: hooks.audit,
        });
        return { fault: null };
      } catch (error) {
        return { fault: faultOf(error) };
      } finally {
        store.release(run);
      }
    };
    return { stop: (reason) => controller.abort(reason), ended: carry() };
  };
}
