import { describe, expect, it } from "vitest";
import { finalErrorWeight, lowStorageStages } from "#simulators/large-network/low-storage";

type Vector = readonly number[];

/** The Butcher tableau that the registers amount to: each register is u₀ times one plus h times weights of the k_i. */
function tableau(): { a: Vector[]; b: Vector; embedded: Vector; consistency: number } {
  const width = lowStorageStages.length + 1;
  const none = () => Array<number>(width).fill(0);
  const add = (...terms: readonly (readonly [number, Vector])[]) =>
    terms.reduce<number[]>((sum, [factor, v]) => sum.map((value, k) => value + factor * v[k]!), none());
  let [u, v] = [none(), none()];
  let [ofU, ofV] = [1, 1];
  let consistency = 0;
  const a: Vector[] = [];
  lowStorageStages.forEach(({ beta, delta, gamma: [g1, g2, g3] }, k) => {
    a.push(u);
    const unit = none();
    unit[k] = 1;
    if (k === 0) {
      u = add([beta, unit]);
      return;
    }
    v = add([1, v], [delta, u]);
    ofV += delta * ofU;
    u = add([g1, u], [g2, v], [beta, unit]);
    ofU = g1 * ofU + g2 * ofV + g3;
    consistency = Math.max(consistency, Math.abs(ofU - 1));
  });
  a.push(u);
  const errors = [...lowStorageStages.map(({ error }) => error), finalErrorWeight];
  return { a, b: u, embedded: u.map((value, k) => value + errors[k]!), consistency };
}

describe("the low-storage pair", () => {
  const { a, b, embedded, consistency } = tableau();
  const times = (x: Vector) => a.map((row) => row.reduce((sum, value, k) => sum + value * x[k]!, 0));
  const product = (...list: readonly Vector[]) => list.reduce((p, q) => p.map((value, k) => value * q[k]!));
  const one = b.map(() => 1);
  const c = times(one);
  const c2 = product(c, c);
  const c3 = product(c2, c);
  const ac = times(c);
  /** Σ b_i Φ_i = 1/density for the rooted trees of each order (Hairer, Nørsett & Wanner I, table II.2.1). */
  const conditions: readonly (readonly [order: number, phi: Vector, density: number])[] = [
    [1, one, 1],
    [2, c, 2],
    [3, c2, 3],
    [3, ac, 6],
    [4, c3, 4],
    [4, product(c, ac), 8],
    [4, times(c2), 12],
    [4, times(ac), 24],
    [5, product(c3, c), 5],
    [5, product(c2, ac), 10],
    [5, product(c, times(c2)), 15],
    [5, product(c, times(ac)), 30],
    [5, product(ac, ac), 20],
    [5, times(c3), 20],
    [5, times(product(c, ac)), 40],
    [5, times(times(c2)), 60],
    [5, times(times(ac)), 120],
  ];
  const defect = (weights: Vector, phi: Vector, density: number) =>
    Math.abs(weights.reduce((sum, w, k) => sum + w * phi[k]!, 0) - 1 / density);

  it("keeps u = u₀ where nothing moves", () => {
    expect(consistency).toBeLessThan(1e-14);
  });

  it("meets all 17 order conditions up to order five", () => {
    for (const [, phi, density] of conditions) expect(defect(b, phi, density)).toBeLessThan(1e-15);
  });

  it("has an error estimate of order four, no more and no less", () => {
    for (const [order, phi, density] of conditions) {
      if (order <= 4) expect(defect(embedded, phi, density)).toBeLessThan(1e-15);
      else expect(defect(embedded, phi, density)).toBeGreaterThan(1e-5);
    }
  });
});
