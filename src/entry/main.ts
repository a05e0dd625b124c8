import { main } from "#cli/main";
import { processTerminal, type Terminal } from "#cli/output";

/**
 * The program: the command line, with the server that one of its commands starts. The two do not know each other;
 * they are put together here.
 */
export function entrain(args: readonly string[], terminal: Terminal = processTerminal): Promise<number> {
  return main(args, terminal, {
    startServer: async (options) => (await import("#http/listen")).listen(options),
  });
}
