import { createRandom } from "#core/random";

/**
 * Pairs of a random graph in which every site has `degree` couplings: the sum of degree/2 rings, each through all sites
 * in a random order. Two rings share a pair about once in N/2 sites; such a pair appears twice, and its couplings add.
 *
 * @param degree - even
 * @source permutation model of random regular graphs: Friedman, J. Am. Math. Soc. 8, 779 (1995)
 */
export function randomRegularPairs(
  size: number,
  degree: number,
  seed: number,
): { readonly i: Uint32Array; readonly j: Uint32Array } {
  const i = new Uint32Array((size * degree) / 2);
  const j = new Uint32Array((size * degree) / 2);
  const order = Uint32Array.from({ length: size }, (_, k) => k);
  const random = createRandom(seed, "graph");
  for (let ring = 0; ring < degree / 2; ring++) {
    for (let k = size - 1; k > 0; k--) {
      const other = Math.floor(random.uniform() * (k + 1));
      const kept = order[k]!;
      order[k] = order[other]!;
      order[other] = kept;
    }
    for (let k = 0; k < size; k++) {
      i[ring * size + k] = order[k]!;
      j[ring * size + k] = order[(k + 1) % size]!;
    }
  }
  return { i, j };
}
