import { parentPort } from "node:worker_threads";
import type { MapRequest } from "#ir/map";
import { mapFlows } from "../phase-diagram/compiled-flow.ts";
import { createMapSolver, type MapMethod, planesOver, tilesOf } from "../phase-diagram/map.ts";
import { workOf } from "../phase-diagram/point-solver.ts";

/** One map, or what is left of it; tiles are taken from a shared counter. */
export interface MapTask {
  readonly request: MapRequest;
  readonly method: MapMethod;
  /** Planes of the whole map. */
  readonly planes: SharedArrayBuffer;
  /** Int32: the next place in `order`; not zero when the task is called off. */
  readonly control: SharedArrayBuffer;
  /** Indices of the tiles to solve. */
  readonly order: readonly number[];
}

export type MapMessage =
  | { readonly kind: "tile"; readonly index: number }
  | { readonly kind: "done"; readonly evaluations: number; readonly newtonSteps: number };

parentPort?.on("message", (task: MapTask) => {
  const control = new Int32Array(task.control);
  const planes = planesOver(task.request, task.planes);
  const tiles = tilesOf(task.request);
  const solver = createMapSolver(task.request, mapFlows, task.method);
  for (;;) {
    const next = Atomics.add(control, 0, 1);
    if (next >= task.order.length || Atomics.load(control, 1) !== 0) break;
    const index = task.order[next]!;
    solver.solve(tiles[index]!, planes);
    parentPort?.postMessage({ kind: "tile", index } satisfies MapMessage);
  }
  parentPort?.postMessage({ kind: "done", ...workOf(solver.points) } satisfies MapMessage);
});
