import { type ComplexMatrix, zeros } from "#core/complex-matrix";
import { spectralAbscissa } from "#core/eigenvalues";
import { linearResponse, populationDecayRates } from "#model/linear-response";
import type { Network } from "#model/network";

/**
 * Linearisation of the mean-field equations about the uncoupled steady state of every site, for the coherences
 * x = (ρ₀₁, ρ₁₂) of site 0, of site 1, …: x' = Mx.
 *
 *   ρ₀₁' = (iω₀₁ − κ₀₁) ρ₀₁ − i a₁ (p₁−p₀) Σ_j J_ij* ⟨A†_j⟩,   ρ₁₂' = (iω₁₂ − κ₁₂) ρ₁₂ + i a₂ (p₁−p₂) Σ_j J_ij* ⟨A†_j⟩
 *
 * with ⟨A†⟩ = a₁ρ₀₁ + a₂ρ₁₂. Populations and ρ₀₂ feel the coupling in second order only.
 *
 * @returns 2N × 2N
 * @source linear stability of Eq. (2) of Nadolny & Bruder, any graph, ladder and separate jump channels
 */
export function coherenceLinearisation(network: Network): ComplexMatrix {
  const { sites, coupling } = network;
  const size = 2 * sites.length;
  const m = zeros(size);
  const { start, column, re, im } = coupling;
  sites.forEach((site, i) => {
    const response = linearResponse(site);
    const lower = 2 * i;
    const upper = lower + 1;
    m.re[lower * size + lower] = -response.decay01;
    m.im[lower * size + lower] = response.omega01;
    m.re[upper * size + upper] = -response.decay12;
    m.im[upper * size + upper] = response.omega12;
    const down = -site.ladder[0] * response.imbalance01;
    const up = site.ladder[1] * response.imbalance12;
    for (let k = start[i]!; k < start[i + 1]!; k++) {
      const j = column[k]!;
      sites[j]!.ladder.forEach((element, rung) => {
        const at = 2 * j + rung;
        // i·J* = Im J + i Re J
        m.re[lower * size + at]! += down * element * im[k]!;
        m.im[lower * size + at]! += down * element * re[k]!;
        m.re[upper * size + at]! += up * element * im[k]!;
        m.im[upper * size + at]! += up * element * re[k]!;
      });
    }
  });
  return m;
}

/** Slowest decay rate of the modes that the coupling does not touch in first order: ρ₀₂ and the populations. */
function uncoupledDecay(network: Network): number {
  let slowest = Infinity;
  for (const site of network.sites) {
    slowest = Math.min(slowest, linearResponse(site).decay02, populationDecayRates(site)[0]);
  }
  return slowest;
}

/**
 * Largest real part of the whole linearisation about the uncoupled steady state, in units of the rates: positive
 * when the unsynchronized state is unstable.
 *
 * @param network - every site with a unique uncoupled steady state
 * @accuracy eigenvalues to a few ε·‖M‖ away from coalescence (test/unit/simulators/stability.test.ts)
 */
export function networkGrowthRate(network: Network): number {
  return Math.max(spectralAbscissa(coherenceLinearisation(network)), -uncoupledDecay(network));
}
