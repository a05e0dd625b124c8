import { type ComplexMatrix, combine, unit } from "#core/complex-matrix";

/**
 * One three-level limit-cycle oscillator, dimensionless (any common unit of rate).
 *
 * H = detuning · S^z + asymmetry · |2⟩⟨2|, S^z = |2⟩⟨2| − |0⟩⟨0|; jumps √γ₊|1⟩⟨0|, √γ₋|1⟩⟨2| and the extra
 * channels, each with its own jump operator. Nadolny & Bruder, Eq. (1).
 */
export interface Oscillator {
  /** γ₊, rate of |0⟩ → |1⟩. */
  readonly gain: number;
  /** γ₋, rate of |2⟩ → |1⟩. */
  readonly loss: number;
  /** K, extra energy of level 2. */
  readonly asymmetry: number;
  /** Coefficient of S^z. */
  readonly detuning: number;
  readonly ladder: Ladder;
  readonly channels: Channels;
}

/** Matrix elements a₁ = ⟨0|A|1⟩, a₂ = ⟨1|A|2⟩ of the lowering operator that couples. */
export type Ladder = readonly [a1: number, a2: number];

export const spinOneLadder: Ladder = [Math.SQRT2, Math.SQRT2];

/** Harmonic-oscillator elements around Fock state n: levels n−1, n, n+1. */
export function bosonLadder(n: number): Ladder {
  return [Math.sqrt(n), Math.sqrt(n + 1)];
}

/** Rates beyond gain and loss, each with its own jump operator. */
export interface Channels {
  /** Rate of |1⟩ → |0⟩. */
  readonly relaxation10: number;
  /** Rate of |2⟩ → |1⟩, beside `loss`. */
  readonly relaxation21: number;
  /** Rate of |0⟩ → |1⟩, beside `gain`. */
  readonly heating01: number;
  /** Rate of |1⟩ → |2⟩. */
  readonly heating12: number;
  /** κ of D[√κ S^z]: ρ_mm' decays at an extra κ(m−m')²/2. */
  readonly dephasing: number;
}

export const noChannels: Channels = {
  relaxation10: 0,
  relaxation21: 0,
  heating01: 0,
  heating12: 0,
  dephasing: 0,
};

/** Total rates on the two rungs, whatever their origin. */
export interface RungRates {
  readonly up01: number;
  readonly down10: number;
  readonly up12: number;
  readonly down21: number;
}

export function rungRates(site: Oscillator): RungRates {
  return {
    up01: site.gain + site.channels.heating01,
    down10: site.channels.relaxation10,
    up12: site.channels.heating12,
    down21: site.loss + site.channels.relaxation21,
  };
}

/** A† = a₁|1⟩⟨0| + a₂|2⟩⟨1|; S⁺ for the spin-1 ladder. */
export function raisingOperator([a1, a2]: Ladder): ComplexMatrix {
  return combine([a1, unit(3, 1, 0)], [a2, unit(3, 2, 1)]);
}

/** S^z = |2⟩⟨2| − |0⟩⟨0|. */
export function spinZ(): ComplexMatrix {
  return combine([1, unit(3, 2, 2)], [-1, unit(3, 0, 0)]);
}

/** H of the uncoupled oscillator, 3 × 3. */
export function bareHamiltonian(site: Oscillator): ComplexMatrix {
  return combine([site.detuning, spinZ()], [site.asymmetry, unit(3, 2, 2)]);
}

/** Jump operators of the uncoupled oscillator with their rates; zero rates left out. */
export function jumpOperators(
  site: Oscillator,
): { readonly rate: number; readonly operator: ComplexMatrix }[] {
  const { up01, down10, up12, down21 } = rungRates(site);
  return [
    { rate: up01, operator: unit(3, 1, 0) },
    { rate: down10, operator: unit(3, 0, 1) },
    { rate: up12, operator: unit(3, 2, 1) },
    { rate: down21, operator: unit(3, 1, 2) },
    { rate: site.channels.dephasing, operator: spinZ() },
  ].filter((jump) => jump.rate !== 0);
}

/**
 * Populations [p₀, p₁, p₂] of the uncoupled oscillator's steady state, which is diagonal.
 *
 * Detailed balance on each rung: p₀/p₁ = down10/up01, p₂/p₁ = up12/down21. A rung without any return rate
 * empties into the other side: the limit of vanishing rates is undefined there and is refused by the caller.
 */
export function uncoupledPopulations(site: Oscillator): [number, number, number] {
  const { up01, down10, up12, down21 } = rungRates(site);
  const below = up01 === 0 ? (down10 === 0 ? 0 : Infinity) : down10 / up01;
  const above = down21 === 0 ? (up12 === 0 ? 0 : Infinity) : up12 / down21;
  if (below === Infinity && above === Infinity) return [Number.NaN, Number.NaN, Number.NaN];
  if (below === Infinity) return [1, 0, 0];
  if (above === Infinity) return [0, 0, 1];
  const p1 = 1 / (1 + below + above);
  return [below * p1, p1, above * p1];
}

/** Why an oscillator has no unique uncoupled steady state; `field` is the one to change. */
export interface SteadyStateFault {
  readonly field: "gain" | "loss" | "channels";
  readonly message: string;
  readonly expected: string;
}

/**
 * Says why the uncoupled oscillator has no unique steady state, or undefined when it has one: a rung without any
 * rate keeps whatever population it starts with, and a middle level that empties to both sides without return
 * leaves the split to the start.
 */
export function steadyStateFault(site: Oscillator): SteadyStateFault | undefined {
  const { up01, down10, up12, down21 } = rungRates(site);
  if (up01 === 0 && down10 === 0) {
    return {
      field: "gain",
      message: "without any rate between levels 0 and 1 the uncoupled steady state is not defined",
      expected: "greater than 0",
    };
  }
  if (up12 === 0 && down21 === 0) {
    return {
      field: "loss",
      message: "without any rate between levels 1 and 2 the uncoupled steady state is not defined",
      expected: "greater than 0",
    };
  }
  if (up01 === 0 && down21 === 0) {
    return {
      field: "channels",
      message: "level 1 empties into 0 and 2 without return: the uncoupled steady state is not defined",
      expected: "gain, heating01, loss or relaxation21 greater than 0",
    };
  }
  return undefined;
}
