import { combine, commutator, dissipator, unit } from "#core/complex-matrix";
import { bareHamiltonian, jumpOperators, type Oscillator } from "#model/oscillator";
import { type ChargeSector, chargeOf, sectorDimension, typeCount } from "./charge-sector.ts";

/** Compressed rows; columns are multiplied by two, into interleaved complex vectors. */
interface Rows {
  readonly start: Int32Array;
  readonly column: Int32Array;
  readonly value: Float64Array;
}

/** c' = (diagonal + jumps + i·exchange) c: generator of the master equation in one charge sector. */
export interface SectorGenerator {
  readonly dimension: number;
  /** Interleaved complex. */
  readonly diagonal: Float64Array;
  /** Real. */
  readonly jumps: Rows;
  /** Real; enters with the factor i. */
  readonly exchange: Rows;
}

/** c_n gains `factor`·n_first(n_second − δ)·c at n with types first, second replaced by others. */
interface Move {
  readonly first: number;
  readonly second: number;
  /** Pairs [type, change], by rising type. */
  readonly change: readonly (readonly [type: number, by: number])[];
  readonly factor: number;
}

interface OneSite {
  readonly diagonalRe: Float64Array;
  readonly diagonalIm: Float64Array;
  /** c_n gains rate·n_to·c at n with one `to` replaced by `from`. */
  readonly jumps: readonly { readonly to: number; readonly from: number; readonly rate: number }[];
}

/** The one-site generator on |a⟩⟨b|: diagonal but for the jumps. */
function oneSite(site: Oscillator): OneSite {
  const hamiltonian = bareHamiltonian(site);
  const channels = jumpOperators(site);
  const diagonalRe = new Float64Array(typeCount);
  const diagonalIm = new Float64Array(typeCount);
  const jumps: { to: number; from: number; rate: number }[] = [];
  for (let from = 0; from < typeCount; from++) {
    const rho = unit(3, Math.floor(from / 3), from % 3);
    const image = combine(
      [{ re: 0, im: -1 }, commutator(hamiltonian, rho)],
      ...channels.map(({ rate, operator }) => [rate, dissipator(operator, rho)] as const),
    );
    for (let to = 0; to < typeCount; to++) {
      if (to === from) {
        diagonalRe[to] = image.re[to]!;
        diagonalIm[to] = image.im[to]!;
      } else if (image.re[to] !== 0) jumps.push({ to, from, rate: image.re[to]! });
    }
  }
  return { diagonalRe, diagonalIm, jumps };
}

/**
 * All ways in which −i[Σ_{i≠j} A†_i A_j, ·] feeds a configuration, with their factors (without −i·V/N); a change of
 * nothing is the diagonal part.
 */
function exchangeMoves(ladder: readonly [number, number]): Move[] {
  const moves = new Map<string, Move>();
  const accumulate = (first: number, second: number, from1: number, from2: number, factor: number) => {
    const change = new Map<number, number>();
    for (const [type, by] of [
      [first, -1],
      [second, -1],
      [from1, 1],
      [from2, 1],
    ] as const) {
      change.set(type, (change.get(type) ?? 0) + by);
    }
    const list = [...change].filter(([, by]) => by !== 0).sort((a, b) => a[0] - b[0]);
    const [low, high] = [Math.min(first, second), Math.max(first, second)];
    const key = `${low},${high}:${list.join(";")}`;
    const known = moves.get(key)?.factor ?? 0;
    moves.set(key, { first: low, second: high, change: list, factor: known + factor });
  };
  for (let first = 0; first < typeCount; first++) {
    for (let second = 0; second < typeCount; second++) {
      const [a, b] = [Math.floor(first / 3), first % 3];
      const [c, d] = [Math.floor(second / 3), second % 3];
      // Ket: ⟨a|A†|a−1⟩⟨c|A|c+1⟩; bra: ⟨b+1|A†|b⟩⟨d−1|A|d⟩ with the opposite sign.
      if (a > 0 && c < 2) accumulate(first, second, first - 3, second + 3, ladder[a - 1]! * ladder[c]!);
      if (b < 2 && d > 0) accumulate(first, second, first + 1, second - 1, -ladder[b]! * ladder[d - 1]!);
    }
  }
  return [...moves.values()].filter((move) => move.factor !== 0);
}

/** Non-zero entries of a sector's generator, counted without building it. */
export function countNonZeros(site: Oscillator, size: number, charge: number): number {
  const single = oneSite(site).jumps.map(({ to }) => sectorDimension(size - 1, charge - chargeOf(to)));
  const pairs = exchangeMoves(site.ladder)
    .filter((move) => move.change.length > 0)
    .map(({ first, second }) => sectorDimension(size - 2, charge - chargeOf(first) - chargeOf(second)));
  return [...single, ...pairs].reduce((sum, count) => sum + count, 0);
}

/**
 * Generator of N identical oscillators with H = Σ_i H_i + J Σ_{i<j}(A†_i A_j + h.c.) in one charge sector.
 *
 * @param pairCoupling - J, V/N for one group
 * @source permutation-invariant Liouville space: Gegg & Richter, New J. Phys. 18, 043037 (2016); Shammah et al.,
 *   Phys. Rev. A 98, 063815 (2018)
 */
export function sectorGenerator(
  sector: ChargeSector,
  site: Oscillator,
  pairCoupling: number,
): SectorGenerator {
  const { dimension, occupations } = sector;
  const { diagonalRe, diagonalIm, jumps } = oneSite(site);
  const moves = pairCoupling === 0 ? [] : exchangeMoves(site.ladder);
  const offDiagonal = moves.filter((move) => move.change.length > 0);
  const still = moves.filter((move) => move.change.length === 0);
  const jumpMoves = jumps.map(({ to, from, rate }) => ({
    first: to,
    second: -1,
    change: [[to, -1] as const, [from, 1] as const].sort((p, q) => p[0] - q[0]),
    factor: rate,
  }));
  const diagonal = new Float64Array(2 * dimension);
  for (let k = 0; k < dimension; k++) {
    let re = 0;
    let im = 0;
    const o = k * typeCount;
    for (let type = 0; type < typeCount; type++) {
      const count = occupations[o + type]!;
      re += count * diagonalRe[type]!;
      im += count * diagonalIm[type]!;
    }
    for (const { first, second, factor } of still) {
      im -= pairCoupling * factor * pairs(occupations, o, first, second);
    }
    diagonal[2 * k] = re;
    diagonal[2 * k + 1] = im;
  }
  return {
    dimension,
    diagonal,
    jumps: buildRows(sector, jumpMoves, 1),
    exchange: buildRows(sector, offDiagonal, -pairCoupling),
  };
}

/** Ordered pairs of sites of two types; sites of the first alone when `second` is −1. */
function pairs(occupations: Uint8Array, o: number, first: number, second: number): number {
  const count = occupations[o + first]!;
  if (second < 0) return count;
  return count * (occupations[o + second]! - (first === second ? 1 : 0));
}

function buildRows(sector: ChargeSector, moves: readonly Move[], scale: number): Rows {
  const { dimension, occupations, size, charge, ranking } = sector;
  const start = new Int32Array(dimension + 1);
  let total = 0;
  for (let k = 0; k < dimension; k++) {
    const o = k * typeCount;
    for (const { first, second } of moves) if (pairs(occupations, o, first, second) > 0) total++;
    start[k + 1] = total;
  }
  const column = new Int32Array(total);
  const value = new Float64Array(total);
  const { offset } = ranking;
  const width = 4 * size + 1;
  const charges = Int32Array.from({ length: typeCount }, (_, type) => chargeOf(type));
  // Number and charge still to be placed before each type, and the rank collected so far, of the row's own n.
  const remaining = new Int32Array(typeCount + 1);
  const carried = new Int32Array(typeCount + 1);
  const rank = new Float64Array(typeCount + 1);
  const flat = moves.map(({ first, second, change, factor }) => {
    const by = new Int8Array(typeCount);
    for (const [type, step] of change) by[type] = step;
    return { first, second, from: change[0]![0], by, factor: factor * scale };
  });
  let next = 0;
  for (let k = 0; k < dimension; k++) {
    const o = k * typeCount;
    remaining[0] = size;
    carried[0] = charge;
    for (let i = 0; i < typeCount; i++) {
      const v = occupations[o + i]!;
      const at = ((i * (size + 1) + remaining[i]!) * width + carried[i]! + 2 * size) * (size + 1);
      rank[i + 1] = rank[i]! + offset[at + v]!;
      remaining[i + 1] = remaining[i]! - v;
      carried[i + 1] = carried[i]! - v * charges[i]!;
    }
    for (const { first, second, from, by, factor } of flat) {
      const count = pairs(occupations, o, first, second);
      if (count <= 0) continue;
      let r = remaining[from]!;
      let q = carried[from]!;
      let index = rank[from]!;
      for (let i = from; i < typeCount; i++) {
        const v = occupations[o + i]! + by[i]!;
        index += offset[((i * (size + 1) + r) * width + q + 2 * size) * (size + 1) + v]!;
        r -= v;
        q -= v * charges[i]!;
      }
      column[next] = 2 * index;
      value[next] = factor * count;
      next++;
    }
  }
  return { start, column, value };
}

/** out = factor · (generator + shift)·x, interleaved complex. */
export function applyGenerator(
  generator: SectorGenerator,
  x: Float64Array,
  out: Float64Array,
  factor: number,
  shift: number,
): void {
  const { dimension, diagonal, jumps, exchange } = generator;
  const { start: jumpStart, column: jumpColumn, value: jumpValue } = jumps;
  const { start, column, value } = exchange;
  let j = 0;
  let e = 0;
  for (let k = 0; k < dimension; k++) {
    const i = 2 * k;
    const xr = x[i]!;
    const xi = x[i + 1]!;
    const dr = diagonal[i]! + shift;
    const di = diagonal[i + 1]!;
    let re = dr * xr - di * xi;
    let im = dr * xi + di * xr;
    for (const end = jumpStart[k + 1]!; j < end; j++) {
      const c = jumpColumn[j]!;
      const v = jumpValue[j]!;
      re += v * x[c]!;
      im += v * x[c + 1]!;
    }
    for (const end = start[k + 1]!; e < end; e++) {
      const c = column[e]!;
      const v = value[e]!;
      re -= v * x[c + 1]!;
      im += v * x[c]!;
    }
    out[i] = factor * re;
    out[i + 1] = factor * im;
  }
}
