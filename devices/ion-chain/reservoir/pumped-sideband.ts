/**
 * An engineered rate: a sideband of Rabi frequency Ω takes |g, n⟩ to |e, n ± 1⟩, a repump of rate γ_rp empties |e⟩
 * without touching the motion. All quantities angular or 1/s, in any common unit.
 */
export interface PumpedSideband {
  /** Ω of the transition that is driven. */
  readonly rabi: number;
  /** γ_rp, rate at which |e⟩ is emptied: the quenching rate, not the width of the dipole line. */
  readonly repump: number;
  /** Δ, tone minus transition. */
  readonly detuning?: number;
}

/**
 * Γ = Ω²γ_rp/(γ_rp² + 2Ω² + 4Δ²), the inverse of the mean time from |g, n⟩ to |g, n ± 1⟩.
 *
 * Exact for the driven pair with a sink; the usual (Ω²/γ_rp) is its weak-drive limit and three times too large at
 * γ_rp = 3Γ. Never more than γ_rp/2.
 */
export function pumpedRate({ rabi, repump, detuning = 0 }: PumpedSideband): number {
  return (rabi * rabi * repump) / (repump * repump + 2 * rabi * rabi + 4 * detuning * detuning);
}

/**
 * Ω that gives the wanted rate on resonance: γ_rp√(Γ/(γ_rp − 2Γ)).
 *
 * @returns null when 2Γ ≥ γ_rp: no drive reaches that rate
 */
export function rabiForRate(rate: number, repump: number): number | null {
  return 2 * rate >= repump ? null : repump * Math.sqrt(rate / (repump - 2 * rate));
}

/**
 * Share of a cycle spent in |e⟩ as the quasi-steady state of the driven pair gives it,
 * Ω²/(γ_rp² + 2Ω² + 4Δ²) = Γ/γ_rp: what the model of instantaneous jumps leaves out.
 */
export function excitedShare(sideband: PumpedSideband): number {
  return pumpedRate(sideband) / sideband.repump;
}

/** Full width of the pumped line, √(γ_rp² + 2Ω²): what selectivity sees. */
export function pumpedLinewidth({ rabi, repump }: PumpedSideband): number {
  return Math.sqrt(repump * repump + 2 * rabi * rabi);
}

/** The repump rate at which the neighbouring transition is driven least for a given Γ: 3Γ. */
export const selectiveRepumpRatio = 3;

/**
 * Rate of an unwanted transition over the wanted one for |K| ≫ γ_rp: r·q³/(q − 2)·(Γ/2K)², q = γ_rp/Γ. At its
 * minimum q = 3 this is 6.75 r (Γ/K)².
 *
 * @param elementRatio - r, squared matrix element of the neighbour over that of the wanted transition
 * @param detuning - of the neighbour, in the unit of the rate
 * @param repumpRatio - q > 2
 */
export function neighbourRatio(
  elementRatio: number,
  rate: number,
  detuning: number,
  repumpRatio: number = selectiveRepumpRatio,
): number {
  return ((elementRatio * repumpRatio ** 3) / (repumpRatio - 2)) * (rate / (2 * detuning)) ** 2;
}
