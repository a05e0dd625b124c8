import { fullTurn } from "#core/units";
import { type Arena, padded } from "../wasm/arena.ts";
import { convolutionFunctions } from "./convolution-kernel.ts";
import { compileOver, type FieldOperator } from "./field-operator.ts";

/** J_ij = J(i − j): J(d) for 0 ≤ d < size, J(−d) = J(d)*, J(0) real. */
export interface TranslationKernel {
  readonly re: ArrayLike<number>;
  readonly im?: ArrayLike<number>;
}

/**
 * Field of a translation-invariant J by Fourier transforms of twice the next power of two, any size.
 *
 * The two halves of the zero-padded transform, even and odd frequencies, go through radix-4 passes in the two
 * lanes of a vector. The frequencies stay in the order in which the passes leave them; the transform of the kernel
 * is real because J is Hermitian.
 *
 * @param kernel - asked for when the operator is placed
 * @accuracy a few ε·log₂N·‖J‖₁·max|s|
 */
export function convolutionField(size: number, kernel: () => TranslationKernel): FieldOperator {
  const half = Math.max(4, 2 ** Math.ceil(Math.log2(size)));
  const levels = levelsOf(half);
  const dataBytes = 32 * half;
  const kernelBytes = 16 * half;
  const twiddleBytes = 12 * levels.reduce((sum, level) => sum + level, 0);
  const turnBytes = 16 * half;
  return {
    size,
    arenaBytes: padded(dataBytes) + padded(kernelBytes) + padded(twiddleBytes) + padded(turnBytes),
    otherBytes: 0,
    traffic: (2 * Math.max(1, Math.log2(half / 512)) * 2 + 4) * dataBytes,
    operations: 2 * half * 10 * Math.log2(2 * half),
    kernelError: 0,
    place({ arena, amplitudes, fields }) {
      const data = arena.take(dataBytes);
      const spectrum = arena.take(kernelBytes);
      const twiddles = arena.take(twiddleBytes);
      const turn = arena.take(turnBytes);
      fillTwiddles(arena, twiddles, levels);
      fillTurns(arena, turn, half);
      const run = compileOver(arena, (module) =>
        convolutionFunctions(module, {
          size,
          half,
          levels,
          data,
          spectrum,
          twiddles,
          turn,
          amplitudes,
          fields,
        }),
      );
      fillSpectrum(arena, size, kernel(), half, { data, spectrum, turn }, () => {
        run.forward!(data, half);
      });
      return () => {
        run.gather!();
        run.forward!(data, half);
        run.multiply!();
        run.inverse!(data, half);
        run.scatter!();
      };
    },
  };
}

/** Lengths of the radix-4 passes that need factors, ascending; below them 4 or 2 points without. */
function levelsOf(half: number): number[] {
  const levels: number[] = [];
  for (let n = half; n > 4; n /= 4) levels.unshift(n);
  return levels;
}

/** e^{−2πimk/n}, m = 1, 2, 3, for k < n/4: three complex numbers at each k of each level. */
function fillTwiddles(arena: Arena, address: number, levels: readonly number[]): void {
  let at = address;
  for (const n of levels) {
    const table = arena.doubles(at, (6 * n) / 4);
    for (let k = 0; k < n / 4; k++) {
      for (const m of [1, 2, 3]) {
        table[6 * k + 2 * m - 2] = Math.cos((fullTurn * m * k) / n);
        table[6 * k + 2 * m - 1] = -Math.sin((fullTurn * m * k) / n);
      }
    }
    at += 12 * n;
  }
}

/** e^{−2πik/2·half}: turns the odd frequencies into a transform of half the length. */
function fillTurns(arena: Arena, address: number, half: number): void {
  const table = arena.doubles(address, 2 * half);
  for (let k = 0; k < half; k++) {
    table[2 * k] = Math.cos((fullTurn * k) / (2 * half));
    table[2 * k + 1] = -Math.sin((fullTurn * k) / (2 * half));
  }
}

function fillSpectrum(
  arena: Arena,
  size: number,
  kernel: TranslationKernel,
  half: number,
  at: { data: number; spectrum: number; turn: number },
  transform: () => void,
): void {
  const data = arena.doubles(at.data, 4 * half);
  const turn = arena.doubles(at.turn, 2 * half);
  // J(d) at d and at d + 2·half for negative d.
  const value = (place: number): [number, number] => {
    const d = place < half ? place : 2 * half - place;
    if (d >= size) return [0, 0];
    const im = d === 0 ? 0 : (kernel.im?.[d] ?? 0);
    return [kernel.re[d]!, place < half ? im : -im];
  };
  for (let k = 0; k < half; k++) {
    const [aRe, aIm] = value(k);
    const [bRe, bIm] = value(k + half);
    const c = turn[2 * k]!;
    const s = turn[2 * k + 1]!;
    data[4 * k] = aRe + bRe;
    data[4 * k + 1] = (aRe - bRe) * c - (aIm - bIm) * s;
    data[4 * k + 2] = aIm + bIm;
    data[4 * k + 3] = (aRe - bRe) * s + (aIm - bIm) * c;
  }
  transform();
  const spectrum = arena.doubles(at.spectrum, 2 * half);
  for (let k = 0; k < half; k++) {
    spectrum[2 * k] = data[4 * k]! / (2 * half);
    spectrum[2 * k + 1] = data[4 * k + 1]! / (2 * half);
  }
}
