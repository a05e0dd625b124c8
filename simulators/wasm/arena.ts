/** Bytes in a page of WebAssembly memory. */
const pageBytes = 65_536;

/** Most bytes that one WebAssembly memory may hold: a page less than 4 GiB, so that every end has an address. */
export const memoryLimit = 65_535 * pageBytes;

/** Alignment of every array: a cache line. */
const alignment = 64;

/** Bytes that an array of `bytes` takes from an arena. */
export function padded(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/** One WebAssembly memory of fixed size, handed out from the bottom up and never given back. */
export interface Arena {
  readonly memory: WebAssembly.Memory;
  /** Address of zeroed bytes, aligned to a cache line. */
  readonly take: (bytes: number) => number;
  readonly doubles: (address: number, count: number) => Float64Array;
  readonly singles: (address: number, count: number) => Float32Array;
  readonly integers: (address: number, count: number) => Uint32Array;
}

/** @param bytes - sum of the padded sizes of all that will be taken, at most `memoryLimit` */
export function createArena(bytes: number): Arena {
  const memory = new WebAssembly.Memory({ initial: Math.max(1, Math.ceil(bytes / pageBytes)) });
  const { buffer } = memory;
  let next = 0;
  return {
    memory,
    take(wanted) {
      const address = next;
      next += padded(wanted);
      if (next > buffer.byteLength) throw new RangeError(`arena of ${buffer.byteLength} bytes is full`);
      return address;
    },
    doubles: (address, count) => new Float64Array(buffer, address, count),
    singles: (address, count) => new Float32Array(buffer, address, count),
    integers: (address, count) => new Uint32Array(buffer, address, count),
  };
}
