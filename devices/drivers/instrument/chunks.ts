/** Rows of an upload that go over the wire in one payload: small enough to interrupt, large enough to be quick. */
export const rowsPerPayload = 1024;

/** Consecutive parts of at most `size` items; only one part is held at a time. */
export function* parts<T>(items: Iterable<T>, size: number): Generator<readonly T[]> {
  let part: T[] = [];
  for (const item of items) {
    part.push(item);
    if (part.length === size) {
      yield part;
      part = [];
    }
  }
  if (part.length > 0) yield part;
}

/** Bytes of a part of the rows. */
export function packed<T>(
  rows: readonly T[],
  bytesPerRow: number,
  write: (view: DataView, at: number, row: T) => void,
): Uint8Array {
  const view = new DataView(new ArrayBuffer(rows.length * bytesPerRow));
  rows.forEach((row, k) => {
    write(view, k * bytesPerRow, row);
  });
  return new Uint8Array(view.buffer);
}

/** A few rows that stand for all when a whole table would take too long to read back. */
export function samples(count: number): number[] {
  return [...new Set([0, Math.floor(count / 3), Math.floor((2 * count) / 3), count - 1])].filter(
    (k) => k >= 0,
  );
}

/** Reports the first `limit` faults and how many more there are. */
export class FaultList<P> {
  readonly list: P[] = [];
  #more = 0;
  readonly #limit: number;

  constructor(limit = 20) {
    this.#limit = limit;
  }

  add(problem: P): void {
    if (this.list.length < this.#limit) this.list.push(problem);
    else this.#more++;
  }

  get more(): number {
    return this.#more;
  }
}
