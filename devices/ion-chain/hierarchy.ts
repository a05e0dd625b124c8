import { angularFromHz } from "#core/units";
import type { IonFigures } from "./forward.ts";
import type { IonProfile } from "./schema.ts";

/** One inequality of a design: left ≥ right. */
export interface Inequality {
  readonly name: string;
  readonly left: number;
  readonly right: number;
  /** Unit of both sides: rad/s, 1/s or s. */
  readonly unit: string;
  /** left/right: 1 and more is met. */
  readonly margin: number;
}

/** What the inequalities look at; the nearest-point search fills it without diagonalising anything. */
export interface Scales {
  readonly n: number;
  readonly mode_rad_per_s: number;
  readonly asymmetry_rad_per_s: number;
  readonly gain_per_s: number;
  readonly loss_per_s: number;
  readonly repump_per_s: number;
  readonly heating_per_s: number;
  readonly dephasing_per_s: number;
  /** Squared element of the neighbour over the wanted one, blue and red. */
  readonly neighbour_ratios: readonly [blue: number, red: number];
}

export function scalesOf(figures: IonFigures): Scales {
  return {
    n: figures.n,
    mode_rad_per_s: figures.mode_rad_per_s,
    asymmetry_rad_per_s: figures.asymmetry_rad_per_s,
    gain_per_s: figures.blue.rate_per_s,
    loss_per_s: figures.red.rate_per_s,
    repump_per_s: figures.repump_per_s,
    heating_per_s: figures.heating_per_s,
    dephasing_per_s: figures.dephasing_per_s,
    neighbour_ratios: [figures.blue.neighbour_ratio, figures.red.neighbour_ratio],
  };
}

/**
 * The chain of scales that a frequency-selective scheme lives on, every link with its numbers:
 * ω ≫ |K| ≥ s·γ_rp, γ_rp ≥ 3γ±, γ± ≫ heating and dephasing, laser narrower than γ_rp/3, 20/γ₋ within a shot.
 *
 * s follows from the selectivity that the profile asks for: r·q/(q − 2)·(γ_rp/2K)² ≤ ε with q = γ_rp/γ.
 */
export function hierarchy(profile: IonProfile, scales: Scales): Inequality[] {
  const { assumptions } = profile;
  const larger = Math.max(scales.gain_per_s, scales.loss_per_s);
  const smaller = Math.min(scales.gain_per_s, scales.loss_per_s);
  const k = Math.abs(scales.asymmetry_rad_per_s);
  const of = (name: string, left: number, right: number, unit: string): Inequality => ({
    name,
    left,
    right,
    unit,
    margin: right === 0 ? Infinity : left / right,
  });
  const needed = ([scales.gain_per_s, scales.loss_per_s] as const).map((rate, i) => {
    const q = scales.repump_per_s / rate;
    if (q <= 2) return Infinity;
    return (
      (scales.repump_per_s / 2) *
      Math.sqrt((scales.neighbour_ratios[i]! * q) / (q - 2) / assumptions.selectivity_limit.value)
    );
  });
  return [
    of("ω ≥ 10|K|", scales.mode_rad_per_s, 10 * k, "rad/s"),
    of("|K| ≥ s·γ_rp (selectivity)", k, Math.max(...needed), "rad/s"),
    of("γ_rp ≥ 3γ±", scales.repump_per_s, 3 * larger * (1 - 1e-9), "1/s"),
    of("γ± ≥ 10·ṅ(2n+1)", smaller, 10 * scales.heating_per_s * (2 * scales.n + 1), "1/s"),
    of("γ± ≥ 10/T2", smaller, 10 * scales.dephasing_per_s, "1/s"),
    of(
      "γ_rp/3 ≥ laser linewidth",
      scales.repump_per_s / 3,
      angularFromHz(assumptions.laser_linewidth_hz.value),
      "1/s",
    ),
    of(
      "longest shot ≥ evolution",
      assumptions.run_time_max_s.value,
      assumptions.evolve_in_loss_times.value / scales.loss_per_s,
      "s",
    ),
  ];
}
