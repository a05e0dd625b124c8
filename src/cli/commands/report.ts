import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Command } from "commander";
import { EntrainError } from "#core/errors";
import { describeDriver, driverDescriptions } from "#devices/drivers/registry";
import { parseExperiment } from "#ir/experiment";
import { profileHeadSchema } from "#ir/profile";
import type { JudgedData } from "#jobs/validate-data";
import { parseYaml } from "#planning/load";
import { figuresOf, type ReportInput, renderReport } from "#report/page";
import { svgToPng } from "#report/svg";
import { countSoFar } from "#store/data-files/run-records";
import { profileHash } from "#store/documents";
import { RunStore } from "#store/run-store";
import type { Context } from "../context.ts";
import { printJson } from "../output.ts";

/** What a report shows of a kept run, whatever stage it has reached. */
export function reportInput(store: RunStore, id: string): ReportInput {
  const run = store.read(id);
  const { records, table } = countSoFar(store, id, run.plan, run.manifest.records_expected);
  const { name, title } = profileHeadSchema.parse(run.profile);
  return {
    manifest: run.manifest,
    experiment: parseExperiment(parseYaml(run.experiment, `${id}/experiment.yaml`)),
    profile: { name, title },
    driver: describeDriver(run.manifest.driver, run.profile),
    plan: run.plan,
    counts: table,
    estimates: run.estimates,
    verdict: run.verdict,
    records,
  };
}

/**
 * What a report shows of data that are compared with an experiment's prediction.
 *
 * @param driver - what the data name as their origin; null where they do not
 */
export function reportInputOf(
  { plan, experiment, profile, counts, estimates, verdict, source }: JudgedData,
  subject: { readonly run: string } | { readonly file: string },
  driver: string | null,
): ReportInput {
  const { name, title } = profileHeadSchema.parse(profile);
  const changed = source?.modified ?? new Date().toISOString();
  const records = plan.cost.points * plan.cost.settings;
  return {
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
  };
}

/** Where a report goes. */
export interface ReportPlaces {
  /** HTML file. */
  readonly out?: string;
  /** Folder for the figures. */
  readonly figures?: string;
}

/** Writes the report of a kept run. */
export function writeReport(store: RunStore, id: string, path: string): void {
  writeReports(reportInput(store, id), { out: path });
}

/** Writes page and figures; an unwritable place is the user's to mend. */
export function writeReports(input: ReportInput, { out, figures }: ReportPlaces): void {
  if (out !== undefined) writable("--out", out, () => writeFileSync(out, renderReport(input)));
  if (figures === undefined) return;
  writable("--figures", figures, () => {
    mkdirSync(figures, { recursive: true });
    figuresOf(input).forEach(({ svgs, title }, k) => {
      const name = `${k + 1}-${title
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^-|-$/g, "")}`;
      svgs.forEach((svg, part) => {
        const path = join(figures, part === 0 ? name : `${name}-${part + 1}`);
        writeFileSync(`${path}.svg`, svg);
        writeFileSync(`${path}.png`, svgToPng(svg));
      });
    });
  });
}

function writable(path: string, found: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw new EntrainError(
      "file.unwritable",
      {
        path,
        message: `the report cannot be written: ${(error as Error).message}`,
        found,
        expected: path === "--out" ? "a file in an existing, writable folder" : "a writable folder",
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
    .option("--figures <folder>", "folder for the figures as SVG and PNG")
    .action((reference: string, options: { out: string; figures?: string }) => {
      const store = RunStore.open(context.store);
      const id = store.resolve(reference);
      writeReports(reportInput(store, id), options);
      if (context.json) printJson(context.terminal, { run: id, file: options.out });
      else context.terminal.out(`${options.out}\n`);
    });
}
