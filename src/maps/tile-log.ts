import type { MapRequest } from "#ir/map";
import {
  type MapMethod,
  type MapPlanes,
  planeNames,
  sharedPlanes,
  type Tile,
  tilesOf,
} from "#simulators/index";
import { payloadBytes, TileFile } from "./tile-file.ts";

/** Finished tiles of one map, kept on disk. */
export interface TileLog {
  readonly path: string;
  readonly finished: Set<number>;
  readonly planes: MapPlanes;
  append(index: number, planes: MapPlanes): void;
  close(): void;
}

/** Opens the tiles of a map that are already there, and has them in planes of the whole map. */
export function openTileLog(folder: string, request: MapRequest, method: MapMethod): TileLog {
  const file = TileFile.open(folder, request, method);
  const tiles = tilesOf(request);
  const width = request.x.points;
  const { planes } = sharedPlanes(request);
  for (const index of file.order) unpack(file.read(index), tiles[index]!, width, planes);
  const finished = new Set(file.order);
  return {
    path: file.path,
    finished,
    planes,
    append(index, from) {
      file.append(index, pack(tiles[index]!, width, from));
      finished.add(index);
    },
    close: () => file.close(),
  };
}

function pack(tile: Tile, width: number, planes: MapPlanes): Buffer {
  const out = Buffer.alloc(payloadBytes(tile));
  let next = 0;
  for (const name of planeNames) {
    for (let row = 0; row < tile.rows; row++) {
      for (let column = 0; column < tile.columns; column++) {
        out.writeDoubleLE(planes[name][(tile.row + row) * width + tile.column + column]!, next);
        next += 8;
      }
    }
  }
  return out;
}

function unpack(payload: Buffer, tile: Tile, width: number, planes: MapPlanes): void {
  let next = 0;
  for (const name of planeNames) {
    for (let row = 0; row < tile.rows; row++) {
      for (let column = 0; column < tile.columns; column++) {
        planes[name][(tile.row + row) * width + tile.column + column] = payload.readDoubleLE(next);
        next += 8;
      }
    }
  }
}
