import { polynomialRoots } from "#core/polynomial-roots";
import { coordinateCount } from "#model/generator";
import type { GroupSystem } from "./group-system.ts";

/** Linear stability of the unsynchronized state. */
export interface Onset {
  /** Coherence modes that grow. */
  readonly unstable: number;
  /** Largest growth rate of them all. */
  readonly growth: number;
  /** Smallest growth rate of those that grow; infinite when none does. */
  readonly slowest: number;
}

export interface OnsetSolver {
  /** At the system's parameters of the moment. */
  solve(): Onset;
  /** Forgets the last point, whose roots the next search starts from. */
  reset(): void;
}

/**
 * Growth of the 2M coherence modes (ρ₀₁, ρ₁₂ of every group) about the uncoupled steady state, from the
 * characteristic polynomial: the roots of a neighbouring point are good starting values.
 *
 * @source Faddeev–LeVerrier: Householder, The Theory of Matrices in Numerical Analysis, §6.7
 * @accuracy 1e-10 of the largest mode for M ≤ 3 (test/unit/phase-diagram/onset-solver.test.ts)
 */
export function createOnsetSolver(system: GroupSystem): OnsetSolver {
  const { size, groups } = system;
  const n = 2 * groups;
  const rest = new Float64Array(size);
  const jacobian = new Float64Array(size * size);
  const ar = new Float64Array(n * n);
  const ai = new Float64Array(n * n);
  const mr = new Float64Array(n * n);
  const mi = new Float64Array(n * n);
  const nr = new Float64Array(n * n);
  const ni = new Float64Array(n * n);
  const cr = new Float64Array(n);
  const ci = new Float64Array(n);
  const re = new Float64Array(n);
  const im = new Float64Array(n);
  let known = false;

  /** The modes as a complex matrix: the equations of small coherences do not hold their conjugates. */
  const readModes = () => {
    system.restState(rest);
    system.jacobian(rest, jacobian);
    for (let i = 0; i < n; i++) {
      const row = Math.floor(i / 2) * coordinateCount + 2 + 2 * (i % 2);
      for (let j = 0; j < n; j++) {
        const column = Math.floor(j / 2) * coordinateCount + 2 + 2 * (j % 2);
        ar[i * n + j] = jacobian[row * size + column]!;
        ai[i * n + j] = jacobian[(row + 1) * size + column]!;
      }
    }
  };

  /** Coefficients of the characteristic polynomial of ar + i·ai into cr, ci. */
  const characteristic = () => {
    mr.set(ar);
    mi.set(ai);
    for (let k = 1; k <= n; k++) {
      let traceR = 0;
      let traceI = 0;
      for (let i = 0; i < n; i++) {
        traceR += mr[i * n + i]!;
        traceI += mi[i * n + i]!;
      }
      cr[n - k] = -traceR / k;
      ci[n - k] = -traceI / k;
      if (k === n) break;
      for (let i = 0; i < n; i++) {
        mr[i * n + i]! += cr[n - k]!;
        mi[i * n + i]! += ci[n - k]!;
      }
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          let sumR = 0;
          let sumI = 0;
          for (let l = 0; l < n; l++) {
            const p = i * n + l;
            const q = l * n + j;
            sumR += ar[p]! * mr[q]! - ai[p]! * mi[q]!;
            sumI += ar[p]! * mi[q]! + ai[p]! * mr[q]!;
          }
          nr[i * n + j] = sumR;
          ni[i * n + j] = sumI;
        }
      }
      mr.set(nr);
      mi.set(ni);
    }
  };

  return {
    reset() {
      known = false;
    },
    solve() {
      readModes();
      // About the mean of the modes, where the coefficients are smallest.
      let meanR = 0;
      let meanI = 0;
      for (let i = 0; i < n; i++) {
        meanR += ar[i * n + i]! / n;
        meanI += ai[i * n + i]! / n;
      }
      for (let i = 0; i < n; i++) {
        ar[i * n + i]! -= meanR;
        ai[i * n + i]! -= meanI;
      }
      characteristic();
      for (let k = 0; k < n; k++) {
        re[k] = known ? re[k]! - meanR : ar[k * n + k]!;
        im[k] = known ? im[k]! - meanI : ai[k * n + k]!;
        // Off any line of symmetry of the roots: an iteration that starts on one stays on it.
        const nudge = 0.01 * (0.1 + Math.hypot(re[k]!, im[k]!));
        re[k]! += nudge * Math.cos(1 + k);
        im[k]! += nudge * Math.sin(1 + k);
      }
      known = polynomialRoots(cr, ci, re, im);
      let unstable = 0;
      let growth = -Infinity;
      let slowest = Infinity;
      for (let k = 0; k < n; k++) {
        re[k]! += meanR;
        im[k]! += meanI;
        if (re[k]! > 0) {
          unstable++;
          slowest = Math.min(slowest, re[k]!);
        }
        growth = Math.max(growth, re[k]!);
      }
      return { unstable, growth, slowest };
    },
  };
}
