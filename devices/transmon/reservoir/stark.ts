import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { EntrainError } from "#core/errors";
import { type EnergyLadder, transitionFrequency } from "../circuit/ladder.ts";

/** A charge tone: H/h = Ω cos(2πft)(a + a†), Ω the Rabi frequency of 0↔1 on resonance. */
export interface ChargeTone {
  readonly frequency_hz: number;
  readonly rabi_hz: number;
}

/**
 * Shifts of the levels to second order in an off-resonant charge tone:
 * E_m = (Ω²/4)[e_m²/Δ_{m−1} − e_{m+1}²/Δ_m], Δ_m = f_{m,m+1} − f, e_m = ⟨m−1|A|m⟩; in Hz.
 *
 * The transitions shift by different amounts, so K shifts too. Counter-rotating terms are left out; they change the
 * shift of a transition by about (Δ/(f + f₀₁))² of itself.
 *
 * @returns one shift for each level but the topmost, whose upper neighbour is not known
 */
export function starkShifts(ladder: EnergyLadder, { frequency_hz, rabi_hz }: ChargeTone): number[] {
  const pull = ladder.elements.map(
    (element, m) => (rabi_hz ** 2 * element ** 2) / 4 / (transitionFrequency(ladder, m) - frequency_hz),
  );
  return pull.map((above, m) => (m === 0 ? 0 : pull[m - 1]!) - above);
}

/**
 * The same to all orders in the rotating frame: eigenvalues of the driven ladder, each told by the bare level that
 * it mostly is.
 *
 * @returns one shift for each level but the topmost
 * @throws EntrainError `transmon.strong_drive` when a level keeps less than three quarters of itself
 */
export function dressedShifts(ladder: EnergyLadder, { frequency_hz, rabi_hz }: ChargeTone): number[] {
  const bare = ladder.energies_hz.map((energy, m) => energy - m * frequency_hz);
  const h = Matrix.diag(bare);
  ladder.elements.forEach((element, m) => {
    h.set(m, m + 1, (rabi_hz * element) / 2);
    h.set(m + 1, m, (rabi_hz * element) / 2);
  });
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(h, { assumeSymmetric: true });
  return bare.slice(0, -1).map((energy, m) => {
    const weights = eigenvectorMatrix.getRow(m).map((amplitude) => amplitude ** 2);
    const dressed = weights.findIndex((weight) => weight > 0.75);
    if (dressed < 0) {
      throw new EntrainError(
        "transmon.strong_drive",
        {
          path: "rabi_hz",
          message: `a tone at ${frequency_hz} Hz mixes level ${m} with its neighbours by a quarter or more`,
          found: rabi_hz,
          expected: "a weaker tone, or one further from every transition",
        },
        { kind: "infeasible" },
      );
    }
    return realEigenvalues[dressed]! - energy;
  });
}

/**
 * Rate g/2π of the all-microwave sideband |f,0⟩ ↔ |g,1⟩: g·α·Ω/(√2·Δ(Δ + α)), Δ = f₀₁ − f_r, drive near
 * f₀₁ + f₁₂ − f_r. It empties |2⟩ into |0⟩: right for a reset, not for the loss of the model.
 *
 * @param coupling_hz - g/2π between transmon and resonator
 * @source Zeytinoğlu et al., Phys. Rev. A 91, 043846 (2015); Magnard et al., arXiv:1801.07689
 * @accuracy 2 % against the avoided crossing of the driven system at Ω/|Δ| ≤ 0.2
 */
export function f0g1Sideband(
  site: { readonly frequency_hz: number; readonly anharmonicity_hz: number },
  resonator_hz: number,
  coupling_hz: number,
  rabi_hz: number,
): number {
  const detuning = site.frequency_hz - resonator_hz;
  const alpha = site.anharmonicity_hz;
  return (coupling_hz * alpha * rabi_hz) / (Math.SQRT2 * detuning * (detuning + alpha));
}
