import { estimate } from "#analysis/estimate";
import { type CountTable, tabulate } from "#analysis/frequencies";
import { judge } from "#analysis/verdict";
import { EntrainError } from "#core/errors";
import type { Driver } from "#ir/driver";
import type { Estimates, Verdict } from "#ir/estimate";
import { parseExperiment } from "#ir/experiment";
import type { Plan } from "#ir/plan";
import type { Record as MeasurementRecord } from "#ir/record";
import type { RunManifest, RunState } from "#ir/run";
import { parseYaml } from "#planning/load";
import { countRun } from "#store/data-files/run-records";
import type { ManifestChange, RunStore } from "#store/run-store";

export interface Judgement {
  readonly estimates: Estimates;
  readonly verdict: Verdict;
}

/** Estimates and verdict of records taken for a plan. */
export function analyseRecords(
  records: readonly MeasurementRecord[],
  plan: Plan,
  significance: number,
): Judgement {
  return analyseCounts(tabulate(records, plan), plan, significance);
}

/** The same from their counts. */
export function analyseCounts(table: CountTable, plan: Plan, significance: number): Judgement {
  const estimates = estimate(table, plan);
  return { estimates, verdict: judge(table, plan, estimates, significance) };
}

/** Analyses a kept run afresh from its records; nothing is written. */
export function judgeRun(store: RunStore, id: string): Judgement & { readonly plan: Plan } {
  const { plan, experiment } = store.read(id);
  const { significance } = parseExperiment(parseYaml(experiment, `${id}/experiment.yaml`));
  return { plan, ...analyseCounts(countRun(store, id, plan), plan, significance) };
}

/** Why a run is stopped before its end; the reason of the signal's abort. Anything else counts as a pause. */
export type StopReason = "pause" | "cancel" | "shutdown" | "lease_lost";

const stateAfter: Readonly<Record<StopReason, RunState>> = {
  pause: "paused",
  cancel: "cancelled",
  // Nobody asked for these: the run goes on as soon as it can.
  shutdown: "queued",
  lease_lost: "queued",
};

/** What a driver is told to do to the instrument. */
export type HardwareAction = "connect" | "submit" | "cancel" | "make_safe";

export interface RunOptions {
  /** Makes the driver that the manifest names, for the run's profile. */
  readonly createDriver: (kind: string, profile: unknown) => Driver;
  readonly onProgress?: (recorded: number, expected: number) => void;
  readonly onState?: (manifest: RunManifest) => void;
  /**
   * Told before the driver is. What it throws keeps `connect` and `submit` from being done; the instrument is
   * made safe whether or not that can be written down.
   */
  readonly audit?: (action: HardwareAction, detail: Readonly<Record<string, unknown>>) => Promise<void>;
  /** Stops between two records; what is recorded stays, and the run can be resumed unless it was cancelled. */
  readonly signal?: AbortSignal;
}

/**
 * Carries a kept run from wherever it stands to its verdict. The store must own it.
 *
 * A point that is on disk is not measured again; a run that was judged is judged again from its records, which
 * gives the same verdict. Whatever happens, the driver is closed, which leaves the instrument in its safe state.
 *
 * @throws EntrainError `run.interrupted` after `signal`, when the instrument is safe; `device.unsafe` when that could
 * not be reached; what the driver or the store throw, the manifest then says `failed` and why
 */
export async function executeRun(store: RunStore, id: string, options: RunOptions): Promise<RunManifest> {
  const { manifest } = store.read(id);
  const enter = (change: ManifestChange) => {
    const changed = store.updateManifest(id, change);
    options.onState?.(changed);
    return changed;
  };
  try {
    const recorded = store.recordedPoints(id).size;
    options.onProgress?.(recorded, manifest.records_expected);
    if (recorded < manifest.records_expected) await collect(store, id, enter, options);
    enter({ state: "collected", failure: null });
    const { estimates, verdict } = judgeRun(store, id);
    store.writeDocument(id, "estimates", estimates);
    enter({ state: "analysed" });
    store.writeDocument(id, "verdict", verdict);
    return enter({ state: "judged", outcome: verdict.outcome });
  } catch (error) {
    const stopped = error instanceof EntrainError && error.code === "run.interrupted";
    note(
      enter,
      stopped
        ? { state: stateAfter[reasonOf(options.signal)], failure: null }
        : { state: "failed", failure: error instanceof Error ? error.message : String(error) },
    );
    throw error;
  }
}

type Enter = (change: ManifestChange) => RunManifest;

function reasonOf(signal: AbortSignal | undefined): StopReason {
  const reason: unknown = signal?.reason;
  return typeof reason === "string" && Object.hasOwn(stateAfter, reason) ? (reason as StopReason) : "pause";
}

/** Takes what records are missing, and makes the instrument safe. */
async function collect(store: RunStore, id: string, enter: Enter, options: RunOptions): Promise<void> {
  const { manifest, profile } = store.read(id);
  const driver = options.createDriver(manifest.driver, profile);
  let fault: unknown;
  try {
    await takeRecords(store, id, driver, enter, options);
  } catch (error) {
    fault = error ?? new Error("unknown");
  }
  try {
    await driver.close();
  } catch (error) {
    const unsafe = unsafeError(manifest.driver, error);
    await written(options, "make_safe", { safe: false, reason: unsafe.message });
    throw unsafe;
  }
  await written(options, "make_safe", { safe: true });
  if (fault !== undefined) throw fault;
}

async function takeRecords(
  store: RunStore,
  id: string,
  driver: Driver,
  enter: Enter,
  options: RunOptions,
): Promise<void> {
  const { signal } = options;
  const { manifest, program } = store.read(id);
  const { records_expected: expected, seed } = manifest;
  const done = new Set(store.recordedPoints(id));
  let recorded = done.size;
  const stopIfAsked = () => {
    if (signal?.aborted) throw interrupted(id, recorded, expected);
  };
  stopIfAsked();
  enter({ state: "running", failure: null });
  await options.audit?.("connect", {});
  await driver.connect();
  stopIfAsked();
  store.writeDocument(id, "snapshot", await driver.snapshot());
  await options.audit?.("submit", { program_sha256: program.sha256, points: expected - recorded });
  const job = await driver.submit(program, { seed, skip: done, run: manifest.uuid });
  enter({ state: "collecting" });
  let cancelled: Promise<void> | undefined;
  const cancel = () => {
    const reason = reasonOf(signal);
    const stop = () =>
      reason !== "cancel" && driver.leave !== undefined ? driver.leave(job) : driver.cancel(job);
    cancelled ??= written(options, "cancel", { reason }).then(stop);
    // Reported below; here it must only not count as forgotten.
    cancelled.catch(() => {});
  };
  signal?.addEventListener("abort", cancel, { once: true });
  if (signal?.aborted) cancel();
  try {
    for await (const record of driver.fetch(job)) {
      store.appendRecord(id, record);
      recorded++;
      options.onProgress?.(recorded, expected);
      if (signal?.aborted) break;
    }
  } catch (error) {
    // A driver may answer a cancelled job with an error; one of the store's is another matter.
    const own = error instanceof EntrainError && !/^store\.|^run\.interrupted$/.test(error.code);
    if (!signal?.aborted || !own) throw error;
  } finally {
    signal?.removeEventListener("abort", cancel);
    await cancelled;
  }
  if (recorded === expected) return;
  stopIfAsked();
  throw new EntrainError(
    "device.incomplete",
    {
      path: id,
      message: "the device ended the job before all points were measured",
      found: `${recorded} records`,
      expected: `${expected} records`,
      hint: `Continue with: entrain run --resume ${id}`,
    },
    { kind: "device", retryable: true },
  );
}

/** Writes down what is done anyway. */
async function written(
  { audit }: RunOptions,
  action: HardwareAction,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  await audit?.(action, detail).catch(() => {});
}

function unsafeError(driver: string, error: unknown): EntrainError {
  if (error instanceof EntrainError && error.code === "device.unsafe") return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new EntrainError(
    "device.unsafe",
    {
      path: driver,
      message: `the instrument may not be in its safe state: ${reason}`,
      expected: "outputs off, verified",
    },
    { kind: "device", cause: error },
  );
}

function note(enter: Enter, change: ManifestChange): void {
  try {
    enter(change);
  } catch {
    // The disk that broke the run may refuse this as well; the first error is the one to report.
  }
}

function interrupted(id: string, recorded: number, expected: number): EntrainError {
  return new EntrainError(
    "run.interrupted",
    {
      path: id,
      message: `interrupted after ${recorded} of ${expected} records; all of them are kept`,
      hint: `Continue with: entrain run --resume ${id}`,
    },
    { kind: "device", retryable: true },
  );
}
