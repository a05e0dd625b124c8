import { Worker } from "node:worker_threads";
import type { Experiment } from "#ir/experiment";
import type { Plan } from "#ir/plan";
import type { NuisanceReport, NuisanceTask } from "./nuisance-worker.ts";
import type { DesignedExperiment } from "./plan.ts";
import { createPredictor, expectedFindings, type Predictor, type Simulated, together } from "./predict.ts";

/** Adds the prediction of the measurement. */
export function completePlan(designed: DesignedExperiment, onProgress?: Simulated): Plan {
  const predictor = predictorOf(designed, onProgress);
  return assemble(designed, predictor, predictor.nuisances(predictor.uncertain));
}

/** Sites from which the start of a thread pays. */
const worthThreads = 25;

/** `completePlan` on several threads where there is enough to do; the same numbers to the last bit. */
export async function completePlanInThreads(
  designed: DesignedExperiment,
  threads: number,
  onProgress?: Simulated,
): Promise<Plan> {
  const compiled = import.meta.url.endsWith(".js");
  if (!compiled || threads < 2 || designed.bench.sites.length < worthThreads) {
    return completePlan(designed, onProgress);
  }
  let elsewhere = 0;
  let last: readonly [number, number] = [0, 1];
  const report = () => onProgress?.(Math.min(last[0] + elsewhere, last[1]), last[1]);
  const { experiment, profileDocument } = designed;
  const workers = Array.from({ length: threads - 1 }, () => startWorker(experiment, profileDocument));
  try {
    const predictor = predictorOf(designed, (done, of) => {
      last = [done, of];
      report();
    });
    const pointsOfSite = designed.summary.cost.points;
    const { uncertain } = predictor;
    const open = Array.from({ length: Math.ceil(uncertain.length / together) }, (_, k) =>
      uncertain.slice(k * together, (k + 1) * together),
    );
    const found: NuisanceReport["nuisances"][number][] = [];
    const keep = ({ sites, nuisances }: NuisanceReport) => {
      sites.forEach((site, k) => {
        found[site] = nuisances[k]!;
      });
    };
    const helped = workers.map(async (worker) => {
      for (let sites = open.shift(); sites !== undefined; sites = open.shift()) {
        keep(await worker.ask({ sites }));
        elsewhere += sites.length * pointsOfSite;
        report();
      }
    });
    const own = (async () => {
      predictor.prepare();
      for (let sites = open.shift(); sites !== undefined; sites = open.shift()) {
        keep({ sites, nuisances: predictor.nuisances(sites) });
        // Lets the answers of the others in.
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await Promise.all([...helped, own]);
    return assemble(designed, predictor, found);
  } finally {
    await Promise.all(workers.map(({ close }) => close()));
  }
}

function predictorOf(designed: DesignedExperiment, onProgress?: Simulated): Predictor {
  const { bench, scan, measurement, summary, uncertainty_hz } = designed;
  return createPredictor(bench, scan, { ...summary, measurement }, uncertainty_hz, onProgress);
}

function assemble(
  designed: DesignedExperiment,
  predictor: Predictor,
  nuisances: Plan["prediction"]["nuisances"],
): Plan {
  const { summary, measurement, experiment, growth_rate_per_s, onset_hz } = designed;
  const signals = predictor.signals(nuisances);
  const plan = { ...summary, measurement };
  return {
    ...plan,
    prediction: expectedFindings(signals, plan, experiment.shots, growth_rate_per_s, onset_hz),
  };
}

function startWorker(experiment: Experiment, profileDocument: unknown) {
  const worker = new Worker(new URL("nuisance-worker.js", import.meta.url), {
    workerData: { experiment, profileDocument },
  });
  let settle: { resolve(report: NuisanceReport): void; reject(error: Error): void } | undefined;
  let failure: Error | undefined;
  worker.on("message", (report: NuisanceReport) => settle?.resolve(report));
  worker.on("error", (error) => {
    failure = error;
    settle?.reject(error);
  });
  return {
    ask: (task: NuisanceTask) =>
      new Promise<NuisanceReport>((resolve, reject) => {
        if (failure) return reject(failure);
        settle = { resolve, reject };
        worker.postMessage(task);
      }),
    close: () => worker.terminate(),
  };
}
