import { type MapRequest, mapChannels, mapGroups, pointModels } from "#ir/map";
import { initialMatrices, ladderOf } from "#ir/simulate";
import { coordinateCount, coordinatesOf } from "#model/generator";
import { integratePoint } from "./brute-force.ts";
import type { FlowFactory } from "./flow.ts";
import { type MapPlanes, type PlaneName, planeNames, writePoint } from "./planes.ts";
import { createPointSolver, type PointSolver } from "./point-solver.ts";
import { solveTile } from "./tile-solver.ts";

/** A rectangle of a map. */
export interface Tile {
  readonly column: number;
  readonly row: number;
  readonly columns: number;
  readonly rows: number;
}

/** Most points along an edge of a tile. */
export const tileEdge = 32;

/** Tiles of about one size that cover a map, row by row. The result of one does not depend on the others. */
export function tilesOf(request: MapRequest): Tile[] {
  const columns = pieces(request.x.points);
  return pieces(request.y.points).flatMap((row) =>
    columns.map((column) => ({
      column: column.start,
      row: row.start,
      columns: column.length,
      rows: row.length,
    })),
  );
}

function pieces(points: number): { start: number; length: number }[] {
  const count = Math.ceil(points / tileEdge);
  const startOf = (k: number) => Math.round((k * points) / count);
  return Array.from({ length: count }, (_, k) => ({
    start: startOf(k),
    length: startOf(k + 1) - startOf(k),
  }));
}

/** Bytes that the planes of a map take. */
export function planeBytes(request: MapRequest): number {
  return planeNames.length * 8 * request.x.points * request.y.points;
}

/** Planes over one buffer, which may be shared. */
export function planesOver(request: MapRequest, buffer: ArrayBuffer | SharedArrayBuffer): MapPlanes {
  const size = request.x.points * request.y.points;
  return Object.fromEntries(
    planeNames.map((name, k) => [name, new Float64Array(buffer, k * size * 8, size)]),
  ) as Record<PlaneName, Float64Array>;
}

/** Solves tiles of one map. */
export interface MapSolver {
  readonly points: PointSolver;
  /** Writes the points of a tile into the planes of the whole map. */
  solve(tile: Tile, planes: MapPlanes): void;
  /** The same points in one array, plane by plane, as long as the tile has points. */
  solveAlone(tile: Tile): Float64Array;
}

/** fast: only the work that is needed; brute-force: every point integrated over the time of the paper's maps. */
export type MapMethod = "fast" | "brute-force";

export function createMapSolver(
  request: MapRequest,
  flowsOf: FlowFactory,
  method: MapMethod = "fast",
): MapSolver {
  const groups = mapGroups(request);
  const ladder = ladderOf(request.ladder);
  const initial = new Float64Array(groups * coordinateCount);
  initialMatrices(request.initial, groups).forEach((rho, g) => {
    initial.set(coordinatesOf(rho), g * coordinateCount);
  });
  const points = createPointSolver(
    Array.from({ length: groups }, () => ladder),
    initial,
    flowsOf,
    mapChannels(request),
  );
  const modelAt = pointModels(request);
  const solvedPoints = ({ column, row, columns, rows }: Tile) => {
    const at = (i: number, j: number) => modelAt(column + i, row + j);
    return method === "fast"
      ? solveTile(points, columns, rows, at)
      : Array.from({ length: columns * rows }, (_, k) => {
          const model = at(k % columns, Math.floor(k / columns));
          points.set(model);
          const [site] = model.sites;
          return integratePoint(points, initial, points.onset(), site!.gain + site!.loss);
        });
  };
  const rate = request.gain + request.loss;
  return {
    points,
    solve(tile, planes) {
      const { column, row, columns } = tile;
      solvedPoints(tile).forEach((point, k) => {
        const place = (row + Math.floor(k / columns)) * request.x.points + column + (k % columns);
        writePoint(planes, place, points.system, point, rate);
      });
    },
    solveAlone(tile) {
      const size = tile.columns * tile.rows;
      const values = new Float64Array(planeNames.length * size).fill(Number.NaN);
      const planes = Object.fromEntries(
        planeNames.map((name, k) => [name, values.subarray(k * size, (k + 1) * size)]),
      ) as Record<PlaneName, Float64Array>;
      solvedPoints(tile).forEach((point, k) => {
        writePoint(planes, k, points.system, point, rate);
      });
      return values;
    },
  };
}
