import { createDriver } from "#devices/drivers/registry";
import type { Estimates, Verdict } from "#ir/estimate";
import { parseExperiment } from "#ir/experiment";
import type { Record as MeasurementRecord } from "#ir/record";
import type { Sequence } from "#ir/sequence";
import { analyseRecords } from "#jobs/execute-run";
import { completePlan } from "#planning/complete-plan";
import { loadProfileDocument } from "#planning/load";
import { designExperiment } from "#planning/plan";
import type { PreparedExperiment } from "./experiments.ts";

/** A short scan over the threshold of four or six ions. */
export const ionOnset = {
  kind: "onset",
  gain_rate: "1500 /s",
  loss_rate: "1500 /s",
  exchange: { from: "1000 Hz", to: "1300 Hz", points: 2 },
  settle: "4 ms",
  evolve: "5 ms",
  ring_down: "0 s",
};

/** An experiment on a bundled ion profile, or on one with as many ions as are named, designed and predicted. */
export function prepareIons(
  profile: string,
  protocol: Record<string, unknown>,
  { groups, assume = {}, ...changes }: { groups?: string; assume?: object; [key: string]: unknown } = {},
): PreparedExperiment {
  const experiment = parseExperiment({
    title: "ions",
    device: { profile, assume },
    protocol,
    shots: 600,
    target: "instruments",
    ...changes,
  });
  const document = loadProfileDocument(profile, ".") as { ions: object };
  const ions = { ...document.ions, ...(groups === undefined ? {} : { groups }) };
  const designed = designExperiment(experiment, { ...document, ions });
  return { designed, plan: completePlan(designed) };
}

/** What a protocol becomes on a bundled profile. */
export function prepareIonSequence(profile: string, protocol: Record<string, unknown>): Sequence {
  const experiment = parseExperiment({ title: "ions", device: { profile }, protocol, target: "instruments" });
  return designExperiment(experiment, loadProfileDocument(profile, ".")).sequence;
}

/** Runs program text on emulated ions and judges it by the plan. */
export async function judgeIons(
  { designed, plan }: PreparedExperiment,
  text: string,
  seed: number,
): Promise<{ verdict: Verdict; estimates: Estimates; records: MeasurementRecord[] }> {
  const driver = createDriver("emulator", designed.profile);
  const job = await driver.submit({ ...designed.program, text }, { seed, skip: new Set() });
  const records: MeasurementRecord[] = [];
  for await (const record of driver.fetch(job)) records.push(record);
  await driver.close();
  return { records, ...analyseRecords(records, plan, designed.experiment.significance) };
}
