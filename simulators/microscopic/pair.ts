import { add, type Complex, divide, scale } from "#core/complex";
import {
  adjoint,
  type ComplexMatrix,
  combine,
  commutator,
  dissipator,
  entry,
  identity,
  kronecker,
  zeros,
} from "#core/complex-matrix";
import { EntrainError } from "#core/errors";
import { fullTurn } from "#core/units";
import { linearResponse } from "#model/linear-response";
import {
  bareHamiltonian,
  jumpOperators,
  type Oscillator,
  raisingOperator,
  steadyStateFault,
} from "#model/oscillator";
import { solveComplex } from "../kernel/complex-solve.ts";
import { findPeaks, firstHarmonicPeak, type Peak, type PhaseHarmonics } from "./phase-distribution.ts";

/** What two coupled oscillators show of their relative phase φ_A − φ_B. */
export interface PairState {
  /** X₁ = Σ_{a=0,1; b=1,2} ⟨a,b|ρ|a+1,b−1⟩. */
  readonly x1: Complex;
  /** X₂ = ⟨0,2|ρ|2,0⟩. */
  readonly x2: Complex;
  /** ⟨A†_A A_B⟩; 2X₁ for the spin-1 ladder. */
  readonly correlation: Complex;
  /** Maxima of the phase distribution, highest first; none when it is flat. */
  readonly peaks: readonly Peak[];
}

/** Weights of X₁ and X₂ in the phase distribution. */
const firstWeight = (9 * Math.PI) / 128;
const secondWeight = 1 / (2 * fullTurn);

/**
 * Harmonics of the Husimi distribution of φ_A − φ_B: z₁ = (9π/128)X₁, z₂ = X₂/4π. The mean phase is integrated
 * out, which leaves the elements of zero total charge only.
 *
 * @source Nadolny & Bruder, supplement, section 2, integrated in closed form
 */
export function pairHarmonics({ x1, x2 }: Pick<PairState, "x1" | "x2">): PhaseHarmonics {
  return { first: scale(x1, firstWeight), second: scale(x2, secondWeight) };
}

/**
 * Relative phase to first order in the coupling, in closed form for any ladder and channels:
 *
 *   ⟨a,b|ρ|a+1,b−1⟩ = −iV l_{a+1}l_b (p^A_{a+1}p^B_{b−1} − p^A_a p^B_b) / (κ^A_a + κ^B_{b−1} − i(ω^A_a − ω^B_{b−1})),
 *
 * with p the uncoupled populations, κ and ω the decay and turning rates of the coherences of each rung. For spin 1
 * with gain and loss only, X₁ = −4VK/[(G − iδ)² + K²], G = (γ₊ + γ₋)/2.
 *
 * @param sites - A and B, each with a unique uncoupled steady state
 * @param coupling - V_AB
 * @source first-order perturbation of Nadolny & Bruder, Eq. (S7)
 * @accuracy rounding (test/unit/simulators-microscopic/pair.test.ts, against the exact state at small coupling)
 */
export function pairFirstOrder(sites: readonly [Oscillator, Oscillator], coupling: number): PairState {
  sites.forEach(refuseUndefined);
  const [a, b] = sites.map((site) => {
    const response = linearResponse(site);
    return {
      populations: response.populations,
      decay: [response.decay01, response.decay12] as const,
      omega: [response.omega01, response.omega12] as const,
      ladder: site.ladder,
    };
  }) as [Rungs, Rungs];
  let x1: Complex = { re: 0, im: 0 };
  let correlation: Complex = { re: 0, im: 0 };
  let largest = 0;
  for (const i of [0, 1] as const) {
    for (const j of [0, 1] as const) {
      const drive =
        coupling *
        a.ladder[i] *
        b.ladder[j] *
        (a.populations[i + 1]! * b.populations[j]! - a.populations[i]! * b.populations[j + 1]!);
      const response = { re: a.decay[i] + b.decay[j], im: b.omega[j] - a.omega[i] };
      const element = divide({ re: 0, im: -drive }, response);
      x1 = add(x1, element);
      correlation = add(correlation, scale(element, a.ladder[i] * b.ladder[j]));
      largest = Math.max(largest, Math.hypot(element.re, element.im));
    }
  }
  // The paths through the two rungs cancel at K = 0: what is left then is rounding.
  const blocked = Math.hypot(x1.re, x1.im) <= 8 * Number.EPSILON * largest;
  if (blocked) x1 = { re: 0, im: 0 };
  if (Math.hypot(correlation.re, correlation.im) <= 16 * Number.EPSILON * largest)
    correlation = { re: 0, im: 0 };
  const first = scale(x1, firstWeight);
  return {
    x1,
    x2: { re: 0, im: 0 },
    correlation,
    peaks: x1.re === 0 && x1.im === 0 ? [] : [firstHarmonicPeak(first)],
  };
}

interface Rungs {
  readonly populations: readonly [number, number, number];
  readonly decay: readonly [number, number];
  readonly omega: readonly [number, number];
  readonly ladder: readonly [number, number];
}

function refuseUndefined(site: Oscillator): void {
  const fault = steadyStateFault(site);
  if (fault === undefined) return;
  throw new EntrainError("simulate.no_steady_state", {
    path: fault.field,
    message: fault.message,
    expected: fault.expected,
  });
}

/** Positions (row, column) of the 9 × 9 density matrix with the same total level in ket and bra. */
const neutral = Array.from({ length: 81 }, (_, k) => [Math.floor(k / 9), k % 9] as const).filter(
  ([row, column]) => Math.floor(row / 3) + (row % 3) === Math.floor(column / 3) + (column % 3),
);

/**
 * Exact steady state of two coupled oscillators, H = H_A + H_B + V_AB(A†_A A_B + h.c.), by one linear solve in the
 * 19 elements of zero total charge, the only ones that do not vanish.
 *
 * @returns 9 × 9 density matrix, joint level 3a + b
 * @throws EntrainError `simulate.no_steady_state`
 * @source Nadolny & Bruder, Eq. (S7)
 * @accuracy about 1e-15 for rates of order one (test/unit/simulators-microscopic/pair.test.ts)
 */
export function pairSteadyState(sites: readonly [Oscillator, Oscillator], coupling: number): ComplexMatrix {
  sites.forEach(refuseUndefined);
  const one = identity(3);
  const [raisingA, raisingB] = sites.map((site) => raisingOperator(site.ladder)) as [
    ComplexMatrix,
    ComplexMatrix,
  ];
  const exchange = kronecker(raisingA, adjoint(raisingB));
  const hamiltonian = combine(
    [1, kronecker(bareHamiltonian(sites[0]), one)],
    [1, kronecker(one, bareHamiltonian(sites[1]))],
    [coupling, exchange],
    [coupling, adjoint(exchange)],
  );
  const jumps = [
    ...jumpOperators(sites[0]).map(({ rate, operator }) => ({ rate, operator: kronecker(operator, one) })),
    ...jumpOperators(sites[1]).map(({ rate, operator }) => ({ rate, operator: kronecker(one, operator) })),
  ];
  const size = neutral.length;
  const matrix = zeros(size);
  neutral.forEach(([row, column], k) => {
    const rho = zeros(9);
    rho.re[9 * row + column] = 1;
    const image = combine(
      [{ re: 0, im: -1 }, commutator(hamiltonian, rho)],
      ...jumps.map(({ rate, operator }) => [rate, dissipator(operator, rho)] as const),
    );
    neutral.forEach(([r, c], l) => {
      matrix.re[l * size + k] = image.re[9 * r + c]!;
      matrix.im[l * size + k] = image.im[9 * r + c]!;
    });
  });
  // The equation of ⟨0,0|ρ|0,0⟩ follows from the others; unit trace takes its place.
  const right = zeros(size, 1);
  right.re[0] = 1;
  neutral.forEach(([row, column], k) => {
    matrix.re[k] = row === column ? 1 : 0;
    matrix.im[k] = 0;
  });
  const solution = solveComplex(matrix, right);
  const rho = zeros(9);
  neutral.forEach(([row, column], k) => {
    rho.re[9 * row + column] = solution.re[k]!;
    rho.im[9 * row + column] = solution.im[k]!;
  });
  return rho;
}

/** X₁, X₂, correlation and peaks of any 9 × 9 state. */
export function pairStateOf(rho: ComplexMatrix, sites: readonly [Oscillator, Oscillator]): PairState {
  let x1: Complex = { re: 0, im: 0 };
  let correlation: Complex = { re: 0, im: 0 };
  for (const a of [0, 1] as const) {
    for (const b of [1, 2] as const) {
      const element = entry(rho, 3 * a + b, 3 * (a + 1) + b - 1);
      x1 = add(x1, element);
      correlation = add(correlation, scale(element, sites[0].ladder[a] * sites[1].ladder[b === 1 ? 0 : 1]));
    }
  }
  const x2 = entry(rho, 2, 6);
  return { x1, x2, correlation, peaks: findPeaks(pairHarmonics({ x1, x2 })) };
}

/** The pair's steady state, to first order in the coupling or exact. */
export function pairState(
  sites: readonly [Oscillator, Oscillator],
  coupling: number,
  order: "first" | "exact",
): PairState {
  if (order === "first") return pairFirstOrder(sites, coupling);
  return pairStateOf(pairSteadyState(sites, coupling), sites);
}

export interface PhaseLockingMap {
  /** Largest s(φ_A − φ_B), [asymmetries][detunings]. */
  readonly maximum: readonly (readonly number[])[];
  /** Where it is reached; null where the distribution is flat. */
  readonly argmax: readonly (readonly (number | null)[])[];
  /** True where the maximum passes the threshold at a phase nearer 0 than π. */
  readonly inPhase: readonly (readonly boolean[])[];
}

/**
 * Bitmap of two-oscillator synchronization over detuning and asymmetry.
 *
 * @param site - its detuning and asymmetry are replaced
 * @param threshold - of s; the figure's region follows from 0.05 at V_AB = γ₋
 * @source Nadolny & Bruder, Fig. S1(d)
 */
export function phaseLockingMap(options: {
  readonly site: Oscillator;
  readonly coupling: number;
  readonly detunings: readonly number[];
  readonly asymmetries: readonly number[];
  readonly threshold: number;
  readonly order?: "first" | "exact";
}): PhaseLockingMap {
  const { site, coupling, detunings, asymmetries, threshold, order = "first" } = options;
  const peaks = asymmetries.map((asymmetry) =>
    detunings.map((delta) => {
      const at = (detuning: number): Oscillator => ({ ...site, asymmetry, detuning });
      return pairState([at(delta / 2), at(-delta / 2)], coupling, order).peaks[0];
    }),
  );
  return {
    maximum: peaks.map((row) => row.map((peak) => peak?.s ?? 0)),
    argmax: peaks.map((row) => row.map((peak) => peak?.phi ?? null)),
    inPhase: peaks.map((row) =>
      row.map((peak) => peak !== undefined && peak.s > threshold && Math.abs(peak.phi) < Math.PI / 2),
    ),
  };
}
