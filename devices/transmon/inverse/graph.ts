import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from "ml-matrix";
import { invalidInput } from "#core/errors";
import type { TransmonProfile } from "../schema.ts";
import type { Groups } from "./reach.ts";

/** What the bonds of a chip make of an exchange J on each: V = J·factor. */
export interface GraphFactors {
  /** λ_max of the bonds within the groups (all of them for one group). */
  readonly within: number;
  /** Largest singular value of the bonds between the groups; 0 for one group. */
  readonly between: number;
  /** Smallest eigenvalue of the bonds within: −within where they are bipartite. */
  readonly lowest: number;
}

/** Pairs of site indices, and whether each joins the two groups. */
export function bondsOf(profile: TransmonProfile, { b }: Groups) {
  const index = new Map(profile.sites.map((site, i) => [site.id, i]));
  const inB = new Set(b);
  return profile.bonds.map(([from, to]) => {
    const [i, j] = [index.get(from)!, index.get(to)!];
    return { i, j, between: inB.has(i) !== inB.has(j) };
  });
}

/** Factors between exchange and collective coupling: eigenvalues of the graph. */
export function graphFactors(profile: TransmonProfile, groups: Groups): GraphFactors {
  const size = profile.sites.length;
  const within = Matrix.zeros(size, size);
  const between = Matrix.zeros(Math.max(1, groups.a.length), Math.max(1, groups.b.length));
  const [row, column] = [new Map(groups.a.map((i, k) => [i, k])), new Map(groups.b.map((i, k) => [i, k]))];
  for (const { i, j, between: crosses } of bondsOf(profile, groups)) {
    if (!crosses) {
      within.set(i, j, 1);
      within.set(j, i, 1);
      continue;
    }
    const [a, b] = row.has(i) ? [i, j] : [j, i];
    between.set(row.get(a)!, column.get(b)!, 1);
  }
  const spectrum = new EigenvalueDecomposition(within, { assumeSymmetric: true }).realEigenvalues;
  return {
    within: Math.max(0, ...spectrum),
    lowest: Math.min(0, ...spectrum),
    between: groups.b.length === 0 ? 0 : Math.max(...new SingularValueDecomposition(between).diagonal),
  };
}

/** All sites as one group. */
export function oneGroup(profile: TransmonProfile): Groups {
  return { a: profile.sites.map((_, i) => i), b: [] };
}

/**
 * Two groups of a chip: those named, or the best of a few regular splits (columns or rows in turn, halves, pairs in
 * turn), best meaning the largest smaller one of the two graph factors.
 *
 * @throws EntrainError `design.invalid` for a site that does not exist, is named twice or is left out
 */
export function twoGroups(
  profile: TransmonProfile,
  named: { readonly a: readonly string[]; readonly b: readonly string[] } | undefined,
): Groups {
  if (named !== undefined) return namedGroups(profile, named);
  const count = profile.sites.length;
  const position = (i: number, axis: 0 | 1) => Math.round(profile.sites[i]!.position[axis]);
  const candidates: ((i: number) => boolean)[] = [
    (i) => position(i, 0) % 2 === 0,
    (i) => position(i, 1) % 2 === 0,
    (i) => Math.floor(i / 2) % 2 === 0,
    (i) => i < count / 2,
    (i) => i % 2 === 0,
  ];
  const all = profile.sites.map((_, i) => i);
  const splits = candidates
    .map((inA) => ({ a: all.filter(inA), b: all.filter((i) => !inA(i)) }))
    .filter(({ a, b }) => a.length > 0 && b.length > 0);
  const score = (groups: Groups) => {
    const { within, between } = graphFactors(profile, groups);
    // A pair has no bond within; what joins the groups counts first then.
    return Math.min(within, between) + 1e-3 * between - 1e-3 * Math.abs(groups.a.length - groups.b.length);
  };
  return splits.reduce((best, split) => (score(split) > score(best) + 1e-9 ? split : best));
}

function namedGroups(
  profile: TransmonProfile,
  named: { readonly a: readonly string[]; readonly b: readonly string[] },
): Groups {
  const index = new Map(profile.sites.map((site, i) => [site.id, i]));
  const seen = new Set<string>();
  const read = (side: "a" | "b") =>
    named[side].map((id, k) => {
      const i = index.get(id);
      if (i === undefined || seen.has(id)) {
        throw invalidInput(
          {
            path: `groups.${side}[${k}]`,
            message: i === undefined ? `there is no site "${id}"` : `site "${id}" is named twice`,
            found: id,
            expected: `each once of ${[...index.keys()].join(", ")}`,
          },
          "design.invalid",
        );
      }
      seen.add(id);
      return i;
    });
  const groups = { a: read("a"), b: read("b") };
  const missing = profile.sites.filter((site) => !seen.has(site.id)).map((site) => site.id);
  if (missing.length > 0) {
    throw invalidInput(
      {
        path: "groups",
        message: `${missing.join(", ")} stand in neither group`,
        found: missing,
        expected: "every site of the profile in one of the groups",
      },
      "design.invalid",
    );
  }
  return groups;
}
