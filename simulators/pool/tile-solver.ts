import type { MapRequest } from "#ir/map";
import { mapFlows } from "../phase-diagram/compiled-flow.ts";
import { createMapSolver, type MapMethod, tilesOf } from "../phase-diagram/map.ts";

/**
 * Solves single tiles of a map, by their index in `tilesOf`, for whoever puts the map together.
 *
 * @returns planes of the tile one after the other, in the order of `planeNames`, row by row
 */
export function createTileSolver(request: MapRequest, method: MapMethod): (index: number) => Float64Array {
  const solver = createMapSolver(request, mapFlows, method);
  const tiles = tilesOf(request);
  return (index) => {
    const tile = tiles[index];
    if (tile === undefined) throw new RangeError(`the map has no tile ${index}`);
    return solver.solveAlone(tile);
  };
}
