import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { EntrainError } from "#core/errors";
import { formatQuantity } from "#core/units";
import type { CostQuestion } from "#devices/drivers/ibm/driver";
import { clientFromEnvironment, patienceFromEnvironment } from "#devices/drivers/ibm/from-environment";
import { journalEntrySchema } from "#devices/drivers/ibm/journal";
import type { IbmServices, ProgramCost, RunJournal } from "#devices/drivers/ibm/program-driver";
import type { IbmProgress } from "#devices/drivers/ibm/progress";
import { FileJournal } from "#store/journal/file-journal";
import type { Context } from "./context.ts";

/** The journal of a run's submissions, in the run's folder. */
export function openRunJournal(folder: string): RunJournal {
  return FileJournal.open(join(folder, "ibm"), journalEntrySchema);
}

/**
 * What the driver `ibm` needs of the command line.
 *
 * @param folder - of the run; absent while there is none yet and nothing may be submitted
 */
export function ibmServices(
  context: Context,
  options: { readonly folder?: string; readonly yes: boolean; readonly signal?: AbortSignal },
): IbmServices {
  const { folder, yes, signal } = options;
  const say = progressLines(context);
  return {
    client: clientFromEnvironment(),
    patience: patienceFromEnvironment(),
    openJournal: () => {
      if (folder !== undefined) return openRunJournal(folder);
      throw new EntrainError(
        "internal",
        { path: "run", message: "nothing may be submitted before the run is kept" },
        { kind: "internal" },
      );
    },
    confirm: (cost) => agree(context, cost, yes),
    onProgress: say,
    ...(signal === undefined ? {} : { signal }),
  };
}

const seconds = (value: number) => formatQuantity(value, "time", 3);

const queued = (count: number) => `${count} ${count === 1 ? "job" : "jobs"} in the queue`;

function waits(wait: CostQuestion["wait_s"]): string {
  if (wait === null || wait.p50 === null) return "";
  const most = wait.p95 === null ? "" : `, 95 % within ${seconds(wait.p95)}`;
  return `; half of the recent jobs waited less than ${seconds(wait.p50)}${most}`;
}

/** Shows what a run will cost, and asks unless `--yes` was given. */
async function agree(context: Context, cost: ProgramCost, yes: boolean): Promise<boolean> {
  const { terminal } = context;
  const { estimate, remaining_s, backend, jobs, queue_length } = cost;
  const left =
    remaining_s === null ? "no limit on the instance" : `${seconds(remaining_s)} left on the instance`;
  terminal.err(
    `${backend}: ${jobs} ${jobs === 1 ? "job" : "jobs, one after the other"}, ${estimate.executions.toLocaleString("en")} executions, about ${seconds(estimate.seconds)} of usage${estimate.from_durations ? "" : " (rule of thumb)"}; ${left}\n` +
      `${queued(queue_length)}${waits(cost.wait_s)}\n`,
  );
  if (yes) return true;
  if (!terminal.interactive || process.stdin.isTTY !== true) {
    terminal.err("this costs; say --yes to submit without being asked\n");
    return false;
  }
  const question = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await question.question("Submit? [y/N] ")).trim());
  } finally {
    question.close();
  }
}

/** One line on stderr for what changes; the same news is not told twice. */
function progressLines({ terminal }: Context): (event: IbmProgress) => void {
  let last = "";
  return (event) => {
    const line = textOf(event);
    if (line === last) return;
    last = line;
    terminal.err(`${line}\n`);
  };
}

function textOf(event: IbmProgress): string {
  switch (event.kind) {
    case "warning":
      return `warning: ${event.message}`;
    case "submitted":
      return `job ${event.job} ${event.found_by_tag ? "found again by its tag" : "submitted"} (${event.tag})`;
    case "waiting": {
      const queue = event.queue_length === null ? "" : `, ${queued(event.queue_length)}`;
      return `job ${event.job} ${event.state.toLowerCase()}${queue}${waits(event.wait_s)}`;
    }
    case "trouble":
      return `${event.code}: ${event.message}; again in ${seconds(event.again_in_s)}`;
    case "surplus":
      return `a second job ${event.job} with the same tag turned up and was cancelled`;
    case "ended":
      return `job ended: ${event.state}`;
    case "stored":
      return `results on disk: ${event.file}, ${event.bytes.toLocaleString("en")} bytes`;
  }
}
