import { writeFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { resultsPage } from "#bench/markdown";
import { benchCases, findCases } from "#bench/registry";
import { exitStatusOf } from "#bench/results";
import { runBench } from "#bench/run-bench";
import { checkCells, contestantCells, goalCells, machineCells, roundsSentence } from "#bench/tables";
import type { Context } from "../context.ts";
import { paint, printJson, table } from "../output.ts";

interface BenchFlags {
  readonly short?: true;
  readonly rounds?: number;
  readonly out?: string;
  readonly list?: true;
}

/** `bench`: speed against peers, as ratios measured side by side; accuracy and counts decide the exit status. */
export function addBenchCommand(program: Command, context: Context): void {
  const { terminal } = context;
  program
    .command("bench")
    .description("speed against peers found on this machine, as ratios measured side by side")
    .argument("[case...]", `all when left out; ${benchCases.map(({ name }) => name).join(", ")}`)
    .option("--short", "small sizes and two rounds: checks accuracy and counts, says little about speed")
    .option("--rounds <n>", "interleaved rounds; default 5, or 2 with --short", wholeNumber)
    .option("--out <file>", "also write the tables as Markdown")
    .option("--list", "only say what there is")
    .action(async (names: string[], flags: BenchFlags) => {
      const cases = findCases(names);
      if (flags.list) {
        const rows = cases.map(({ name, title }) => ({ name, title }));
        if (context.json) return printJson(terminal, { cases: rows });
        terminal.out(`${table(rows.map(({ name, title }) => [name, title]))}\n`);
        return;
      }
      const report = await runBench(cases, {
        short: flags.short === true,
        ...(flags.rounds === undefined ? {} : { rounds: flags.rounds }),
        progress: (text) => terminal.err(`${text}\n`),
        onCase: (item) => {
          if (context.json) return;
          terminal.out(`\n${paint(terminal, "bold", `${item.name}: ${item.title}`)}\n`);
          if (item.rows.length > 0) terminal.out(`${table(contestantCells(item))}\n`);
          for (const note of [...item.notes, roundsSentence(item)]) terminal.out(`  ${note}\n`);
        },
      });
      if (flags.out !== undefined) writeFileSync(flags.out, resultsPage(report));
      context.exitStatus = exitStatusOf(report.cases);
      if (context.json) return printJson(terminal, report);
      terminal.out(`\n${paint(terminal, "bold", "Goals")}\n${table(goalCells(report.cases))}\n`);
      terminal.out(
        `\n${paint(terminal, "bold", "Accuracy and counted work")}\n${table(checkCells(report.cases))}\n`,
      );
      terminal.out(`\n${paint(terminal, "bold", "Machine")}\n${table(machineCells(report))}\n`);
    });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1000) {
    throw new InvalidArgumentError("expected a whole number from 1 to 1000.");
  }
  return value;
}
