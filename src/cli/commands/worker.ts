import { hostname } from "node:os";
import { type Command, InvalidArgumentError } from "commander";
import { EntrainError } from "#core/errors";
import { databaseUrl } from "#store/database-url";
import type { Context } from "../context.ts";

function threadsOption(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 256) return value;
  throw new InvalidArgumentError("expected a whole number from 1 to 256.");
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
}

/** `worker`: computes tiles of sweeps for a server, from any machine. */
export function addWorkerCommand(program: Command, context: Context): void {
  program
    .command("worker")
    .description("computes tiles of sweeps for the servers on DATABASE_URL; stops at Ctrl-C")
    .option("--threads <n>", "tiles at a time", threadsOption, 1)
    .option("--name <name>", "as it is told who computed what", `${hostname()}/${process.pid}`)
    .action(async ({ threads, name }: { threads: number; name: string }) => {
      const url = databaseUrl(process.env);
      if (url === undefined) {
        throw new EntrainError("worker.no_database", {
          path: "DATABASE_URL",
          message:
            "a worker takes its tiles from a PostgreSQL server; the embedded database has its own process only",
          found: "nothing",
          expected: "the DATABASE_URL of the server whose sweeps it is to compute",
        });
      }
      const { openServer } = await import("#store/database");
      const { SweepWorker } = await import("#jobs/sweeps/sweep-worker");
      const database = await openServer(url);
      try {
        let tiles = 0;
        const worker = await SweepWorker.start({
          database,
          threads,
          name,
          log: (entry) => context.terminal.err(`${JSON.stringify(entry)}\n`),
          onTile: () => {
            tiles++;
          },
        });
        context.terminal.err(`${name} takes tiles, ${threads} at a time\n`);
        await untilSignal();
        await worker.stop();
        if (context.json) context.terminal.out(`${JSON.stringify({ name, tiles })}\n`);
        else context.terminal.out(`${tiles} tiles\n`);
      } finally {
        await database.close();
      }
    });
}
