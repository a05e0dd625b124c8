import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { formatQuantity } from "#core/units";
import type { Estimates } from "#ir/estimate";
import { type Experiment, parseExperiment } from "#ir/experiment";
import type { Plan } from "#ir/plan";
import type { Quantisation } from "#ir/program";
import { scanPoints } from "#ir/scan";
import { infeasible } from "#planning/infeasible";
import { completeLayoutInThreads, type LaidOutExperiment, layOutExperiment } from "#planning/lay-out";
import { loadProfileDocument, parseYaml, readTextFile } from "#planning/load";
import { findAnyTarget } from "#protocols/targets/registry";
import { programFiles } from "#protocols/targets/target";
import { axisText } from "#report/axes";
import type { Context } from "../context.ts";
import { paint, printFindings, printJson, progressBar, table, wrap } from "../output.ts";

export interface LoadedExperiment {
  readonly experiment: Experiment;
  readonly text: string;
  readonly profileDocument: unknown;
}

/** Reads and checks an experiment file and the profile it names; writes nothing. */
export function loadExperiment(file: string): LoadedExperiment {
  const text = readTextFile(file === "-" ? "/dev/stdin" : file);
  const experiment = parseExperiment(parseYaml(text, file === "-" ? "stdin" : file));
  const folder = file === "-" ? process.cwd() : dirname(file);
  return { experiment, text, profileDocument: loadProfileDocument(experiment.device.profile, folder) };
}

export function printDesign(context: Context, designed: LaidOutExperiment): void {
  const { terminal } = context;
  const { summary, experiment } = designed;
  terminal.out(`${paint(terminal, "bold", experiment.title)}\n`);
  terminal.out(`${summary.protocol} on ${summary.profile} (${summary.platform})\n\n`);
  terminal.out(`${table(summary.operating_point.map((e) => [`  ${e.name}`, e.text, e.note]))}\n\n`);
  terminal.out("Findings\n");
  printFindings(terminal, summary.findings);
  const { points, settings, shots, duration_s } = summary.cost;
  terminal.out(
    `\nCost: ${points} points × ${settings} settings × ${experiment.shots} shots = ${shots.toLocaleString("en")} shots, ${formatQuantity(duration_s, "time", 3)} on the device\n`,
  );
}

/** `predict` with a progress bar. */
export async function predictWithProgress(context: Context, designed: LaidOutExperiment): Promise<Plan> {
  const bar = progressBar(context.terminal, "predict");
  const plan = await completeLayoutInThreads(designed, availableParallelism(), bar.update);
  bar.end();
  return plan;
}

/** `plan` and `compile`. */
export function addDesignCommands(program: Command, context: Context): void {
  const { terminal } = context;
  program
    .command("plan")
    .description("experiment file → operating point, findings, predicted signals, cost")
    .argument("<file>", "experiment (YAML or JSON), - for stdin")
    .option("--force", "predict even when the plan is infeasible")
    .action(async (file: string, options: { force?: boolean }) => {
      const { experiment, profileDocument } = loadExperiment(file);
      const designed = layOutExperiment(experiment, profileDocument);
      if (!designed.summary.feasible && !options.force) {
        context.exitStatus = 3;
        if (context.json) printJson(terminal, designed.summary);
        else {
          printDesign(context, designed);
          terminal.out("\nInfeasible; --force predicts all the same.\n");
        }
        return;
      }
      if (!context.json) printDesign(context, designed);
      const plan = await predictWithProgress(context, designed);
      if (context.json) return printJson(terminal, plan);
      terminal.out(`\nPredicted signal (${plan.prediction.theory})\n`);
      terminal.out(`${signalTable(plan)}\n`);
    });

  program
    .command("compile")
    .description("experiment file → program files for a hardware stack")
    .argument("<file>", "experiment (YAML or JSON), - for stdin")
    .option("--target <target>", "hardware stack; default: the experiment's")
    .requiredOption("--out <folder>", "folder for the program files")
    .option("--force", "compile even when the plan is infeasible")
    .action((file: string, options: { target?: string; out: string; force?: boolean }) => {
      const { experiment, profileDocument } = loadExperiment(file);
      const chosen = options.target === undefined ? experiment : { ...experiment, target: options.target };
      const designed = layOutExperiment(chosen, profileDocument);
      if (!designed.summary.feasible && !options.force) throw infeasible(designed);
      const { target, target_version, sha256, quantisation = [], assumptions = [] } = designed.program;
      const files = programFiles(findAnyTarget(target), designed.program).map(({ name, text }) => {
        const path = join(options.out, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
        return path;
      });
      if (context.json) {
        return printJson(terminal, { target, target_version, sha256, files, quantisation, assumptions });
      }
      terminal.out(
        `${files.join("\n")}\n  ${target} version ${target_version}, sha256 ${sha256.slice(0, 16)}…\n`,
      );
      if (quantisation.length > 0) {
        terminal.out("\nRounded to the stack's resolution\n");
        terminal.out(`${table(quantisation.map(quantisationRow))}\n`);
      }
      if (assumptions.length > 0) terminal.out("\nSupposed about the stack\n");
      for (const assumption of assumptions) terminal.out(`  · ${wrap(assumption, 92, "    ")}\n`);
    });
}

function quantisationRow(entry: Quantisation): string[] {
  const { quantity, unit, step, count, moved, largest_error, where } = entry;
  const number = (value: number) => Number(value.toPrecision(3)).toString();
  return [
    `  ${quantity}`,
    `${moved} of ${count}`,
    `by up to ${number(largest_error)} ${unit}`,
    `step ${number(step)} ${unit}`,
    where,
  ];
}

/** Values of the axes at every point, and of every series; measured beside predicted when there are estimates. */
export function signalTable({ axes, analysis, prediction }: Plan, estimates?: Estimates): string {
  const names = analysis.series.map(({ kind, title, id }) =>
    kind === "population" || kind === "leakage" ? id : kind === "growth_rate" ? "growth rate" : title,
  );
  const cell = (s: number, k: number): string => {
    const { id, kind } = analysis.series[s]!;
    const expected = prediction.series.find((entry) => entry.id === id)!;
    const phase = expected.phases !== null && kind === "pair" ? ` ∠ ${degrees(expected.phases[k]!)}` : "";
    const text =
      kind === "growth_rate"
        ? formatQuantity(expected.values[k]!, "rate", 3)
        : `${expected.values[k]!.toFixed(4)}${phase}`;
    const found = estimates?.series.find((entry) => entry.id === id);
    if (estimates === undefined) return text;
    if (found === undefined) return "";
    const { value, error } = found.values[k]!;
    return `${value.toFixed(4)} ± ${error.toFixed(4)} (${text})`;
  };
  const shown = names.flatMap((_, s) => {
    const { kind } = analysis.series[s]!;
    if (kind === "phase_distribution") return [];
    return estimates !== undefined && (kind === "growth_rate" || kind === "ideal") ? [] : [s];
  });
  return table([
    [...axes.map(({ title }) => `  ${title}`), ...shown.map((s) => names[s]!)],
    ...scanPoints(axes).map((point, k) => [
      ...axes.map((axis) => `  ${axisText(axis, point[axis.name]!)}`),
      ...shown.map((s) => cell(s, k)),
    ]),
  ]);
}

function degrees(angle_rad: number): string {
  return `${((angle_rad * 180) / Math.PI).toFixed(0)}°`;
}
