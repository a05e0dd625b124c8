import { linearResponse } from "./linear-response.ts";
import type { Oscillator } from "./oscillator.ts";

/** Where, along the coupling V of one all-to-all group, the unsynchronized state is unstable. */
export interface SynchronizationThresholds {
  /** Smallest V > 0 at which the unsynchronized state loses stability; null: never (a blockade). */
  readonly critical: number | null;
  /** The same for V < 0, a negative number. */
  readonly criticalNegative: number | null;
  /** V > 0 intervals in which it is unstable; `to` null: unbounded. */
  readonly windows: readonly (readonly [from: number, to: number | null])[];
  /** Rotation rate of ⟨A†⟩ at `critical`; null with it. */
  readonly frequency: number | null;
}

/**
 * Synchronization thresholds of one group in closed form, any ladder, any channels.
 *
 * The coherences (ρ₀₁, ρ₁₂) obey a 2 × 2 complex linear system whose trace has a fixed negative real part, so it
 * is stable exactly where the second Hurwitz quantity is positive. With κ₁, κ₂ the decay rates, G₁ = a₁²(p₁−p₀),
 * G₂ = a₂²(p₁−p₂), that quantity is quadratic in V:
 *
 *   Q(V) = (G₂κ₁−G₁κ₂)(G₂κ₂−G₁κ₁) V² + 2Kκ₁κ₂(G₁+G₂) V + κ₁κ₂(K² + (κ₁+κ₂)²).
 *
 * A positive leading coefficient (the interference blockade of unequal ladder elements) bounds the window; a
 * vanishing one with K ≥ 0 is the blockade of the spin-1 oscillator at γ₊ = γ₋.
 *
 * @param site - with a unique uncoupled steady state; the detuning only shifts the frequency
 * @source stability analysis of Nadolny & Bruder, Fig. 2(c), carried to general ladders; for the spin-1 ladder it
 *   is V_c = [2Kp + G√(p(K² + D²/4))]/(2D²), p = γ₊γ₋, G = γ₋+γ₊, D = γ₋−γ₊
 * @accuracy a few ε relative, also near D = 0 (test/unit/model/thresholds.test.ts)
 */
export function synchronizationThresholds(site: Oscillator): SynchronizationThresholds {
  const { decay01: k1, decay12: k2, imbalance01, imbalance12 } = linearResponse(site);
  const [a1, a2] = site.ladder;
  const g1 = a1 * a1 * imbalance01;
  const g2 = a2 * a2 * imbalance12;
  const k = site.asymmetry;
  const cross = difference(g2 * k1, g1 * k2);
  const a = cross * difference(g2 * k2, g1 * k1);
  const b = 2 * k * k1 * k2 * (g1 + g2);
  const c = k1 * k2 * (k * k + (k1 + k2) ** 2);
  const windows = unstableIntervals(a, b, c);
  const mirrored = unstableIntervals(a, -b, c);
  const critical = windows[0]?.[0] ?? null;
  const opposite = mirrored[0]?.[0];
  return {
    critical,
    criticalNegative: opposite === undefined ? null : -opposite,
    windows,
    frequency: critical === null ? null : site.detuning + (k * k1 + critical * cross) / (k1 + k2),
  };
}

/** x − y, exactly zero when they differ by rounding only: the edge of the blockade is not to be missed by 1 ulp. */
function difference(x: number, y: number): number {
  const gap = x - y;
  return Math.abs(gap) <= 4 * Number.EPSILON * Math.max(Math.abs(x), Math.abs(y)) ? 0 : gap;
}

/** Intervals of V > 0 with aV² + bV + c < 0, given c > 0. */
function unstableIntervals(a: number, b: number, c: number): [number, number | null][] {
  if (a === 0) return b < 0 ? [[-c / b, null]] : [];
  const discriminant = b * b - 4 * a * c;
  if (a < 0) {
    // One root of each sign; the form without cancellation.
    const root = Math.sqrt(discriminant);
    return [[b > 0 ? (b + root) / (-2 * a) : (2 * c) / (root - b), null]];
  }
  if (b >= 0 || discriminant <= 0) return [];
  const q = (-b + Math.sqrt(discriminant)) / 2;
  return [[c / q, q / a]];
}
