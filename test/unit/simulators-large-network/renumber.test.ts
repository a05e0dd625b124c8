import { describe, expect, it } from "vitest";
import { createRandom } from "#core/random";
import { meanSpan, reverseCuthillMcKee } from "#simulators/large-network/renumber";

function shuffled(size: number): Uint32Array {
  const random = createRandom(4, "shuffle");
  const order = Uint32Array.from({ length: size }, (_, k) => k);
  for (let a = size - 1; a > 0; a--) {
    const b = Math.floor(random.uniform() * (a + 1));
    [order[a], order[b]] = [order[b]!, order[a]!];
  }
  return order;
}

function pairsOf(list: readonly (readonly [number, number])[]) {
  return {
    i: Uint32Array.from(list, ([i]) => i),
    j: Uint32Array.from(list, ([, j]) => j),
    re: new Float64Array(list.length),
  };
}

describe("reverseCuthillMcKee", () => {
  it("finds the line in a shuffled chain: every neighbour next door", () => {
    const order = shuffled(500);
    const pairs = pairsOf(Array.from({ length: 499 }, (_, k) => [order[k]!, order[k + 1]!] as const));
    expect(meanSpan(pairs)).toBeGreaterThan(100);
    expect(meanSpan(pairs, reverseCuthillMcKee(500, pairs))).toBe(1);
  });

  it("gives a shuffled rectangle about its shorter side as bandwidth", () => {
    const [width, height] = [8, 60];
    const order = shuffled(width * height);
    const list: [number, number][] = [];
    for (let r = 0; r < height; r++) {
      for (let c = 0; c < width; c++) {
        const site = r * width + c;
        if (c + 1 < width) list.push([order[site]!, order[site + 1]!]);
        if (r + 1 < height) list.push([order[site]!, order[site + width]!]);
      }
    }
    const pairs = pairsOf(list);
    const rank = reverseCuthillMcKee(width * height, pairs);
    expect(Math.max(...list.map(([i, j]) => Math.abs(rank[i]! - rank[j]!)))).toBeLessThanOrEqual(width + 2);
  });

  it("is a permutation, whatever the graph: pieces, lone sites, loops, repeated pairs", () => {
    const pairs = pairsOf([
      [3, 7],
      [7, 3],
      [5, 5],
      [1, 9],
      [9, 2],
      [2, 1],
    ]);
    const rank = reverseCuthillMcKee(11, pairs);
    expect([...rank].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 11 }, (_, k) => k));
    expect(Math.abs(rank[3]! - rank[7]!)).toBe(1);
    expect([...reverseCuthillMcKee(0, pairsOf([]))]).toEqual([]);
    expect([...reverseCuthillMcKee(1, pairsOf([]))]).toEqual([0]);
  });
});
