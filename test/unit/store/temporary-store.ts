import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunManifest } from "#ir/run";
import type { NewRun, RunStore } from "#store/run-store";
import { syntheticRun } from "../report/synthetic-run.ts";

export const sample = syntheticRun({ shots: 200, points: 3 });

/** A folder that is gone when the test ends. */
export function temporaryFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "entrain-store-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Keeps the sample run, with other words where given. */
export function keepSample(store: RunStore, changes: Partial<NewRun> = {}): RunManifest {
  return store.create(
    { ...sample.fields, ...changes },
    {
      experiment: sample.experimentText,
      profile: sample.profile,
      plan: sample.plan,
      program: sample.program,
    },
  );
}
