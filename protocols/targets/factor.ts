import type { SequenceAxis } from "#ir/sequence";

/** Part of a program over all points: a step for every point, or a choice by the index of an axis. */
export type Part<Step> =
  | { readonly kind: "step"; readonly step: Step }
  | { readonly kind: "branch"; readonly axis: string; readonly cases: readonly (readonly Part<Step>[])[] };

/**
 * Writes one list of steps for each point of the axes (last axis fastest) as a single list with branches, taking out
 * what all points begin and end with.
 *
 * @param join - one step that does what each of the given ones does at its own point, or undefined
 */
export function factorPoints<Step>(
  axes: readonly SequenceAxis[],
  lists: readonly (readonly Step[])[],
  join: (steps: readonly Step[], axes: readonly SequenceAxis[]) => Step | undefined,
): Part<Step>[] {
  const head: Part<Step>[] = [];
  const tail: Part<Step>[] = [];
  const shortest = Math.min(...lists.map((list) => list.length));
  const joined = (pick: (list: readonly Step[]) => Step) => join(lists.map(pick), axes);
  let from = 0;
  for (; from < shortest; from++) {
    const step = joined((list) => list[from]!);
    if (step === undefined) break;
    head.push({ kind: "step", step });
  }
  let back = 0;
  for (; back < shortest - from; back++) {
    const step = joined((list) => list[list.length - 1 - back]!);
    if (step === undefined) break;
    tail.unshift({ kind: "step", step });
  }
  const middles = lists.map((list) => list.slice(from, list.length - back));
  if (middles.every((middle) => middle.length === 0)) return [...head, ...tail];
  const at = branchingAxis(axes, middles, join);
  const axis = axes[at]!;
  const inner = axes.slice(at + 1).reduce((count, { size }) => count * size, 1);
  const rest = axes.filter((_, k) => k !== at);
  const cases = Array.from({ length: axis.size }, (_, index) =>
    factorPoints(
      rest,
      middles.filter((_, p) => Math.floor(p / inner) % axis.size === index),
      join,
    ),
  );
  return [...head, { kind: "branch", axis: axis.name, cases }, ...tail];
}

/** The innermost axis along which the lists cannot be joined; the outermost axis when only their lengths differ. */
function branchingAxis<Step>(
  axes: readonly SequenceAxis[],
  lists: readonly (readonly Step[])[],
  join: (steps: readonly Step[], axes: readonly SequenceAxis[]) => Step | undefined,
): number {
  let stride = 1;
  for (let k = axes.length - 1; k > 0; k--) {
    const { size } = axes[k]!;
    const step = stride;
    const differs = lists.some((list, p) => {
      const index = Math.floor(p / step) % size;
      if (index === 0) return false;
      const first = lists[p - index * step]!;
      return (
        list.length !== first.length || list.some((item, i) => join([first[i]!, item], []) === undefined)
      );
    });
    if (differs) return k;
    stride *= size;
  }
  return 0;
}
