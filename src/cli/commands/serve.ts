import { join } from "node:path";
import type { Command } from "commander";
import { EntrainError } from "#core/errors";
import { databaseUrl } from "#store/database-url";
import type { Context, Listening } from "../context.ts";
import { printJson } from "../output.ts";

function wholeNumber(path: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new EntrainError("cli.usage", {
    path,
    message: `"${text}" cannot be used here`,
    found: text,
    expected: `a whole number from ${least} to ${most}`,
  });
}

interface ServeFlags {
  readonly host: string;
  readonly port: string;
  readonly threads: string;
  readonly timeLimit: string;
  readonly rateLimit: string;
  readonly sweepThreads: string;
}

/** Ends at the first signal; what is at work is let finish. */
function untilSignal(server: Listening): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
      server.close().then(resolve, reject);
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
}

/** `serve`. */
export function addServeCommand(program: Command, context: Context): void {
  program
    .command("serve")
    .description("HTTP API and page; stops at Ctrl-C")
    .option(
      "--host <address>",
      "address to listen on; others than this machine's own need a token",
      "127.0.0.1",
    )
    .option("--port <port>", "port to listen on, 0 for any", "8265")
    .option("--threads <n>", "threads that simulate and plan", "2")
    .option("--sweep-threads <n>", "threads that compute sweeps, 0 to leave them to workers", "1")
    .option("--time-limit <seconds>", "longest answer", "600")
    .option("--rate-limit <n>", "requests a minute and address", "600")
    .action(async (flags: ServeFlags) => {
      const { terminal } = context;
      const server = await context.services.startServer({
        version: context.version,
        store: context.store,
        tokenFile: join(context.store, "tokens.json"),
        host: flags.host,
        port: wholeNumber("--port", flags.port, 0, 65_535),
        threads: wholeNumber("--threads", flags.threads, 1, 256),
        rateLimit: wholeNumber("--rate-limit", flags.rateLimit, 1, 10_000_000),
        lab: { sweepThreads: wholeNumber("--sweep-threads", flags.sweepThreads, 0, 256) },
        databaseUrl: databaseUrl(process.env),
        timeLimit_s: wholeNumber("--time-limit", flags.timeLimit, 1, 1_000_000),
        log: (line) => terminal.err(`${line}\n`),
      });
      if (context.json) printJson(terminal, { url: server.url });
      else terminal.out(`page at ${server.url}, API described at ${server.url}/v1/openapi.json\n`);
      await untilSignal(server);
    });
}
