import { invalidInput } from "#core/errors";
import { hzFromAngular } from "#core/units";
import type { Ladder } from "#model/oscillator";
import { type CircuitEnergies, chargeBasisStates, levelDispersions } from "./charge-basis.ts";

/**
 * Levels of one nonlinear element, whatever it is made of: a transmon from its circuit, or any Kerr element
 * (SNAIL, flux qubit, cavity with a nonlinear partner) from its measured frequency and Kerr shift.
 */
export interface EnergyLadder {
  /** E_m/h above the ground state, Hz; the first is 0. */
  readonly energies_hz: readonly number[];
  /** ⟨m|A|m+1⟩ of the operator that couples, in units of ⟨0|A|1⟩; one fewer than the levels. √(m+1) for a boson. */
  readonly elements: readonly number[];
}

/** E_m = mω + K·m(m−1)/2 with bosonic elements; K of either sign. */
export function kerrLadder(
  { frequency_hz, anharmonicity_hz }: { readonly frequency_hz: number; readonly anharmonicity_hz: number },
  levels: number,
): EnergyLadder {
  return {
    energies_hz: Array.from(
      { length: levels },
      (_, m) => m * frequency_hz + (anharmonicity_hz * m * (m - 1)) / 2,
    ),
    elements: Array.from({ length: levels - 1 }, (_, m) => Math.sqrt(m + 1)),
  };
}

/**
 * Exact levels and nearest-neighbour charge elements of a transmon at one offset charge.
 *
 * @accuracy that of the charge basis
 */
export function transmonLadder(circuit: CircuitEnergies, levels: number, offsetCharge = 0): EnergyLadder {
  const { energies_hz, charge } = chargeBasisStates(circuit, levels, offsetCharge);
  const first = charge[1]?.[0] ?? 1;
  return {
    energies_hz: energies_hz.map((energy) => energy - energies_hz[0]!),
    elements: Array.from({ length: levels - 1 }, (_, m) => charge[m + 1]![m]! / first),
  };
}

/** f_{m,m+1} in Hz. */
export function transitionFrequency({ energies_hz }: EnergyLadder, m: number): number {
  return at(energies_hz, m + 1) - at(energies_hz, m);
}

/** K_n/2π = f_{n,n+1} − f_{n−1,n}: the asymmetry of the model when gain and loss stabilise |n⟩. */
export function asymmetryAt(ladder: EnergyLadder, n: number): number {
  return transitionFrequency(ladder, n) - transitionFrequency(ladder, n - 1);
}

/** ⟨n−1|A|n⟩ and ⟨n|A|n+1⟩: the ladder of the model when gain and loss stabilise |n⟩. */
export function modelLadder({ elements }: EnergyLadder, n: number): Ladder {
  return [at(elements, n - 1), at(elements, n)];
}

function at(values: readonly number[], k: number): number {
  const value = values[k];
  if (value === undefined) {
    throw invalidInput({
      path: "levels",
      message: `level ${k} is not among the ${values.length} that were computed`,
      found: values.length,
      expected: `more than ${k}`,
    });
  }
  return value;
}

/**
 * Largest Fock state n that gain and loss can stabilise: the offset charge must not move any transition up to
 * f_{n,n+1} by more than a tenth of the slower rate over 2π. 0 when not even n = 1 will do.
 *
 * @param smallestRate_per_s - the smaller of γ₊ and γ₋, 1/s
 * @source assumed criterion; dispersions by charge-basis diagonalisation
 */
export function largestFockState(circuit: CircuitEnergies, smallestRate_per_s: number, searched = 8): number {
  const shifts = levelDispersions(circuit, searched + 2);
  const limit = 0.1 * hzFromAngular(smallestRate_per_s);
  const width = (m: number) => Math.abs(shifts[m + 1]! - shifts[m]!);
  if (width(0) > limit) return 0;
  let n = 0;
  while (n < searched && width(n + 1) <= limit) n++;
  return n;
}
