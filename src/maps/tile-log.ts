import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { EntrainError } from "#core/errors";
import type { MapRequest } from "#ir/map";
import {
  type MapMethod,
  type MapPlanes,
  planeNames,
  sharedPlanes,
  type Tile,
  tilesOf,
} from "#simulators/index";

/** Raised whenever the numbers of the same request change: older tiles are not taken up again. */
const revision = 2;

const magic = 0x4c495445;
const headerBytes = 16;

/** Finished tiles of one map, kept on disk. */
export interface TileLog {
  readonly path: string;
  readonly finished: Set<number>;
  readonly planes: MapPlanes;
  append(index: number, planes: MapPlanes): void;
}

/**
 * Opens `folder`/.partial/map-HASH.tiles and reads the tiles that are already there. A record is a header (magic,
 * tile, bytes, checksum; uint32 little-endian) and the tile's planes one after the other, float64. A record that an
 * interruption cut short is dropped; so is everything after it.
 */
export function openTileLog(folder: string, request: MapRequest, method: MapMethod): TileLog {
  const partial = join(folder, ".partial");
  mkdirSync(partial, { recursive: true });
  const hash = createHash("sha256")
    .update(JSON.stringify([revision, method, request]))
    .digest("hex");
  const path = join(partial, `map-${hash.slice(0, 12)}.tiles`);
  const tiles = tilesOf(request);
  const width = request.x.points;
  const { planes } = sharedPlanes(request);
  const finished = new Set<number>();
  if (existsSync(path)) {
    const bytes = readFileSync(path);
    let sound = 0;
    while (sound + headerBytes <= bytes.length) {
      const index = bytes.readUInt32LE(sound + 4);
      const size = bytes.readUInt32LE(sound + 8);
      const tile = tiles[index];
      const end = sound + headerBytes + size;
      if (bytes.readUInt32LE(sound) !== magic || !tile || size !== payloadBytes(tile) || end > bytes.length)
        break;
      const payload = bytes.subarray(sound + headerBytes, end);
      if (checksum(payload) !== bytes.readUInt32LE(sound + 12)) break;
      unpack(payload, tile, width, planes);
      finished.add(index);
      sound = end;
    }
    if (sound < bytes.length) truncateSync(path, sound);
  }
  return {
    path,
    finished,
    planes,
    append(index, from) {
      const tile = tiles[index]!;
      const payload = pack(tile, width, from);
      const header = Buffer.alloc(headerBytes);
      [magic, index, payload.length, checksum(payload)].forEach((value, k) => {
        header.writeUInt32LE(value, 4 * k);
      });
      try {
        appendFileSync(path, Buffer.concat([header, payload]));
      } catch (cause) {
        throw new EntrainError(
          "file.write",
          {
            path,
            message: `a finished tile could not be kept: ${(cause as Error).message}`,
            expected: "a folder that can be written to, with space left",
          },
          { cause },
        );
      }
      finished.add(index);
    },
  };
}

function payloadBytes({ columns, rows }: Tile): number {
  return 8 * planeNames.length * columns * rows;
}

function checksum(payload: Uint8Array): number {
  return createHash("sha256").update(payload).digest().readUInt32LE(0);
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
