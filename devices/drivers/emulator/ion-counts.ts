import type { Random } from "#core/random";
import type { MappedLevel } from "../../ion-chain/control/read-out.ts";

/** What a shot's light and counters find: ready for drawing. */
export interface ReadyToCount {
  /** Ions whose levels are drawn together, and the probabilities of their true levels: [group][outcome]. */
  readonly groups: readonly (readonly number[])[];
  readonly outcomes: readonly (readonly number[])[];
  /** P(taken for | level), what mapping and counts do not explain. */
  readonly confusion: readonly (readonly number[])[];
  readonly mapped: readonly (readonly MappedLevel[])[];
  /** Mean counts of a bright and of a dark ion in every window: [ion][window]. */
  readonly means: readonly (readonly { readonly bright: number; readonly dark: number }[])[];
}

/** Counts of every window: [ion][window], of one drawn shot. */
export function drawCounts(
  { groups, outcomes, confusion, mapped, means }: ReadyToCount,
  random: Random,
): number[][] {
  const levels = new Array<number>(mapped.length).fill(0);
  groups.forEach((group, g) => {
    let outcome = pick(outcomes[g]!, random);
    for (let k = group.length - 1; k >= 0; k--) {
      levels[group[k]!] = outcome % 3;
      outcome = Math.floor(outcome / 3);
    }
  });
  return levels.map((level, i) => {
    const seen = pick(
      confusion.map((row) => row[level]!),
      random,
    );
    const { first, second, dark } = mapped[i]![seen]!;
    const path = pick([first, second, dark], random);
    return means[i]!.map((mean, w) => drawPoisson(w === path ? mean.bright : mean.dark, random));
  });
}

function pick(probabilities: readonly number[], random: Random): number {
  let rest = random.uniform();
  let k = 0;
  while (k < probabilities.length - 1 && rest >= probabilities[k]!) rest -= probabilities[k++]!;
  return k;
}

/** By inversion; means here are tens. */
function drawPoisson(mean: number, random: Random): number {
  const limit = Math.exp(-mean);
  let product = random.uniform();
  let count = 0;
  while (product > limit) {
    product *= random.uniform();
    count++;
  }
  return count;
}

/** Levels from counts: the first window at or above the threshold decides. */
export function levelsOfCounts(
  counts: readonly (readonly number[])[],
  {
    threshold,
    bright_levels,
    dark_level,
  }: {
    readonly threshold: number;
    readonly bright_levels: readonly number[];
    readonly dark_level: number;
  },
): number[] {
  return counts.map((windows) => {
    const first = windows.findIndex((n) => n >= threshold);
    return first < 0 ? dark_level : (bright_levels[first] ?? dark_level);
  });
}
