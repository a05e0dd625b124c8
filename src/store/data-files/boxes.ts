import { EntrainError } from "#core/errors";
import type { Hdf5Dataset, Numbers } from "./hdf5-file.ts";

/** Elements read at once; a chunk that is larger is read as a whole. */
const boxElements = 1 << 22;
/** A box beyond this many bytes is refused: it must be in memory to be read. */
const largestBox = 1 << 27;

/** One box of a dataset: whole along the dimensions after the scan's, but for the first of them. */
interface Box {
  readonly start: readonly number[];
  readonly stop: readonly number[];
}

/**
 * Boxes that cover a dataset, row by row, each a multiple of its chunks: no chunk is unpacked twice, and no box is
 * larger than it must be.
 *
 * @param whole - dimensions at the end that a box always covers
 */
export function boxesOf(shape: readonly number[], chunks: readonly number[] | null, whole: number): Box[] {
  const step = shape.map((length, d) =>
    Math.min(length, d >= shape.length - whole ? length : (chunks?.[d] ?? 1)),
  );
  const sizeOf = () => step.reduce((product, length) => product * length, 1);
  for (let d = shape.length - whole - 1; d >= 0; d--) {
    const fits = Math.max(1, Math.floor(boxElements / sizeOf()));
    step[d] = Math.min(shape[d]!, step[d]! * fits);
    if (step[d]! < shape[d]!) break;
  }
  const boxes: Box[] = [];
  const visit = (start: readonly number[]): void => {
    const d = start.length;
    if (d === shape.length) {
      boxes.push({ start, stop: start.map((from, k) => Math.min(from + step[k]!, shape[k]!)) });
      return;
    }
    for (let from = 0; from < shape[d]!; from += step[d]!) visit([...start, from]);
  };
  visit([]);
  return boxes;
}

/** Reads a dataset box by box and hands on the run of numbers of each cell in it, in order. */
export function eachCell(
  dataset: Hdf5Dataset,
  scan: number,
  whole: number,
  take: (index: readonly number[], data: Numbers, from: number) => void,
): void {
  const { shape, chunks } = dataset;
  for (const { start, stop } of boxesOf(shape, chunks, whole)) {
    const lengths = start.map((from, d) => stop[d]! - from);
    const total = lengths.reduce((product, length) => product * length, 1);
    if (total * dataset.elementSize > largestBox) {
      throw new EntrainError("data.chunks", {
        path: dataset.path,
        message: "the chunks are too large to be read one at a time",
        found: `${total} elements of ${dataset.elementSize} bytes at once`,
        expected: `at most ${largestBox} bytes`,
        hint: "Write one chunk for each point and setting (h5repack can do it).",
      });
    }
    const data = dataset.box(start, stop);
    const cells = lengths.slice(0, scan).reduce((product, length) => product * length, 1);
    const size = total / cells;
    for (let c = 0; c < cells; c++) {
      const index = [...start.slice(0, scan)];
      for (let d = scan - 1, rest = c; d >= 0; d--) {
        index[d]! += rest % lengths[d]!;
        rest = Math.floor(rest / lengths[d]!);
      }
      take(index, data.subarray(c * size, (c + 1) * size), start[scan] ?? 0);
    }
  }
}
