import { LuDecomposition, Matrix } from "ml-matrix";

/** One product state of site × gain ancilla × loss ancilla. */
export interface ProductState {
  readonly level: number;
  readonly gain: number;
  readonly loss: number;
}

/** Product states in order, the loss ancilla fastest, with the charge m − n_b + n_c of each. */
export interface ProductBasis {
  readonly levels: number;
  readonly states: readonly ProductState[];
  readonly charges: readonly number[];
  /** Place of a state; undefined beyond the truncation. */
  find(level: number, gain: number, loss: number): number | undefined;
}

export function productBasis(levels: number, ancillaLevels: number): ProductBasis {
  const states: ProductState[] = [];
  for (let level = 0; level < levels; level++) {
    for (let gain = 0; gain < ancillaLevels; gain++) {
      for (let loss = 0; loss < ancillaLevels; loss++) states.push({ level, gain, loss });
    }
  }
  const inside = (value: number, size: number) => value >= 0 && value < size;
  return {
    levels,
    states,
    charges: states.map(({ level, gain, loss }) => level - gain + loss),
    find: (level, gain, loss) =>
      inside(level, levels) && inside(gain, ancillaLevels) && inside(loss, ancillaLevels)
        ? (level * ancillaLevels + gain) * ancillaLevels + loss
        : undefined,
  };
}

/** Where a jump takes a basis state, and with which amplitude; null where it gives nothing. */
export type JumpTable = readonly ({ readonly target: number; readonly amplitude: number } | null)[];

/**
 * Steady state of a master equation whose Hamiltonian is real and conserves a charge, and whose jumps take each
 * basis state to one basis state and shift the charge by a fixed amount.
 *
 * ρ is block diagonal in the charge; unknowns are Re ρ_ij (i ≤ j) and Im ρ_ij (i < j) with equal charges.
 */
export class SteadyStateSystem {
  /** Column of Re ρ_ij at i·size + j for i ≤ j, of Im ρ_ij at j·size + i for i < j; −1 where charges differ. */
  private readonly place: Int32Array;
  private readonly pairs: (readonly [number, number])[] = [];
  private readonly generator: Matrix;
  private readonly size: number;
  private readonly unknowns: number;

  constructor(charges: readonly number[]) {
    this.size = charges.length;
    this.place = new Int32Array(this.size * this.size).fill(-1);
    let count = 0;
    for (let i = 0; i < this.size; i++) {
      for (let j = i; j < this.size; j++) {
        if (charges[i] !== charges[j]) continue;
        this.pairs.push([i, j]);
        this.place[i * this.size + j] = count++;
        if (i !== j) this.place[j * this.size + i] = count++;
      }
    }
    this.unknowns = count;
    this.generator = Matrix.zeros(count, count);
  }

  /** H += energy·|state⟩⟨state|. */
  addEnergy(state: number, energy: number): void {
    // −i(E_i − E_j)ρ_ij
    for (const [i, j] of this.pairs) {
      if (i === j) continue;
      const difference = (i === state ? energy : 0) - (j === state ? energy : 0);
      if (difference !== 0) {
        this.put(this.real(i, j), this.imaginary(i, j), difference);
        this.put(this.imaginary(i, j), this.real(i, j), -difference);
      }
    }
  }

  /** H += strength·(|to⟩⟨from| + |from⟩⟨to|), strength real; the states must share their charge. */
  addCoupling(to: number, from: number, strength: number): void {
    for (const [i, j] of this.pairs) {
      // (Hρ)_ij
      if (i === to) this.addCommutatorTerm(i, j, from, j, strength);
      if (i === from) this.addCommutatorTerm(i, j, to, j, strength);
      // −(ρH)_ij
      if (j === to) this.addCommutatorTerm(i, j, i, from, -strength);
      if (j === from) this.addCommutatorTerm(i, j, i, to, -strength);
    }
  }

  /** d ρ_ij/dt += −i·factor·ρ_kl, with Re and Im taken from the upper triangle. */
  private addCommutatorTerm(i: number, j: number, k: number, l: number, factor: number): void {
    const sign = k <= l ? 1 : -1;
    if (k !== l) this.put(this.real(i, j), this.imaginary(k, l), factor * sign);
    if (i !== j) this.put(this.imaginary(i, j), this.real(k, l), -factor);
  }

  /** Adds D[Σ amplitude |target⟩⟨state|]. */
  addJump(table: JumpTable): void {
    for (const [i, j] of this.pairs) {
      const a = table[i] ?? null;
      const b = table[j] ?? null;
      const decay = ((a?.amplitude ?? 0) ** 2 + (b?.amplitude ?? 0) ** 2) / 2;
      this.put(this.real(i, j), this.real(i, j), -decay);
      if (i !== j) this.put(this.imaginary(i, j), this.imaginary(i, j), -decay);
      if (a === null || b === null) continue;
      const weight = a.amplitude * b.amplitude;
      const sign = a.target <= b.target ? 1 : -1;
      this.put(this.real(a.target, b.target), this.real(i, j), weight);
      if (i !== j) this.put(this.imaginary(a.target, b.target), this.imaginary(i, j), weight * sign);
    }
  }

  /** ρ_ij decays at rate·(value_i − value_j)². */
  addDephasing(values: readonly number[], rate: number): void {
    for (const [i, j] of this.pairs) {
      if (i === j) continue;
      const decay = rate * (values[i]! - values[j]!) ** 2;
      this.put(this.real(i, j), this.real(i, j), -decay);
      this.put(this.imaginary(i, j), this.imaginary(i, j), -decay);
    }
  }

  /** ρ with trace 1, row-major of the whole basis; null when the steady state is not unique. */
  solve(): { re: Float64Array; im: Float64Array } | null {
    const rows = this.generator.to2DArray();
    // The rates of all populations add up to zero: one of them is replaced by the trace.
    rows[this.real(0, 0)] = this.traceRow();
    const right = Matrix.zeros(this.unknowns, 1);
    right.set(this.real(0, 0), 0, 1);
    // Rows of one size, so that pivots compare.
    const scaled = rows.map((row) => {
      const largest = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      return largest === 0 ? row : row.map((value) => value / largest);
    });
    const lu = new LuDecomposition(new Matrix(scaled));
    const pivots = lu.upperTriangularMatrix.diagonal().map(Math.abs);
    if (!(Math.min(...pivots) > 1e-14)) return null;
    return this.unpack(lu.solve(right).getColumn(0));
  }

  private traceRow(): number[] {
    const row = Array.from({ length: this.unknowns }, () => 0);
    for (let k = 0; k < this.size; k++) row[this.real(k, k)] = 1;
    return row;
  }

  private unpack(x: readonly number[]): { re: Float64Array; im: Float64Array } {
    const re = new Float64Array(this.size * this.size);
    const im = new Float64Array(this.size * this.size);
    for (const [i, j] of this.pairs) {
      re[i * this.size + j] = x[this.real(i, j)]!;
      re[j * this.size + i] = x[this.real(i, j)]!;
      if (i === j) continue;
      im[i * this.size + j] = x[this.imaginary(i, j)]!;
      im[j * this.size + i] = -x[this.imaginary(i, j)]!;
    }
    return { re, im };
  }

  private real(i: number, j: number): number {
    return this.place[Math.min(i, j) * this.size + Math.max(i, j)]!;
  }

  private imaginary(i: number, j: number): number {
    return this.place[Math.max(i, j) * this.size + Math.min(i, j)]!;
  }

  private put(row: number, column: number, value: number): void {
    this.generator.set(row, column, this.generator.get(row, column) + value);
  }
}
