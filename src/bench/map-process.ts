import { figure4Request, solveMap } from "./contestants/maps.ts";

/**
 * A process of its own that solves Fig. 4 and says what the whole of it took, start included. Arguments: points along
 * an edge, workers.
 */
export interface MapProcessReport {
  /** Processor seconds of all threads since the process began. */
  readonly processorSeconds: number;
  /** Largest resident set, bytes. */
  readonly peakBytes: number;
  /** Seconds by the clock of the map alone. */
  readonly elapsedSeconds: number;
}

const [edge, workers] = process.argv.slice(2).map(Number);
if (edge === undefined || workers === undefined) throw new Error("usage: map-process EDGE WORKERS");
const request = figure4Request(edge);
const started = performance.now();
await solveMap(request, workers);
const elapsedSeconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage();
const report: MapProcessReport = {
  processorSeconds: (user + system) / 1e6,
  // Node gives kilobytes.
  peakBytes: process.resourceUsage().maxRSS * 1024,
  elapsedSeconds,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
