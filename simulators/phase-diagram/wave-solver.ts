import { realEigenvalues } from "#core/real-eigenvalues";
import { rotationRate } from "../mean-field/rotation.ts";
import { factor, solveFactored } from "./dense.ts";
import type { GroupSystem } from "./group-system.ts";

/** A rotating wave of the system at its present parameters. */
export interface Wave {
  readonly state: Float64Array;
  /** ω of ⟨A†⟩ ∝ e^{iωt}. */
  readonly frequency: number;
  /**
   * Largest real part of the exponents in the frame of the wave, the zero of the common phase left out; null until
   * it has been worked out.
   */
  readonly growth: number | null;
}

/** Counted work of a solver. */
export interface WaveWork {
  newtonSteps: number;
  eigenproblems: number;
}

export interface WaveSolver {
  readonly work: WaveWork;
  /**
   * Newton's method from a guess. Undefined when it does not converge, ends on zero amplitude or outside the
   * density matrices.
   */
  solve(guess: Float64Array, frequency: number): Wave | undefined;
  /** The wave with its growth. */
  examined(wave: Wave): Wave & { readonly growth: number };
  /** Rotation rate of the field at a state. */
  turningRate(x: Float64Array): number;
}

/** From a trajectory that has come near, or a neighbour: more are hardly ever of use. */
const maximalIterations = 10;

/** Error of a coordinate at which a wave is accepted. */
const precision = 1e-10;

/** Rotating waves f(x) = ωRx with Rx₀·(x − x₀) = 0, for the system's parameters of the moment. */
export function createWaveSolver(system: GroupSystem): WaveSolver {
  const n = system.size;
  const q = n + 1;
  const bordered = new Float64Array(q * q);
  const jacobian = new Float64Array(n * n);
  const pivots = new Int32Array(q);
  const right = new Float64Array(q);
  const x = new Float64Array(n);
  const fx = new Float64Array(n);
  const rx = new Float64Array(n);
  const reference = new Float64Array(n);
  const re = new Float64Array(n);
  const im = new Float64Array(n);
  const work: WaveWork = { newtonSteps: 0, eigenproblems: 0 };

  const growthAt = (x: Float64Array, omega: number): number => {
    system.jacobian(x, jacobian);
    turnFrame(jacobian, n, omega);
    realEigenvalues(jacobian, n, re, im);
    work.eigenproblems++;
    let goldstone = 0;
    for (let k = 1; k < n; k++) {
      if (re[k]! ** 2 + im[k]! ** 2 < re[goldstone]! ** 2 + im[goldstone]! ** 2) goldstone = k;
    }
    let growth = -Infinity;
    for (let k = 0; k < n; k++) if (k !== goldstone) growth = Math.max(growth, re[k]!);
    return growth;
  };

  return {
    work,
    examined: (wave) => ({ ...wave, growth: growthAt(wave.state, wave.frequency) }),
    turningRate(x) {
      system.rightHandSide(x, fx);
      let turning = 0;
      let weight = 0;
      for (let g = 0; g < system.groups; g++) {
        const [a, b] = system.amplitude(x, g);
        const [da, db] = system.amplitude(fx, g);
        turning += a * db - b * da;
        weight += a * a + b * b;
      }
      return weight === 0 ? 0 : turning / weight;
    },
    solve(guess, frequency) {
      x.set(guess);
      let omega = frequency;
      rotationRate(guess, reference);
      let last = Number.POSITIVE_INFINITY;
      let factored = false;
      for (let iteration = 0; iteration < maximalIterations; iteration++) {
        system.rightHandSide(x, fx);
        rotationRate(x, rx);
        let drift = 0;
        for (let i = 0; i < n; i++) {
          right[i] = omega * rx[i]! - fx[i]!;
          drift += reference[i]! * (x[i]! - guess[i]!);
        }
        right[n] = -drift;
        if (!factored && !factorAt(omega)) return undefined;
        solveFactored(bordered, q, pivots, right);
        let step = 0;
        for (let i = 0; i < n; i++) step = Math.max(step, Math.abs(right[i]!));
        if (!(step < 1)) return undefined;
        for (let i = 0; i < n; i++) x[i]! += right[i]!;
        omega += right[n]!;
        if (factored) {
          // With the derivative of the step before, errors shrink by about the same factor each time.
          const rate = step / last;
          if (step * rate < precision) return accepted(omega);
          factored = rate < 0.1;
        } else {
          // The next step would be of the order of the square of this one.
          if (step < 1e-6) return accepted(omega);
          factored = step < 0.02;
        }
        last = step;
      }
      return undefined;
    },
  };

  /** Factors of the bordered derivative at x. */
  function factorAt(omega: number): boolean {
    system.jacobian(x, jacobian);
    work.newtonSteps++;
    turnFrame(jacobian, n, omega);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) bordered[i * q + j] = jacobian[i * n + j]!;
      bordered[i * q + n] = -rx[i]!;
      bordered[n * q + i] = reference[i]!;
    }
    bordered[q * q - 1] = 0;
    return factor(bordered, q, pivots);
  }

  function accepted(omega: number): Wave | undefined {
    let largest = 0;
    for (let g = 0; g < system.groups; g++) {
      const [a, b] = system.amplitude(x, g);
      largest = Math.max(largest, Math.hypot(a, b));
      const lower = x[8 * g]!;
      const upper = x[8 * g + 1]!;
      if (lower < -1e-9 || upper < -1e-9 || lower + upper > 1 + 1e-9) return undefined;
    }
    if (largest < 1e-6) return undefined;
    return { state: x.slice(), frequency: omega, growth: null };
  }
}

/** Df − ωR, in place. */
function turnFrame(jacobian: Float64Array, n: number, omega: number): void {
  for (let o = 0; o < n; o += 8) {
    for (const [k, charge] of turningPairs) {
      jacobian[(o + k) * n + o + k + 1]! += charge * omega;
      jacobian[(o + k + 1) * n + o + k]! -= charge * omega;
    }
  }
}

const turningPairs = [
  [2, 1],
  [4, 1],
  [6, 2],
] as const;
