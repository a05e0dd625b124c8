import { availableParallelism } from "node:os";
import { type Command, InvalidArgumentError } from "commander";
import { parse } from "yaml";
import { EntrainError } from "#core/errors";
import { parseMapRequest } from "#ir/map";
import { makeMap } from "#maps/make-map";
import { readTextFile } from "#planning/load";
import type { Context } from "../context.ts";
import { printJson, progressBar, table } from "../output.ts";

/** `map FILE`: long-time states over two parameters, drawn and as numbers. */
export function addMapCommand(program: Command, context: Context): void {
  const { terminal } = context;
  program
    .command("map")
    .description("long-time states over two parameters: PNG, SVG, and the numbers as CSV")
    .argument("<file>", "what is mapped, YAML or JSON (see `entrain schema map`); stdin for -")
    .requiredOption("--out <folder>", "where the files go; finished tiles are kept in its .partial")
    .option("--workers <n>", "worker threads", workersOption, availableParallelism())
    .option("--brute-force", "integrate every point over the time of the paper's maps", false)
    .action(async (file: string, options: { out: string; workers: number; bruteForce: boolean }) => {
      const request = parseMapRequest(readDocument(file));
      const started = performance.now();
      const controller = new AbortController();
      const interrupt = () => controller.abort();
      process.once("SIGINT", interrupt);
      const bar = progressBar(terminal, "map");
      const made = await makeMap(request, {
        folder: options.out,
        workers: options.workers,
        method: options.bruteForce ? "brute-force" : "fast",
        preview: 33,
        signal: controller.signal,
        onPreview: (path) => {
          terminal.err(`${path} after ${Math.round(performance.now() - started)} ms\n`);
        },
        onProgress: (done, of) => bar.update(done, of),
      });
      bar.end();
      process.off("SIGINT", interrupt);
      const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
      if (!made.complete) {
        throw new EntrainError("map.cancelled", {
          path: "",
          message: `cancelled with ${made.tiles.finished} of ${made.tiles.of} tiles finished; they are kept`,
          expected: "the same command again, which goes on from there",
        });
      }
      const { planes, complete, ...rest } = made;
      if (context.json) {
        const values = Object.fromEntries(
          Object.entries(planes).map(([name, plane]) => [
            name,
            Array.from(plane, (value) => (Number.isNaN(value) ? null : value)),
          ]),
        );
        return printJson(terminal, { ...rest, seconds, planes: values });
      }
      terminal.out(
        `${table(Object.entries(made.points).map(([kind, count]) => [kind, `${count} points`]))}\n${[made.svg, made.png, made.csv].join("\n")}\n`,
      );
    });
}

function readDocument(file: string): unknown {
  const text = readTextFile(file === "-" ? "/dev/stdin" : file);
  try {
    return parse(text);
  } catch (cause) {
    throw new EntrainError(
      "file.syntax",
      {
        path: file,
        message: `is neither YAML nor JSON: ${(cause as Error).message}`,
        found: text.slice(0, 60),
        expected: "a map document",
      },
      { cause },
    );
  }
}

function workersOption(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 256) {
    throw new InvalidArgumentError("expected a whole number from 1 to 256.");
  }
  return value;
}
