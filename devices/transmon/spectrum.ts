import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { invalidInput } from "#core/errors";

/**
 * Spectrum of a transmon: circuit energies ↔ transition frequencies, flux tuning, charge dispersion.
 * All energies as E/h in Hz.
 */

/** E_C/h and E_J/h of a single transmon, in Hz. */
export interface CircuitEnergies {
  readonly charging_hz: number;
  readonly josephson_hz: number;
}

/** f₀₁ and f₁₂ − f₀₁ (negative for a transmon), in Hz. */
export interface TransmonLevels {
  readonly frequency_hz: number;
  readonly anharmonicity_hz: number;
}

/** Coefficients of f₀₁ and α in ξ = √(2E_C/E_J); Didier et al., arXiv:1706.06566, to fourth order. */
const frequencySeries = [1, 1 / 4, 21 / 128, 19 / 128, 5319 / 32768];
const anharmonicitySeries = [1, 9 / 16, 81 / 128, 3645 / 4096, 46899 / 32768];

function series(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, c) => sum * x + c, 0);
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

/**
 * Lowest levels by diagonalisation of 4E_C(n̂ − n_g)² − (E_J/2)Σ(|n⟩⟨n+1| + h.c.) in the charge basis.
 *
 * @param offsetCharge - n_g in Cooper pairs
 * @param cutoff - charges −cutoff … cutoff
 * @returns energies/h in Hz, ascending, all 2·cutoff + 1 of them
 * @source Koch et al., Phys. Rev. A 76, 042319 (2007), Eq. (2.1)
 * @accuracy below 1e-9 relative for the lowest four levels at cutoff 20 and E_J/E_C ≤ 200
 */
export function chargeBasisLevels(circuit: CircuitEnergies, offsetCharge: number, cutoff = 20): number[] {
  const size = 2 * cutoff + 1;
  const h = Matrix.zeros(size, size);
  for (let k = 0; k < size; k++) {
    h.set(k, k, 4 * circuit.charging_hz * (k - cutoff - offsetCharge) ** 2);
    if (k > 0) {
      h.set(k, k - 1, -circuit.josephson_hz / 2);
      h.set(k - 1, k, -circuit.josephson_hz / 2);
    }
  }
  return new EigenvalueDecomposition(h, { assumeSymmetric: true }).realEigenvalues.toSorted((a, b) => a - b);
}

/**
 * Peak-to-peak change of the transition frequency f_{m,m+1} over all offset charges, in Hz.
 *
 * The extremes lie at n_g = 0 and ½; charge-basis diagonalisation, because the asymptotic formula overestimates
 * by 15–50 % where it matters.
 */
export function chargeDispersion(circuit: CircuitEnergies, m: number): number {
  const gap = (offset: number) => {
    const levels = chargeBasisLevels(circuit, offset);
    return levels[m + 1]! - levels[m]!;
  };
  return Math.abs(gap(0.5) - gap(0));
}
