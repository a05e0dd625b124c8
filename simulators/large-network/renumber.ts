import type { SparsePairs } from "./sparse-field.ts";

/** Distance |i − j| of coupled sites, in the given order, averaged over pairs. */
export function meanSpan({ i, j }: SparsePairs, rank?: Uint32Array): number {
  let sum = 0;
  for (let k = 0; k < i.length; k++) {
    sum += Math.abs(rank ? rank[i[k]!]! - rank[j[k]!]! : i[k]! - j[k]!);
  }
  return i.length === 0 ? 0 : sum / i.length;
}

/**
 * Order of the sites in which coupled ones stand near each other: breadth first from a site at an end of each
 * connected piece, neighbours by ascending degree, the whole reversed.
 *
 * @returns rank of each site
 * @source E. Cuthill & J. McKee, Proc. 24th ACM Nat. Conf., 157 (1969); A. George & J. Liu, ACM Trans. Math. Softw.
 *   5, 284 (1979) for the starting site
 */
export function reverseCuthillMcKee(size: number, { i, j }: SparsePairs): Uint32Array {
  const { start, neighbour } = adjacency(size, i, j);
  const degree = (site: number) => start[site + 1]! - start[site]!;
  const order = new Uint32Array(size);
  const rank = new Uint32Array(size).fill(0xffffffff);
  const level = new Int32Array(size).fill(-1);
  let placed = 0;

  /** Visits a piece from `root`; its sites stand in order[placed …]. Returns the end and the first of the last level. */
  const visit = (root: number, mark: (site: number) => boolean) => {
    let end = placed;
    let lastLevel = placed;
    let depthEnd = placed + 1;
    mark(root);
    order[end++] = root;
    for (let at = placed; at < end; at++) {
      if (at === depthEnd) {
        lastLevel = at;
        depthEnd = end;
      }
      const site = order[at]!;
      const from = end;
      for (let k = start[site]!; k < start[site + 1]!; k++) {
        const other = neighbour[k]!;
        if (!mark(other)) continue;
        let slot = end++;
        while (slot > from && degree(order[slot - 1]!) > degree(other)) {
          order[slot] = order[slot - 1]!;
          slot--;
        }
        order[slot] = other;
      }
    }
    return { end, lastLevel };
  };

  let sweep = 0;
  for (let seed = 0; seed < size; seed++) {
    if (rank[seed] !== 0xffffffff) continue;
    let root = seed;
    // Two sweeps to the far end make a good starting site.
    for (let trial = 0; trial < 2; trial++) {
      const current = sweep++;
      const { end, lastLevel } = visit(root, (site) => {
        if (level[site] === current) return false;
        level[site] = current;
        return true;
      });
      root = order[lastLevel]!;
      for (let at = lastLevel; at < end; at++) if (degree(order[at]!) < degree(root)) root = order[at]!;
    }
    const { end } = visit(root, (site) => {
      if (rank[site] !== 0xffffffff) return false;
      rank[site] = 0;
      return true;
    });
    placed = end;
  }
  for (let at = 0; at < size; at++) rank[order[at]!] = size - 1 - at;
  return rank;
}

function adjacency(size: number, i: Uint32Array, j: Uint32Array) {
  const start = new Uint32Array(size + 2);
  for (let k = 0; k < i.length; k++) {
    if (i[k] === j[k]) continue;
    start[i[k]! + 2]! += 1;
    start[j[k]! + 2]! += 1;
  }
  for (let site = 2; site < size + 2; site++) start[site]! += start[site - 1]!;
  const neighbour = new Uint32Array(start[size + 1]!);
  for (let k = 0; k < i.length; k++) {
    const a = i[k]!;
    const b = j[k]!;
    if (a === b) continue;
    neighbour[start[a + 1]!++] = b;
    neighbour[start[b + 1]!++] = a;
  }
  return { start, neighbour };
}
