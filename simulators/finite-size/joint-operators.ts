import type { Complex } from "#core/complex";
import { adjoint, type ComplexMatrix, combine, product } from "#core/complex-matrix";
import { EntrainError } from "#core/errors";
import type { Network } from "#model/network";
import { bareHamiltonian, jumpOperators, raisingOperator } from "#model/oscillator";
import type { LinearGenerator } from "./taylor.ts";

/** Sparse complex rows of an operator on 3^N levels. */
export interface SparseOperator {
  readonly dimension: number;
  readonly start: Int32Array;
  readonly column: Int32Array;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

export type Entry = readonly [row: number, column: number, re: number, im: number];

export function sparseOperator(dimension: number, entries: Iterable<Entry>): SparseOperator {
  const rows = Array.from({ length: dimension }, () => new Map<number, Complex>());
  for (const [row, column, re, im] of entries) {
    const old = rows[row]!.get(column) ?? { re: 0, im: 0 };
    rows[row]!.set(column, { re: old.re + re, im: old.im + im });
  }
  const start = new Int32Array(dimension + 1);
  const column: number[] = [];
  const re: number[] = [];
  const im: number[] = [];
  rows.forEach((row, r) => {
    for (const [c, value] of row) {
      if (value.re === 0 && value.im === 0) continue;
      column.push(c);
      re.push(value.re);
      im.push(value.im);
    }
    start[r + 1] = column.length;
  });
  return {
    dimension,
    start,
    column: Int32Array.from(column),
    re: Float64Array.from(re),
    im: Float64Array.from(im),
  };
}

/** Entries of a product of 3 × 3 operators on different sites; site 0 is the most significant digit. */
export function* placed(
  count: number,
  factors: readonly (readonly [site: number, operator: ComplexMatrix])[],
  weight: Complex,
): Generator<Entry> {
  const dimension = 3 ** count;
  const digit = (state: number, site: number) => Math.floor(state / 3 ** (count - 1 - site)) % 3;
  for (let column = 0; column < dimension; column++) {
    let reached: [state: number, re: number, im: number][] = [[column, weight.re, weight.im]];
    for (const [site, operator] of factors) {
      const place = 3 ** (count - 1 - site);
      const from = digit(column, site);
      reached = reached.flatMap(([state, re, im]) =>
        [0, 1, 2].flatMap((to): [number, number, number][] => {
          const r = operator.re[3 * to + from]!;
          const i = operator.im[3 * to + from]!;
          if (r === 0 && i === 0) return [];
          return [[state + (to - from) * place, re * r - im * i, re * i + im * r]];
        }),
      );
    }
    for (const [row, re, im] of reached) yield [row, column, re, im];
  }
}

/** Lindblad operators of a network on the 3^N levels of all sites. */
export interface LindbladOperators {
  /** H − (i/2) Σ o†o. */
  readonly effective: SparseOperator;
  /** Jump operators, √rate included; real. */
  readonly jumps: readonly SparseOperator[];
}

/** @throws EntrainError `input.invalid` for a self-field, which means nothing to a single oscillator */
export function lindbladOf({ sites, coupling }: Network): LindbladOperators {
  const count = sites.length;
  const dimension = 3 ** count;
  const raisings = sites.map((site) => raisingOperator(site.ladder));
  const entries: Entry[] = [];
  // H − (i/2) Σ o†o
  sites.forEach((site, i) => {
    const decay = jumpOperators(site).map(
      ({ rate, operator }) => [{ re: 0, im: -rate / 2 }, product(adjoint(operator), operator)] as const,
    );
    entries.push(...placed(count, [[i, combine([1, bareHamiltonian(site)], ...decay)]], { re: 1, im: 0 }));
    for (let k = coupling.start[i]!; k < coupling.start[i + 1]!; k++) {
      const j = coupling.column[k]!;
      if (j === i) {
        if (coupling.re[k] === 0) continue;
        throw new EntrainError("input.invalid", {
          path: "couplings",
          message: `site ${i} has a self-field, which means nothing to a single oscillator`,
          found: coupling.re[k],
          expected: "no diagonal entry",
        });
      }
      const exchange = [
        [i, raisings[i]!],
        [j, adjoint(raisings[j]!)],
      ] as const;
      entries.push(...placed(count, exchange, { re: coupling.re[k]!, im: coupling.im[k]! }));
    }
  });
  const effective = sparseOperator(dimension, entries);
  const jumps = sites.flatMap((site, i) =>
    jumpOperators(site).map(({ rate, operator }) =>
      sparseOperator(dimension, placed(count, [[i, operator]], { re: Math.sqrt(rate), im: 0 })),
    ),
  );
  return { effective, jumps };
}

/** Right-hand side of the master equation for the Taylor propagation, and a bound on the size of the Hamiltonian. */
export function lindbladGenerator({ effective, jumps }: LindbladOperators): {
  generator: LinearGenerator;
  size: number;
} {
  const { dimension } = effective;
  let fastest = 0;
  let size = 0;
  for (let row = 0; row < dimension; row++) {
    let sum = 0;
    for (let k = effective.start[row]!; k < effective.start[row + 1]!; k++) {
      sum += Math.hypot(effective.re[k]!, effective.im[k]!);
      if (effective.column[k] === row) fastest = Math.max(fastest, -effective.im[k]!);
    }
    size = Math.max(size, sum);
  }
  // −iHρ + h.c. decays at twice the fastest amplitude decay.
  const shift = fastest;
  const generator: LinearGenerator = {
    length: 2 * dimension * dimension,
    shift,
    apply: (from, out, factor) => applyLindblad(effective, jumps, from, out, factor, shift),
    norm: (from) => {
      let sum = 0;
      for (const value of from) sum += value * value;
      return Math.sqrt(sum);
    },
  };
  return { generator, size };
}

/** out = factor · (−iHρ + iρH† + Σ oρo† + shift·ρ) for a Hermitian ρ, interleaved. */
export function applyLindblad(
  effective: SparseOperator,
  jumps: readonly SparseOperator[],
  rho: Float64Array,
  out: Float64Array,
  factor: number,
  shift: number,
): void {
  const d = effective.dimension;
  const { start, column, re, im } = effective;
  // out = −iHρ, row by row; its adjoint is added below.
  out.fill(0);
  for (let row = 0; row < d; row++) {
    const to = 2 * row * d;
    for (let k = start[row]!; k < start[row + 1]!; k++) {
      const from = 2 * column[k]! * d;
      const hr = re[k]!;
      const hi = im[k]!;
      for (let c = 0; c < 2 * d; c += 2) {
        const xr = rho[from + c]!;
        const xi = rho[from + c + 1]!;
        out[to + c]! += hi * xr + hr * xi;
        out[to + c + 1]! += hi * xi - hr * xr;
      }
    }
  }
  for (let row = 0; row < d; row++) {
    for (let c = row; c < d; c++) {
      const a = 2 * (row * d + c);
      const b = 2 * (c * d + row);
      const sr = out[a]! + out[b]!;
      const si = out[a + 1]! - out[b + 1]!;
      out[a] = sr + shift * rho[a]!;
      out[a + 1] = si + shift * rho[a + 1]!;
      out[b] = sr + shift * rho[b]!;
      out[b + 1] = -si + shift * rho[b + 1]!;
    }
  }
  for (const jump of jumps) {
    for (let row = 0; row < d; row++) {
      for (let k = jump.start[row]!; k < jump.start[row + 1]!; k++) {
        for (let c = 0; c < d; c++) {
          for (let l = jump.start[c]!; l < jump.start[c + 1]!; l++) {
            // The jump operators of the model are real.
            const weight = jump.re[k]! * jump.re[l]!;
            const from = 2 * (jump.column[k]! * d + jump.column[l]!);
            out[2 * (row * d + c)]! += weight * rho[from]!;
            out[2 * (row * d + c) + 1]! += weight * rho[from + 1]!;
          }
        }
      }
    }
  }
  for (let i = 0; i < out.length; i++) out[i]! *= factor;
}
