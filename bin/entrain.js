#!/usr/bin/env node
// Launcher: from a checkout it rebuilds dist/ when a source changed, then hands over to the command line.
import { build, buildIsStale } from "./build.js";

try {
  if (buildIsStale()) build();
} catch (error) {
  process.stderr.write(`entrain: ${error.message}\n`);
  process.exit(1);
}
const { main } = await import("../dist/src/cli/main.js");
process.exitCode = await main(process.argv.slice(2));
