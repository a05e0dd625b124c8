import { Matrix, solve } from "ml-matrix";
import { adjoint, type ComplexMatrix, combine, kronecker, product, unit, zeros } from "#core/complex-matrix";
import { expm } from "#core/expm";

/**
 * A trapped ion at Fock state 1 with a blue and a red sideband and a repump, by its full master equation: Fock states
 * 0, 1, 2 times the internal g and e, or g and one excited state for each tone. Independent of the effective rates that
 * it is there to test.
 *
 * In the frame where both tones stand still each tone is resonant on its own rung and misses the other by K.
 */
export function pumpedLevels(ion: {
  gain: number;
  loss: number;
  repump: number;
  asymmetry: number;
  excitedStates: 1 | 2;
  /** Blue minus red tone, less 2ω + K: both tones off by half of it. */
  twoPhoton?: number;
}) {
  const internal = 1 + ion.excitedStates;
  const size = 3 * internal;
  const g = (fock: number) => internal * fock;
  const blueState = (fock: number) => internal * fock + 1;
  const redState = (fock: number) => internal * fock + ion.excitedStates;
  const rabi = (rate: number) => ion.repump * Math.sqrt(rate / (ion.repump - 2 * rate));
  const blue = rabi(ion.gain);
  const red = rabi(ion.loss);
  const h = zeros(size);
  const couple = (a: number, b: number, frequency: number) => {
    h.re[a * size + b]! += frequency / 2;
    h.re[b * size + a]! += frequency / 2;
  };
  couple(g(0), blueState(1), blue);
  couple(g(1), blueState(2), blue * Math.SQRT2);
  couple(g(2), redState(1), red);
  couple(g(1), redState(0), red / Math.SQRT2);
  h.re[blueState(2) * size + blueState(2)] = ion.asymmetry;
  h.re[redState(0) * size + redState(0)] = ion.asymmetry;
  const off = (ion.twoPhoton ?? 0) / 2;
  h.re[g(0) * size + g(0)] = off;
  h.re[g(2) * size + g(2)] = -off;
  const pumps = (ion.excitedStates === 1 ? [blueState] : [blueState, redState]).map((e) =>
    combine(...[0, 1, 2].map((fock) => [Math.sqrt(ion.repump), unit(size, g(fock), e(fock))] as const)),
  );

  const stationary = steadyState(realForm(liouvillian(h, pumps)), size);
  const populations = [0, 1, 2].map((fock) =>
    stationary.slice(internal * fock, internal * (fock + 1)).reduce((sum, p) => sum + p, 0),
  );

  // Gain alone: the blue tone from |0g⟩, with the jump into |1g⟩ as the way out.
  const alone = zeros(size);
  const e = blueState(1);
  alone.re[g(0) * size + e] = blue / 2;
  alone.re[e * size + g(0)] = blue / 2;
  const leaving = combine([0.5 * ion.repump, unit(size, e, e)]);
  const decaying = realForm(liouvillian(alone, [], leaving));
  const spent = dwellTimes(decaying, size, [g(0), e]);
  const early = evolve(decaying, size, g(0), 0.1 / ion.gain);
  return {
    populations,
    excited: 1 - [0, 1, 2].reduce((sum, fock) => sum + stationary[g(fock)]!, 0),
    gainTime: (spent[0]! + spent[1]!) * ion.gain,
    excitedWhilePumping: spent[1]! / (spent[0]! + spent[1]!),
    arrivedEarly: 1 - early[g(0)]! - early[e]!,
  };
}

/** Superoperator on ρ written row by row: −i(H⊗1 − 1⊗Hᵀ) + Σ D[jump], less an anticommutator with `leaving`. */
function liouvillian(
  h: ComplexMatrix,
  jumps: readonly ComplexMatrix[],
  leaving?: ComplexMatrix,
): ComplexMatrix {
  const size = h.rows;
  const one = combine(...Array.from({ length: size }, (_, k) => [1, unit(size, k, k)] as const));
  const transpose = (m: ComplexMatrix) => {
    const dagger = adjoint(m);
    return { ...dagger, im: dagger.im.map((x) => -x) };
  };
  const terms: [number | { re: number; im: number }, ComplexMatrix][] = [
    [{ re: 0, im: -1 }, kronecker(h, one)],
    [{ re: 0, im: 1 }, kronecker(one, transpose(h))],
  ];
  for (const jump of jumps) {
    const number = product(adjoint(jump), jump);
    terms.push([1, kronecker(jump, transpose(adjoint(jump)))]);
    terms.push([-0.5, kronecker(number, one)], [-0.5, kronecker(one, transpose(number))]);
  }
  if (leaving) terms.push([-1, kronecker(leaving, one)], [-1, kronecker(one, transpose(leaving))]);
  return combine(...terms);
}

/** [[Re, −Im], [Im, Re]]. */
function realForm(m: ComplexMatrix): Float64Array {
  const n = m.rows;
  const out = new Float64Array(4 * n * n);
  for (let r = 0; r < n; r++) {
    for (let c = 0; c < n; c++) {
      const i = r * n + c;
      out[r * 2 * n + c] = m.re[i]!;
      out[r * 2 * n + n + c] = -m.im[i]!;
      out[(n + r) * 2 * n + c] = m.im[i]!;
      out[(n + r) * 2 * n + n + c] = m.re[i]!;
    }
  }
  return out;
}

const diagonal = (x: ArrayLike<number>, size: number) =>
  Array.from({ length: size }, (_, k) => x[k * size + k]!);

/** Populations of the stationary state: Lρ = 0 with a row replaced by the trace. */
function steadyState(real: Float64Array, size: number): number[] {
  const n = 2 * size * size;
  const system = Matrix.from1DArray(n, n, real);
  // One row of the real and one of the imaginary part give way to tr ρ = 1 + 0i.
  for (const row of [0, n / 2]) {
    for (let c = 0; c < n; c++) system.set(row, c, 0);
    for (let k = 0; k < size; k++) system.set(row, row + k * size + k, 1);
  }
  const right = Matrix.zeros(n, 1);
  right.set(0, 0, 1);
  return diagonal(solve(system, right).to1DArray(), size);
}

/** Integral of the populations over time from the first of two states, which are all that is reached. */
function dwellTimes(real: Float64Array, size: number, states: readonly [number, number]): number[] {
  const n = size * size;
  const places = states.flatMap((r) => states.map((c) => r * size + c));
  const kept = [...places, ...places.map((p) => p + n)];
  const system = new Matrix(kept.map((r) => kept.map((c) => real[r * 2 * n + c]!)));
  const start = Matrix.zeros(kept.length, 1);
  start.set(0, 0, -1);
  const x = solve(system, start).to1DArray();
  return [x[0]!, x[3]!];
}

function evolve(real: Float64Array, size: number, from: number, time: number): number[] {
  const n = 2 * size * size;
  const propagator = expm(
    real.map((x) => x * time),
    n,
  );
  const column = from * size + from;
  return Array.from({ length: size }, (_, k) => propagator[(k * size + k) * n + column]!);
}
