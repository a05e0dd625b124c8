import { createHash } from "node:crypto";
import type { DigitalProfile } from "#devices/digital/profile";
import { CircuitEmulator } from "#devices/drivers/emulator/circuits";
import { parseExperiment } from "#ir/experiment";
import type { Plan } from "#ir/plan";
import type { Program } from "#ir/program";
import type { Record as MeasurementRecord } from "#ir/record";
import { analyseRecords, type Judgement } from "#jobs/execute-run";
import { completeLayout, type LaidOutExperiment, layOutExperiment } from "#planning/lay-out";
import { smallDevice } from "./digital.ts";

/** Date of the made-up calibration. */
const now = Date.parse("2026-01-02T01:00:00Z");

export interface PreparedCircuits {
  readonly designed: LaidOutExperiment;
  readonly plan: Plan;
  readonly profile: DigitalProfile;
}

/** An experiment on circuits, planned on a made-up row of qubits. */
export function prepareCircuits(
  protocol: Record<string, unknown>,
  options: { readonly qubits?: number; readonly shots?: number } = {},
): PreparedCircuits {
  const profile = smallDevice(options.qubits ?? 4);
  const experiment = parseExperiment({
    title: "circuits",
    device: { profile: profile.name },
    protocol,
    shots: options.shots ?? 4000,
    target: "openqasm3",
  });
  const designed = layOutExperiment(experiment, profile, now);
  return { designed, plan: completeLayout(designed), profile };
}

/** Runs program text on the emulated machine and judges it by the plan. */
export async function runCircuits(
  { designed, plan, profile }: PreparedCircuits,
  change: (text: string) => string = (text) => text,
  seed = 1,
): Promise<Judgement & { readonly records: readonly MeasurementRecord[] }> {
  const driver = new CircuitEmulator(profile);
  const job = await driver.submit(changed(designed.program, change), { seed, skip: new Set() });
  const records: MeasurementRecord[] = [];
  for await (const record of driver.fetch(job)) records.push(record);
  return { records, ...analyseRecords(records, plan, 0.01) };
}

/** The program with its text changed; @throws when the change changes nothing. */
export function changed(program: Program, change: (text: string) => string): Program {
  const text = change(program.text);
  return { ...program, text, sha256: createHash("sha256").update(text, "utf8").digest("hex") };
}
