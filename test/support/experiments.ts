import { estimate } from "#analysis/estimate";
import { tabulate } from "#analysis/frequencies";
import { judge } from "#analysis/verdict";
import { EmulatorDriver } from "#devices/drivers/emulator/driver";
import { parseTransmonProfile } from "#devices/transmon/schema";
import type { Verdict } from "#ir/estimate";
import type { Plan } from "#ir/plan";
import type { Record as MeasurementRecord } from "#ir/record";
import { completePlan, type DesignedExperiment, designExperiment } from "#planning/plan";
import { smallExperiment, smallProfile } from "./profiles.ts";

export interface PreparedExperiment {
  readonly designed: DesignedExperiment;
  readonly plan: Plan;
}

/** The small experiment, designed and predicted. */
export function prepareSmall(changes: Record<string, unknown> = {}): PreparedExperiment {
  const designed = designExperiment(smallExperiment(changes), smallProfile());
  return { designed, plan: completePlan(designed) };
}

/** Runs program text on the emulator and judges it by the plan. */
export async function runAndJudge(
  { designed, plan }: PreparedExperiment,
  text: string,
  seed: number,
  significance = 0.01,
): Promise<{ verdict: Verdict; records: MeasurementRecord[]; notes: string[] }> {
  const driver = new EmulatorDriver(parseTransmonProfile(designed.profile));
  const job = await driver.submit({ ...designed.program, text }, { seed, skip: new Set() });
  const records: MeasurementRecord[] = [];
  for await (const record of driver.fetch(job)) records.push(record);
  const notes = driver.notes(job);
  await driver.close();
  const table = tabulate(records, plan);
  return { verdict: judge(table, plan, estimate(table, plan), significance), records, notes };
}
