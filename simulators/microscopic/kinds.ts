import type { ComplexMatrix } from "#core/complex-matrix";
import { fullTurn } from "#core/units";
import { oscillatorPair, type SimulationRequest, singleOscillator } from "#ir/simulate";
import { drivenHarmonics, drivenSteadyState } from "./driven.ts";
import { pairHarmonics, pairState } from "./pair.ts";
import { findPeaks, sampleDistribution } from "./phase-distribution.ts";

function nested(rho: ComplexMatrix): [re: number, im: number][][] {
  return Array.from({ length: rho.rows }, (_, r) =>
    Array.from({ length: rho.columns }, (_, c) => {
      const i = r * rho.columns + c;
      // + 0 turns −0 into 0.
      return [rho.re[i]! + 0, rho.im[i]! + 0] as [number, number];
    }),
  );
}

/**
 * `driven`: one oscillator under a resonant drive; `peaks` are all local maxima of `phase_distribution`, `harmonics`
 * the z₁ and z₂ that it consists of, as [re, im].
 */
export function runDriven(request: SimulationRequest<"driven">) {
  const rho = drivenSteadyState(singleOscillator(request), request.drive);
  const harmonics = drivenHarmonics(rho);
  return {
    density_matrix: nested(rho),
    phase_distribution: sampleDistribution(harmonics),
    peaks: findPeaks(harmonics),
    harmonics: [
      [harmonics.first.re, harmonics.first.im],
      [harmonics.second.re, harmonics.second.im],
    ],
  };
}

/**
 * `pair`: two single oscillators coupled by V_AB; V couples within a group and does not enter. `maximum` is 0 and
 * `argmax` null where the distribution is flat. First order is linear response: at large V_AB its s may fall below
 * −1/2π, where no distribution can lie; `positive` is false then.
 */
export function runPair(request: SimulationRequest<"pair">) {
  const state = pairState(oscillatorPair(request), request.inter_coupling ?? 0, request.order);
  const distribution = sampleDistribution(pairHarmonics(state));
  const [highest] = state.peaks;
  return {
    phase_distribution: distribution,
    maximum: highest?.s ?? 0,
    argmax: highest?.phi ?? null,
    correlation: [state.correlation.re, state.correlation.im],
    peaks: state.peaks,
    positive: request.order === "exact" || (highest?.s ?? 0) <= 1 / fullTurn,
  };
}
