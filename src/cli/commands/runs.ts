import { join, relative } from "node:path";
import { type Command, Option } from "commander";
import { EntrainError } from "#core/errors";
import { ibmDescription } from "#devices/drivers/ibm/driver";
import { cancelSubmissions } from "#devices/drivers/ibm/program-driver";
import { createDriver, findDriver } from "#devices/drivers/registry";
import type { Estimates, Verdict } from "#ir/estimate";
import type { Plan } from "#ir/plan";
import { type RunState, runStates } from "#ir/run";
import { executeRun } from "#jobs/execute-run";
import { keepRun } from "#jobs/keep-run";
import { layOutExperiment } from "#planning/lay-out";
import { readTextFile } from "#planning/load";
import { conciseQuantity } from "#report/numbers";
import { databaseUrl } from "#store/database-url";
import { listRuns, type RunListing } from "#store/list-runs";
import type { RunFilter } from "#store/run-filter";
import { RunStore } from "#store/run-store";
import type { Context } from "../context.ts";
import { ibmServices, openRunJournal } from "../ibm.ts";
import { paint, printJson, progressBar, table, wrap } from "../output.ts";
import { loadExperiment, predictWithProgress, printDesign, signalTable } from "./design.ts";
import { writeReport } from "./report.ts";

interface RunFlags {
  readonly driver?: string;
  readonly program?: string;
  readonly resume?: string;
  readonly force?: boolean;
  readonly yes?: boolean;
}

const noRuns: RunListing = { runs: [], damaged: [], source: "folders", note: "" };

interface ListFlags {
  readonly title?: string;
  readonly outcome?: "consistent" | "inconsistent" | "inconclusive" | "none";
  readonly state?: RunState;
  readonly since?: string;
  readonly limit: string;
}

function filterOf(flags: ListFlags): RunFilter {
  const refuse = (path: string, found: string, expected: string) =>
    new EntrainError("cli.usage", { path, message: `"${found}" cannot be used here`, found, expected });
  const limit = Number(flags.limit);
  if (!Number.isInteger(limit) || limit < 1) throw refuse("--limit", flags.limit, "a whole number from 1 on");
  const since = flags.since === undefined ? undefined : new Date(flags.since);
  if (since && Number.isNaN(since.getTime()))
    throw refuse("--since", flags.since!, "a date, e.g. 2026-11-23");
  return {
    limit,
    ...(flags.title === undefined ? {} : { title: flags.title }),
    ...(flags.outcome === undefined ? {} : { outcome: flags.outcome === "none" ? null : flags.outcome }),
    ...(flags.state === undefined ? {} : { state: flags.state }),
    ...(since === undefined ? {} : { since }),
  };
}

/** `run`, `runs`. */
export function addRunCommands(program: Command, context: Context): void {
  program
    .command("run")
    .description("plan, compile, run, analyse, validate, keep")
    .argument("[file]", "experiment (YAML or JSON), - for stdin")
    .option("--driver <driver>", "what runs the program; default: the experiment's")
    .option("--program <file>", "run this program text instead of the compiled one")
    .option("--resume <run>", "continue a run that was interrupted")
    .option("--force", "run even when the plan is infeasible")
    .option("--yes", "submit to a service that charges without being asked")
    .action(async (file: string | undefined, flags: RunFlags) => {
      const store = RunStore.open(context.store);
      try {
        const id =
          flags.resume === undefined
            ? await startRun(context, store, file, flags)
            : resumeRun(context, store, file, flags.resume);
        await finishRun(context, store, id, flags.yes === true);
      } finally {
        store.close();
      }
    });

  program
    .command("cancel")
    .description("cancel what an interrupted run has at a service")
    .argument("<run>", "run id, number, UUID or latest")
    .action(async (reference: string) => {
      const store = RunStore.open(context.store);
      const id = store.resolve(reference);
      store.acquire(id);
      try {
        const { driver } = store.manifest(id);
        if (driver !== ibmDescription.kind) {
          throw new EntrainError("run.not_remote", {
            path: id,
            message: "nothing of this run is at a service; stop its process instead",
            found: driver,
            expected: `a run with driver ${ibmDescription.kind}`,
          });
        }
        const journal = openRunJournal(store.folder(id));
        try {
          const { client, onProgress } = ibmServices(context, { yes: false });
          const { cancelled, ended } = await cancelSubmissions(client, journal, onProgress);
          if (cancelled > 0) store.updateManifest(id, { state: "failed", failure: "cancelled by the user" });
          if (context.json) return printJson(context.terminal, { run: id, cancelled, ended });
          context.terminal.out(`${id}: ${cancelled} jobs cancelled, ${ended} had ended before\n`);
        } finally {
          journal.close();
        }
      } finally {
        store.close();
      }
    });

  program
    .command("runs")
    .description("kept runs, newest first")
    .option("--title <text>", "occurs in the title")
    .addOption(
      new Option("--outcome <outcome>").choices(["consistent", "inconsistent", "inconclusive", "none"]),
    )
    .addOption(new Option("--state <state>").choices(runStates))
    .option("--since <date>", "created at or after")
    .option("--limit <count>", "at most so many", "50")
    .action(async (flags: ListFlags) => {
      const filter = filterOf(flags);
      const store = RunStore.open(context.store);
      // Asking does not make a store.
      const url = databaseUrl(process.env);
      const listing = store.ids().length === 0 ? noRuns : await listRuns(store, filter, { url });
      const { runs, damaged, source } = listing;
      if (context.json) return printJson(context.terminal, { runs, damaged, source });
      for (const { id, message } of damaged) context.terminal.err(`${id} cannot be read: ${message}\n`);
      if (runs.length === 0) return context.terminal.out("no runs\n");
      context.terminal.out(
        `${table(
          runs.map((run) => [
            run.id,
            run.created_at.slice(0, 16).replace("T", " "),
            run.state,
            run.outcome ?? "–",
            run.profile,
            run.title,
          ]),
        )}\n`,
      );
    });
}

/** Plans, checks and keeps a new run; nothing is written before everything about it is known to be sound. */
async function startRun(
  context: Context,
  store: RunStore,
  file: string | undefined,
  flags: RunFlags,
): Promise<string> {
  if (file === undefined) {
    throw new EntrainError("cli.usage", {
      path: "file",
      message: "an experiment file is needed",
      found: "nothing",
      expected: "a file, - for stdin, or --resume RUN",
    });
  }
  const { experiment, text, profileDocument } = loadExperiment(file);
  const designed = layOutExperiment(experiment, profileDocument);
  // Before anything is computed for it.
  findDriver(flags.driver ?? experiment.driver);
  if (!context.json) printDesign(context, designed);
  const { id } = await keepRun(store, designed, {
    text,
    driver: flags.driver,
    services: { ibm: () => ibmServices(context, { yes: flags.yes === true }) },
    program: flags.program === undefined ? undefined : readTextFile(flags.program),
    force: flags.force,
    version: context.version,
    predict: (checked) => predictWithProgress(context, checked),
  });
  return id;
}

function resumeRun(context: Context, store: RunStore, file: string | undefined, reference: string): string {
  if (file !== undefined) {
    throw new EntrainError("cli.usage", {
      path: "file",
      message: "--resume continues the experiment that the run was started with",
      found: file,
      expected: "no file beside --resume",
    });
  }
  const id = store.resolve(reference);
  store.acquire(id);
  const recorded = store.recordedPoints(id).size;
  context.terminal.err(
    `resuming ${id}: ${recorded} of ${store.manifest(id).records_expected} records are on disk\n`,
  );
  return id;
}

async function finishRun(context: Context, store: RunStore, id: string, yes: boolean): Promise<void> {
  const { terminal } = context;
  const abort = new AbortController();
  const stop = () => abort.abort();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  const bar = progressBar(terminal, id);
  try {
    const ibm = () => ibmServices(context, { folder: store.folder(id), yes, signal: abort.signal });
    await executeRun(store, id, {
      createDriver: (kind, profile) => createDriver(kind, profile, { ibm }),
      onProgress: bar.update,
      signal: abort.signal,
    });
  } finally {
    bar.end();
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
  const run = store.read(id);
  const { plan, estimates, verdict } = run as typeof run & { estimates: Estimates; verdict: Verdict };
  context.exitStatus = verdict.outcome === "inconsistent" ? 5 : 0;
  const report = join(run.folder, "report.html");
  writeReport(store, id, report);
  if (context.json) {
    printJson(terminal, {
      run: id,
      report,
      folder: run.folder,
      operating_point: plan.operating_point,
      findings: plan.findings,
      estimates,
      verdict,
    });
    return;
  }
  printOutcome(context, plan, estimates, verdict);
  terminal.out(`\nKept as ${id}; report: ${relative(process.cwd(), report)}\n`);
}

/** Estimates beside their predictions, and the verdict. */
export function printOutcome(context: Context, plan: Plan, estimates: Estimates, verdict: Verdict): void {
  const { terminal } = context;
  terminal.out("\nMeasured (predicted)\n");
  terminal.out(`${signalTable(plan, estimates)}\n\n`);
  for (const { id, title, unit, measured } of estimates.results) {
    const predicted = plan.prediction.results.find((result) => result.id === id)?.value ?? null;
    const expected = predicted === null ? "none" : conciseQuantity({ value: predicted, error: 0 }, unit);
    const found = measured === null ? "none seen" : conciseQuantity(measured, unit);
    terminal.out(`${title}: predicted ${expected}, measured ${found}\n`);
  }
  const style =
    verdict.outcome === "consistent" ? "green" : verdict.outcome === "inconsistent" ? "red" : "yellow";
  terminal.out(`\nVerdict: ${paint(terminal, style, verdict.outcome.toUpperCase())}\n`);
  for (const reason of verdict.reasons) terminal.out(`  ${wrap(reason, 96, "  ")}\n`);
}
