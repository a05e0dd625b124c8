import type { CouplingEntry } from "#model/network";

type Scalar = number | readonly [number, number];

interface CouplingFault {
  readonly path: readonly number[];
  readonly message: string;
  readonly expected: string;
  readonly found: unknown;
}

interface CouplingReading {
  readonly entries: CouplingEntry[];
  readonly faults: CouplingFault[];
}

const real = (value: Scalar) => (typeof value === "number" ? value : value[0]);
const imaginary = (value: Scalar) => (typeof value === "number" ? 0 : value[1]);

/**
 * Reads the couplings of a network, given as the full Hermitian N × N matrix J or as triples [i, j, J_ij] with
 * each pair once. Three rows of three numbers could be either when N = 3: they are the matrix if that is
 * Hermitian, triples otherwise.
 *
 * @returns one entry per coupled pair, and what is wrong
 */
export function readCouplings(rows: readonly (readonly Scalar[])[], count: number): CouplingReading {
  const square = rows.length === count && rows.every((row) => row.length === count);
  if (square) {
    const matrix = readMatrix(rows, count);
    if (matrix.faults.length === 0 || count !== 3) return matrix;
    const triples = readTriples(rows, count);
    return triples.faults.length === 0 ? triples : matrix;
  }
  if (rows.every((row) => row.length === 3)) return readTriples(rows, count);
  const odd = rows.findIndex((row) => row.length !== (rows.length === count ? count : 3));
  return {
    entries: [],
    faults: [
      {
        path: odd < 0 ? [] : [odd],
        message: `couplings are neither a ${count} × ${count} matrix nor triples [i, j, J]`,
        expected: `${count} rows of ${count} numbers, or rows [i, j, J]`,
        found: odd < 0 ? `${rows.length} rows` : rows[odd],
      },
    ],
  };
}

function readMatrix(rows: readonly (readonly Scalar[])[], count: number): CouplingReading {
  const entries: CouplingEntry[] = [];
  const faults: CouplingFault[] = [];
  let scale = 0;
  for (const row of rows) for (const j of row) scale = Math.max(scale, Math.hypot(real(j), imaginary(j)));
  for (let i = 0; i < count; i++) {
    for (let j = i; j < count; j++) {
      const above = rows[i]![j]!;
      const below = rows[j]![i]!;
      const gap = Math.hypot(real(above) - real(below), imaginary(above) + imaginary(below));
      if (gap > 1e-9 * scale) {
        faults.push({
          path: [j, i],
          message:
            i === j
              ? `J is not Hermitian: J[${i}][${i}] must be real`
              : `J is not Hermitian: J[${j}][${i}] must be the conjugate of J[${i}][${j}]`,
          expected: JSON.stringify(
            i === j ? real(above) : imaginary(above) === 0 ? real(above) : [real(above), -imaginary(above)],
          ),
          found: below,
        });
      } else if (real(above) !== 0 || imaginary(above) !== 0) {
        entries.push({ i, j, re: real(above), im: imaginary(above) });
      }
    }
  }
  return { entries, faults };
}

function readTriples(rows: readonly (readonly Scalar[])[], count: number): CouplingReading {
  const entries: CouplingEntry[] = [];
  const faults: CouplingFault[] = [];
  const seen = new Set<number>();
  rows.forEach(([i, j, value], row) => {
    for (const [place, index] of [i, j].entries()) {
      if (typeof index === "number" && Number.isInteger(index) && index >= 0 && index < count) continue;
      faults.push({
        path: [row, place],
        message: `there is no site ${JSON.stringify(index)}`,
        expected: `an integer from 0 to ${count - 1}`,
        found: index,
      });
      return;
    }
    const a = i as number;
    const b = j as number;
    const pair = Math.min(a, b) * count + Math.max(a, b);
    if (seen.has(pair)) {
      faults.push({
        path: [row],
        message: `the pair of sites ${a} and ${b} is coupled twice`,
        expected: "each pair once",
        found: rows[row],
      });
      return;
    }
    seen.add(pair);
    if (a === b && imaginary(value!) !== 0) {
      faults.push({
        path: [row, 2],
        message: `the self-field of site ${a} must be real`,
        expected: "a real number",
        found: value,
      });
      return;
    }
    entries.push({ i: a, j: b, re: real(value!), im: imaginary(value!) });
  });
  return { entries, faults };
}
