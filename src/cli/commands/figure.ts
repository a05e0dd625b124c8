import { availableParallelism } from "node:os";
import { type Command, InvalidArgumentError } from "commander";
import { paperResolution } from "#figures/computation";
import { fontsAreMissing } from "#figures/drawing/fonts";
import { makeFigure } from "#figures/make-figure";
import { figures, findFigures } from "#figures/registry";
import type { Context } from "../context.ts";
import { printJson, progressBar } from "../output.ts";

/** `figure`: the paper's figures as PNG, SVG and CSV. */
export function addFigureCommand(program: Command, context: Context): void {
  const { terminal } = context;
  program
    .command("figure")
    .description("the figures of Nadolny & Bruder: PNG, SVG, caption, and the numbers as CSV")
    .argument("<name>", `all, or one of ${figures.map((figure) => figure.name).join(" ")}`)
    .requiredOption("--out <folder>", "where the files go; finished rows are kept in its .partial")
    .option("--resolution <n>", "points along each axis of a map", countOption(3, 2048), paperResolution)
    .option("--workers <n>", "worker threads", countOption(1, 256), availableParallelism())
    .action(async (name: string, options: { out: string; resolution: number; workers: number }) => {
      const chosen = findFigures(name);
      if (fontsAreMissing()) {
        terminal.err(
          "warning: no fonts found on this machine; the PNG files will lack all text (the SVG files are complete)\n",
        );
      }
      const made = [];
      for (const figure of chosen) {
        const bar = progressBar(terminal, `fig. ${figure.name}`);
        const started = performance.now();
        const files = await makeFigure(figure, {
          folder: options.out,
          resolution: options.resolution,
          workers: options.workers,
          onStart: ({ rows, finished, seconds }) => {
            const known = finished > 0 ? `, ${finished} of them already there` : "";
            terminal.err(
              `fig. ${figure.name}: ${rows} rows${known}, ${options.workers} ${options.workers === 1 ? "worker" : "workers"}, about ${readableTime(seconds)}\n`,
            );
          },
          onProgress: (done, of) => bar.update(done, of),
          onFinish: () => bar.end(),
        });
        const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
        made.push({ ...files, resolution: options.resolution, seconds });
        if (!context.json) {
          terminal.out(`${[files.svg, files.png, files.text, ...files.csv].join("\n")}\n`);
        }
      }
      if (context.json) printJson(terminal, { figures: made });
    });
}

function countOption(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

function readableTime(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return `${Math.round(seconds / 60)} min`;
}
