import { parentPort, workerData } from "node:worker_threads";
import type { Experiment } from "#ir/experiment";
import type { Prediction } from "#ir/plan";
import { layOutPulses } from "./plan.ts";
import { createPredictor } from "./predict.ts";

/** Sites whose responses are asked for. */
export interface NuisanceTask {
  readonly sites: readonly number[];
}

export interface NuisanceReport {
  readonly sites: readonly number[];
  readonly nuisances: Prediction["nuisances"];
}

const { experiment, profileDocument } = workerData as {
  readonly experiment: Experiment;
  readonly profileDocument: unknown;
};
const { bench, scan, measurement, analysis, uncertainty_hz } = layOutPulses(experiment, profileDocument);
const { axes, operations } = scan;
const plan = { measurement, axes: [...axes], operations: [...operations], analysis };
const predictor = createPredictor(bench, scan, plan, uncertainty_hz);

parentPort?.on("message", ({ sites }: NuisanceTask) => {
  const report: NuisanceReport = { sites, nuisances: predictor.nuisances(sites) };
  parentPort?.postMessage(report);
});
