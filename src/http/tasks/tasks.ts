import { EntrainError } from "#core/errors";
import { parseExperiment } from "#ir/experiment";
import { completeLayout, layOutExperiment } from "#planning/lay-out";
import { loadProfileDocument } from "#planning/load";
import { simulate } from "#simulators/index";

/** Work that would keep other requests waiting; plain data in and out. */
export type Task =
  | { readonly kind: "simulate"; readonly name: string; readonly body: unknown }
  | { readonly kind: "plan"; readonly body: PlanBody };

export interface PlanBody {
  readonly experiment: unknown;
  /** A profile of one's own, in the place of the bundled one that the experiment names. */
  readonly profile?: unknown;
  readonly force?: boolean | undefined;
}

/** @throws EntrainError as the command line does for the same input */
export function perform(task: Task): unknown {
  return task.kind === "simulate" ? simulateAll(task.name, task.body) : plan(task.body);
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
  const experiment = parseExperiment(document);
  const reference = experiment.device.profile;
  if (profile === undefined && /[/\\]|\.(ya?ml|json)$/.test(reference)) {
    throw new EntrainError("profile.not_found", {
      path: "experiment.device.profile",
      message: "a server does not read files that a request names",
      found: reference,
      expected: "the name of a bundled profile, or the profile itself beside the experiment",
    });
  }
  const designed = layOutExperiment(experiment, profile ?? loadProfileDocument(reference, ""));
  return designed.summary.feasible || force === true ? completeLayout(designed) : designed.summary;
}
