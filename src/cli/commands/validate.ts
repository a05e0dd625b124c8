import { existsSync } from "node:fs";
import type { Command } from "commander";
import { EntrainError } from "#core/errors";
import { judgeRun } from "#jobs/execute-run";
import {
  type Comparison,
  type JudgedData,
  judgeFile,
  judgeRunAgainst,
  judgeRunFile,
} from "#jobs/validate-data";
import { loadProfileDocument, parseYaml, readTextFile } from "#planning/load";
import { parseMapping } from "#store/data-files/mapping";
import { RunStore } from "#store/run-store";
import type { Context } from "../context.ts";
import { printJson, progressBar } from "../output.ts";
import { loadExperiment } from "./design.ts";
import { reportInput, reportInputOf, writeReports } from "./report.ts";
import { printOutcome } from "./runs.ts";

interface ValidateFlags {
  readonly against?: string;
  readonly profile?: string;
  readonly mapping?: string;
  readonly out?: string;
  readonly figures?: string;
}

/** What names a kept run and nothing else. */
const runReference = /^(\d{1,15}|latest|run-\d+|[0-9a-f]{8}-[0-9a-f]{4}-.*)$/i;

/** `validate`. */
export function addValidateCommand(program: Command, context: Context): void {
  program
    .command("validate")
    .description("measured data against the prediction: a kept run, or a file of data taken elsewhere")
    .argument(
      "<data>",
      "run id, number, UUID or latest; or a file: HDF5, CSV, ARTIQ results, IBM Sampler results",
    )
    .option("--against <experiment>", "experiment whose prediction the data are compared with")
    .option("--profile <profile>", "device profile to predict with, instead of the experiment's")
    .option("--mapping <file>", "what the columns or bits of the file mean (YAML or JSON)")
    .option("--out <file>", "HTML file for the report")
    .option("--figures <folder>", "folder for the report's figures as SVG and PNG")
    .action(async (data: string, flags: ValidateFlags) => {
      if (runReference.test(data)) await validateRun(context, data, flags);
      else await validateFile(context, data, flags);
    });
}

async function validateRun(context: Context, reference: string, flags: ValidateFlags): Promise<void> {
  const store = RunStore.open(context.store);
  const id = store.resolve(reference);
  if (flags.mapping !== undefined) throw usage("--mapping", "a kept run needs no mapping", flags.mapping);
  if (flags.against === undefined) {
    if (flags.profile !== undefined) throw usage("--profile", "--profile needs --against", flags.profile);
    const { plan, estimates, verdict } = judgeRun(store, id);
    context.exitStatus = verdict.outcome === "inconsistent" ? 5 : 0;
    const report = flags.out === undefined ? {} : { report: flags.out };
    if (flags.out !== undefined || flags.figures !== undefined) writeReports(reportInput(store, id), flags);
    if (context.json) return printJson(context.terminal, { run: id, estimates, verdict, ...report });
    return printOutcome(context, plan, estimates, verdict);
  }
  const comparison = comparisonOf(flags.against, flags.profile);
  finish(
    context,
    { run: id },
    withProgress(context, (update) => judgeRunAgainst(store, id, comparison, update)),
    store.manifest(id).driver,
    flags,
  );
}

async function validateFile(context: Context, path: string, flags: ValidateFlags): Promise<void> {
  if (flags.against === undefined) {
    if (!existsSync(path)) {
      throw new EntrainError("file.not_found", {
        path,
        message: `there is no file and no run "${path}"`,
        found: path,
        expected: "a run id, number, UUID, latest, or a readable file",
      });
    }
    const own = await judgeRunFile(path);
    if (own === null) throw usage("--against", "the file holds no plan of its own", "no --against");
    return finish(context, { file: path }, own, driverOf(own), flags);
  }
  const mapping =
    flags.mapping === undefined
      ? undefined
      : parseMapping(parseYaml(readTextFile(flags.mapping), flags.mapping));
  const comparison = comparisonOf(flags.against, flags.profile);
  const bar = progressBar(context.terminal, "predict");
  const judged = await judgeFile(path, comparison, mapping, bar.update);
  bar.end();
  finish(context, { file: path }, judged, driverOf(judged), flags);
}

function withProgress<T>(context: Context, work: (update: (done: number, of: number) => void) => T): T {
  const bar = progressBar(context.terminal, "predict");
  try {
    return work(bar.update);
  } finally {
    bar.end();
  }
}

function comparisonOf(against: string, profile: string | undefined): Comparison {
  const { experiment, profileDocument } = loadExperiment(against);
  if (profile === undefined) return { experiment, profileDocument, profileChosen: false };
  return { experiment, profileDocument: loadProfileDocument(profile, process.cwd()), profileChosen: true };
}

/** Driver that a file names as its origin. */
function driverOf({ source }: JudgedData): string | null {
  return source?.provenance.find(([name]) => name === "driver")?.[1] ?? null;
}

function finish(
  context: Context,
  subject: { readonly run: string } | { readonly file: string },
  judged: JudgedData,
  driver: string | null,
  flags: ValidateFlags,
): void {
  const { out, figures } = flags;
  const { plan, estimates, verdict, source, counts, experiment, assignments } = judged;
  context.exitStatus = verdict.outcome === "inconsistent" ? 5 : 0;
  if (out !== undefined || figures !== undefined) writeReports(reportInputOf(judged, subject, driver), flags);
  if (context.json) {
    const report = out === undefined ? {} : { report: out };
    const { file: _, ...described } = source ?? { file: "" };
    printJson(context.terminal, {
      ...subject,
      source: source === null ? null : described,
      experiment: experiment.title,
      shots: counts.shots,
      ...(assignments === null
        ? {}
        : { assignments: Object.fromEntries([...assignments].map(([id, { matrix }]) => [id, matrix])) }),
      findings: plan.findings,
      estimates,
      verdict,
      ...report,
    });
    return;
  }
  for (const note of source?.notes ?? []) context.terminal.err(`note: ${note}\n`);
  printOutcome(context, plan, estimates, verdict);
  if (out !== undefined) context.terminal.out(`\nReport: ${out}\n`);
}

function usage(path: string, message: string, found: string): EntrainError {
  return new EntrainError("cli.usage", {
    path,
    message,
    found,
    expected: "see entrain validate --help and docs/data-files.md",
  });
}
