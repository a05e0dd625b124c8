import { EigenvalueDecomposition, Matrix } from "ml-matrix";

/** E_C/h and E_J/h of a single transmon, in Hz. */
export interface CircuitEnergies {
  readonly charging_hz: number;
  readonly josephson_hz: number;
}

/** 4E_C(n̂ − n_g)² − (E_J/2)Σ(|n⟩⟨n+1| + h.c.) for the charges −cutoff … cutoff. */
function chargeHamiltonian(circuit: CircuitEnergies, offsetCharge: number, cutoff: number): Matrix {
  const size = 2 * cutoff + 1;
  const h = Matrix.zeros(size, size);
  for (let k = 0; k < size; k++) {
    h.set(k, k, 4 * circuit.charging_hz * (k - cutoff - offsetCharge) ** 2);
    if (k > 0) {
      h.set(k, k - 1, -circuit.josephson_hz / 2);
      h.set(k - 1, k, -circuit.josephson_hz / 2);
    }
  }
  return h;
}

/**
 * Lowest levels by diagonalisation of 4E_C(n̂ − n_g)² − (E_J/2)Σ(|n⟩⟨n+1| + h.c.) in the charge basis.
 *
 * @param offsetCharge - n_g in Cooper pairs
 * @param cutoff - charges −cutoff … cutoff
 * @returns energies/h in Hz, ascending, all 2·cutoff + 1 of them
 * @source Koch et al., Phys. Rev. A 76, 042319 (2007), Eq. (2.1)
 * @accuracy below 1e-9 relative for the lowest six levels at cutoff 20 and E_J/E_C ≤ 1000
 * (test/unit/devices/transmon/circuit/charge-basis.test.ts)
 */
export function chargeBasisLevels(circuit: CircuitEnergies, offsetCharge: number, cutoff = 20): number[] {
  const h = chargeHamiltonian(circuit, offsetCharge, cutoff);
  return new EigenvalueDecomposition(h, { assumeSymmetric: true }).realEigenvalues.toSorted((a, b) => a - b);
}

/** Lowest eigenstates of a transmon, seen through the charge operator. */
export interface ChargeBasisStates {
  /** E_m/h in Hz, ascending, on the scale of the Hamiltonian (not from the ground state). */
  readonly energies_hz: readonly number[];
  /** ⟨i|n̂|j⟩, [levels][levels], real and symmetric; signs chosen so that ⟨m+1|n̂|m⟩ ≥ 0. */
  readonly charge: readonly (readonly number[])[];
}

/**
 * Lowest `levels` eigenstates with their charge matrix elements. At n_g = 0 and ½ the elements between states of
 * equal parity vanish; elsewhere they do not.
 *
 * @source Koch et al., Phys. Rev. A 76, 042319 (2007)
 */
export function chargeBasisStates(
  circuit: CircuitEnergies,
  levels: number,
  offsetCharge = 0,
  cutoff = 20,
): ChargeBasisStates {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    chargeHamiltonian(circuit, offsetCharge, cutoff),
    { assumeSymmetric: true },
  );
  const order = realEigenvalues
    .map((_, k) => k)
    .toSorted((a, b) => realEigenvalues[a]! - realEigenvalues[b]!);
  const states = order.slice(0, levels).map((k) => eigenvectorMatrix.getColumn(k));
  const element = (bra: readonly number[], ket: readonly number[]) =>
    bra.reduce((sum, amplitude, k) => sum + amplitude * (k - cutoff) * ket[k]!, 0);
  for (let m = 0; m + 1 < states.length; m++) {
    if (element(states[m + 1]!, states[m]!) < 0)
      states[m + 1] = states[m + 1]!.map((amplitude) => -amplitude);
  }
  return {
    energies_hz: order.slice(0, levels).map((k) => realEigenvalues[k]!),
    charge: states.map((bra) => states.map((ket) => element(bra, ket))),
  };
}

/**
 * Peak-to-peak change of the transition frequency f_{m,m+1} over all offset charges, in Hz.
 *
 * The extremes lie at n_g = 0 and ½; charge-basis diagonalisation, because the asymptotic formula overestimates
 * by 15–50 % where it matters.
 */
export function chargeDispersion(circuit: CircuitEnergies, m: number): number {
  const shifts = levelDispersions(circuit, m + 2);
  return Math.abs(shifts[m + 1]! - shifts[m]!);
}

/**
 * ε_m = E_m(n_g = ½) − E_m(n_g = 0) over h of the lowest levels, in Hz; the sign alternates, + for m = 0.
 *
 * @accuracy a few times 1e-16 of 4E_C·cutoff²/h: about 1 mHz at E_C/h = 200 MHz
 */
export function levelDispersions(circuit: CircuitEnergies, levels: number): number[] {
  const whole = chargeBasisLevels(circuit, 0);
  const half = chargeBasisLevels(circuit, 0.5);
  return Array.from({ length: levels }, (_, m) => half[m]! - whole[m]!);
}

/**
 * ε_m in the limit of large E_J/E_C:
 * (−1)^m E_C (2^{4m+5}/m!) √(2/π) (E_J/2E_C)^{m/2+3/4} e^{−√(8E_J/E_C)}, in Hz.
 *
 * @source Koch et al., Phys. Rev. A 76, 042319 (2007), Eq. (2.5)
 * @accuracy too large: at E_J/E_C = 50 by 5 % (m = 0) and 20 % (m = 1), at 100 by 3 % and 14 %; worse for higher m
 */
export function asymptoticDispersion({ charging_hz, josephson_hz }: CircuitEnergies, m: number): number {
  const ratio = josephson_hz / charging_hz;
  let size = 2 ** (4 * m + 5) * Math.sqrt(2 / Math.PI) * (ratio / 2) ** (m / 2 + 0.75);
  for (let k = 2; k <= m; k++) size /= k;
  return (m % 2 === 0 ? 1 : -1) * charging_hz * size * Math.exp(-Math.sqrt(8 * ratio));
}
