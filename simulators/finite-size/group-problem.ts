import type { Complex } from "#core/complex";
import type { ComplexMatrix } from "#core/complex-matrix";
import { createCoupling, type Network } from "#model/network";
import type { Oscillator } from "#model/oscillator";

/** What one group of N oscillators shows at given times; every method of this folder gives the same fields. */
export interface GroupEvolution {
  /** ⟨A†⟩ of one oscillator. */
  readonly raising: Complex[];
  /** Re⟨A†₁A₂⟩ of two different oscillators. */
  readonly pairCorrelation: number[];
  readonly populations: [p0: number, p1: number, p2: number][];
  /** First time at which |⟨A†⟩| is 1/e of its initial value; null when it is not within the times. */
  readonly lifetime: number | null;
}

/** One group with pair coupling V/N, started from a product of one 3 × 3 state. */
export interface GroupProblem {
  readonly site: Oscillator;
  readonly size: number;
  readonly coupling: number;
  readonly initial: ComplexMatrix;
}

/** The group as one site of a mean-field network, with self-field V. */
export function groupNetworkOf({ site, coupling }: Pick<GroupProblem, "site" | "coupling">): Network {
  return { sites: [site], coupling: createCoupling(1, [{ i: 0, j: 0, re: coupling, im: 0 }]) };
}
