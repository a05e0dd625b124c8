import { coordinateCount } from "#model/generator";
import type { Oscillator } from "#model/oscillator";
import type { RightHandSide } from "../kernel/dormand-prince.ts";
import { extendedCount, extendedGenerator, quadratures } from "./superoperators.ts";

/** `count` identical oscillators. */
export interface Species {
  readonly site: Oscillator;
  readonly count: number;
}

/**
 * Groups of identical oscillators in which every pair is coupled alike: H = Σ_{i<j} J_{s(i)s(j)} (A†_i A_j + h.c.),
 * no self term.
 */
export interface CumulantModel {
  readonly species: readonly Species[];
  /** J_st of one pair, symmetric, real; V/N for one group. */
  readonly coupling: readonly (readonly number[])[];
}

/** One group of N oscillators with pair coupling V/N. */
export function groupModel(site: Oscillator, size: number, coupling: number): CumulantModel {
  return { species: [{ site, count: size }], coupling: [[coupling / size]] };
}

/** Two groups of N each: V/N within a group, V_AB/N between all N² pairs. Nadolny & Bruder, Eq. (1). */
export function twoGroupModel(
  sites: readonly [Oscillator, Oscillator],
  size: number,
  coupling: number,
  interCoupling: number,
): CumulantModel {
  const within = coupling / size;
  const between = interCoupling / size;
  return {
    species: sites.map((site) => ({ site, count: size })),
    coupling: [
      [within, between],
      [between, within],
    ],
  };
}

const n = coordinateCount;

/** Compressed rows of an 8 × 8 matrix. */
interface SparseMatrix {
  readonly start: Int32Array;
  readonly column: Int32Array;
  readonly value: Float64Array;
}

function sparse(block: (row: number, column: number) => number): SparseMatrix {
  const start = new Int32Array(n + 1);
  const column: number[] = [];
  const value: number[] = [];
  for (let r = 0; r < n; r++) {
    for (let c = 0; c < n; c++) {
      const entry = block(r, c);
      if (entry === 0) continue;
      column.push(c);
      value.push(entry);
    }
    start[r + 1] = column.length;
  }
  return { start, column: Int32Array.from(column), value: Float64Array.from(value) };
}

/** out += factor · (constant + matrix·x). */
function applyAffine(
  factor: number,
  matrix: SparseMatrix,
  constant: Float64Array | undefined,
  x: Float64Array,
  out: Float64Array,
): void {
  const { start, column, value } = matrix;
  for (let r = 0; r < n; r++) {
    let sum = constant === undefined ? 0 : constant[r]!;
    for (let k = start[r]!; k < start[r + 1]!; k++) sum += value[k]! * x[column[k]!]!;
    out[r]! += factor * sum;
  }
}

/** out += factor · matrix·e, e and out 8 × 8. */
function multiplyLeft(factor: number, matrix: SparseMatrix, e: Float64Array, out: Float64Array): void {
  const { start, column, value } = matrix;
  for (let r = 0; r < n; r++) {
    for (let k = start[r]!; k < start[r + 1]!; k++) {
      const v = factor * value[k]!;
      const from = column[k]! * n;
      for (let c = 0; c < n; c++) out[r * n + c]! += v * e[from + c]!;
    }
  }
}

/** out += factor · e·matrixᵀ. */
function multiplyRight(factor: number, e: Float64Array, matrix: SparseMatrix, out: Float64Array): void {
  const { start, column, value } = matrix;
  for (let c = 0; c < n; c++) {
    for (let k = start[c]!; k < start[c + 1]!; k++) {
      const v = factor * value[k]!;
      const from = column[k]!;
      for (let r = 0; r < n; r++) out[r * n + c]! += v * e[r * n + from]!;
    }
  }
}

/** out += factor · a bᵀ. */
function addOuter(factor: number, a: Float64Array, b: Float64Array, out: Float64Array): void {
  if (factor === 0) return;
  for (let r = 0; r < n; r++) {
    const v = factor * a[r]!;
    for (let c = 0; c < n; c++) out[r * n + c]! += v * b[c]!;
  }
}

/** One quadrature of a species, the trace coordinate split off. */
interface Drive {
  readonly commutator: SparseMatrix;
  readonly commutatorConstant: Float64Array;
  readonly anticommutator: SparseMatrix;
  readonly anticommutatorConstant: Float64Array;
  readonly expectation: Float64Array;
  readonly expectationConstant: number;
}

interface SpeciesMaps {
  readonly linear: SparseMatrix;
  readonly constant: Float64Array;
  readonly drives: readonly [Drive, Drive];
}

function speciesMaps(site: Oscillator): SpeciesMaps {
  const inner = (m: Float64Array) => sparse((r, c) => m[(r + 1) * extendedCount + c + 1]!);
  const outer = (m: Float64Array) => Float64Array.from({ length: n }, (_, r) => m[(r + 1) * extendedCount]!);
  const generator = extendedGenerator(site);
  const drives = quadratures(site).map((q) => ({
    commutator: inner(q.commutator),
    commutatorConstant: outer(q.commutator),
    anticommutator: inner(q.anticommutator),
    anticommutatorConstant: outer(q.anticommutator),
    expectation: q.expectation.slice(1),
    expectationConstant: q.expectation[0]!,
  })) as [Drive, Drive];
  return { linear: inner(generator), constant: outer(generator), drives };
}

/** Where each block of the state vector begins. */
export interface CumulantLayout {
  readonly length: number;
  /** D is stored times this number, so that it is of order one. */
  readonly scale: number;
  /** Start of x of each species. */
  readonly one: readonly number[];
  /** Start of D of species s ≤ t at [s][t]: the upper triangle for s = t, all 64 entries otherwise. */
  readonly two: readonly (readonly number[])[];
}

/** 44 numbers for one group, 152 for two. */
export function cumulantLayout(model: CumulantModel): CumulantLayout {
  const count = model.species.length;
  const one = model.species.map((_, s) => s * n);
  let next = count * n;
  const two = model.species.map((_, s) =>
    model.species.map((__, t) => {
      if (t < s) return -1;
      const start = next;
      next += s === t ? (n * (n + 1)) / 2 : n * n;
      return start;
    }),
  );
  return { length: next, scale: Math.max(...model.species.map((species) => species.count)), one, two };
}

/** State of uncorrelated oscillators. */
export function uncorrelatedState(
  layout: CumulantLayout,
  coordinates: readonly Float64Array[],
): Float64Array {
  const y = new Float64Array(layout.length);
  coordinates.forEach((x, s) => {
    y.set(x, layout.one[s]!);
  });
  return y;
}

/** Unpacks scale·D of species s, t into 64 numbers, row index s. */
export function correlationBlock(
  layout: CumulantLayout,
  y: Float64Array,
  s: number,
  t: number,
  out = new Float64Array(n * n),
): Float64Array {
  let from = layout.two[Math.min(s, t)]![Math.max(s, t)]!;
  for (let r = 0; r < n; r++) {
    for (let c = s === t ? r : 0; c < n; c++) {
      const value = y[from++]!;
      if (s <= t) out[r * n + c] = value;
      if (s >= t) out[c * n + r] = value;
    }
  }
  return out;
}

/**
 * Second-order cumulant equations with broken U(1) symmetry: one-body coordinates x_a = ⟨λ_a⟩ and connected pair
 * correlators D_ab = ⟨λ_a^i λ_b^j⟩ − x_a x_b of different oscillators; third cumulants of three different oscillators
 * are set to zero. Products on one oscillator are exact, so two oscillators are described exactly.
 *
 * With J the pair coupling, M = X, Y the quadratures, C = −i[M, ·], Q = {M, ·}, y = ⟨M⟩:
 *
 *   x_s' = L x_s + ½ Σ_u (N_u − δ_su) J_su Σ_M C(x_s y_u + D_su m)
 *   D_st' = L D_st + ¼ J_st Σ_M C(x_s x_tᵀ + D_st)Qᵀ + ½ Σ_u n_u J_su Σ_M C(y_u D_st + x_s (D_tu m)ᵀ)
 *           − ½ J_st Σ_M C(x_s y_t + D_st m) x_tᵀ + the same with the two oscillators exchanged,
 *
 * m the row of M in coordinates, n_u the number of third oscillators in u.
 *
 * @returns right-hand side on the vector of `cumulantLayout`
 * @source Nadolny & Bruder, supplement, section 3 (there by QuantumCumulants.jl), derived here for any ladder,
 *   channels and number of groups
 * @accuracy as a method: exact for N = 2; O(t³V³) in D and O(t⁴V⁴) in x at small Vt for N > 2; exact to O(1/N) at
 *   fixed time. In the diffusive regime t ~ N it underestimates the lifetime of the amplitude (by 40 % at N = 500 in
 *   Fig. S4): the truncated Wigner ensemble does not.
 */
export function cumulantRightHandSide(model: CumulantModel): RightHandSide {
  const layout = cumulantLayout(model);
  const { species, coupling } = model;
  const { scale } = layout;
  const count = species.length;
  const maps = species.map(({ site }) => speciesMaps(site));
  const range = species.map((_, s) => s);
  const quadratureIndex = [0, 1] as const;
  const blocks = range.map(() => range.map(() => new Float64Array(n * n)));
  const x = range.map(() => new Float64Array(n));
  const dx = range.map(() => new Float64Array(n));
  const vectors = () => range.map(() => quadratureIndex.map(() => new Float64Array(n)));
  // Cx and Qx of each species and quadrature, y = ⟨M⟩; Dm and C(xy + Dm/scale) of each ordered pair of species.
  const turned = vectors();
  const anti = vectors();
  const field = range.map(() => new Float64Array(2));
  const reached = range.map(vectors);
  const pulled = range.map(vectors);
  const derivative = new Float64Array(n * n);
  const work = new Float64Array(n * n);

  const prepare = () => {
    for (let s = 0; s < count; s++) {
      for (const q of quadratureIndex) {
        const drive = maps[s]!.drives[q];
        const cx = turned[s]![q]!.fill(0);
        const qx = anti[s]![q]!.fill(0);
        applyAffine(1, drive.commutator, drive.commutatorConstant, x[s]!, cx);
        applyAffine(1, drive.anticommutator, drive.anticommutatorConstant, x[s]!, qx);
        let y = drive.expectationConstant;
        for (let k = 0; k < n; k++) y += drive.expectation[k]! * x[s]![k]!;
        field[s]![q] = y;
      }
    }
    for (let s = 0; s < count; s++) {
      for (let u = 0; u < count; u++) {
        for (const q of quadratureIndex) {
          const d = blocks[s]![u]!;
          const row = maps[u]!.drives[q].expectation;
          const out = reached[s]![u]![q]!;
          for (let r = 0; r < n; r++) {
            let sum = 0;
            for (let c = 0; c < n; c++) sum += d[r * n + c]! * row[c]!;
            out[r] = sum;
          }
          const total = pulled[s]![u]![q]!.fill(0);
          applyAffine(1 / scale, maps[s]!.drives[q].commutator, undefined, out, total);
          for (let r = 0; r < n; r++) total[r]! += field[u]![q]! * turned[s]![q]![r]!;
        }
      }
    }
  };

  /** One half of the derivative of block (s, t): the operators that act on its first oscillator. */
  const addHalf = (s: number, t: number, out: Float64Array) => {
    const d = blocks[s]![t]!;
    const pair = coupling[s]![t]!;
    multiplyLeft(1, maps[s]!.linear, d, out);
    for (const q of quadratureIndex) {
      const drive = maps[s]!.drives[q];
      let mean = 0;
      for (let u = 0; u < count; u++) {
        const others = species[u]!.count - (u === s ? 1 : 0) - (u === t ? 1 : 0);
        const factor = 0.5 * others * coupling[s]![u]!;
        mean += factor * field[u]![q]!;
        addOuter(factor, turned[s]![q]!, reached[t]![u]![q]!, out);
      }
      multiplyLeft(mean, drive.commutator, d, out);
      addOuter(-0.5 * scale * pair, pulled[s]![t]![q]!, x[t]!, out);
      addOuter(0.25 * scale * pair, turned[s]![q]!, anti[t]![q]!, out);
      work.fill(0);
      multiplyLeft(0.25 * pair, drive.commutator, d, work);
      multiplyRight(1, work, maps[t]!.drives[q].anticommutator, out);
    }
  };

  return (_, y, dy) => {
    for (let s = 0; s < count; s++) {
      for (let k = 0; k < n; k++) x[s]![k] = y[layout.one[s]! + k]!;
      for (let t = 0; t < count; t++) correlationBlock(layout, y, s, t, blocks[s]![t]!);
    }
    prepare();
    for (let s = 0; s < count; s++) {
      const out = dx[s]!.fill(0);
      applyAffine(1, maps[s]!.linear, maps[s]!.constant, x[s]!, out);
      for (let u = 0; u < count; u++) {
        const factor = 0.5 * (species[u]!.count - (u === s ? 1 : 0)) * coupling[s]![u]!;
        for (const q of quadratureIndex) {
          const total = pulled[s]![u]![q]!;
          for (let k = 0; k < n; k++) out[k]! += factor * total[k]!;
        }
      }
      dy.set(out, layout.one[s]!);
      for (let t = s; t < count; t++) {
        let to = layout.two[s]![t]!;
        derivative.fill(0);
        addHalf(s, t, derivative);
        if (s === t) {
          // One oscillator alone has no partner in its species.
          const alive = species[s]!.count > 1 ? 1 : 0;
          for (let r = 0; r < n; r++) {
            for (let c = r; c < n; c++) dy[to++] = alive * (derivative[r * n + c]! + derivative[c * n + r]!);
          }
        } else {
          const first = Float64Array.from(derivative);
          derivative.fill(0);
          addHalf(t, s, derivative);
          for (let r = 0; r < n; r++) {
            for (let c = 0; c < n; c++) dy[to++] = first[r * n + c]! + derivative[c * n + r]!;
          }
        }
      }
    }
  };
}
