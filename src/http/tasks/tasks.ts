import { stringify } from "yaml";
import { EntrainError } from "#core/errors";
import { type Experiment, parseExperiment } from "#ir/experiment";
import { deriveRun } from "#jobs/derive-run";
import { keepRun } from "#jobs/keep-run";
import { infeasible } from "#planning/infeasible";
import { completeLayout, type LaidOutExperiment, layOutExperiment } from "#planning/lay-out";
import { loadProfileDocument, parseYaml } from "#planning/load";
import { findAnyTarget } from "#protocols/targets/registry";
import { programFiles } from "#protocols/targets/target";
import { simulate } from "#simulators/index";
import { streamRecords } from "#store/data-files/run-records";
import { writeRunFile } from "#store/data-files/write-run";
import { RunStore } from "#store/run-store";

/** Work that would keep other requests waiting; plain data in and out. */
export type Task =
  | { readonly kind: "simulate"; readonly name: string; readonly body: unknown }
  | { readonly kind: "plan"; readonly body: PlanBody }
  | { readonly kind: "compile"; readonly body: CompileBody }
  | { readonly kind: "keep-run"; readonly body: RunBody; readonly store: string; readonly version: string }
  | { readonly kind: "derive"; readonly store: string; readonly run: string }
  | ExportTask;

export interface PlanBody {
  /** A document, or its text as an experiment file holds it. */
  readonly experiment: unknown;
  /** A profile of one's own, in the place of the bundled one that the experiment names. */
  readonly profile?: unknown;
  readonly force?: boolean | undefined;
}

export interface CompileBody extends PlanBody {
  /** Hardware stack; default: the experiment's. */
  readonly target?: string | undefined;
}

export interface RunBody extends PlanBody {
  readonly driver?: string | undefined;
  readonly program?: string | undefined;
}

export interface ExportTask {
  readonly kind: "export";
  readonly store: string;
  /** Id of the run. */
  readonly run: string;
  /** HDF5 file to write. */
  readonly file: string;
  readonly version: string;
}

/** @throws EntrainError as the command line does for the same input */
export async function perform(task: Task): Promise<unknown> {
  switch (task.kind) {
    case "simulate":
      return simulateAll(task.name, task.body);
    case "plan":
      return plan(task.body);
    case "compile":
      return compile(task.body);
    case "keep-run":
      return keep(task.body, task.store, task.version);
    case "derive": {
      const store = RunStore.open(task.store);
      try {
        return deriveRun(store, task.run);
      } finally {
        store.close();
      }
    }
    case "export":
      return exportRun(task);
  }
}

/** One document or an array of them, answers in the same order. */
function simulateAll(kind: string, body: unknown): unknown {
  if (!Array.isArray(body)) return simulate(kind, body);
  return body.map((document, k) => {
    try {
      return simulate(kind, document);
    } catch (error) {
      if (!(error instanceof EntrainError)) throw error;
      throw new EntrainError(
        error.code,
        error.problems.map((p) => ({ ...p, path: p.path === "" ? `[${k}]` : `[${k}].${p.path}` })),
        { kind: error.kind, cause: error },
      );
    }
  });
}

/** The text of an experiment, and what it says. */
function readExperiment(given: unknown): { readonly text: string; readonly experiment: Experiment } {
  const text = typeof given === "string" ? given : stringify(given);
  return {
    text,
    experiment: parseExperiment(typeof given === "string" ? parseYaml(given, "experiment") : given),
  };
}

function plan({ experiment: given, profile, force }: PlanBody): unknown {
  const designed = design(readExperiment(given).experiment, profile);
  return designed.summary.feasible || force === true ? completeLayout(designed) : designed.summary;
}

function compile({ experiment: given, profile, force, target: wanted }: CompileBody): unknown {
  const { experiment } = readExperiment(given);
  const chosen = wanted === undefined ? experiment : { ...experiment, target: wanted };
  const designed = design(chosen, profile);
  if (!designed.summary.feasible && force !== true) throw infeasible(designed);
  const { target, target_version, sha256, quantisation = [], assumptions = [] } = designed.program;
  const files = programFiles(findAnyTarget(target), designed.program);
  return { target, target_version, sha256, files, quantisation, assumptions };
}

/** Plans and keeps a run; the thread does not keep the right to write it. */
async function keep({ experiment: given, profile, ...options }: RunBody, folder: string, version: string) {
  const { text, experiment } = readExperiment(given);
  const designed = design(experiment, profile);
  const store = RunStore.open(folder);
  try {
    return await keepRun(store, designed, { ...options, text, version });
  } finally {
    store.close();
  }
}

/** Writes what is kept of a run as HDF5; the number of records. */
async function exportRun({ store: folder, run, file, version }: ExportTask): Promise<number> {
  const store = RunStore.open(folder);
  try {
    return await writeRunFile(file, store.read(run), streamRecords(store, run), `entrain ${version}`);
  } catch (error) {
    if (!(error instanceof EntrainError) || error.code !== "data.unwritable") throw error;
    // Where the server writes is none of the caller's business.
    throw new EntrainError(
      "data.unwritable",
      {
        path: "run",
        message: "the file of this run cannot be written",
        found: run,
        expected: "room in the server's folder for temporary files",
      },
      { cause: error },
    );
  } finally {
    store.close();
  }
}

function design(experiment: Experiment, profile: unknown): LaidOutExperiment {
  const reference = experiment.device.profile;
  if (profile === undefined && /[/\\]|\.(ya?ml|json)$/.test(reference)) {
    throw new EntrainError("profile.not_found", {
      path: "experiment.device.profile",
      message: "a server does not read files that a request names",
      found: reference,
      expected: "the name of a bundled profile, or the profile itself beside the experiment",
    });
  }
  return layOutExperiment(experiment, profile ?? loadProfileDocument(reference, ""));
}
