import type { Complex } from "#core/complex";
import { type ComplexMatrix, combine, identity, kronecker } from "#core/complex-matrix";
import { eigenvalues, spectralAbscissa } from "#core/eigenvalues";
import { createCoupling, type Network } from "#model/network";
import { type SynchronizationThresholds, synchronizationThresholds } from "#model/thresholds";
import { solveComplex } from "../kernel/complex-solve.ts";
import { coherenceLinearisation } from "./linearisation.ts";

/**
 * Thresholds in the coupling V within the groups, everything else of the network (V_AB, detunings) fixed.
 *
 * One group: closed form. More: the linearisation is M(V) = M₀ + V M₁. A pair of its eigenvalues with λ + λ̄' = 0
 * makes the Kronecker sum M ⊗ 1 + 1 ⊗ M̄, a linear pencil in V, singular; its real eigenvalues V hold every
 * Hopf point, so none is missed between points of a grid. Between neighbours the sign of the growth rate decides,
 * and each change of sign is bisected to the last digits.
 *
 * @param network - site couplings other than the diagonal are kept; the diagonal is replaced by V
 * @accuracy 1e-12 relative for simple crossings (test/unit/simulators/critical-coupling.test.ts)
 */
export function groupThresholds(network: Network): SynchronizationThresholds {
  if (network.sites.length === 1) return synchronizationThresholds(network.sites[0]!);
  const family = couplingFamily(network);
  const scale = Math.max(...family.constant.re.map(Math.abs), ...family.constant.im.map(Math.abs));
  const crossings = hopfCandidates(family, scale);
  const positive = unstableWindows(family, crossings, 1, scale);
  const negative = unstableWindows(family, crossings, -1, scale);
  const critical = positive[0]?.[0] ?? null;
  const opposite = negative[0]?.[0];
  return {
    critical,
    criticalNegative: opposite === undefined ? null : opposite === 0 ? 0 : -opposite,
    windows: positive,
    frequency: critical === null ? null : leadingFrequency(network, family, critical, scale),
  };
}

/** M(V) = constant + V·slope. */
interface CouplingFamily {
  readonly constant: ComplexMatrix;
  readonly slope: ComplexMatrix;
}

function couplingFamily(network: Network): CouplingFamily {
  const at = (self: number) => {
    const { start, column, re, im } = network.coupling;
    const entries = network.sites.map((_, i) => ({ i, j: i, re: self, im: 0 }));
    network.sites.forEach((_, i) => {
      for (let k = start[i]!; k < start[i + 1]!; k++) {
        if (column[k]! > i) entries.push({ i, j: column[k]!, re: re[k]!, im: im[k]! });
      }
    });
    return coherenceLinearisation({
      sites: network.sites,
      coupling: createCoupling(network.sites.length, entries),
    });
  };
  const constant = at(0);
  return { constant, slope: combine([1, at(1)], [-1, constant]) };
}

function growthAt(family: CouplingFamily, coupling: number): number {
  return spectralAbscissa(combine([1, family.constant], [coupling, family.slope]));
}

/** Real V at which two eigenvalues add up to zero in the sense λ + λ̄' = 0; may hold more than the Hopf points. */
function hopfCandidates(family: CouplingFamily, scale: number): number[] {
  const one = identity(family.constant.rows);
  const sum = (m: ComplexMatrix) => combine([1, kronecker(m, one)], [1, kronecker(one, conjugateOf(m))]);
  // V = shift + 1/μ: the shift keeps the pencil regular should V = 0 be a Hopf point itself.
  const shift = 0.377 * scale;
  const slope = sum(family.slope);
  const shifted = combine([1, sum(family.constant)], [shift, slope]);
  const candidates: number[] = [];
  for (const mu of eigenvalues(combine([-1, solveComplex(shifted, slope)]))) {
    const size = mu.re * mu.re + mu.im * mu.im;
    if (size < 1e-24 / (scale * scale)) continue;
    const re = shift + mu.re / size;
    const im = mu.im / size;
    // Double roots come out with an imaginary part of order √ε; a candidate too many does no harm.
    if (Math.abs(im) < 1e-3 * (Math.abs(re) + scale)) candidates.push(re);
  }
  return candidates.sort((a, b) => a - b);
}

function conjugateOf(m: ComplexMatrix): ComplexMatrix {
  return { ...m, im: m.im.map((value) => -value) };
}

/** Intervals of |V| along one sign of V in which the growth rate is positive. */
function unstableWindows(
  family: CouplingFamily,
  crossings: readonly number[],
  sign: 1 | -1,
  scale: number,
): [number, number | null][] {
  const points = crossings
    .map((v) => sign * v)
    .filter((v) => v > 0)
    .sort((a, b) => a - b);
  const probes: number[] = [];
  let previous = 0;
  for (const point of points) {
    if (point - previous > 1e-9 * point) probes.push((previous + point) / 2);
    previous = point;
  }
  probes.push(previous === 0 ? scale : 2 * previous);
  const unstable = (v: number) => growthAt(family, sign * v) > 0;
  const windows: [number, number | null][] = [];
  let low = 0;
  let open = unstable(probes[0]!) ? 0 : null;
  for (const [i, probe] of probes.entries()) {
    if (i > 0) {
      const now = unstable(probe);
      if (now !== (open !== null)) {
        const edge = bisect((v) => unstable(v) === now, low, probe);
        if (open === null) open = edge;
        else {
          windows.push([open, edge]);
          open = null;
        }
      }
    }
    low = probe;
  }
  if (open !== null) windows.push([open, null]);
  return windows;
}

/** Smallest v in (low, high] at which `reached` holds, to the last digits. */
function bisect(reached: (v: number) => boolean, low: number, high: number): number {
  let a = low;
  let b = high;
  while (b - a > 2 * Number.EPSILON * b) {
    const middle = a + (b - a) / 2;
    if (middle <= a || middle >= b) break;
    if (reached(middle)) b = middle;
    else a = middle;
  }
  return b;
}

/** Im λ of the leading mode; of several that lead together, the one nearest to the first group's own. */
function leadingFrequency(network: Network, family: CouplingFamily, coupling: number, scale: number): number {
  const values = eigenvalues(combine([1, family.constant], [coupling, family.slope]));
  const lead = Math.max(...values.map((value) => value.re));
  const own = synchronizationThresholds(network.sites[0]!).frequency ?? network.sites[0]!.detuning;
  const near = (value: Complex) => Math.abs(value.im - own);
  return values
    .filter((value) => value.re > lead - 1e-8 * scale)
    .reduce((best, value) => (near(value) < near(best) ? value : best)).im;
}
