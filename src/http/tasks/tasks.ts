import { stringify } from "yaml";
import { EntrainError } from "#core/errors";
import { type Experiment, parseExperiment } from "#ir/experiment";
import { keepRun } from "#jobs/keep-run";
import { completeLayout, type LaidOutExperiment, layOutExperiment } from "#planning/lay-out";
import { loadProfileDocument, parseYaml } from "#planning/load";
import { simulate } from "#simulators/index";
import { RunStore } from "#store/run-store";

/** Work that would keep other requests waiting; plain data in and out. */
export type Task =
  | { readonly kind: "simulate"; readonly name: string; readonly body: unknown }
  | { readonly kind: "plan"; readonly body: PlanBody }
  | { readonly kind: "keep-run"; readonly body: RunBody; readonly store: string; readonly version: string };

export interface PlanBody {
  readonly experiment: unknown;
  /** A profile of one's own, in the place of the bundled one that the experiment names. */
  readonly profile?: unknown;
  readonly force?: boolean | undefined;
}

export interface RunBody {
  /** A document, or its text as an experiment file holds it. */
  readonly experiment: unknown;
  readonly profile?: unknown;
  readonly driver?: string | undefined;
  readonly program?: string | undefined;
  readonly force?: boolean | undefined;
}

/** @throws EntrainError as the command line does for the same input */
export async function perform(task: Task): Promise<unknown> {
  if (task.kind === "simulate") return simulateAll(task.name, task.body);
  return task.kind === "plan" ? plan(task.body) : keep(task.body, task.store, task.version);
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

function plan({ experiment: document, profile, force }: PlanBody): unknown {
  const designed = design(parseExperiment(document), profile);
  return designed.summary.feasible || force === true ? completeLayout(designed) : designed.summary;
}

/** Plans and keeps a run; the thread does not keep the right to write it. */
async function keep({ experiment: given, profile, ...options }: RunBody, folder: string, version: string) {
  const text = typeof given === "string" ? given : stringify(given);
  const document = typeof given === "string" ? parseYaml(given, "experiment") : given;
  const designed = design(parseExperiment(document), profile);
  const store = RunStore.open(folder);
  try {
    return await keepRun(store, designed, { ...options, text, version });
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
