import { coordinateCount } from "#model/generator";

/**
 * A state whose squared amplitude is `ratio` times as large, a guess for the wave at a neighbouring point or at a
 * later time near a threshold: there ρ₀₁ and ρ₁₂ scale with the root, ρ₀₂ and the distance of the populations from
 * their rest with the ratio itself.
 *
 * @param rest - coordinates of the uncoupled steady state; without extra channels all are zero
 */
export function scaledAmplitude(state: Float64Array, ratio: number, rest?: Float64Array): Float64Array {
  const root = Math.sqrt(ratio);
  return state.map((value, i) => {
    const k = i % coordinateCount;
    const still = k < 2 ? (rest?.[i] ?? 0) : 0;
    return still + (value - still) * (k >= 2 && k < 6 ? root : ratio);
  });
}
