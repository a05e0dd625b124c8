import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import type { Command } from "commander";
import { EntrainError } from "#core/errors";
import { driverDescriptions, findDriver } from "#devices/drivers/registry";
import { parseExperiment } from "#ir/experiment";
import { profileHeadSchema } from "#ir/profile";
import type { JudgedData } from "#jobs/validate-data";
import { parseYaml } from "#planning/load";
import { renderReport } from "#report/page";
import { countSoFar } from "#store/data-files/run-records";
import { profileHash } from "#store/documents";
import { RunStore } from "#store/run-store";
import type { Context } from "../context.ts";
import { printJson } from "../output.ts";

/** The report page of a kept run, whatever stage it has reached. */
export function reportOf(store: RunStore, id: string): string {
  const run = store.read(id);
  const { records, table } = countSoFar(store, id, run.plan, run.manifest.records_expected);
  const { name, title } = profileHeadSchema.parse(run.profile);
  return renderReport({
    manifest: run.manifest,
    experiment: parseExperiment(parseYaml(run.experiment, `${id}/experiment.yaml`)),
    profile: { name, title },
    driver: findDriver(run.manifest.driver).description,
    plan: run.plan,
    counts: table,
    estimates: run.estimates,
    verdict: run.verdict,
    records,
  });
}

/**
 * The report page of data that are compared with an experiment's prediction.
 *
 * @param driver - what the data name as their origin; null where they do not
 */
export function reportOfData(
  { plan, experiment, profile, counts, estimates, verdict, source }: JudgedData,
  subject: { readonly run: string } | { readonly file: string },
  driver: string | null,
): string {
  const { name, title } = profileHeadSchema.parse(profile);
  const changed = source?.modified ?? new Date().toISOString();
  const records = plan.cost.points * plan.cost.settings;
  return renderReport({
    manifest: {
      schema_version: 1,
      id: "run" in subject ? subject.run : basename(subject.file),
      uuid: "",
      title: experiment.title,
      protocol: plan.protocol,
      profile: plan.profile,
      profile_sha256: profileHash(profile),
      target: "",
      driver: driver ?? "",
      program_sha256: "",
      program_replaced: false,
      seed: experiment.seed,
      shots: counts.shots,
      state: "judged",
      created_at: changed,
      updated_at: changed,
      records_expected: records,
      outcome: verdict.outcome,
      failure: null,
      versions: {},
    },
    experiment,
    profile: { name, title },
    driver: driverDescriptions.find(({ kind }) => kind === driver) ?? {
      kind: driver ?? "",
      title: driver ?? "not known",
      emulated: false,
      limits: [],
    },
    plan,
    counts,
    estimates,
    verdict,
    records,
    source: source ?? {
      file: "run" in subject ? subject.run : subject.file,
      format: "run of the store",
      bytes: 0,
      modified: changed,
      provenance: [],
      notes: ["The run was made for another experiment than the one it is compared with here."],
    },
  });
}

/** Writes the report of a kept run. */
export function writeReport(store: RunStore, id: string, path: string): void {
  writePage(reportOf(store, id), path);
}

/** Writes a page; an unwritable place is the user's to mend. */
export function writePage(page: string, path: string): void {
  try {
    writeFileSync(path, page);
  } catch (error) {
    throw new EntrainError(
      "file.unwritable",
      {
        path: "--out",
        message: `the report cannot be written: ${(error as Error).message}`,
        found: path,
        expected: "a file in an existing, writable folder",
      },
      { cause: error },
    );
  }
}

/** `report`. */
export function addReportCommand(program: Command, context: Context): void {
  program
    .command("report")
    .description("one self-contained page about a run, with the plots")
    .argument("<run>", "run id, number, UUID or latest")
    .requiredOption("--out <file>", "HTML file to write")
    .action((reference: string, options: { out: string }) => {
      const store = RunStore.open(context.store);
      const id = store.resolve(reference);
      writeReport(store, id, options.out);
      if (context.json) printJson(context.terminal, { run: id, file: options.out });
      else context.terminal.out(`${options.out}\n`);
    });
}
