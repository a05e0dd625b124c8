import { angularFromHz } from "#core/units";

/** How pure the limit cycle |n⟩ is when two sidebands hold it against leakage, heat and relaxation. */

const planckOverBoltzmann_ks = 6.62607015e-34 / 1.380649e-23;

/** Bose occupation 1/(e^{hf/kT} − 1) of a mode; 0 at T = 0. */
export function thermalOccupation(frequency_hz: number, temperature_k: number): number {
  if (temperature_k === 0) return 0;
  return 1 / Math.expm1((planckOverBoltzmann_ks * frequency_hz) / temperature_k);
}

/**
 * L = (κ/2)²/(K² + (κ/2)²): strength of a sideband on the neighbouring transition, matrix elements apart. An
 * ancilla behind p poles has about L^p.
 */
export function leakageRatio(linewidth_hz: number, asymmetry_hz: number): number {
  const half = linewidth_hz / 2;
  return half ** 2 / (asymmetry_hz ** 2 + half ** 2);
}

/** Largest κ/2π for which `leakageRatio` stays at or below L. */
export function linewidthForLeakage(leakage: number, asymmetry_hz: number): number {
  return 2 * Math.abs(asymmetry_hz) * Math.sqrt(leakage / (1 - leakage));
}

/**
 * Smallest |K|/γ₋ that single-pole ancillas allow: √((1 − L)/L)/(2η), whatever the scale of κ.
 *
 * @param leakage - L, tolerated strength on the neighbouring transition
 * @param efficiency - η = γ₋/κ; 0.16 keeps the ancilla a bath
 */
export function smallestAsymmetryRatio(leakage: number, efficiency = 0.16): number {
  return Math.sqrt((1 - leakage) / leakage) / (2 * efficiency);
}

/** Γ_P(m → m−1) = mκ(g_s/Δ)² through the static coupling to a lossy mode, 1/s. */
export function purcellRate(
  level: number,
  static_hz: number,
  detuning_hz: number,
  linewidth_hz: number,
): number {
  return level * angularFromHz(linewidth_hz) * (static_hz / detuning_hz) ** 2;
}

/** One reservoir as the purity sees it. */
export interface PurityReservoir {
  readonly rate_per_s: number;
  readonly linewidth_hz: number;
  readonly thermal_population: number;
}

/** What leaks where, and what remains on the limit cycle. */
export interface LimitCyclePurity {
  /** Γ↑ of |n⟩ → |n+1⟩ by the blue tone, 1/s. */
  readonly upward_per_s: number;
  /** Γ↓ of |n⟩ → |n−1⟩ by the red tone, 1/s. */
  readonly downward_per_s: number;
  /** Rate |n+1⟩ → |n+2⟩ by the blue tone, 1/s. */
  readonly nextRung_per_s: number;
  /** p_{n−1}, p_n, p_{n+1}. */
  readonly populations: readonly [number, number, number];
}

/**
 * Leakage rates and populations for weak, resonant tones on a bosonic ladder:
 * p_{n+1} = [γ₊((n+1)/n)L_b + γ₋n_c]/(γ₋ + (n+1)/T₁), p_{n−1} = [γ₋(n/(n+1))L_c + n/T₁ + γ₊n_b]/γ₊.
 *
 * @param asymmetry_hz - K/2π
 * @param t1_s - Infinity for none
 * @accuracy 17 % in p_{n±1} at G/κ ≤ 0.14 against the multi-level master equation: it leaves out the 1/κ that a
 * jump through the ancilla takes, and the virtual population (G/K)²
 */
export function limitCyclePurity(
  n: number,
  gain: PurityReservoir,
  loss: PurityReservoir,
  asymmetry_hz: number,
  t1_s: number,
): LimitCyclePurity {
  const upward = gain.rate_per_s * ((n + 1) / n) * leakageRatio(gain.linewidth_hz, asymmetry_hz);
  const downward = loss.rate_per_s * (n / (n + 1)) * leakageRatio(loss.linewidth_hz, asymmetry_hz);
  const above = (upward + loss.rate_per_s * loss.thermal_population) / (loss.rate_per_s + (n + 1) / t1_s);
  const below = (downward + n / t1_s + gain.rate_per_s * gain.thermal_population) / gain.rate_per_s;
  return {
    upward_per_s: upward,
    downward_per_s: downward,
    nextRung_per_s: gain.rate_per_s * ((n + 2) / n) * leakageRatio(gain.linewidth_hz, 2 * asymmetry_hz),
    populations: [below, 1 - below - above, above],
  };
}

/**
 * Inverse of the mean time that a level spends before it leaves through an ancilla: G²κ/(Δ² + κ²/4 + G²), in 1/s.
 *
 * The rate that balances populations: against the slow eigenvalue, which rules late coherences and exceeds the
 * weak-drive rate by 4G²/κ², it falls short by as much, because the departure needs 1/κ to start.
 *
 * @source ∫|c₀|²dt of the two-level problem [[0, −iG], [−iG, −κ/2 − iΔ]]
 */
export function residenceRate(coupling_hz: number, detuning_hz: number, linewidth_hz: number): number {
  const g2 = coupling_hz ** 2;
  return angularFromHz((g2 * linewidth_hz) / (detuning_hz ** 2 + linewidth_hz ** 2 / 4 + g2));
}
