import { invalidInput } from "#core/errors";

/** To which of the two groups each ion belongs; one group only is allowed. */
export type Group = "A" | "B";

/** `AABB` → groups of the ions along the chain. */
export function parseArrangement(pattern: string): Group[] {
  const letters = [...pattern];
  if (letters.length > 0 && letters.every((letter) => letter === "A" || letter === "B")) {
    return letters as Group[];
  }
  throw invalidInput({
    path: "ions.groups",
    message: "must be a word of the letters A and B, one for each ion",
    found: pattern,
    expected: "for example AABB",
  });
}

/** What the mean field of the model sees of an exchange matrix. Any common unit. */
export interface MeanFieldCouplings {
  /** V_i = Σ_j J_ij. */
  readonly perSite: readonly number[];
  /** Mean of V_i over all ions, and 1σ of its spread. */
  readonly mean: number;
  readonly spread: number;
  /** Mean over the ions of Σ J_ij within the own group: V of the model. */
  readonly same: number;
  /** The same towards the other group: V_AB; null with one group. */
  readonly other: number | null;
}

export function meanFieldCouplings(
  exchange: readonly (readonly number[])[],
  groups: readonly Group[],
): MeanFieldCouplings {
  const average = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const towards = (match: boolean) =>
    exchange.map((row, i) =>
      row.reduce((sum, j, k) => sum + ((groups[k] === groups[i]) === match ? j : 0), 0),
    );
  const same = towards(true);
  const other = towards(false);
  const perSite = same.map((v, i) => v + other[i]!);
  const mean = average(perSite);
  return {
    perSite,
    mean,
    spread: Math.sqrt(average(perSite.map((v) => (v - mean) ** 2))),
    same: average(same),
    other: groups.some((group) => group !== groups[0]) ? average(other) : null,
  };
}

/**
 * V and V_AB of an endless even chain with the arrangement repeated, in units of the nearest neighbours' exchange:
 * sums of 1/d³ over equal and over unequal letters.
 *
 * @accuracy 1e-9: 2000 periods summed, the rest as an integral
 */
export function endlessChainCouplings(pattern: string): { readonly same: number; readonly other: number } {
  const groups = parseArrangement(pattern);
  const period = groups.length;
  const reach = 2000 * period;
  let same = 0;
  let other = 0;
  groups.forEach((group, i) => {
    for (let d = 1; d <= reach; d++) {
      for (const step of [d, -d]) {
        const match = groups[(((i + step) % period) + period) % period] === group;
        if (match) same += d ** -3;
        else other += d ** -3;
      }
    }
  });
  const equal = groups.reduce((sum, a) => sum + groups.filter((b) => a === b).length, 0) / period;
  // ∫ from reach + ½ of 2/d³, shared as the letters are.
  const tail = (reach + 0.5) ** -2;
  return {
    same: same / period + (tail * equal) / period,
    other: other / period + tail * (1 - equal / period),
  };
}

/** d_min ≈ ℓ·2.018/N^0.559 of a chain in a harmonic trap, in units of ℓ; James, Appl. Phys. B 66, 181 (1998). */
export function smallestSpacingLaw(count: number): number {
  return 2.018 / count ** 0.559;
}
