import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { tabulate } from "#analysis/frequencies";
import { EntrainError } from "#core/errors";
import { describeDriver } from "#devices/drivers/registry";
import { parseExperiment } from "#ir/experiment";
import { profileHeadSchema } from "#ir/profile";
import { parseYaml } from "#planning/load";
import { renderReport } from "#report/page";
import { RunStore } from "#store/run-store";
import type { Context } from "../context.ts";
import { printJson } from "../output.ts";

/** The report page of a kept run, whatever stage it has reached. */
export function reportOf(store: RunStore, id: string): string {
  const run = store.read(id);
  const records = store.readRecords(id);
  const complete = records.length === run.manifest.records_expected;
  const { name, title } = profileHeadSchema.parse(run.profile);
  return renderReport({
    manifest: run.manifest,
    experiment: parseExperiment(parseYaml(run.experiment, `${id}/experiment.yaml`)),
    profile: { name, title },
    driver: describeDriver(run.manifest.driver, run.profile),
    plan: run.plan,
    counts: complete ? tabulate(records, run.plan) : null,
    estimates: run.estimates,
    verdict: run.verdict,
    records: records.length,
  });
}

/** Writes the page; an unwritable place is the user's to mend. */
export function writeReport(store: RunStore, id: string, path: string): void {
  const page = reportOf(store, id);
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
