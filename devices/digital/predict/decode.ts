import { type ComplexMatrix, zeros } from "#core/complex-matrix";
import type { DensityMatrix } from "./density-matrix.ts";

/** Bits of a (2) and b (1) of each level in the rest code. */
const codeWord = [0b01, 0b00, 0b10] as const;

/** State of the oscillators inside the rest code. */
export interface DecodedState {
  /** 3^N × 3^N, oscillator 0 the most significant digit; its trace is 1 − leakage. */
  readonly rho: ComplexMatrix;
  /** Weight outside the code. */
  readonly leakage: number;
}

/** Reads the oscillators' density matrix from the qubits', everything else traced out. */
export function decodeState(rho: DensityMatrix, roles: readonly number[]): DecodedState {
  const n = roles.length / 2;
  const size = 3 ** n;
  const mask = Array.from({ length: size }, (_, state) => {
    let bits = 0;
    for (let i = 0; i < n; i++) {
      const word = codeWord[Math.floor(state / 3 ** (n - 1 - i)) % 3]!;
      if (word & 2) bits |= 1 << roles[2 * i]!;
      if (word & 1) bits |= 1 << roles[2 * i + 1]!;
    }
    return bits;
  });
  const others = Array.from({ length: rho.qubits }, (_, q) => q).filter((q) => !roles.includes(q));
  const rests = Array.from({ length: 2 ** others.length }, (_, k) =>
    others.reduce((bits, q, place) => bits | (((k >> place) & 1) << q), 0),
  );
  const out = zeros(size);
  let inside = 0;
  for (let r = 0; r < size; r++) {
    for (let c = 0; c < size; c++) {
      for (const rest of rests) {
        const at = ((mask[r]! | rest) << rho.qubits) | mask[c]! | rest;
        out.re[r * size + c]! += rho.re[at]!;
        out.im[r * size + c]! += rho.im[at]!;
      }
    }
    inside += out.re[r * size + r]!;
  }
  return { rho: out, leakage: 1 - inside };
}
