import type { MapRequest } from "#ir/map";
import { createTileSolver, type MapMethod } from "#simulators/index";

/** A map that tiles are computed of. */
export interface TileSource {
  readonly sweep: number;
  readonly request: MapRequest;
  readonly method: MapMethod;
}

/** Computes tiles, and the files of maps whose tiles are all there. */
export interface TileComputer {
  /** Numbers of a tile, float64, plane by plane. Rejects when they cannot be had. */
  solve(source: TileSource, tile: number): Promise<Uint8Array>;
  /** @param folder - has all tiles of the map */
  finish(source: TileSource, folder: string): Promise<void>;
  close(): Promise<void>;
}

/** Computes in this thread; while it does, nothing else happens here. */
export function computeHere(): TileComputer {
  let solver: { readonly sweep: number; readonly solve: (tile: number) => Float64Array } | undefined;
  return {
    async solve({ sweep, request, method }, tile) {
      if (solver?.sweep !== sweep) solver = { sweep, solve: createTileSolver(request, method) };
      return new Uint8Array(solver.solve(tile).buffer);
    },
    async finish({ request, method }, folder) {
      // Drawing is a heavy import, for the end of a sweep only.
      const { makeMap } = await import("#maps/make-map");
      await makeMap(request, { folder, workers: 1, method, preview: 0 });
    },
    async close() {},
  };
}
