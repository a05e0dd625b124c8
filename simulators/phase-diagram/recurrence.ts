/** Distance of a return in units of the farthest excursion: beyond it transients have not yet decayed. */
const nearness = 0.015;

/** The same for returns after long: there transients have had time, and chaos comes back less closely. */
const nearnessAfterLong = 5e-4;

/**
 * Shortest time after which the motion nearly repeats up to a common phase, seen back from the last sample.
 *
 * @param samples - [re, im] of every group at `count` times `spacing` apart
 * @param long - time from which a return is one after long
 * @returns candidate periods, shortest first, at most two; empty when nothing comes back
 */
export function recurrenceTimes(
  samples: Float64Array,
  count: number,
  groups: number,
  spacing: number,
  long: number,
): number[] {
  const distances = new Float64Array(count);
  let farthest = 0;
  for (let back = 0; back < count; back++) {
    distances[back] = Math.sqrt(squaredDistance(samples, count - 1 - back, count - 1, groups));
    farthest = Math.max(farthest, distances[back]!);
  }
  const times: number[] = [];
  let away = false;
  for (let back = 1; back + 1 < count && times.length < 2; back++) {
    const d = distances[back]!;
    if (d > 0.3 * farthest) away = true;
    const near = (back * spacing < long ? nearness : nearnessAfterLong) * farthest;
    if (!away || d > near || d > distances[back - 1]! || d >= distances[back + 1]!) continue;
    // Vertex of the parabola through the squares: near its minimum the distance itself has a kink.
    const [before, here, after] = [distances[back - 1]! ** 2, d * d, distances[back + 1]! ** 2];
    const curvature = before - 2 * here + after;
    const offset = curvature > 0 ? (before - after) / (2 * curvature) : 0;
    times.push((back + offset) * spacing);
    away = false;
  }
  return times;
}

/** Between samples k and l, in what a common turn of the phase leaves alone: ⟨A†⟩_a⟨A⟩_b for all a ≤ b. */
function squaredDistance(samples: Float64Array, k: number, l: number, groups: number): number {
  let sum = 0;
  for (let a = 0; a < groups; a++) {
    const ka = 2 * (k * groups + a);
    const la = 2 * (l * groups + a);
    for (let b = a; b < groups; b++) {
      const kb = 2 * (k * groups + b);
      const lb = 2 * (l * groups + b);
      const re =
        samples[ka]! * samples[kb]! +
        samples[ka + 1]! * samples[kb + 1]! -
        samples[la]! * samples[lb]! -
        samples[la + 1]! * samples[lb + 1]!;
      const im =
        samples[ka + 1]! * samples[kb]! -
        samples[ka]! * samples[kb + 1]! -
        samples[la + 1]! * samples[lb]! +
        samples[la]! * samples[lb + 1]!;
      sum += re * re + im * im;
    }
  }
  return sum;
}
