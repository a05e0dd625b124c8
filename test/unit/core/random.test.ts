import { describe, expect, it } from "vitest";
import { createRandom } from "#core/random";

const count = 40_000;
const draw = (next: () => number) => Array.from({ length: count }, next);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("seeded randomness", () => {
  it("repeats itself for the same seed and name", () => {
    const a = createRandom(7, "shots/1");
    const b = createRandom(7, "shots/1");
    for (let i = 0; i < 50; i++) {
      expect(a.uniform()).toBe(b.uniform());
      expect(a.normal()).toBe(b.normal());
    }
  });

  it("has different streams for different seeds and names", () => {
    const first = [
      createRandom(1),
      createRandom(2),
      createRandom(1, "a"),
      createRandom(1, "b"),
      createRandom(4_294_967_295),
    ].map((random) => random.uniform());
    expect(new Set(first).size).toBe(first.length);
  });

  // Five standard errors of each moment: a false alarm in two million, and the seed is fixed.
  it("draws uniforms with the moments of [0, 1)", () => {
    const random = createRandom(3, "uniform");
    const values = draw(() => random.uniform());
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(Math.abs(mean(values) - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / count));
    expect(Math.abs(mean(values.map((x) => x * x)) - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / count));
    const neighbours = values.slice(1).map((x, i) => (x - 0.5) * (values[i]! - 0.5));
    expect(Math.abs(mean(neighbours))).toBeLessThan(5 / 12 / Math.sqrt(count));
  });

  it("draws normals with moments 0, 1, 0, 3", () => {
    const random = createRandom(3, "normal");
    const values = draw(() => random.normal());
    const moment = (k: number) => mean(values.map((x) => x ** k));
    expect(Math.abs(moment(1))).toBeLessThan(5 / Math.sqrt(count));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
    expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / count));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / count));
  });
});
