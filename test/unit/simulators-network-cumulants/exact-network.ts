import {
  adjoint,
  type ComplexMatrix,
  combine,
  identity,
  kronecker,
  product,
  trace,
  unit,
} from "#core/complex-matrix";
import type { Network } from "#model/network";
import type { Oscillator } from "#model/oscillator";

/**
 * The plain master equation of a few three-level oscillators on the full 3^N-dimensional space, written out from the
 * definition: H = Σ_i (δ_i S^z + K_i|2⟩⟨2|) + Σ_{i<j}(J_ij A†_iA_j + h.c.), one Lindblad operator per channel.
 */
export interface ExactNetwork {
  readonly dimension: number;
  /** ρ → dρ/dt. */
  readonly derivative: (rho: ComplexMatrix) => ComplexMatrix;
  /** The operator of one site on the full space. */
  readonly at: (site: number, operator: ComplexMatrix) => ComplexMatrix;
}

export function exactNetwork({ sites, coupling }: Network): ExactNetwork {
  const count = sites.length;
  const dimension = 3 ** count;
  const at = (site: number, operator: ComplexMatrix) =>
    sites.reduce<ComplexMatrix>(
      (whole, _, s) => kronecker(whole, s === site ? operator : identity(3)),
      identity(1),
    );
  const lowering = ({ ladder: [a1, a2] }: Oscillator) => combine([a1, unit(3, 0, 1)], [a2, unit(3, 1, 2)]);
  const terms: (readonly [{ re: number; im: number } | number, ComplexMatrix])[] = [];
  const jumps: (readonly [number, ComplexMatrix])[] = [];
  sites.forEach((site, i) => {
    const { channels: c } = site;
    terms.push([-site.detuning, at(i, unit(3, 0, 0))]);
    terms.push([site.detuning + site.asymmetry, at(i, unit(3, 2, 2))]);
    jumps.push([site.gain + c.heating01, at(i, unit(3, 1, 0))]);
    jumps.push([site.loss + c.relaxation21, at(i, unit(3, 1, 2))]);
    jumps.push([c.relaxation10, at(i, unit(3, 0, 1))]);
    jumps.push([c.heating12, at(i, unit(3, 2, 1))]);
    jumps.push([c.dephasing, at(i, combine([1, unit(3, 2, 2)], [-1, unit(3, 0, 0)]))]);
    for (let k = coupling.start[i]!; k < coupling.start[i + 1]!; k++) {
      const j = coupling.column[k]!;
      if (j === i) throw new Error("a self-field is not part of this model");
      const hop = product(adjoint(at(i, lowering(site))), at(j, lowering(sites[j]!)));
      // Every ordered pair: J_ji = J_ij* makes the other half the conjugate.
      terms.push([{ re: coupling.re[k]!, im: coupling.im[k]! }, hop]);
    }
  });
  const active = jumps.filter(([rate]) => rate !== 0);
  // −i(H − (i/2) Σ γ L†L)
  const effective = combine(
    ...terms.map(([factor, operator]) => {
      const f = typeof factor === "number" ? { re: factor, im: 0 } : factor;
      return [{ re: f.im, im: -f.re }, operator] as const;
    }),
    ...active.map(([rate, jump]) => [-rate / 2, product(adjoint(jump), jump)] as const),
  );
  const derivative = (rho: ComplexMatrix) => {
    const left = product(effective, rho);
    return combine(
      [1, left],
      [1, adjoint(left)],
      // LρL† = L(Lρ)† for a Hermitian ρ.
      ...active.map(([rate, jump]) => [rate, product(jump, adjoint(product(jump, rho)))] as const),
    );
  };
  return { dimension, derivative, at };
}

export function productState(states: readonly ComplexMatrix[]): ComplexMatrix {
  return states.reduce<ComplexMatrix>((whole, rho) => kronecker(whole, rho), identity(1));
}

/** Tr(operator·ρ). */
export function expectation(rho: ComplexMatrix, operator: ComplexMatrix) {
  return trace(product(operator, rho));
}

/**
 * Hermitian operators whose means are the coordinates [p₀, p₂, Re ρ₀₁, Im ρ₀₁, Re ρ₁₂, Im ρ₁₂, Re ρ₀₂, Im ρ₀₂]:
 * Re ρ_rc = Tr[ρ(|r⟩⟨c| + |c⟩⟨r|)]/2, Im ρ_rc = Tr[ρ·i(|r⟩⟨c| − |c⟩⟨r|)]/2.
 */
export const coordinateObservables: readonly ComplexMatrix[] = [
  unit(3, 0, 0),
  unit(3, 2, 2),
  ...(
    [
      [0, 1],
      [1, 2],
      [0, 2],
    ] as const
  ).flatMap(([r, c]) => [
    combine([0.5, unit(3, r, c)], [0.5, unit(3, c, r)]),
    combine([{ re: 0, im: 0.5 }, unit(3, r, c)], [{ re: 0, im: -0.5 }, unit(3, c, r)]),
  ]),
];

/** The state vector of the cumulant equations that a density matrix has: coordinates, then xᵢⱼ − xᵢxⱼᵀ of i < j. */
export function cumulantsOf(exact: ExactNetwork, count: number, rho: ComplexMatrix): Float64Array {
  const operators = Array.from({ length: count }, (_, s) =>
    coordinateObservables.map((observable) => exact.at(s, observable)),
  );
  const x = operators.map((list) => list.map((operator) => expectation(rho, operator).re));
  const out = x.flat();
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      operators[i]!.forEach((a, r) => {
        const turned = product(rho, a);
        operators[j]!.forEach((b, c) => {
          out.push(trace(product(b, turned)).re - x[i]![r]! * x[j]![c]!);
        });
      });
    }
  }
  return Float64Array.from(out);
}

/** ρ at the end, by `steps` steps of the classical fourth-order Runge–Kutta method. */
export function evolve(exact: ExactNetwork, start: ComplexMatrix, end: number, steps: number): ComplexMatrix {
  const h = end / steps;
  let rho = start;
  for (let k = 0; k < steps; k++) {
    const k1 = exact.derivative(rho);
    const k2 = exact.derivative(combine([1, rho], [h / 2, k1]));
    const k3 = exact.derivative(combine([1, rho], [h / 2, k2]));
    const k4 = exact.derivative(combine([1, rho], [h, k3]));
    rho = combine([1, rho], [h / 6, k1], [h / 3, k2], [h / 3, k3], [h / 6, k4]);
  }
  return rho;
}
