/** Number of one-site operators |a⟩⟨b|; type β = 3a + b. */
export const typeCount = 9;

/** Charge of type β, a − b: what a common phase turn multiplies. */
export function chargeOf(type: number): number {
  return Math.floor(type / 3) - (type % 3);
}

/**
 * Permutation-invariant basis of N three-level oscillators in one charge sector.
 *
 * A permutation-invariant ρ is fixed by c_n, its matrix element on any arrangement of n₀₀ sites in |0⟩⟨0|, n₀₁ in
 * |0⟩⟨1|, …; Σn = N. The total charge Σ n_ab (a − b) is conserved by every channel and coupling of the model.
 */
export interface ChargeSector {
  readonly size: number;
  readonly charge: number;
  readonly dimension: number;
  /** dimension × 9 occupation numbers. */
  readonly occupations: Uint8Array;
  /** Position of an occupation in the sector. */
  readonly indexOf: (occupation: ArrayLike<number>) => number;
  /** Tables behind `indexOf`, for loops that change few of the nine numbers. */
  readonly ranking: Ranking;
}

/**
 * Lexicographic ranking: the position of n is Σ_i offset(i, r_i, q_i, n_i), with r_i and q_i the number and the charge
 * still to be placed before type i.
 */
export interface Ranking {
  readonly offset: Int32Array;
  /** Index into `offset` of (type, remaining, charge, 0). */
  readonly at: (type: number, remaining: number, charge: number) => number;
}

/** Ways to fill the types from `i` on with r sites of total charge q, at [i][r][q + 2N]. */
function countTable(size: number): Float64Array[][] {
  const width = 4 * size + 1;
  const table = Array.from({ length: typeCount + 1 }, () =>
    Array.from({ length: size + 1 }, () => new Float64Array(width)),
  );
  table[typeCount]![0]![2 * size] = 1;
  for (let i = typeCount - 1; i >= 0; i--) {
    const charge = chargeOf(i);
    for (let r = 0; r <= size; r++) {
      for (let q = 0; q < width; q++) {
        let sum = table[i + 1]![r]![q]!;
        const q1 = q - charge;
        // One site fewer of this type.
        if (r > 0 && q1 >= 0 && q1 < width) sum += table[i]![r - 1]![q1]!;
        table[i]![r]![q] = sum;
      }
    }
  }
  return table;
}

/** Dimension of a sector, without building it; zero where the charge cannot be reached. */
export function sectorDimension(size: number, charge: number): number {
  if (Math.abs(charge) > 2 * size) return 0;
  return countsOf(size)[0]![size]![charge + 2 * size]!;
}

const tables = new Map<number, Float64Array[][]>();

function countsOf(size: number): Float64Array[][] {
  const known = tables.get(size);
  if (known) return known;
  const table = countTable(size);
  tables.set(size, table);
  return table;
}

/**
 * Builds a sector.
 *
 * @param size - N, at most 255
 */
export function chargeSector(size: number, charge: number): ChargeSector {
  const counts = countsOf(size);
  const width = 4 * size + 1;
  const dimension = counts[0]![size]![charge + 2 * size]!;
  const at = (type: number, remaining: number, q: number) =>
    ((type * (size + 1) + remaining) * width + q + 2 * size) * (size + 1);
  const offset = new Int32Array(typeCount * (size + 1) * width * (size + 1));
  for (let i = 0; i < typeCount; i++) {
    const step = chargeOf(i);
    for (let r = 0; r <= size; r++) {
      for (let q = -2 * size; q <= 2 * size; q++) {
        let sum = 0;
        const start = at(i, r, q);
        for (let v = 0; v <= r; v++) {
          offset[start + v] = sum;
          const rest = q - v * step;
          if (Math.abs(rest) <= 2 * size) sum += counts[i + 1]![r - v]![rest + 2 * size]!;
        }
      }
    }
  }
  const occupations = new Uint8Array(dimension * typeCount);
  const current = new Uint8Array(typeCount);
  let next = 0;
  const fill = (type: number, remaining: number, q: number) => {
    if (type === typeCount) {
      occupations.set(current, next);
      next += typeCount;
      return;
    }
    const step = chargeOf(type);
    for (let v = 0; v <= remaining; v++) {
      const rest = q - v * step;
      if (Math.abs(rest) > 2 * size || counts[type + 1]![remaining - v]![rest + 2 * size] === 0) continue;
      current[type] = v;
      fill(type + 1, remaining - v, rest);
    }
    current[type] = 0;
  };
  fill(0, size, charge);
  const indexOf = (occupation: ArrayLike<number>) => {
    let index = 0;
    let remaining = size;
    let q = charge;
    for (let i = 0; i < typeCount; i++) {
      const v = occupation[i]!;
      index += offset[at(i, remaining, q) + v]!;
      remaining -= v;
      q -= v * chargeOf(i);
    }
    return index;
  };
  return { size, charge, dimension, occupations, indexOf, ranking: { offset, at } };
}
