import { combine, identity, zeros } from "#core/complex-matrix";
import { EntrainError } from "#core/errors";
import { uncoupledState } from "#model/evolution";
import { coordinateCount } from "#model/generator";
import type { Network } from "#model/network";
import { solveComplex } from "../kernel/complex-solve.ts";
import { coherenceLinearisation } from "../stability/linearisation.ts";
import { type Onset, onsetNear } from "./onset.ts";
import { correctWave, parameterOf, stateOf, type WaveFamily } from "./wave-equations.ts";

/**
 * The wave of small amplitude that begins where the unsynchronized state is marginal, on whichever side of the
 * threshold it lies: a start for `continueWave`.
 *
 * @param near - parameter and frequency close to the onset, e.g. from `groupThresholds`
 * @param size - length of the vector of coherences, default 0.01
 * @returns the onset, refined, and the wave with the parameter it belongs to
 * @throws EntrainError `numerics.not_converged` when there is no onset near the given one
 */
export function waveFromOnset(
  networkAt: (parameter: number) => Network,
  near: Onset,
  size = 0.01,
): { readonly onset: Onset; readonly parameter: number; readonly wave: { readonly state: Float64Array } } {
  const scale = Math.max(Math.abs(near.parameter), 1e-3);
  const family: WaveFamily = { networkAt, scale };
  const network = networkAt(near.parameter);
  const n = network.sites.length * coordinateCount;
  const rest = new Float64Array(n + 2);
  rest.set(uncoupledState(network.sites));
  rest[n] = near.frequency;
  rest[n + 1] = near.parameter / scale;
  const mode = slowMode(network, near.frequency);
  const probe = Float64Array.from(rest);
  mode.forEach((value, i) => {
    probe[i]! += value;
  });
  const onset = onsetNear(family, probe);
  if (onset) {
    const guess = Float64Array.from(rest);
    const direction = new Float64Array(n + 2);
    slowMode(networkAt(onset.parameter), onset.frequency).forEach((value, i) => {
      guess[i]! += size * value;
      direction[i] = value;
    });
    guess[n] = onset.frequency;
    guess[n + 1] = onset.parameter / scale;
    const corrected = correctWave(family, guess, guess, direction);
    if (corrected) {
      return { onset, parameter: parameterOf(family, corrected.u), wave: { state: stateOf(corrected.u) } };
    }
  }
  throw new EntrainError(
    "numerics.not_converged",
    { path: "near", message: `there is no onset near ${near.parameter}`, found: near.parameter },
    { kind: "internal" },
  );
}

/** Coordinates of the mode of the unsynchronized state closest to iω, of unit length: two inverse iterations. */
function slowMode(network: Network, frequency: number): Float64Array {
  const m = coherenceLinearisation(network);
  const size = m.rows;
  const largest = m.re.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  // A little off the eigenvalue, so that the matrix can be inverted.
  const shifted = combine([1, m], [{ re: -1e-9 * largest, im: -frequency }, identity(size)]);
  let v = zeros(size, 1);
  for (let k = 0; k < size; k++) v.re[k] = 1 + k / size;
  for (let iteration = 0; iteration < 3; iteration++) {
    v = solveComplex(shifted, v);
    const length = Math.hypot(...v.re, ...v.im);
    v = combine([1 / length, v]);
  }
  const out = new Float64Array((size / 2) * coordinateCount);
  for (let k = 0; k < size; k++) {
    const to = Math.floor(k / 2) * coordinateCount + 2 + 2 * (k % 2);
    out[to] = v.re[k]!;
    out[to + 1] = v.im[k]!;
  }
  return out;
}
