import { createMapPool } from "#simulators/index";
import { figure4Request } from "./contestants/maps.ts";

/**
 * A process of its own that solves Fig. 4 and says what the whole of it took, start included. Arguments: points along
 * an edge, workers.
 */
export interface MapProcessReport {
  /** Processor seconds of all threads since the process began. */
  readonly processorSeconds: number;
  /** Largest resident set, bytes. */
  readonly peakBytes: number;
  /** Seconds by the clock of the map alone, threads and compilation included. */
  readonly elapsedSeconds: number;
  /** The same of a second map on threads that have solved one before, as in a service or a preview. */
  readonly warmSeconds: number;
}

const [edge, workers] = process.argv.slice(2).map(Number);
if (edge === undefined || workers === undefined) throw new Error("usage: map-process EDGE WORKERS");
const request = figure4Request(edge);
const pool = createMapPool(workers);
const timed = async () => {
  const started = performance.now();
  await pool.compute(request);
  return (performance.now() - started) / 1000;
};
const elapsedSeconds = await timed();
const { user, system } = process.cpuUsage();
// Node gives kilobytes.
const peakBytes = process.resourceUsage().maxRSS * 1024;
const warmSeconds = await timed();
await pool.close();
const report: MapProcessReport = {
  processorSeconds: (user + system) / 1e6,
  peakBytes,
  elapsedSeconds,
  warmSeconds,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
