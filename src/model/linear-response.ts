import { type Oscillator, rungRates, uncoupledPopulations } from "./oscillator.ts";

/** What the uncoupled oscillator does to small coherences: ρ₀₁, ρ₁₂ and ρ₀₂ turn at ω and decay at κ. */
export interface LinearResponse {
  /** Turning rates of ρ₀₁ and ρ₁₂: detuning, detuning + K. */
  readonly omega01: number;
  readonly omega12: number;
  /** Decay rates of ρ₀₁, ρ₁₂ and ρ₀₂. */
  readonly decay01: number;
  readonly decay12: number;
  readonly decay02: number;
  /** p₁ − p₀ and p₁ − p₂ of the steady state. */
  readonly imbalance01: number;
  readonly imbalance12: number;
  /** Steady populations [p₀, p₁, p₂]. */
  readonly populations: readonly [number, number, number];
}

/**
 * Linear response of the uncoupled steady state: half the rates out of the two levels, plus κ(m−m')²/2 of the
 * dephasing D[√κ S^z]. Holds because every channel has its own jump operator.
 */
export function linearResponse(site: Oscillator): LinearResponse {
  const { up01, down10, up12, down21 } = rungRates(site);
  const { dephasing } = site.channels;
  const populations = uncoupledPopulations(site);
  const [p0, p1, p2] = populations;
  return {
    omega01: site.detuning,
    omega12: site.detuning + site.asymmetry,
    decay01: (up01 + down10 + up12 + dephasing) / 2,
    decay12: (down10 + up12 + down21 + dephasing) / 2,
    decay02: (up01 + down21) / 2 + 2 * dephasing,
    imbalance01: p1 - p0,
    imbalance12: p1 - p2,
    populations,
  };
}

/**
 * Relaxation rates of the populations: minus the two non-zero eigenvalues (real for a chain of three levels) of
 * the rate equations on the ladder.
 */
export function populationDecayRates(site: Oscillator): [slow: number, fast: number] {
  const { up01, down10, up12, down21 } = rungRates(site);
  // p₀' = −(up01 + down10) p₀ − down10 p₂ + down10, p₂' = −up12 p₀ − (up12 + down21) p₂ + up12
  const a = up01 + down10;
  const d = up12 + down21;
  const root = Math.sqrt(((a - d) / 2) ** 2 + down10 * up12);
  const fast = (a + d) / 2 + root;
  return [(a * d - down10 * up12) / fast, fast];
}
