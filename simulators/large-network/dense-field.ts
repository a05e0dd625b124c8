import { type Arena, createArena, memoryLimit, padded } from "../wasm/arena.ts";
import { accumulate, advance, clear, march } from "../wasm/loops.ts";
import { compileOver, type FieldOperator } from "./field-operator.ts";

/** A Hermitian J that is read row by row and never held as a whole by its reader. */
export interface DenseRows {
  /** Writes J_ij for j ≥ i into `re` and, for a complex J, `im`; both have one place per column. */
  readonly row: (i: number, re: Float64Array, im: Float64Array) => void;
  readonly complex: boolean;
}

/** Digits kept of J; sums are in double precision either way. */
export type Precision = "double" | "single";

/** Columns that are worked on together: their amplitudes and fields stay in the first-level cache. */
const panelWidth = 256;

/** A run of columns with all rows down to the diagonal block, which is held in full. */
interface Panel {
  readonly first: number;
  /** One behind the last column; even. */
  readonly end: number;
  readonly elements: number;
}

function panelsOf(size: number): Panel[] {
  const even = size + (size & 1);
  const panels: Panel[] = [];
  for (let first = 0; first < even; first += panelWidth) {
    const end = Math.min(even, first + panelWidth);
    panels.push({ first, end, elements: end * (end - first) });
  }
  return panels;
}

/** Panels that share one memory. */
interface Share {
  readonly panels: readonly Panel[];
  readonly matrixBytes: number;
}

function sharesOf(size: number, elementBytes: number, limit: number): Share[] {
  const shares: { panels: Panel[]; matrixBytes: number }[] = [];
  for (const panel of panelsOf(size)) {
    const bytes = panel.elements * elementBytes;
    const last = shares.at(-1);
    if (last && last.matrixBytes + bytes + vectorBytes(size) <= limit) {
      last.panels.push(panel);
      last.matrixBytes += bytes;
    } else {
      shares.push({ panels: [panel], matrixBytes: bytes });
    }
  }
  return shares;
}

/** Real and imaginary parts of amplitudes and fields, as four arrays. */
function vectorBytes(size: number): number {
  return 4 * padded(8 * (size + 1));
}

/**
 * Field of a dense Hermitian J from its upper triangle: each element is read once and used for its row and its
 * column, for real and imaginary parts together. 4N² bytes for a real J, 8N² for a complex one, half of that in
 * single precision, in as many memories as it takes.
 */
export function denseField(
  size: number,
  { row, complex }: DenseRows,
  precision: Precision = "double",
  limit = memoryLimit,
): FieldOperator {
  const parts = complex ? 2 : 1;
  const elementBytes = parts * (precision === "single" ? 4 : 8);
  const shares = sharesOf(size, elementBytes, limit);
  const matrixBytes = shares.reduce((sum, share) => sum + share.matrixBytes, 0);
  return {
    size,
    arenaBytes: 0,
    otherBytes: matrixBytes + shares.length * vectorBytes(size),
    traffic: matrixBytes,
    operations: 4 * parts * size * size,
    kernelError: precision === "single" ? 2 ** -24 : 0,
    place({ arena, amplitudes, fields }) {
      const s = arena.doubles(amplitudes, 2 * size);
      const f = arena.doubles(fields, 2 * size);
      const work = shares.map((share) => placeShare(size, share, { row, complex }, precision));
      return () => {
        f.fill(0);
        for (const { re, im, fieldRe, fieldIm, multiply } of work) {
          for (let i = 0; i < size; i++) {
            re[i] = s[2 * i]!;
            im[i] = s[2 * i + 1]!;
          }
          fieldRe.fill(0);
          fieldIm.fill(0);
          multiply();
          for (let i = 0; i < size; i++) {
            f[2 * i]! += fieldRe[i]!;
            f[2 * i + 1]! -= fieldIm[i]!;
          }
        }
      };
    },
  };
}

/** A share in its memory; `multiply` adds Σ_j J_ij* s_j to the fields. */
function placeShare(size: number, share: Share, rows: DenseRows, precision: Precision) {
  const arena = createArena(padded(share.matrixBytes) + vectorBytes(size));
  const [re, im, fieldRe, fieldIm] = [0, 1, 2, 3].map(() => arena.take(8 * (size + 1))) as [
    number,
    number,
    number,
    number,
  ];
  const matrix = arena.take(share.matrixBytes);
  fillShare(arena, size, matrix, share, rows, precision);
  const run = panelKernel(arena, rows.complex, precision, { re, im, fieldRe, fieldIm });
  const elementBytes = (rows.complex ? 2 : 1) * (precision === "single" ? 4 : 8);
  const even = size + (size & 1);
  return {
    re: arena.doubles(re, even),
    im: arena.doubles(im, even),
    fieldRe: arena.doubles(fieldRe, even),
    fieldIm: arena.doubles(fieldIm, even),
    multiply() {
      let at = matrix;
      for (const { first, end, elements } of share.panels) {
        run.above!(at, 8 * first, 8 * end, 8 * first);
        run.diagonal!(at + elementBytes * first * (end - first), 8 * first, 8 * end, 8 * first, 8 * end);
        at += elementBytes * elements;
      }
    },
  };
}

/** Two rows by two columns stand together, real parts of a row before its imaginary parts. */
function fillShare(
  arena: Arena,
  size: number,
  matrix: number,
  share: Share,
  { row, complex }: DenseRows,
  precision: Precision,
): void {
  const parts = complex ? 2 : 1;
  const count = share.matrixBytes / (precision === "single" ? 4 : 8);
  const out = precision === "single" ? arena.singles(matrix, count) : arena.doubles(matrix, count);
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  const starts: number[] = [];
  let at = 0;
  for (const { elements } of share.panels) {
    starts.push(at);
    at += parts * elements;
  }
  const put = (start: number, { first, end }: Panel, i: number, j: number, sign: 1 | -1) => {
    const pairs = (end - first) >> 1;
    const quad = (i >> 1) * pairs + ((j - first) >> 1);
    const place = start + 4 * parts * quad + 2 * parts * (i & 1) + (j & 1);
    const column = sign === 1 ? j : i;
    out[place] = re[column]!;
    if (complex) out[place + 2] = i === j ? 0 : sign * im[column]!;
  };
  for (let i = 0; i < size; i++) {
    row(i, re, im);
    share.panels.forEach((panel, k) => {
      const { first, end } = panel;
      for (let j = Math.max(i, first); j < Math.min(end, size); j++) {
        put(starts[k]!, panel, i, j, 1);
        if (i >= first && j > i) put(starts[k]!, panel, j, i, -1);
      }
    });
  }
}

function panelKernel(
  arena: Arena,
  complex: boolean,
  precision: Precision,
  at: { re: number; im: number; fieldRe: number; fieldIm: number },
): Readonly<Record<string, WebAssembly.Callable>> {
  const parts = complex ? 2 : 1;
  const vectorSize = precision === "single" ? 8 : 16;
  return compileOver(arena, (module) => {
    const define = (name: string, symmetric: boolean) => {
      const params = ["i32", "i32", "i32", "i32", ...(symmetric ? [] : (["i32"] as const))] as const;
      module.define(name, { params, results: [] }, (code) => {
        const [matrix, first, end, firstRow] = [0, 1, 2, 3];
        const vector = () => code.local("v128");
        const row = code.local("i32");
        const lastRow = symmetric ? firstRow : 4;
        const column = code.local("i32");
        const [columnRe, columnIm, columnFieldRe, columnFieldIm] = [vector(), vector(), vector(), vector()];
        const rows = [0, 1].map(() => ({
          re: vector(),
          im: vector(),
          sumRe: vector(),
          sumIm: vector(),
          element: [vector(), vector()] as const,
        }));
        const load = (address: number, offset: number, into: number) => {
          code.get(address);
          code.memory("v128.load", offset);
          code.set(into);
        };
        const loadElement = (index: number, into: number) => {
          code.get(matrix);
          if (precision === "single") {
            code.memory("v128.load64_zero", vectorSize * index);
            code.op("f64x2.promote_low_f32x4");
          } else {
            code.memory("v128.load", vectorSize * index);
          }
          code.set(into);
        };
        const times = (sum: number, a: number, b: number, sign: 1 | -1 = 1) =>
          accumulate(
            code,
            sum,
            () => {
              code.get(a);
              code.get(b);
            },
            sign,
          );

        if (!symmetric) {
          code.get(firstRow);
          code.set(row);
        }
        march(code, row, lastRow, 16, () => {
          rows.forEach(({ re, im, sumRe, sumIm }, r) => {
            code.get(row);
            code.memory("v128.load64_splat", at.re + 8 * r);
            code.set(re);
            code.get(row);
            code.memory("v128.load64_splat", at.im + 8 * r);
            code.set(im);
            clear(code, sumRe);
            clear(code, sumIm);
          });
          code.get(first);
          code.set(column);
          march(code, column, end, 16, () => {
            load(column, at.re, columnRe);
            load(column, at.im, columnIm);
            if (symmetric) {
              load(column, at.fieldRe, columnFieldRe);
              load(column, at.fieldIm, columnFieldIm);
            }
            rows.forEach(({ re, im, sumRe, sumIm, element: [jRe, jIm] }, r) => {
              loadElement(parts * r, jRe);
              times(sumRe, jRe, columnRe);
              times(sumIm, jRe, columnIm);
              if (symmetric) {
                times(columnFieldRe, jRe, re);
                times(columnFieldIm, jRe, im);
              }
              if (!complex) return;
              loadElement(parts * r + 1, jIm);
              times(sumRe, jIm, columnIm);
              times(sumIm, jIm, columnRe, -1);
              if (symmetric) {
                times(columnFieldRe, jIm, im, -1);
                times(columnFieldIm, jIm, re);
              }
            });
            if (symmetric) {
              for (const [field, sum] of [
                [at.fieldRe, columnFieldRe],
                [at.fieldIm, columnFieldIm],
              ] as const) {
                code.get(column);
                code.get(sum);
                code.memory("v128.store", field);
              }
            }
            advance(code, matrix, 2 * parts * vectorSize);
          });
          for (const [field, part] of [
            [at.fieldRe, "sumRe"],
            [at.fieldIm, "sumIm"],
          ] as const) {
            const [upper, lower] = rows.map((r) => r[part]) as [number, number];
            code.get(row);
            code.get(row);
            code.memory("v128.load", field);
            code.get(upper);
            code.get(lower);
            code.shuffle64(0, 2);
            code.get(upper);
            code.get(lower);
            code.shuffle64(1, 3);
            code.op("f64x2.add");
            code.op("f64x2.add");
            code.memory("v128.store", field);
          }
        });
      });
    };
    define("above", true);
    define("diagonal", false);
  });
}
