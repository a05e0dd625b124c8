import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expm } from "#core/expm";

describe("matrix exponential", () => {
  test("a rotation by any angle, also many turns", () => {
    for (const angle of [0, 0.3, -2, 40, 3000]) {
      const e = expm(Float64Array.of(0, -angle, angle, 0), 2);
      [Math.cos(angle), -Math.sin(angle), Math.sin(angle), Math.cos(angle)].forEach((value, k) => {
        expect(e[k]).toBeCloseTo(value, 9);
      });
    }
  });

  test("a Jordan block: e^λ(1, t; 0, 1)", () => {
    const e = expm(Float64Array.of(-0.7, 5, 0, -0.7), 2);
    expect(e[0]).toBeCloseTo(Math.exp(-0.7), 13);
    expect(e[1]).toBeCloseTo(5 * Math.exp(-0.7), 12);
    expect(e[2]).toBe(0);
  });

  test("exp(A)·exp(−A) = 1", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 16, maxLength: 16 }),
        (entries) => {
          const a = expm(Float64Array.from(entries), 4);
          const b = expm(
            Float64Array.from(entries, (x) => -x),
            4,
          );
          const scale = Math.max(...a.map(Math.abs)) * Math.max(...b.map(Math.abs));
          for (let r = 0; r < 4; r++) {
            for (let c = 0; c < 4; c++) {
              let sum = 0;
              for (let k = 0; k < 4; k++) sum += a[4 * r + k]! * b[4 * k + c]!;
              expect(Math.abs(sum - (r === c ? 1 : 0))).toBeLessThan(1e-13 * Math.max(1, scale));
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
