import type { Random } from "#core/random";
import { normalQuantile } from "#core/statistics";

/**
 * Draws assigned levels for all shots: shots × sites bytes, shot by shot.
 *
 * @param probabilities - of the joint outcomes of every group
 */
export function drawLevels(
  probabilities: readonly (readonly number[])[],
  groups: readonly (readonly number[])[],
  shots: number,
  random: Random,
): Uint8Array {
  const sites = groups.reduce((sum, group) => sum + group.length, 0);
  const levels = new Uint8Array(shots * sites);
  for (let shot = 0; shot < shots; shot++) {
    groups.forEach((group, g) => {
      const p = probabilities[g]!;
      let rest = random.uniform();
      let outcome = 0;
      while (outcome < p.length - 1 && rest >= p[outcome]!) rest -= p[outcome++]!;
      for (let k = group.length - 1; k >= 0; k--) {
        levels[shot * sites + group[k]!] = outcome % 3;
        outcome = Math.floor(outcome / 3);
      }
    });
  }
  return levels;
}

/** Values of the normal distribution, one from each of as many equally likely parts of it, in random order. */
export function spreadNormals(count: number, random: Random): number[] {
  const values = Array.from({ length: count }, (_, k) => normalQuantile((k + random.uniform()) / count));
  for (let k = count - 1; k > 0; k--) {
    const other = Math.floor(random.uniform() * (k + 1));
    [values[k], values[other]] = [values[other]!, values[k]!];
  }
  return values;
}
