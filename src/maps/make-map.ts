import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { axisValue, type MapRequest } from "#ir/map";
import { svgToPng } from "#report/svg";
import { createMapPool, type MapMethod, type MapPlanes, tilesOf } from "#simulators/index";
import { drawMap, kindOf } from "./draw-map.ts";
import { mapCsv } from "./map-csv.ts";
import { openTileLog } from "./tile-log.ts";

export interface MakeMapOptions {
  readonly folder: string;
  readonly workers: number;
  readonly method: MapMethod;
  /** Points of an edge of the coarse map that is drawn first; 0 for none. */
  readonly preview: number;
  readonly signal?: AbortSignal;
  readonly onPreview?: (file: string) => void;
  readonly onProgress?: (done: number, of: number) => void;
}

export interface MadeMap {
  readonly complete: boolean;
  readonly svg: string;
  readonly png: string;
  readonly csv: string;
  readonly tiles: { readonly finished: number; readonly of: number; readonly taken_up: number };
  /** Points of each kind. */
  readonly points: Readonly<Record<string, number>>;
  readonly work: { readonly evaluations: number; readonly newton_steps: number };
  readonly planes: MapPlanes;
}

/**
 * Computes a map, or goes on with what is there of it, and writes map.svg, map.png and map.csv.
 *
 * Finished tiles stay in FOLDER/.partial; the files are the same for any number of workers and however often the
 * map was interrupted.
 */
export async function makeMap(request: MapRequest, options: MakeMapOptions): Promise<MadeMap> {
  mkdirSync(options.folder, { recursive: true });
  const log = openTileLog(options.folder, request, options.method);
  const taken = log.finished.size;
  const of = tilesOf(request).length;
  const pool = createMapPool(options.workers);
  try {
    if (
      taken === 0 &&
      options.preview > 0 &&
      Math.min(request.x.points, request.y.points) > options.preview
    ) {
      const coarse = coarser(request, options.preview);
      const { planes, complete } = await pool.compute(
        coarse,
        withSignal({ method: options.method }, options.signal),
      );
      if (complete) {
        options.onPreview?.(
          write(options.folder, "map-preview.svg", drawMap(coarse, planes, titleOf(coarse))),
        );
      }
    }
    options.onProgress?.(taken, of);
    const result = await pool.compute(
      request,
      withSignal(
        {
          method: options.method,
          started: { planes: log.planes, finished: new Set(log.finished) },
          onTile: (index: number, planes: MapPlanes) => {
            log.append(index, planes);
            options.onProgress?.(log.finished.size, of);
          },
        },
        options.signal,
      ),
    );
    return { ...writeFiles(request, result.planes, options.folder, result.complete), ...summary(result) };
  } finally {
    log.close();
    await pool.close();
  }

  function summary(result: {
    planes: MapPlanes;
    complete: boolean;
    evaluations: number;
    newtonSteps: number;
  }) {
    return {
      complete: result.complete,
      tiles: { finished: log.finished.size, of, taken_up: taken },
      points: countKinds(result.planes),
      work: { evaluations: result.evaluations, newton_steps: result.newtonSteps },
      planes: result.planes,
    };
  }
}

function withSignal<T extends object>(
  options: T,
  signal: AbortSignal | undefined,
): T & { signal?: AbortSignal } {
  return signal ? { ...options, signal } : options;
}

/** The same map with fewer points along each axis. */
export function coarser(request: MapRequest, points: number): MapRequest {
  return {
    ...request,
    x: { ...request.x, points: Math.min(points, request.x.points) },
    y: { ...request.y, points: Math.min(points, request.y.points) },
  };
}

function titleOf({ x, y }: MapRequest): string {
  const reach = (axis: MapRequest["x"]) =>
    `${axis.parameter} ${axisValue(axis, 0)} … ${axisValue(axis, axis.points - 1)}`;
  return `Long-time states, ${reach(x)}, ${reach(y)}, ${x.points} × ${y.points} points`;
}

function writeFiles(request: MapRequest, planes: MapPlanes, folder: string, complete: boolean) {
  const base = complete ? "map" : "map-incomplete";
  const title = titleOf(request);
  const svg = drawMap(request, planes, title);
  return {
    svg: write(folder, `${base}.svg`, svg),
    png: write(folder, `${base}.png`, svgToPng(svg)),
    csv: write(folder, `${base}.csv`, mapCsv(request, planes, title)),
  };
}

function write(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
  return path;
}

function countKinds(planes: MapPlanes): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let k = 0; k < planes.state.length; k++) {
    const kind = kindOf(planes, k);
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
