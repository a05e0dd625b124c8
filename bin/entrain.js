#!/usr/bin/env node
// Launcher: from a checkout it rebuilds dist/ when a source changed, then hands over to the command line.
import { build, buildIsStale } from "./build.js";

try {
  if (buildIsStale()) build();
} catch (error) {
  process.stderr.write(`entrain: ${error.message}\n`);
  process.exit(1);
}
const { entrain } = await import("../dist/src/entry/main.js");
process.exitCode = await entrain(process.argv.slice(2));
