import { type Arena, padded } from "../wasm/arena.ts";
import { accumulate, advance, clear, march } from "../wasm/loops.ts";
import { compileOver, type FieldOperator } from "./field-operator.ts";

/** Coupled pairs of H = Σ (J_ij A†_i A_j + h.c.), each given once in either order; equal pairs add. */
export interface SparsePairs {
  readonly i: Uint32Array;
  readonly j: Uint32Array;
  readonly re: Float64Array;
  /** Left out: all J real. The imaginary part of a diagonal entry is not looked at. */
  readonly im?: Float64Array;
}

/** Bytes of an amplitude or a field: two doubles. */
const siteBytes = 16;

/** Entries of the full J: each pair off the diagonal counts twice. */
export function entryCount({ i, j }: SparsePairs): number {
  let count = 2 * i.length;
  for (let k = 0; k < i.length; k++) if (i[k] === j[k]) count--;
  return count;
}

/**
 * Field of a sparse J by compressed rows: 12 bytes an entry for a real J, 20 for a complex one.
 *
 * @param rank - where each site of `pairs` stands in the arrays; left out: in the order of its number
 */
export function sparseField(size: number, pairs: SparsePairs, rank?: Uint32Array): FieldOperator {
  const entries = entryCount(pairs);
  const complex = pairs.im !== undefined;
  const parts = complex ? 2 : 1;
  const rowBytes = 4 * (size + 1);
  const columnBytes = 4 * entries;
  const valueBytes = 8 * parts * entries;
  return {
    size,
    arenaBytes: padded(rowBytes) + padded(columnBytes) + padded(valueBytes),
    otherBytes: 0,
    traffic: rowBytes + columnBytes + valueBytes + 2 * siteBytes * size,
    operations: 4 * parts * entries,
    kernelError: 0,
    place({ arena, amplitudes, fields }) {
      const rows = arena.take(rowBytes);
      const columns = arena.take(columnBytes);
      const values = arena.take(valueBytes);
      fillRows(arena, size, pairs, rank, { rows, columns, values, entries, parts });
      return sparseKernel(arena, size, complex, { rows, columns, values, amplitudes, fields });
    },
  };
}

/** Rows hold byte offsets into the columns, columns byte offsets into the amplitudes. */
function fillRows(
  arena: Arena,
  size: number,
  pairs: SparsePairs,
  rank: Uint32Array | undefined,
  at: { rows: number; columns: number; values: number; entries: number; parts: number },
): void {
  const { parts } = at;
  const rows = arena.integers(at.rows, size + 1);
  const columns = arena.integers(at.columns, at.entries);
  const values = arena.doubles(at.values, parts * at.entries);
  const { i, j, re, im } = pairs;
  const place = (site: number) => (rank ? rank[site]! : site);
  // Counts stand one row ahead, so that filling turns the starts of rows into their ends in place.
  for (let k = 0; k < i.length; k++) {
    const a = place(i[k]!);
    const b = place(j[k]!);
    if (a + 2 <= size) rows[a + 2]! += 1;
    if (a !== b && b + 2 <= size) rows[b + 2]! += 1;
  }
  for (let row = 2; row <= size; row++) rows[row]! += rows[row - 1]!;
  const put = (row: number, column: number, valueRe: number, valueIm: number) => {
    const at = rows[row + 1]!;
    rows[row + 1] = at + 1;
    columns[at] = siteBytes * column;
    values[parts * at] = valueRe;
    if (parts === 2) values[parts * at + 1] = valueIm;
  };
  for (let k = 0; k < i.length; k++) {
    const a = place(i[k]!);
    const b = place(j[k]!);
    const imaginary = im === undefined || a === b ? 0 : im[k]!;
    put(a, b, re[k]!, imaginary);
    if (a !== b) put(b, a, re[k]!, -imaginary);
  }
  for (let row = 0; row <= size; row++) rows[row]! *= 4;
}

function sparseKernel(
  arena: Arena,
  size: number,
  complex: boolean,
  at: { rows: number; columns: number; values: number; amplitudes: number; fields: number },
): () => void {
  const valueShift = complex ? 2 : 1;
  const run = compileOver(arena, (module) => {
    module.define("fields", { params: ["i32", "i32"], results: [] }, (code) => {
      const [row, lastRow] = [0, 1];
      const field = code.local("i32");
      const entry = code.local("i32");
      const end = code.local("i32");
      const bulkEnd = code.local("i32");
      const value = code.local("i32");
      const sums = Array.from({ length: 4 }, () => code.local("v128"));
      const amplitude = code.local("v128");

      const product = (q: number) => {
        const loadAmplitude = () => {
          code.get(entry);
          code.memory("i32.load", at.columns + 4 * q);
          code.memory("v128.load", at.amplitudes);
        };
        const loadValue = (part: number) => {
          code.get(value);
          code.memory("v128.load64_splat", at.values + (8 << (valueShift - 1)) * q + 8 * part);
        };
        if (!complex) {
          accumulate(code, sums[q & 1]!, () => {
            loadAmplitude();
            loadValue(0);
          });
          return;
        }
        loadAmplitude();
        code.set(amplitude);
        for (const part of [0, 1]) {
          accumulate(code, sums[2 * part + (q & 1)]!, () => {
            code.get(amplitude);
            loadValue(part);
          });
        }
      };
      const locate = () => {
        code.get(entry);
        code.i32(valueShift);
        code.op("i32.shl");
        code.set(value);
      };

      code.get(row);
      code.i32(2);
      code.op("i32.shl");
      code.set(field);
      code.get(row);
      code.memory("i32.load", at.rows);
      code.set(entry);
      march(code, row, lastRow, 4, () => {
        code.get(row);
        code.memory("i32.load", at.rows + 4);
        code.tee(end);
        code.get(end);
        code.get(entry);
        code.op("i32.sub");
        code.i32(15);
        code.op("i32.and");
        code.op("i32.sub");
        code.set(bulkEnd);
        for (const sum of complex ? sums : sums.slice(0, 2)) clear(code, sum);
        march(code, entry, bulkEnd, 16, () => {
          locate();
          for (let q = 0; q < 4; q++) product(q);
        });
        march(code, entry, end, 4, () => {
          locate();
          product(0);
        });
        code.get(field);
        code.get(sums[0]!);
        code.get(sums[1]!);
        code.op("f64x2.add");
        // (Σ Jr·s)* + i·(Σ Ji·s)*
        code.f64x2(0, -0);
        code.op("v128.xor");
        if (complex) {
          code.get(sums[2]!);
          code.get(sums[3]!);
          code.op("f64x2.add");
          code.tee(sums[2]!);
          code.get(sums[2]!);
          code.shuffle64(1, 0);
          code.op("f64x2.add");
        }
        code.memory("v128.store", at.fields);
        advance(code, field, siteBytes);
      });
    });
  });
  return () => run.fields!(0, 4 * size);
}
