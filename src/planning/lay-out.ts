import { parseWith } from "#core/schema";
import { findCircuitPlatform } from "#devices/registry";
import type { Experiment } from "#ir/experiment";
import type { Plan } from "#ir/plan";
import { profileHeadSchema } from "#ir/profile";
import { completeCircuits, type DesignedCircuits, designCircuits } from "./circuits.ts";
import { completePlan, completePlanInThreads } from "./complete-plan.ts";
import { type DesignedExperiment, designExperiment } from "./plan.ts";

/** An experiment laid out on a device of either sort: one that plays timed signals, one that runs circuits. */
export type LaidOutExperiment = DesignedExperiment | DesignedCircuits;

/**
 * Lays an experiment out on the device whose profile is given, whatever its sort.
 *
 * @param now - ms since 1970; what the age of a calibration is counted to
 * @throws EntrainError as `designExperiment` and `designCircuits`
 */
export function layOutExperiment(
  experiment: Experiment,
  profileDocument: unknown,
  now: number = Date.now(),
): LaidOutExperiment {
  const { kind } = parseWith(profileHeadSchema, profileDocument, "profile.invalid");
  const platform = findCircuitPlatform(kind);
  return platform === undefined
    ? designExperiment(experiment, profileDocument)
    : designCircuits(platform, experiment, profileDocument, now);
}

/** Adds the prediction of the measurement. */
export function completeLayout(
  laidOut: LaidOutExperiment,
  onProgress?: (done: number, of: number) => void,
): Plan {
  return "signals" in laidOut ? completeCircuits(laidOut, onProgress) : completePlan(laidOut, onProgress);
}

/** `completeLayout` on several threads where there is enough to do; the same numbers to the last bit. */
export async function completeLayoutInThreads(
  laidOut: LaidOutExperiment,
  threads: number,
  onProgress?: (done: number, of: number) => void,
): Promise<Plan> {
  return "signals" in laidOut
    ? completeCircuits(laidOut, onProgress)
    : completePlanInThreads(laidOut, threads, onProgress);
}
