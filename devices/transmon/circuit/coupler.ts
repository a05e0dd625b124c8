import { invalidInput } from "#core/errors";

/** Two sites joined directly and through a tunable coupler mode between them. All over 2π, in Hz. */
export interface CoupledPair {
  /** f₀₁ of the two sites. */
  readonly sites_hz: readonly [number, number];
  /** g₁, g₂ of each site to the coupler. */
  readonly mediated_hz: readonly [number, number];
  /** g₁₂ of the direct path. */
  readonly direct_hz: number;
  /** Coupler frequency at which g₁ and g₂ hold; given, they scale with √f_c as capacitive couplings do. */
  readonly mediated_at_hz?: number;
}

/**
 * g_eff/2π = g₁₂ + (g₁g₂/2)(1/Δ₁ + 1/Δ₂ − 1/Σ₁ − 1/Σ₂), Δ_j = f_j − f_c, Σ_j = f_j + f_c, in Hz.
 *
 * Negative through a coupler above both sites, positive through one below both; with a direct coupling of the
 * other sign it crosses zero.
 *
 * @source Yan et al., Phys. Rev. Applied 10, 054062 (2018)
 */
export function effectiveExchange(pair: CoupledPair, coupler_hz: number): number {
  const [g1, g2] = pair.mediated_hz;
  const strength = (g1 * g2 * (pair.mediated_at_hz === undefined ? 1 : coupler_hz / pair.mediated_at_hz)) / 2;
  return pair.direct_hz + strength * propagator(pair, coupler_hz);
}

function propagator({ sites_hz }: CoupledPair, coupler_hz: number): number {
  return sites_hz.reduce((sum, f) => sum + 1 / (f - coupler_hz) - 1 / (f + coupler_hz), 0);
}

/** ∂g_eff/∂f_c, a pure number; times ∂f_c/∂Φ it is the exchange per flux, half of which a modulation gives. */
export function exchangeSlope(pair: CoupledPair, coupler_hz: number): number {
  const [g1, g2] = pair.mediated_hz;
  const slope = pair.sites_hz.reduce(
    (sum, f) => sum + 1 / (f - coupler_hz) ** 2 + 1 / (f + coupler_hz) ** 2,
    0,
  );
  if (pair.mediated_at_hz === undefined) return (g1 * g2 * slope) / 2;
  return (g1 * g2 * (coupler_hz * slope + propagator(pair, coupler_hz))) / (2 * pair.mediated_at_hz);
}

/** A coupler setting and the exchange that it gives. */
export interface CouplerPoint {
  readonly coupler_hz: number;
  readonly exchange_hz: number;
}

/** Answer on one side of the sites. */
export interface CouplerBranch {
  /** Coupler frequency for the wanted exchange; null where this side does not reach it. */
  readonly coupler_hz: number | null;
  /** The reachable setting whose exchange comes nearest; the answer itself when there is one. */
  readonly nearest: CouplerPoint;
}

/** Where the coupler may stand. */
export interface CouplerRange {
  readonly lowest_hz: number;
  readonly highest_hz: number;
  /** Least |f_j − f_c|/g_j for which the coupler still counts as dispersive; default 5. */
  readonly dispersive_ratio?: number;
}

/**
 * Inverse of `effectiveExchange`: coupler frequency for a wanted g_eff/2π, below both sites and above both.
 *
 * On each side g_eff rises with f_c, so a side reaches one interval and each exchange once. A side that the
 * dispersive limit or the range leaves empty is null.
 *
 * @throws EntrainError `input.invalid` when g₁g₂ is not positive or the range is empty
 */
export function couplerForExchange(
  pair: CoupledPair,
  wanted_hz: number,
  range: CouplerRange,
): { readonly below: CouplerBranch | null; readonly above: CouplerBranch | null } {
  const [g1, g2] = pair.mediated_hz;
  if (!(g1 * g2 > 0)) {
    throw invalidInput({
      path: "mediated_hz",
      message: "g1 and g2 must have one sign and not vanish",
      found: [g1, g2],
      expected: "both positive (a sign can be moved to the direct coupling)",
    });
  }
  if (!(range.lowest_hz > 0) || !(range.highest_hz > range.lowest_hz)) {
    throw invalidInput({
      path: "range",
      message: "the coupler's range is empty",
      found: [range.lowest_hz, range.highest_hz],
      expected: "0 < lowest_hz < highest_hz",
    });
  }
  const ratio = range.dispersive_ratio ?? 5;
  const margins = [Math.abs(g1) * ratio, Math.abs(g2) * ratio] as const;
  const ceiling = Math.min(pair.sites_hz[0] - margins[0], pair.sites_hz[1] - margins[1]);
  const floor = Math.max(pair.sites_hz[0] + margins[0], pair.sites_hz[1] + margins[1]);
  return {
    below: searchBranch(pair, wanted_hz, range.lowest_hz, Math.min(range.highest_hz, ceiling)),
    above: searchBranch(pair, wanted_hz, Math.max(range.lowest_hz, floor), range.highest_hz),
  };
}

function searchBranch(pair: CoupledPair, wanted: number, from: number, to: number): CouplerBranch | null {
  if (!(from <= to)) return null;
  const point = (coupler_hz: number): CouplerPoint => ({
    coupler_hz,
    exchange_hz: effectiveExchange(pair, coupler_hz),
  });
  const first = point(from);
  const last = point(to);
  if (wanted < first.exchange_hz) return { coupler_hz: null, nearest: first };
  if (wanted > last.exchange_hz) return { coupler_hz: null, nearest: last };
  let low = from;
  let high = to;
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (effectiveExchange(pair, middle) < wanted) low = middle;
    else high = middle;
  }
  const found = point((low + high) / 2);
  return { coupler_hz: found.coupler_hz, nearest: found };
}
