import { join } from "node:path";
import { estimate } from "#analysis/estimate";
import { tabulate } from "#analysis/frequencies";
import { judge } from "#analysis/verdict";
import { EmulatorDriver } from "#devices/drivers/emulator/driver";
import { parseTransmonProfile } from "#devices/transmon/schema";
import type { Estimates, Verdict } from "#ir/estimate";
import { parseExperiment } from "#ir/experiment";
import type { Plan } from "#ir/plan";
import type { Record as MeasurementRecord } from "#ir/record";
import { completePlan } from "#planning/complete-plan";
import { loadProfileDocument, packageRoot, parseYaml, readTextFile } from "#planning/load";
import { type DesignedExperiment, designExperiment } from "#planning/plan";
import { smallExperiment, smallProfile } from "./profiles.ts";

export interface PreparedExperiment {
  readonly designed: DesignedExperiment;
  readonly plan: Plan;
}

/**
 * Ten T1 between shots: what a shot leaves to the next one takes the emulator several passes, which tests of other
 * things need not wait for.
 */
export const longReset = { reset_duration_s: 800e-6 };

/** The small experiment, designed and predicted. */
export function prepareSmall(
  changes: Record<string, unknown> = {},
  assume: Record<string, unknown> = longReset,
): PreparedExperiment {
  const designed = designExperiment(smallExperiment(changes), smallProfile(assume));
  return { designed, plan: completePlan(designed) };
}

/** Runs program text on the emulator and judges it by the plan. */
export async function runAndJudge(
  { designed, plan }: PreparedExperiment,
  text: string,
  seed: number,
  significance = 0.01,
): Promise<{ verdict: Verdict; estimates: Estimates; records: MeasurementRecord[]; notes: string[] }> {
  const driver = new EmulatorDriver(parseTransmonProfile(designed.profile));
  const job = await driver.submit({ ...designed.program, text }, { seed, skip: new Set() });
  const records: MeasurementRecord[] = [];
  for await (const record of driver.fetch(job)) records.push(record);
  const notes = driver.notes(job);
  await driver.close();
  const table = tabulate(records, plan);
  const estimates = estimate(table, plan);
  return { verdict: judge(table, plan, estimates, significance), estimates, records, notes };
}

/** An example of the repository, designed and predicted, with changes to the document. */
export function prepareExample(
  name: string,
  changes: { readonly protocol?: Record<string, unknown>; readonly [key: string]: unknown } = {},
  assume: Record<string, unknown> = {},
): PreparedExperiment {
  const file = join(packageRoot(), "examples", `${name}.yaml`);
  const document = parseYaml(readTextFile(file), name) as {
    device: { profile: string };
    protocol: Record<string, unknown>;
  };
  const experiment = parseExperiment({
    ...document,
    ...changes,
    device: { ...document.device, ...(changes.device as object | undefined), assume },
    protocol: { ...document.protocol, ...changes.protocol },
  });
  const designed = designExperiment(experiment, loadProfileDocument(experiment.device.profile, "."));
  return { designed, plan: completePlan(designed) };
}

/** Line of a program with the frequency of a frame, changed. */
export function retuned(text: string, frame: string, change: (hz: number) => number): string {
  const pattern = new RegExp(`(frame ${frame} = newframe\\(\\w+, )([-\\d.e+]+)`);
  return text.replace(pattern, (_, head: string, hz: string) => `${head}${change(Number(hz))}`);
}
