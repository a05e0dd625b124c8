import type { Command } from "commander";
import { defend } from "#analysis/defence";
import { estimate } from "#analysis/estimate";
import { type CountTable, tabulate } from "#analysis/frequencies";
import { EntrainError } from "#core/errors";
import { formatQuantity } from "#core/units";
import { parseExperiment } from "#ir/experiment";
import type { Plan } from "#ir/plan";
import { scanPoints } from "#ir/scan";
import { fitCounts, type RunFit } from "#planning/inference/fit-run";
import { nextSteps } from "#planning/inference/next-run";
import { alternativesOf } from "#planning/inference/simulate-variation";
import { parseYaml } from "#planning/load";
import { type DesignedExperiment, designExperiment } from "#planning/plan";
import { axisText } from "#report/axes";
import { RunStore } from "#store/run-store";
import type { Context } from "../context.ts";
import { printJson, progressBar, table, wrap } from "../output.ts";

interface KeptRun {
  readonly id: string;
  readonly designed: DesignedExperiment;
  readonly plan: Plan;
  readonly counts: CountTable;
}

/** A kept run with its experiment laid out again, so that it can be simulated with changes. */
function keptRun(context: Context, reference: string): KeptRun {
  const store = RunStore.open(context.store);
  const id = store.resolve(reference);
  const { plan, experiment, profile } = store.read(id);
  const designed = designExperiment(parseExperiment(parseYaml(experiment, `${id}/experiment.yaml`)), profile);
  return { id, designed, plan, counts: tabulate(store.readRecords(id), plan) };
}

const percent = (x: number) => `${(100 * x).toFixed(1)} %`;

/** `fit`, `next`. */
export function addInferenceCommands(program: Command, context: Context): void {
  program
    .command("fit")
    .description("what the data say about rates, exchange, detuning, and about stated ways of being wrong")
    .argument("<run>", "run id, number, UUID or latest")
    .option("--parameters <ids>", "fit these only, separated by commas")
    .action((reference: string, { parameters }: { parameters?: string }) => {
      const run = keptRun(context, reference);
      const { designed, plan, counts } = run;
      const bar = progressBar(context.terminal, run.id);
      let fit: RunFit;
      let alternatives: ReturnType<typeof alternativesOf>;
      try {
        alternatives = alternativesOf(designed, plan.prediction, bar.update);
        fit = fitCounts(designed, plan, counts, {
          seed: designed.experiment.seed,
          onProgress: bar.update,
          ...(parameters === undefined ? {} : { only: parameters.split(",").map((name) => name.trim()) }),
        });
      } finally {
        bar.end();
      }
      const verdict = defend(
        counts,
        plan,
        estimate(counts, plan),
        designed.experiment.significance,
        alternatives,
      );
      context.exitStatus = verdict.outcome === "inconsistent" ? 5 : 0;
      if (context.json) return printJson(context.terminal, { run: run.id, fit, verdict });
      printFit(context, fit);
      const { out } = context.terminal;
      out("\nStated alternatives (0 as planned, 1 as stated)\n");
      out(
        `${table(
          verdict.defence!.alternatives.map((a) => [
            `  ${a.title}`,
            `${a.amount.toFixed(3)} ± ${a.error.toFixed(3)}`,
            `power ${percent(a.power)}`,
            a.answer,
          ]),
        )}\n`,
      );
      const { effect_size, effect_noise, floor, dominant } = verdict.defence!;
      out(
        `\nEffect size beyond noise ${effect_size.toExponential(1)} (noise ${effect_noise.toExponential(1)}); floor ${floor.value.toExponential(1)}: ${floor.reason}\n`,
      );
      out(`Rests on: ${wrap(dominant, 96, "  ")}\n`);
      out(`\nVerdict: ${verdict.outcome.toUpperCase()} (p = ${verdict.p_value.toPrecision(2)})\n`);
      for (const reason of verdict.reasons) out(`  ${wrap(reason, 96, "  ")}\n`);
    });

  program
    .command("next")
    .description("the cheapest further measurement that decides what a run's data cannot")
    .argument("<run>", "run id, number, UUID or latest")
    .option("--power-of <alternative>", "plan for this alternative only")
    .action((reference: string, flags: { powerOf?: string }) => {
      const { id, designed, plan, counts } = keptRun(context, reference);
      const bar = progressBar(context.terminal, id);
      let alternatives: ReturnType<typeof alternativesOf>;
      try {
        alternatives = alternativesOf(designed, plan.prediction, bar.update);
      } finally {
        bar.end();
      }
      const asked = alternatives.filter(
        (alternative) => flags.powerOf === undefined || alternative.id === flags.powerOf,
      );
      if (asked.length === 0) {
        throw new EntrainError("next.unknown_alternative", {
          path: "--power-of",
          message: `there is no stated alternative "${flags.powerOf}"`,
          found: flags.powerOf,
          expected: alternatives.map((alternative) => alternative.id).join(", "),
        });
      }
      const share = designed.experiment.significance / 2 / alternatives.length;
      const steps = nextSteps(designed, plan, counts.shots, asked, share);
      if (context.json) return printJson(context.terminal, { run: id, steps });
      const { out } = context.terminal;
      if (steps.length === 0)
        return out("These data decide about every stated alternative with a power of 80 % or more.\n");
      const points = scanPoints(plan.axes);
      const place = (k: number) =>
        plan.axes.map((axis) => `${axis.name} ${axisText(axis, points[k]![axis.name]!)}`).join(", ") ||
        "the one point";
      for (const { title, scan } of steps) {
        out(`${title}\n`);
        if (scan === null) {
          out("  no number of shots of this scan decides: its unknowns could do the same\n");
          continue;
        }
        out(`  repeat ${scan.points.map(place).join("; ")}\n`);
        out(
          `  ${scan.shots} shots a setting, ${formatQuantity(scan.duration_s, "time", 3)} (most telling setting: ${plan.measurement.settings[scan.best_setting]!.name})\n`,
        );
        out(
          `  error ${scan.error_now.toFixed(2)} → ${scan.error_then.toFixed(2)} of the alternative${scan.whole_scan_s === null ? "" : `; the whole scan would take ${formatQuantity(scan.whole_scan_s, "time", 3)}`}\n`,
        );
      }
    });
}

function printFit(context: Context, fit: RunFit): void {
  const { out } = context.terminal;
  out(`Fitted in ${fit.rounds} ${fit.rounds === 1 ? "round" : "rounds"} of simulations\n`);
  const show = (value: number, unit: "" | "Hz") =>
    unit === "" ? value.toFixed(4) : `${(value / 1e3).toFixed(2)} kHz`;
  out(
    `${table(
      fit.parameters.map(({ parameter, value, error, interval95, assumed }) => [
        `  ${parameter.symbol}`,
        `${show(value, parameter.unit)} ± ${show(error, parameter.unit)}`,
        parameter.planned === null
          ? parameter.unit === ""
            ? "× planned"
            : "beyond plan"
          : `× ${formatQuantity(parameter.planned.value, parameter.planned.unit === "Hz" ? "frequency" : "rate")}`,
        `95 %: ${show(interval95[0], parameter.unit)} … ${show(interval95[1], parameter.unit)}`,
        assumed > 0.25 ? `assumed to ${percent(Math.min(1, assumed))}` : "",
      ]),
    )}\n`,
  );
  out("\nCorrelations\n");
  out(
    `${table(
      fit.parameters.map(({ parameter }, a) => [
        `  ${parameter.symbol}`,
        ...fit.correlations[a]!.slice(0, a + 1).map((r) => r.toFixed(2)),
      ]),
    )}\n`,
  );
  const worst = Math.max(...fit.posterior.rHat);
  const fewest = Math.min(...fit.posterior.effective);
  out(
    `\nPosterior: split R̂ ≤ ${worst.toFixed(3)}, at least ${fewest.toFixed(0)} effective draws, ${percent(fit.posterior.acceptance)} accepted\n`,
  );
  out("\nModels, equally likely before the data\n");
  out(
    `${table(
      fit.models.map(({ title, bic, probability }) => [
        `  ${title}`,
        `BIC ${(bic - fit.models[0]!.bic).toFixed(1)}`,
        `probability ${probability.toPrecision(3)}`,
      ]),
    )}\n`,
  );
  for (const warning of fit.warnings) out(`Warning: ${wrap(warning, 96, "  ")}\n`);
}
