import { Worker } from "node:worker_threads";
import type { MapRequest } from "#ir/map";
import { mapFlows } from "../phase-diagram/compiled-flow.ts";
import { createMapSolver, type MapMethod, planeBytes, planesOver, tilesOf } from "../phase-diagram/map.ts";
import type { MapPlanes } from "../phase-diagram/planes.ts";
import { workOf } from "../phase-diagram/point-solver.ts";
import type { MapMessage, MapTask } from "./map-worker.ts";

export interface MapOptions {
  readonly method?: MapMethod;
  /** Planes to go on with and the tiles in them that are finished. */
  readonly started?: { readonly planes: MapPlanes; readonly finished: ReadonlySet<number> };
  /** Called after each tile with its index (as in `tilesOf`) and the planes it is now part of. */
  readonly onTile?: (index: number, planes: MapPlanes) => void;
  /** Stops after the tiles in work. */
  readonly signal?: AbortSignal;
}

export interface MapResult {
  readonly planes: MapPlanes;
  /** False when it was called off before all tiles were solved. */
  readonly complete: boolean;
  /** Counted work: right-hand sides and Newton steps of this call. */
  readonly evaluations: number;
  readonly newtonSteps: number;
}

/** Threads that solve maps one after the other; `close` ends them. */
export interface MapPool {
  compute(request: MapRequest, options?: MapOptions): Promise<MapResult>;
  close(): Promise<void>;
}

/**
 * Planes that workers can share, for a map that is started or gone on with.
 *
 * @throws RangeError when the memory is not there
 */
export function sharedPlanes(request: MapRequest): { buffer: SharedArrayBuffer; planes: MapPlanes } {
  const buffer = new SharedArrayBuffer(planeBytes(request));
  const planes = planesOver(request, buffer);
  for (const plane of Object.values(planes)) plane.fill(Number.NaN);
  return { buffer, planes };
}

/**
 * A pool for maps. The numbers are the same for any number of workers: tiles do not depend on one another.
 *
 * With one worker, or where the sources run uncompiled, tiles are solved in this thread.
 */
export function createMapPool(count: number): MapPool {
  const compiled = import.meta.url.endsWith(".js");
  const workers = count > 1 && compiled ? Array.from({ length: count }, startWorker) : [];
  for (const worker of workers) worker.unref();
  return {
    async compute(request, options = {}) {
      const { buffer, planes } = sharedPlanes(request);
      if (options.started) {
        for (const [name, plane] of Object.entries(planes)) {
          plane.set(options.started.planes[name as keyof MapPlanes]);
        }
      }
      const open = [...tilesOf(request).keys()].filter((index) => !options.started?.finished.has(index));
      const parts =
        workers.length === 0
          ? [await solveHere(request, planes, open, options)]
          : await solveByWorkers(workers, request, buffer, planes, open, options);
      const sum = (pick: (part: Part) => number) => parts.reduce((total, part) => total + pick(part), 0);
      return {
        planes,
        complete: sum((part) => part.tiles) === open.length,
        evaluations: sum((part) => part.evaluations),
        newtonSteps: sum((part) => part.newtonSteps),
      };
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/**
 * A tile's solutions take some ten megabytes whatever the map. Told so, V8 collects earlier, which costs no time that
 * could be measured and halves the memory of a thread.
 */
const heapLimits = { maxYoungGenerationSizeMb: 6, maxOldGenerationSizeMb: 128 };

function startWorker(): Worker {
  return new Worker(new URL("map-worker.js", import.meta.url), {
    resourceLimits: heapLimits,
  });
}

interface Part {
  readonly tiles: number;
  readonly evaluations: number;
  readonly newtonSteps: number;
}

async function solveHere(
  request: MapRequest,
  planes: MapPlanes,
  open: readonly number[],
  { method = "fast", onTile, signal }: MapOptions,
): Promise<Part> {
  const tiles = tilesOf(request);
  const solver = createMapSolver(request, mapFlows, method);
  let solved = 0;
  for (const index of open) {
    if (signal?.aborted) break;
    solver.solve(tiles[index]!, planes);
    solved++;
    onTile?.(index, planes);
    // Lets an interrupt through between tiles.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { tiles: solved, ...workOf(solver.points) };
}

async function solveByWorkers(
  workers: readonly Worker[],
  request: MapRequest,
  buffer: SharedArrayBuffer,
  planes: MapPlanes,
  open: readonly number[],
  { method = "fast", onTile, signal }: MapOptions,
): Promise<Part[]> {
  const control = new SharedArrayBuffer(8);
  const callOff = () => Atomics.store(new Int32Array(control), 1, 1);
  if (signal?.aborted) callOff();
  signal?.addEventListener("abort", callOff);
  const task: MapTask = { request, method, planes: buffer, control, order: open };
  try {
    return await Promise.all(
      workers.map(
        (worker) =>
          new Promise<Part>((resolve, reject) => {
            let tiles = 0;
            const settle = (outcome: () => void) => {
              worker.off("message", onMessage);
              worker.off("error", onError);
              worker.unref();
              outcome();
            };
            const onMessage = (message: MapMessage) => {
              if (message.kind === "tile") {
                tiles++;
                onTile?.(message.index, planes);
              } else settle(() => resolve({ tiles, ...message }));
            };
            const onError = (error: unknown) => {
              callOff();
              settle(() => reject(error));
            };
            worker.on("message", onMessage);
            worker.on("error", onError);
            worker.ref();
            worker.postMessage(task);
          }),
      ),
    );
  } finally {
    signal?.removeEventListener("abort", callOff);
  }
}
