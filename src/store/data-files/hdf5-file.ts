import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { resolve } from "node:path";
import type { Dataset, File, Group } from "h5wasm/node";
import { EntrainError } from "#core/errors";

/** The HDF5 library, loaded when the first file is opened: 4 MB that nothing else needs. */
export async function loadHdf5(): Promise<typeof import("h5wasm/node")> {
  const library = await import("h5wasm/node");
  const core = await library.ready;
  // A failed call becomes a JavaScript error instead of a trace on stderr.
  core.activate_throwing_error_handler();
  return library;
}

const signature = Buffer.from("\x89HDF\r\n\x1a\n", "latin1");

/** Whether a file begins as HDF5 does. */
export function isHdf5(head: Uint8Array): boolean {
  return signature.equals(head.subarray(0, signature.length));
}

/**
 * Length that the superblock promises, in bytes; null where the head is not that of an HDF5 file.
 *
 * @source HDF5 File Format Specification 3.0, "Disk Format: Level 0A"
 */
function promisedLength(head: Buffer): number | null {
  const version = head[8]!;
  if (version > 3) return null;
  const offset = version === 0 ? 40 : version === 1 ? 44 : 28;
  if (head[version < 2 ? 13 : 9] !== 8) return null;
  return Number(head.readBigUInt64LE(offset));
}

/** @throws EntrainError `data.not_hdf5`, `data.truncated` */
function checkLength(path: string): void {
  const fd = openSync(path, "r");
  try {
    const head = Buffer.alloc(64);
    const read = readSync(fd, head, 0, head.length, 0);
    const { size } = fstatSync(fd);
    if (!isHdf5(head)) {
      throw new EntrainError("data.not_hdf5", {
        path,
        message: "the file does not begin as an HDF5 file does",
        found: head.subarray(0, Math.min(8, read)).toString("hex"),
        expected: signature.toString("hex"),
      });
    }
    const promised = read < head.length ? head.length : promisedLength(head);
    if (promised !== null && size < promised) {
      throw new EntrainError("data.truncated", {
        path,
        message: "the file ends before its content does",
        found: `${size} bytes`,
        expected: `at least ${promised} bytes`,
        hint: "Copy it again; if it is the original, it was not closed when it was written.",
      });
    }
  } finally {
    closeSync(fd);
  }
}

/** One HDF5 file, open for reading. Nothing is loaded but what is asked for. */
export class Hdf5File {
  readonly path: string;
  readonly #file: File;

  private constructor(path: string, file: File) {
    this.path = path;
    this.#file = file;
  }

  /** @throws EntrainError `data.not_hdf5`, `data.truncated`, `data.corrupt` */
  static async open(path: string): Promise<Hdf5File> {
    checkLength(path);
    const library = await loadHdf5();
    try {
      return new Hdf5File(path, new library.File(resolve(path), "r"));
    } catch (error) {
      throw damaged(path, "", error);
    }
  }

  close(): void {
    this.#file.close();
  }

  /** Names in a group; empty where there is none. */
  names(group = "/"): string[] {
    return this.#guard(group, () => {
      const found = group === "/" ? this.#file : this.#file.get(group);
      return found !== null && "keys" in found ? (found as Group).keys() : [];
    });
  }

  /** A dataset, or null. */
  find(path: string): Hdf5Dataset | null {
    const parent = path.slice(0, path.lastIndexOf("/")) || "/";
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (!this.names(parent).includes(name)) return null;
    return this.#guard(path, () => {
      const found = this.#file.get(path);
      return found !== null && "slice" in found ? new Hdf5Dataset(this.path, found as Dataset) : null;
    });
  }

  /** @throws EntrainError `data.missing` */
  dataset(path: string): Hdf5Dataset {
    const found = this.find(path);
    if (found !== null) return found;
    throw new EntrainError("data.missing", {
      path: `${this.path}:${path}`,
      message: "there is no such dataset",
      found: this.names(path.slice(0, path.lastIndexOf("/")) || "/").join(", ") || "nothing",
      expected: path,
    });
  }

  /** Value of a root attribute, undefined where there is none. */
  attribute(name: string): unknown {
    return this.#guard(`@${name}`, () => plain(this.#file.attrs[name]?.value));
  }

  /** Text of a root attribute; undefined where there is none, or it is no text. */
  text(name: string): string | undefined {
    return textOf(this.attribute(name));
  }

  #guard<T>(path: string, action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw damaged(this.path, path, error);
    }
  }
}

/** Numbers as h5wasm gives them. */
export type Numbers = ArrayLike<number> & { subarray(from: number, to: number): Numbers };

/** Filters up to this number come with HDF5. */
const lastStandardFilter = 6;

export class Hdf5Dataset {
  readonly shape: readonly number[];
  readonly chunks: readonly number[] | null;
  readonly #file: string;
  readonly #dataset: Dataset;

  constructor(file: string, dataset: Dataset) {
    this.#file = file;
    this.#dataset = dataset;
    this.shape = dataset.shape ?? [];
    this.chunks = dataset.metadata.chunks ?? null;
    const unknown = dataset.filters.find(({ id }) => id > lastStandardFilter);
    if (unknown === undefined) return;
    throw new EntrainError("data.filter", {
      path: this.path,
      message: "the data are compressed in a way that only a plug-in of HDF5 can undo",
      found: `${unknown.name || "filter"} (${unknown.id})`,
      expected: "gzip, shuffle, fletcher32, szip, n-bit, scale-offset, or none",
      hint: "Rewrite the file: h5repack -f GZIP=4 IN.h5 OUT.h5",
    });
  }

  get path(): string {
    return `${this.#file}:${this.#dataset.path}`;
  }

  attribute(name: string): unknown {
    return this.#guard(() => plain(this.#dataset.attrs[name]?.value));
  }

  text(name: string): string | undefined {
    return textOf(this.attribute(name));
  }

  /**
   * Names of the dimensions: those of the attached scales, else of the attribute `_ARRAY_DIMENSIONS` (as Zarr has it);
   * an empty text where neither says.
   */
  dimensions(): string[] {
    const stated = this.attribute("_ARRAY_DIMENSIONS");
    const names = Array.isArray(stated) ? stated.map(String) : [];
    return this.#guard(() =>
      this.shape.map((_, k) => this.#dataset.get_attached_scales(k)[0]?.split("/").at(-1) ?? names[k] ?? ""),
    );
  }

  /** Bytes of one element. */
  get elementSize(): number {
    return this.#dataset.metadata.size;
  }

  /** True for numbers of any kind, false for text and compounds. */
  get numeric(): boolean {
    return this.#dataset.metadata.type <= 1;
  }

  /** Numbers in a box, row by row. @throws EntrainError `data.corrupt`, `data.type` */
  box(start: readonly number[], stop: readonly number[]): Numbers {
    return this.#numbers(() => this.#dataset.slice(start.map((from, k) => [from, stop[k]!])));
  }

  numbers(): number[] {
    return Array.from(this.#numbers(() => this.#dataset.value));
  }

  /** Texts of a dataset of strings. */
  texts(): string[] {
    const value = this.#guard(() => this.#dataset.value);
    const list = typeof value === "string" ? [value] : Array.isArray(value) ? value : [];
    if (list.length > 0 && list.every((entry) => typeof entry === "string")) return list;
    throw new EntrainError("data.type", {
      path: this.path,
      message: "must hold text",
      found: String(this.#dataset.dtype),
      expected: "strings",
    });
  }

  #numbers(read: () => unknown): Numbers {
    if (!this.numeric) {
      throw new EntrainError("data.type", {
        path: this.path,
        message: "must hold numbers",
        found: JSON.stringify(this.#dataset.dtype),
        expected: "integers or reals",
      });
    }
    const value = this.#guard(read);
    if (typeof value === "number" || typeof value === "bigint") return Float64Array.of(Number(value));
    if (value instanceof BigInt64Array || value instanceof BigUint64Array)
      return Float64Array.from(value, Number);
    return value as Numbers;
  }

  #guard<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw damaged(this.#file, this.#dataset.path, error);
    }
  }
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number | bigint>, Number);
  return value;
}

function textOf(value: unknown): string | undefined {
  const single = Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value;
  return typeof single === "string" ? single : undefined;
}

/** What the library refused to read, as one sentence: the last line of its trace is the cause. */
function damaged(file: string, path: string, error: unknown): unknown {
  if (error instanceof EntrainError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const causes = [...text.matchAll(/#\d+:.*?\): (.*)/g)].map((match) => match[1]!);
  return new EntrainError(
    "data.corrupt",
    {
      path: path === "" ? file : `${file}:${path}`,
      message: `HDF5 cannot read this: ${(causes.at(-1) ?? text.split("\n")[0]!).trim()}`,
      found: "damaged data",
      expected: "a file as it was written",
      hint: "Copy it again from where it was measured.",
    },
    { cause: error },
  );
}
