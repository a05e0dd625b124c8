import { describe, expect, it } from "vitest";
import { StepHistory } from "#simulators/large-network/step-history";

describe("StepHistory", () => {
  const power = (n: number) => (t: number) => [t ** n, n * t ** Math.max(0, n - 1)] as const;

  it("is exact for polynomials of degree seven between any two of uneven steps", () => {
    const history = new StepHistory();
    const nodes = [0, 0.1, 0.45, 0.5, 1.1, 1.3];
    for (const t of nodes) {
      const parts = [0, 3, 6, 7].map((n) => power(n)(t));
      history.add(
        t,
        parts.map(([value]) => value),
        parts.map(([, rate]) => rate),
      );
    }
    const out = new Float64Array(4);
    for (const t of [0, 0.03, 0.1, 0.3, 0.47, 0.5, 0.9, 1.2, 1.3]) {
      history.at(t, out);
      [0, 3, 6, 7].forEach((n, q) => {
        expect(Math.abs(out[q]! - t ** n)).toBeLessThan(2e-14);
      });
    }
  });

  it("does with what there is: the start alone, one step", () => {
    const history = new StepHistory();
    history.add(0, [1, 2, 3, 4], [1, 0, 0, 0]);
    const out = new Float64Array(4);
    history.at(0, out);
    expect([...out]).toEqual([1, 2, 3, 4]);
    history.add(2, [3, 2, 3, 4], [1, 0, 0, 0]);
    history.at(0.5, out);
    expect(out[0]).toBeCloseTo(1.5, 14);
  });
});
