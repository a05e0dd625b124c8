import { type ComplexMatrix, zeros } from "#core/complex-matrix";
import { EntrainError } from "#core/errors";
import type { Unitary } from "../circuit/single-qubit.ts";

/** Most qubits whose density matrix is held: 4^10 complex numbers are 16 MB. */
export const densityMatrixLimit = 10;

/** ρ of n qubits; ⟨r|ρ|c⟩ at (r << n) | c, bit q of r and c is qubit q. */
export interface DensityMatrix {
  readonly qubits: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * A linear map on the 2 × 2 block of one qubit, complex 4 × 4 row-major over (⟨0|ρ|0⟩, ⟨0|ρ|1⟩, ⟨1|ρ|0⟩, ⟨1|ρ|1⟩),
 * interleaved.
 */
export type QubitMap = Float64Array;

/** All qubits in |0⟩. */
export function groundState(qubits: number): DensityMatrix {
  if (qubits > densityMatrixLimit) {
    throw new EntrainError("digital.too_large", {
      path: "qubits",
      message: `the density matrix of ${qubits} qubits has ${4 ** qubits} elements`,
      found: qubits,
      expected: `at most ${densityMatrixLimit} qubits`,
    });
  }
  const rho = { qubits, re: new Float64Array(4 ** qubits), im: new Float64Array(4 ** qubits) };
  rho.re[0] = 1;
  return rho;
}

/** ρ as a square matrix. */
export function squareMatrix(rho: DensityMatrix): ComplexMatrix {
  const m = zeros(2 ** rho.qubits);
  m.re.set(rho.re);
  m.im.set(rho.im);
  return m;
}

export function identityMap(): QubitMap {
  const map = new Float64Array(32);
  for (let k = 0; k < 4; k++) map[10 * k] = 1;
  return map;
}

/** UρU†. */
export function unitaryMap(u: Unitary): QubitMap {
  const map = new Float64Array(32);
  for (let r = 0; r < 2; r++) {
    for (let c = 0; c < 2; c++) {
      for (let k = 0; k < 2; k++) {
        for (let l = 0; l < 2; l++) {
          const ar = u[4 * r + 2 * k]!;
          const ai = u[4 * r + 2 * k + 1]!;
          const br = u[4 * c + 2 * l]!;
          const bi = -u[4 * c + 2 * l + 1]!;
          const at = 2 * (4 * (2 * r + c) + 2 * k + l);
          map[at] = ar * br - ai * bi;
          map[at + 1] = ar * bi + ai * br;
        }
      }
    }
  }
  return map;
}

/** a after b. */
export function composeMaps(a: QubitMap, b: QubitMap): QubitMap {
  const out = new Float64Array(32);
  for (let r = 0; r < 4; r++) {
    for (let k = 0; k < 4; k++) {
      const ar = a[2 * (4 * r + k)]!;
      const ai = a[2 * (4 * r + k) + 1]!;
      if (ar === 0 && ai === 0) continue;
      for (let c = 0; c < 4; c++) {
        const br = b[2 * (4 * k + c)]!;
        const bi = b[2 * (4 * k + c) + 1]!;
        out[2 * (4 * r + c)]! += ar * br - ai * bi;
        out[2 * (4 * r + c) + 1]! += ar * bi + ai * br;
      }
    }
  }
  return out;
}

/** (1 − p)ρ + p·1/2. */
export function depolarisingMap(p: number): QubitMap {
  const map = new Float64Array(32);
  const keep = 1 - p;
  map[0] = keep + p / 2;
  map[6] = p / 2;
  map[10] = keep;
  map[20] = keep;
  map[24] = p / 2;
  map[30] = keep + p / 2;
  return map;
}

/** Decay of |1⟩ to |0⟩ by e^{−population} and of the coherence by e^{−coherence}. */
export function relaxationMap(population: number, coherence: number): QubitMap {
  const map = new Float64Array(32);
  map[0] = 1;
  map[6] = -Math.expm1(-population);
  map[10] = Math.exp(-coherence);
  map[20] = map[10]!;
  map[30] = Math.exp(-population);
  return map;
}

/**
 * Reset by measuring and flipping on 1, with assignment errors: |1⟩ taken for 0 stays, |0⟩ taken for 1 is flipped.
 *
 * @param missed - probability of 0 on |1⟩
 * @param invented - probability of 1 on |0⟩
 */
export function resetMap(missed: number, invented: number): QubitMap {
  const map = new Float64Array(32);
  map[0] = 1 - invented;
  map[6] = 1 - missed;
  map[24] = invented;
  map[30] = missed;
  return map;
}

/** Applies a map to one qubit, in place. */
export function applyQubitMap(rho: DensityMatrix, qubit: number, map: QubitMap): void {
  const { qubits, re, im } = rho;
  const column = 1 << qubit;
  const row = column << qubits;
  const both = row | column;
  const [
    a0,
    b0,
    a1,
    b1,
    a2,
    b2,
    a3,
    b3,
    c0,
    d0,
    c1,
    d1,
    c2,
    d2,
    c3,
    d3,
    e0,
    f0,
    e1,
    f1,
    e2,
    f2,
    e3,
    f3,
    g0,
    h0,
    g1,
    h1,
    g2,
    h2,
    g3,
    h3,
  ] = map;
  // Every index with both bits clear, block by block.
  for (let high = 0; high < re.length; high += 2 * row) {
    for (let middle = high; middle < high + row; middle += 2 * column) {
      for (let base = middle; base < middle + column; base++) {
        const i1 = base | column;
        const i2 = base | row;
        const i3 = base | both;
        const x0 = re[base]!;
        const y0 = im[base]!;
        const x1 = re[i1]!;
        const y1 = im[i1]!;
        const x2 = re[i2]!;
        const y2 = im[i2]!;
        const x3 = re[i3]!;
        const y3 = im[i3]!;
        re[base] = a0! * x0 - b0! * y0 + a1! * x1 - b1! * y1 + a2! * x2 - b2! * y2 + a3! * x3 - b3! * y3;
        im[base] = a0! * y0 + b0! * x0 + a1! * y1 + b1! * x1 + a2! * y2 + b2! * x2 + a3! * y3 + b3! * x3;
        re[i1] = c0! * x0 - d0! * y0 + c1! * x1 - d1! * y1 + c2! * x2 - d2! * y2 + c3! * x3 - d3! * y3;
        im[i1] = c0! * y0 + d0! * x0 + c1! * y1 + d1! * x1 + c2! * y2 + d2! * x2 + c3! * y3 + d3! * x3;
        re[i2] = e0! * x0 - f0! * y0 + e1! * x1 - f1! * y1 + e2! * x2 - f2! * y2 + e3! * x3 - f3! * y3;
        im[i2] = e0! * y0 + f0! * x0 + e1! * y1 + f1! * x1 + e2! * y2 + f2! * x2 + e3! * y3 + f3! * x3;
        re[i3] = g0! * x0 - h0! * y0 + g1! * x1 - h1! * y1 + g2! * x2 - h2! * y2 + g3! * x3 - h3! * y3;
        im[i3] = g0! * y0 + h0! * x0 + g1! * y1 + h1! * x1 + g2! * y2 + h2! * x2 + g3! * y3 + h3! * x3;
      }
    }
  }
}

/** Controlled Z followed by (1 − p)ρ + p·Tr_ab ρ ⊗ 1/4, in place. */
export function applyControlledZ(rho: DensityMatrix, a: number, b: number, p = 0): void {
  const { qubits, re, im } = rho;
  const column = (1 << a) | (1 << b);
  const row = column << qubits;
  const both = row | column;
  const keep = 1 - p;
  // Index of each of the four states of the pair; the last one, |11⟩, changes sign.
  const states = [0, 1 << a, 1 << b, column];
  for (let base = 0; base < re.length; base++) {
    if ((base & both) !== 0) continue;
    let traceRe = 0;
    let traceIm = 0;
    for (let r = 0; r < 4; r++) {
      const at = base | (states[r]! << qubits);
      for (let c = 0; c < 4; c++) {
        const i = at | states[c]!;
        if (r === c) {
          traceRe += re[i]!;
          traceIm += im[i]!;
        }
        const factor = (r === 3) !== (c === 3) ? -keep : keep;
        re[i]! *= factor;
        im[i]! *= factor;
      }
    }
    if (p === 0) continue;
    for (const state of states) {
      const i = base | (state << qubits) | state;
      re[i]! += (p * traceRe) / 4;
      im[i]! += (p * traceIm) / 4;
    }
  }
}

/** Populations ⟨r|ρ|r⟩. */
export function populations(rho: DensityMatrix): Float64Array {
  const size = 2 ** rho.qubits;
  return Float64Array.from({ length: size }, (_, r) => rho.re[r * size + r]!);
}
