import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { EntrainError } from "#core/errors";
import type { MapRequest } from "#ir/map";
import { type MapMethod, planeNames, type Tile, tilesOf } from "#simulators/index";

/** Raised whenever the numbers of the same request change: older tiles are not taken up again. */
const revision = 2;

const magic = 0x4c495445;
const headerBytes = 16;

/** Bytes of a tile's planes. */
export function payloadBytes({ columns, rows }: Tile): number {
  return 8 * planeNames.length * columns * rows;
}

/**
 * Finished tiles of one map on disk, `FOLDER/.partial/map-HASH.tiles`, in the order they came. A record is a header
 * (magic, tile, bytes, checksum; uint32 little-endian) and the tile's planes one after the other, float64. A record that
 * an interruption cut short is dropped; so is everything after it.
 */
export class TileFile {
  readonly path: string;
  /** Tiles in the order they came. */
  readonly order: number[] = [];
  readonly #tiles: readonly Tile[];
  readonly #places = new Map<number, number>();
  #length = 0;
  #fd: number | undefined;

  private constructor(path: string, tiles: readonly Tile[]) {
    this.path = path;
    this.#tiles = tiles;
  }

  static open(folder: string, request: MapRequest, method: MapMethod): TileFile {
    const partial = join(folder, ".partial");
    mkdirSync(partial, { recursive: true });
    const hash = createHash("sha256")
      .update(JSON.stringify([revision, method, request]))
      .digest("hex");
    const file = new TileFile(join(partial, `map-${hash.slice(0, 12)}.tiles`), tilesOf(request));
    if (existsSync(file.path)) file.#scan();
    return file;
  }

  has(index: number): boolean {
    return this.#places.has(index);
  }

  /** The planes of a tile that is there, float64 little-endian. */
  read(index: number): Buffer {
    const place = this.#places.get(index)!;
    const bytes = Buffer.alloc(payloadBytes(this.#tiles[index]!));
    readSync(this.#open(), bytes, 0, bytes.length, place);
    return bytes;
  }

  /**
   * Adds a tile that is not there yet.
   *
   * @throws EntrainError `file.write`; what was there before stays
   */
  append(index: number, payload: Uint8Array): void {
    const header = Buffer.alloc(headerBytes);
    [magic, index, payload.length, checksum(payload)].forEach((value, k) => {
      header.writeUInt32LE(value, 4 * k);
    });
    const record = Buffer.concat([header, payload]);
    try {
      const fd = this.#open();
      for (let at = 0; at < record.length; ) {
        at += writeSync(fd, record, at, record.length - at, this.#length + at);
      }
    } catch (cause) {
      throw this.#unwritten(cause);
    }
    this.#note(index, this.#length + headerBytes);
    this.#length += record.length;
  }

  /** What was appended survives a crash of the machine when this returns. */
  sync(): void {
    try {
      fsyncSync(this.#open());
    } catch (cause) {
      throw this.#unwritten(cause);
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #open(): number {
    this.#fd ??= openSync(this.path, existsSync(this.path) ? "r+" : "wx+");
    return this.#fd;
  }

  #note(index: number, place: number): void {
    if (!this.#places.has(index)) this.order.push(index);
    this.#places.set(index, place);
  }

  #scan(): void {
    const { size } = statSync(this.path);
    const header = Buffer.alloc(headerBytes);
    while (this.#length + headerBytes <= size) {
      readSync(this.#open(), header, 0, headerBytes, this.#length);
      const index = header.readUInt32LE(4);
      const bytes = header.readUInt32LE(8);
      const tile = this.#tiles[index];
      const end = this.#length + headerBytes + bytes;
      if (header.readUInt32LE(0) !== magic || !tile || bytes !== payloadBytes(tile) || end > size) break;
      const payload = Buffer.alloc(bytes);
      readSync(this.#open(), payload, 0, bytes, this.#length + headerBytes);
      if (checksum(payload) !== header.readUInt32LE(12)) break;
      this.#note(index, this.#length + headerBytes);
      this.#length = end;
    }
    if (this.#length < size) truncateSync(this.path, this.#length);
  }

  #unwritten(cause: unknown): EntrainError {
    return new EntrainError(
      "file.write",
      {
        path: this.path,
        message: `a finished tile could not be kept: ${(cause as Error).message}`,
        expected: "a folder that can be written to, with space left",
      },
      { cause },
    );
  }
}

function checksum(payload: Uint8Array): number {
  return createHash("sha256").update(payload).digest().readUInt32LE(0);
}
