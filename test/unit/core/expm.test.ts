import { describe, expect, it } from "vitest";
import { expm } from "#core/expm";

describe("matrix exponential", () => {
  it("of a generator of rotations is a rotation, for small and large angles", () => {
    for (const angle of [1e-9, 0.3, 2, 50]) {
      const [a, b, c, d] = expm(Float64Array.of(0, -angle, angle, 0), 2);
      for (const [found, wanted] of [
        [a, Math.cos(angle)],
        [b, -Math.sin(angle)],
        [c, Math.sin(angle)],
        [d, Math.cos(angle)],
      ]) {
        expect(Math.abs(found! - wanted!)).toBeLessThan(
          1e-15 * 2 ** Math.max(4, Math.ceil(Math.log2(angle / 0.5))),
        );
      }
    }
  });

  it("of a nilpotent matrix ends after its last power", () => {
    // exp = 1 + N + N²/2
    const found = expm(Float64Array.of(0, 2, 5, 0, 0, 3, 0, 0, 0), 3);
    [1, 2, 8, 0, 1, 3, 0, 0, 1].forEach((wanted, i) => {
      expect(found[i]).toBeCloseTo(wanted, 13);
    });
  });

  it("keeps decay far below its largest rate", () => {
    const found = expm(Float64Array.of(-40, 0, 0, -1e-3), 2);
    expect(found[0]! / Math.exp(-40)).toBeCloseTo(1, 10);
    expect(found[3]).toBeCloseTo(Math.exp(-1e-3), 13);
  });
});
