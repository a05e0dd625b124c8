import { invalidInput } from "#core/errors";
import type { CircuitEnergies } from "./circuit/charge-basis.ts";
import { anharmonicitySeries, frequencySeries, series } from "./circuit/closed-form.ts";

export { type CircuitEnergies, chargeBasisLevels, chargeDispersion } from "./circuit/charge-basis.ts";

/**
 * Spectrum of a transmon: circuit energies ↔ transition frequencies, flux tuning, charge dispersion.
 * All energies as E/h in Hz.
 */

/** f₀₁ and f₁₂ − f₀₁ (negative for a transmon), in Hz. */
export interface TransmonLevels {
  readonly frequency_hz: number;
  readonly anharmonicity_hz: number;
}

/**
 * f₀₁ = √(8E_JE_C) − E_C(1 + ξ/4 + …), α = −E_C(1 + 9ξ/16 + …).
 *
 * @source Didier et al., arXiv:1706.06566
 * @accuracy 1e-5 of f₀₁ and 0.2 % of α for E_J/E_C ≥ 50 against charge-basis diagonalisation; 0.002 % and 0.4 %
 * at 35 (test/unit/devices/transmon/spectrum.test.ts)
 */
export function levelsFromCircuit({ charging_hz, josephson_hz }: CircuitEnergies): TransmonLevels {
  const xi = Math.sqrt((2 * charging_hz) / josephson_hz);
  return {
    frequency_hz: charging_hz * (4 / xi - series(frequencySeries, xi)),
    anharmonicity_hz: -charging_hz * series(anharmonicitySeries, xi),
  };
}

/**
 * Inverse of `levelsFromCircuit`.
 *
 * @throws EntrainError `transmon.not_a_transmon` unless α < 0 and f₀₁/|α| belongs to 8 ≤ E_J/E_C ≤ 2000
 */
export function circuitFromLevels({ frequency_hz, anharmonicity_hz }: TransmonLevels): CircuitEnergies {
  const wanted = frequency_hz / -anharmonicity_hz;
  const ratio = (xi: number) => (4 / xi - series(frequencySeries, xi)) / series(anharmonicitySeries, xi);
  let low = Math.sqrt(2 / 2000);
  let high = Math.sqrt(2 / 8);
  if (!(anharmonicity_hz < 0) || !(wanted < ratio(low)) || !(wanted > ratio(high))) {
    throw invalidInput(
      {
        path: "anharmonicity_hz",
        message: `f01/|α| = ${wanted.toPrecision(4)} is not that of a transmon`,
        found: anharmonicity_hz,
        expected: `a negative anharmonicity with f01/|α| between ${ratio(high).toFixed(1)} and ${ratio(low).toFixed(0)}`,
      },
      "transmon.not_a_transmon",
    );
  }
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    // ratio falls with ξ
    if (ratio(middle) > wanted) low = middle;
    else high = middle;
  }
  const xi = (low + high) / 2;
  const charging_hz = -anharmonicity_hz / series(anharmonicitySeries, xi);
  return { charging_hz, josephson_hz: (2 * charging_hz) / (xi * xi) };
}

/**
 * Josephson energy of an asymmetric SQUID: E_J(Φ) = E_J(0)·√(cos²πφ + d² sin²πφ), φ = Φ/Φ₀.
 *
 * @source Koch et al., Phys. Rev. A 76, 042319 (2007), Eq. (2.18)
 */
export function squidJosephson(maximum_hz: number, asymmetry: number, flux_quanta: number): number {
  const c = Math.cos(Math.PI * flux_quanta);
  const s = Math.sin(Math.PI * flux_quanta);
  return maximum_hz * Math.sqrt(c * c + asymmetry * asymmetry * s * s);
}

/** Levels of a tunable transmon whose measured levels are those at zero flux. */
export function levelsAtFlux(
  atZero: TransmonLevels,
  squidAsymmetry: number,
  flux_quanta: number,
): TransmonLevels {
  const circuit = circuitFromLevels(atZero);
  return levelsFromCircuit({
    charging_hz: circuit.charging_hz,
    josephson_hz: squidJosephson(circuit.josephson_hz, squidAsymmetry, flux_quanta),
  });
}

/**
 * Flux in [0, ½] Φ₀ that tunes f₀₁ down to `target_hz`; null when the target is above the zero-flux frequency or
 * below that at half a flux quantum.
 */
export function fluxForFrequency(
  atZero: TransmonLevels,
  squidAsymmetry: number,
  target_hz: number,
): number | null {
  if (target_hz === atZero.frequency_hz) return 0;
  const frequency = (flux: number) => levelsAtFlux(atZero, squidAsymmetry, flux).frequency_hz;
  // Below E_J/E_C = 8 the closed form, and the transmon itself, has ended.
  const circuit = circuitFromLevels(atZero);
  const lowestRatio = Math.max((8 * circuit.charging_hz) / circuit.josephson_hz, squidAsymmetry);
  const cosSquared = (lowestRatio ** 2 - squidAsymmetry ** 2) / (1 - squidAsymmetry ** 2);
  let low = 0;
  let high = Math.acos(Math.sqrt(Math.max(0, cosSquared))) / Math.PI;
  if (target_hz > atZero.frequency_hz || target_hz < frequency(high)) return null;
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (frequency(middle) > target_hz) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
