import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { EntrainError } from "#core/errors";
import { packageRoot } from "#planning/load";
import type { Context, Services } from "./context.ts";
import { processTerminal, reportError, type Terminal } from "./output.ts";

type AddCommands = (program: Command, context: Context) => void;

const design = async () => (await import("./commands/design.ts")).addDesignCommands;
const runs = async () => (await import("./commands/runs.ts")).addRunCommands;
const inverse = async () => (await import("./commands/inverse.ts")).addInverseCommands;
const inference = async () => (await import("./commands/inference.ts")).addInferenceCommands;
const lists = async () => (await import("./commands/lists.ts")).addListCommands;

/** Where each command comes from: what one needs is loaded for it alone. */
const commands: Readonly<Record<string, () => Promise<AddCommands>>> = {
  plan: design,
  compile: design,
  run: runs,
  cancel: runs,
  runs,
  validate: async () => (await import("./commands/validate.ts")).addValidateCommand,
  export: async () => (await import("./commands/export.ts")).addExportCommand,
  derive: async () => (await import("./commands/derive.ts")).addDeriveCommand,
  fit: inference,
  next: inference,
  report: async () => (await import("./commands/report.ts")).addReportCommand,
  design: inverse,
  region: inverse,
  simulate: async () => (await import("./commands/simulate.ts")).addSimulateCommand,
  map: async () => (await import("./commands/map.ts")).addMapCommand,
  figure: async () => (await import("./commands/figure.ts")).addFigureCommand,
  bench: async () => (await import("./commands/bench.ts")).addBenchCommand,
  devices: async () => (await import("./commands/devices.ts")).addDeviceCommands,
  protocols: lists,
  targets: lists,
  drivers: lists,
  schema: lists,
  serve: async () => (await import("./commands/serve.ts")).addServeCommand,
  worker: async () => (await import("./commands/worker.ts")).addWorkerCommand,
  token: async () => (await import("./commands/token.ts")).addTokenCommands,
};

/** Where the command line is used alone. */
const noServices: Services = {
  startServer: () => {
    throw new EntrainError("internal", { path: "", message: "no server was built in" }, { kind: "internal" });
  },
};

/** The commands that the arguments can mean: one where its name stands first, else all. */
async function commandsFor(args: readonly string[]): Promise<AddCommands[]> {
  const [name] = args;
  const only = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  return Promise.all((only ? [only] : [...new Set(Object.values(commands))]).map((load) => load()));
}

/**
 * The command line.
 *
 * @returns exit status: 0 done, 1 our fault, 2 bad input, 3 infeasible, 4 device failed, 5 negative verdict
 */
export async function main(
  args: readonly string[],
  terminal: Terminal = processTerminal,
  services: Services = noServices,
): Promise<number> {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as {
    version: string;
  };
  const context: Context = {
    terminal,
    version,
    services,
    json: args.includes("--json"),
    store: process.env.ENTRAIN_STORE ?? ".entrain",
    exitStatus: 0,
  };
  const program = new Command("entrain")
    .description("Plans, compiles, runs and judges quantum-synchronization experiments.")
    .version(version)
    .option("--json", "one JSON document on stdout, nothing else")
    .option("--store <folder>", "where runs are kept; default $ENTRAIN_STORE or .entrain")
    .configureOutput({
      writeOut: terminal.out,
      writeErr: (text) => {
        if (!context.json) terminal.err(text);
      },
    })
    .hook("preAction", (root) => {
      const options = root.opts<{ json?: boolean; store?: string }>();
      context.json = context.json || options.json === true;
      if (options.store !== undefined) context.store = options.store;
    })
    .exitOverride();
  for (const add of await commandsFor(args)) add(program, context);
  // Global options are accepted after the command as well.
  for (const command of allCommands(program)) {
    command.exitOverride();
    command.option("--json", "one JSON document on stdout, nothing else");
    command.copyInheritedSettings(program);
  }
  try {
    await program.parseAsync(["node", "entrain", ...args]);
    return context.exitStatus;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      const refused = new EntrainError("cli.usage", {
        path: "command line",
        message: error.message.replace(/^error: /, ""),
        found: args.join(" "),
        expected: "see entrain --help",
      });
      if (context.json) return reportError(terminal, refused, true);
      return 2;
    }
    return reportError(terminal, error, context.json);
  }
}

function allCommands(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...allCommands(child)]);
}
