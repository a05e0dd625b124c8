import type { Oscillator } from "./oscillator.ts";

/** J of H = Σ_{i<j} (J_ij A†_i A_j + h.c.): J_ji = J_ij*; a diagonal entry is a real self-field. */
export interface Coupling {
  readonly size: number;
  /** Row starts, length size + 1, of the compressed rows. */
  readonly start: Int32Array;
  readonly column: Int32Array;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** One coupled pair; `re + i·im` multiplies A†_i A_j. */
export interface CouplingEntry {
  readonly i: number;
  readonly j: number;
  readonly re: number;
  readonly im: number;
}

/** Compressed rows of the Hermitian J; each pair is given once, in either order; repeated pairs add. */
export function createCoupling(size: number, entries: Iterable<CouplingEntry>): Coupling {
  const rows: Map<number, { re: number; im: number }>[] = Array.from({ length: size }, () => new Map());
  const accumulate = (row: number, column: number, re: number, im: number) => {
    const old = rows[row]!.get(column) ?? { re: 0, im: 0 };
    rows[row]!.set(column, { re: old.re + re, im: old.im + im });
  };
  for (const { i, j, re, im } of entries) {
    accumulate(i, j, re, i === j ? 0 : im);
    if (i !== j) accumulate(j, i, re, -im);
  }
  const count = rows.reduce((sum, row) => sum + row.size, 0);
  const coupling = {
    size,
    start: new Int32Array(size + 1),
    column: new Int32Array(count),
    re: new Float64Array(count),
    im: new Float64Array(count),
  };
  let next = 0;
  rows.forEach((row, i) => {
    for (const [column, value] of [...row].sort((a, b) => a[0] - b[0])) {
      coupling.column[next] = column;
      coupling.re[next] = value.re;
      coupling.im[next] = value.im;
      next++;
    }
    coupling.start[i + 1] = next;
  });
  return coupling;
}

/** The coupled pairs, each once, i ≤ j. */
export function couplingEntries(coupling: Coupling): CouplingEntry[] {
  const entries: CouplingEntry[] = [];
  for (let i = 0; i < coupling.size; i++) {
    for (let k = coupling.start[i]!; k < coupling.start[i + 1]!; k++) {
      const j = coupling.column[k]!;
      if (j >= i) entries.push({ i, j, re: coupling.re[k]!, im: coupling.im[k]! });
    }
  }
  return entries;
}

/** Couplings that swing: J cos(rate·t + phase), beside the constant ones. */
export interface Modulation {
  readonly coupling: Coupling;
  readonly rate: number;
  readonly phase: number;
}

/** M oscillators and the couplings among them. */
export interface Network {
  readonly sites: readonly Oscillator[];
  readonly coupling: Coupling;
  /** Time runs from the beginning of the evolution. */
  readonly modulations?: readonly Modulation[];
}
