import { fullTurn } from "#core/units";
import type { CircuitEnergies } from "./charge-basis.ts";
import { anharmonicitySeries, frequencySeries, series } from "./closed-form.ts";

/** A quantity and its first two derivatives by the flux, per Φ₀ and Φ₀². */
export interface FluxDerivatives {
  readonly value_hz: number;
  readonly slope_hz: number;
  readonly curvature_hz: number;
}

/** What a flux does to the levels of a tunable transmon. */
export interface FluxResponse {
  readonly frequency: FluxDerivatives;
  readonly anharmonicity: FluxDerivatives;
}

/**
 * f₀₁ and α of an asymmetric SQUID transmon with slope and curvature; E_C stays, E_J(Φ) = E_J(0)√(cos² + d² sin²).
 *
 * @param atZero - energies at zero flux
 * @param squidAsymmetry - d = (E_J1 − E_J2)/(E_J1 + E_J2)
 * @source Koch et al., Phys. Rev. A 76, 042319 (2007), Eq. (2.18), with the closed form of arXiv:1706.06566,
 * differentiated by hand
 * @accuracy that of the closed form; slopes 0.1 % for E_J(Φ)/E_C ≥ 40
 * (test/unit/devices/transmon/circuit/flux.test.ts)
 */
export function fluxResponse(
  atZero: CircuitEnergies,
  squidAsymmetry: number,
  flux_quanta: number,
): FluxResponse {
  // u = (E_J(Φ)/E_J(0))², ξ = √(2E_C/E_J(0))·u^{−1/4}
  const angle = fullTurn * flux_quanta;
  const spread = 1 - squidAsymmetry ** 2;
  const u = (1 + squidAsymmetry ** 2 + spread * Math.cos(angle)) / 2;
  const du = -(fullTurn / 2) * spread * Math.sin(angle);
  const ddu = -(fullTurn ** 2 / 2) * spread * Math.cos(angle);
  const xi = Math.sqrt((2 * atZero.charging_hz) / atZero.josephson_hz) * u ** -0.25;
  const dxi = (-xi * du) / (4 * u);
  const ddxi = -(dxi * (du / u) + xi * (ddu / u - (du / u) ** 2)) / 4;
  const along = (f: number, fXi: number, fXiXi: number): FluxDerivatives => ({
    value_hz: atZero.charging_hz * f,
    slope_hz: atZero.charging_hz * fXi * dxi,
    curvature_hz: atZero.charging_hz * (fXiXi * dxi * dxi + fXi * ddxi),
  });
  const [s, ds, dds] = withDerivatives(frequencySeries, xi);
  const [a, da, dda] = withDerivatives(anharmonicitySeries, xi);
  return {
    frequency: along(4 / xi - s, -4 / xi ** 2 - ds, 8 / xi ** 3 - dds),
    anharmonicity: along(-a, -da, -dda),
  };
}

function withDerivatives(coefficients: readonly number[], x: number): [number, number, number] {
  const derivative = (c: readonly number[]) => c.slice(1).map((value, k) => value * (k + 1));
  const first = derivative(coefficients);
  return [series(coefficients, x), series(first, x), series(derivative(first), x)];
}

/** Slow wandering of a site's frequency: to be planned as disorder, constant over a shot, not as a rate. */
export interface QuasiStaticDetuning {
  /** Mean shift, Hz; not zero where the curvature rectifies the noise. */
  readonly mean_hz: number;
  /** 1σ, Hz. */
  readonly deviation_hz: number;
}

/**
 * Frequency disorder from 1/f flux noise S_Φ(f) = A²/f (one-sided, A in Φ₀ at 1 Hz), seen between the duration of
 * the whole run and that of one shot: σ_Φ² = A² ln(f_high/f_low), then to second order in the flux,
 * mean ½f''σ_Φ², variance (f'σ_Φ)² + ½(f''σ_Φ²)².
 *
 * Over eight or nine decades σ_Φ is 4.3 to 4.6 A.
 *
 * @param noise_flux_quanta - A, 1e-6 to 1e-5 Φ₀ in present-day devices
 * @param lowest_hz - inverse of the time between calibrations
 * @param highest_hz - inverse of the duration of a shot
 */
export function quasiStaticDetuning(
  { slope_hz, curvature_hz }: FluxDerivatives,
  noise_flux_quanta: number,
  lowest_hz: number,
  highest_hz: number,
): QuasiStaticDetuning {
  const variance = noise_flux_quanta ** 2 * Math.log(highest_hz / lowest_hz);
  return {
    mean_hz: (curvature_hz * variance) / 2,
    deviation_hz: Math.sqrt(slope_hz ** 2 * variance + (curvature_hz * variance) ** 2 / 2),
  };
}
