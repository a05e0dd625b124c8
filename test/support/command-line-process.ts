import { main } from "../../src/cli/main.ts";

/** The command line from its sources, as a process of its own. */
process.exitCode = await main(process.argv.slice(2));
