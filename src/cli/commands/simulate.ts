import type { Command } from "commander";
import { EntrainError } from "#core/errors";
import { readTextFile } from "#planning/load";
import { simulate } from "#simulators/index";
import type { Context } from "../context.ts";
import { printJson } from "../output.ts";

/** `simulate KIND [FILE]`: one document or an array of them; always answers in JSON. */
export function addSimulateCommand(program: Command, context: Context): void {
  program
    .command("simulate")
    .description("a bare, dimensionless simulation; answers in JSON")
    .argument("<kind>", "critical-coupling, stability, mean-field, trajectory, network, …")
    .argument("[file]", "JSON document or array of them; stdin when absent or -")
    .action((kind: string, file: string | undefined) => {
      // Errors of this command are documents too: its output is read by programs.
      context.json = true;
      const text = readTextFile(file === undefined || file === "-" ? "/dev/stdin" : file);
      let input: unknown;
      try {
        input = JSON.parse(text);
      } catch (cause) {
        throw new EntrainError(
          "file.syntax",
          {
            path: file ?? "stdin",
            message: `is not JSON: ${(cause as Error).message}`,
            found: text.slice(0, 60),
            expected: "a JSON document or an array of them",
          },
          { cause },
        );
      }
      if (!Array.isArray(input)) return printJson(context.terminal, simulate(kind, input));
      const answers = input.map((document, k) => {
        try {
          return simulate(kind, document);
        } catch (error) {
          if (!(error instanceof EntrainError)) throw error;
          throw new EntrainError(
            error.code,
            error.problems.map((p) => ({ ...p, path: p.path === "" ? `[${k}]` : `[${k}].${p.path}` })),
            { kind: error.kind, cause: error },
          );
        }
      });
      printJson(context.terminal, answers);
    });
}
