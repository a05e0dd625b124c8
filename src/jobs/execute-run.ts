import { estimate } from "#analysis/estimate";
import { type CountTable, tabulate } from "#analysis/frequencies";
import { judge } from "#analysis/verdict";
import { EntrainError } from "#core/errors";
import type { Driver } from "#ir/driver";
import type { Estimates, Verdict } from "#ir/estimate";
import { parseExperiment } from "#ir/experiment";
import type { Plan } from "#ir/plan";
import type { Record as MeasurementRecord } from "#ir/record";
import type { RunManifest } from "#ir/run";
import { parseYaml } from "#planning/load";
import { countRun } from "#store/data-files/run-records";
import type { RunStore } from "#store/run-store";

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

export interface RunOptions {
  /** Makes the driver that the manifest names, for the run's profile. */
  readonly createDriver: (kind: string, profile: unknown) => Driver;
  readonly onProgress?: (recorded: number, expected: number) => void;
  /** Stops between two records; what is recorded stays, and the run can be resumed. */
  readonly signal?: AbortSignal;
}

/**
 * Carries a kept run from wherever it stands to its verdict. The store must own it.
 *
 * A point that is on disk is not measured again; a run that was judged is judged again from its records, which
 * gives the same verdict. Whatever happens, the driver is closed.
 *
 * @throws EntrainError `run.interrupted` after `signal`; what the driver or the store throw, the manifest then
 * says `failed` and why
 */
export async function executeRun(store: RunStore, id: string, options: RunOptions): Promise<RunManifest> {
  const { manifest, profile, program } = store.read(id);
  const done = new Set(store.recordedPoints(id));
  options.onProgress?.(done.size, manifest.records_expected);
  try {
    if (done.size < manifest.records_expected) {
      store.updateManifest(id, { state: "running", failure: null });
      await using driver = closing(options.createDriver(manifest.driver, profile));
      await driver.connect();
      store.writeDocument(id, "snapshot", await driver.snapshot());
      const job = await driver.submit(program, { seed: manifest.seed, skip: done, run: manifest.uuid });
      let recorded = done.size;
      for await (const record of driver.fetch(job)) {
        store.appendRecord(id, record);
        options.onProgress?.(++recorded, manifest.records_expected);
        if (options.signal?.aborted) {
          await driver.cancel(job);
          throw interrupted(id, recorded, manifest.records_expected);
        }
      }
    }
    store.updateManifest(id, { state: "collected", failure: null });
    const { estimates, verdict } = judgeRun(store, id);
    store.writeDocument(id, "estimates", estimates);
    store.updateManifest(id, { state: "analysed" });
    store.writeDocument(id, "verdict", verdict);
    return store.updateManifest(id, { state: "judged", outcome: verdict.outcome });
  } catch (error) {
    if (!(error instanceof EntrainError && error.code === "run.interrupted")) noteFailure(store, id, error);
    throw error;
  }
}

function noteFailure(store: RunStore, id: string, error: unknown): void {
  try {
    store.updateManifest(id, {
      state: "failed",
      failure: error instanceof Error ? error.message : String(error),
    });
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

function closing(driver: Driver): Driver & AsyncDisposable {
  return Object.assign(driver, { [Symbol.asyncDispose]: () => driver.close() });
}
