/**
 * Generalised Laguerre polynomial L_n^{(α)}(x) by its three-term recurrence.
 *
 * @param order - n ≥ 0
 * @source DLMF 18.9
 */
export function laguerre(order: number, alpha: number, x: number): number {
  let previous = 1;
  if (order === 0) return previous;
  let value = 1 + alpha - x;
  for (let k = 1; k < order; k++) {
    const next = ((2 * k + 1 + alpha - x) * value - (k + alpha) * previous) / (k + 1);
    previous = value;
    value = next;
  }
  return value;
}

/**
 * Real part of the element of e^{iη(a+a†)} without its phase: ⟨m|e^{iη(a+a†)}|n⟩ = i^{|m−n|}·(this), that is
 * e^{−η²/2} η^{|m−n|} √(n_<!/n_>!) L_{n_<}^{|m−n|}(η²). Negative beyond a zero of the Laguerre polynomial.
 *
 * @source Leibfried et al., Rev. Mod. Phys. 75, 281 (2003)
 * @accuracy against the exponential of the truncated operator below 1e-12
 *   (test/unit/devices/ion-chain/motion/displacement.test.ts)
 */
export function displacementElement(eta: number, m: number, n: number): number {
  const low = Math.min(m, n);
  const order = Math.abs(m - n);
  let factor = Math.exp((-eta * eta) / 2);
  // η^s √(n_<!/n_>!), one factor η/√k at a time
  for (let k = low + 1; k <= low + order; k++) factor *= eta / Math.sqrt(k);
  return factor * laguerre(low, order, eta * eta);
}

/** A mode that is not driven but shakes the ion. */
export interface Spectator {
  readonly eta: number;
  /** Mean thermal occupation n̄. */
  readonly occupation: number;
}

/**
 * Mean of the factor e^{−η²/2}L_n(η²) by which thermal spectator modes scale every Rabi frequency:
 * Π exp[−η_j²(n̄_j + ½)], the exact thermal average of the Debye–Waller factor.
 */
export function debyeWaller(spectators: readonly Spectator[]): number {
  return Math.exp(-spectators.reduce((sum, { eta, occupation }) => sum + eta * eta * (occupation + 0.5), 0));
}

/**
 * 1σ of the Debye–Waller factor from shot to shot, relative to its mean: √(Π_j ⟨D_j²⟩/⟨D_j⟩² − 1), where
 * ⟨D²⟩ = e^{−η²(2n̄+1)} I₀(2η²√(n̄(n̄+1))) for a thermal mode.
 *
 * @source Hardy–Hille sum over the geometric distribution
 */
export function debyeWallerSpread(spectators: readonly Spectator[]): number {
  const ratio = spectators.reduce(
    (product, { eta, occupation }) =>
      product * besselI0(2 * eta * eta * Math.sqrt(occupation * (occupation + 1))),
    1,
  );
  return Math.sqrt(Math.max(0, ratio - 1));
}

/** Modified Bessel function I₀ by its power series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > Number.EPSILON * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/** Rabi frequency of |n⟩ → |m⟩, in the unit of the carrier's: Ω₀·|⟨m|e^{iη(a+a†)}|n⟩|, spectators included. */
export function sidebandRabi(
  carrier: number,
  eta: number,
  from: number,
  to: number,
  spectators: readonly Spectator[] = [],
): number {
  return carrier * Math.abs(displacementElement(eta, to, from)) * debyeWaller(spectators);
}
