import { integrate, type RightHandSide } from "../kernel/dormand-prince.ts";
import { rotationRate } from "./rotation.ts";

/**
 * Largest Lyapunov exponent beside the two that are zero by symmetry: a small deviation is carried along, and what
 * of it points along the motion or along the common phase is taken away at every renormalisation. Negative on a
 * limit cycle or torus of a stable rotating family, positive in chaos.
 *
 * The equations are quadratic, so f(x + v/2) − f(x − v/2) is their derivative along v exactly.
 *
 * @param state - on the attractor; left as it is
 * @param duration - time over which the logarithms of the growth are averaged, after a tenth of it
 * @param interval - time between renormalisations
 * @source Benettin, Galgani, Giorgilli & Strelcyn, Meccanica 15, 9 (1980)
 * @accuracy about 1/(duration) times the logarithm of the spread of growth along the attractor; 10 % of the exponents
 *   of order 0.05 at duration 4000 (test/physics/chaos.test.ts)
 */
export function transverseExponent(
  f: RightHandSide,
  state: Float64Array,
  duration: number,
  interval: number,
): number {
  const n = state.length;
  const z = new Float64Array(2 * n);
  z.set(state);
  for (let i = 0; i < n; i++) z[n + i] = Math.sin(1 + 3 * i);
  const above = new Float64Array(n);
  const below = new Float64Array(n);
  const dAbove = new Float64Array(n);
  const dBelow = new Float64Array(n);
  const pair: RightHandSide = (t, y, dy) => {
    f(t, y.subarray(0, n), dAbove);
    dy.set(dAbove);
    for (let i = 0; i < n; i++) {
      above[i] = y[i]! + y[n + i]! / 2;
      below[i] = y[i]! - y[n + i]! / 2;
    }
    f(t, above, dAbove);
    f(t, below, dBelow);
    for (let i = 0; i < n; i++) dy[n + i] = dAbove[i]! - dBelow[i]!;
  };
  const velocity = new Float64Array(n);
  const rounds = Math.ceil(duration / interval);
  const skipped = Math.ceil(rounds / 10);
  let sum = 0;
  normalise(z, n, f, velocity);
  for (let round = -skipped; round < rounds; round++) {
    integrate(pair, 0, z, [interval], () => {}, { rtol: 1e-7 });
    const growth = Math.log(normalise(z, n, f, velocity));
    if (round >= 0) sum += growth;
  }
  return sum / (rounds * interval);
}

/** Takes the two neutral directions off the deviation and scales it to length one; returns its length before. */
function normalise(z: Float64Array, n: number, f: RightHandSide, velocity: Float64Array): number {
  const x = z.subarray(0, n);
  const v = z.subarray(n);
  f(0, x, velocity);
  const turning = rotationRate(x);
  removeAlong(velocity, turning);
  removeAlong(v, turning);
  removeAlong(v, velocity);
  const length = Math.hypot(...v);
  for (let i = 0; i < n; i++) v[i]! /= length;
  return length;
}

function removeAlong(v: Float64Array, direction: Float64Array): void {
  let overlap = 0;
  let size = 0;
  for (let i = 0; i < v.length; i++) {
    overlap += v[i]! * direction[i]!;
    size += direction[i]! ** 2;
  }
  if (size < 1e-24) return;
  for (let i = 0; i < v.length; i++) v[i]! -= (overlap / size) * direction[i]!;
}
