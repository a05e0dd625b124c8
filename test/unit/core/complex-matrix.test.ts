import { describe, expect, it } from "vitest";
import {
  adjoint,
  combine,
  commutator,
  dissipator,
  entry,
  fromRows,
  identity,
  kronecker,
  product,
  trace,
  unit,
} from "#core/complex-matrix";

const i = { re: 0, im: 1 };
const pauliX = fromRows([
  [0, 1],
  [1, 0],
]);
const pauliY = fromRows([
  [0, { re: 0, im: -1 }],
  [i, 0],
]);
const pauliZ = fromRows([
  [1, 0],
  [0, -1],
]);

describe("complex matrices", () => {
  it("obey the Pauli algebra", () => {
    expect(product(pauliX, pauliY)).toEqual(combine([i, pauliZ]));
    expect(commutator(pauliX, pauliY)).toEqual(combine([{ re: 0, im: 2 }, pauliZ]));
    expect(product(pauliY, pauliY)).toEqual(identity(2));
  });

  it("multiply rectangular shapes", () => {
    const row = fromRows([[1, i, 2]]);
    const column = adjoint(row);
    expect(product(row, column)).toEqual(fromRows([[6]]));
    expect(product(column, row).rows).toBe(3);
    expect(entry(product(column, row), 1, 0)).toEqual({ re: 0, im: -1 });
  });

  it("take Kronecker products in row-major order", () => {
    const joint = kronecker(
      unit(2, 0, 1),
      fromRows([
        [2, 3],
        [4, i],
      ]),
    );
    expect(entry(joint, 0, 2)).toEqual({ re: 2, im: 0 });
    expect(entry(joint, 1, 3)).toEqual({ re: 0, im: 1 });
    expect(trace(kronecker(pauliZ, identity(2)))).toEqual({ re: 0, im: 0 });
  });

  it("dissipate: a decaying two-level system loses its coherence at half the rate of its population", () => {
    const rho = fromRows([
      [0.25, { re: 0.1, im: 0.2 }],
      [{ re: 0.1, im: -0.2 }, 0.75],
    ]);
    const change = dissipator(unit(2, 0, 1), rho);
    expect(entry(change, 0, 0).re).toBeCloseTo(0.75, 15);
    expect(entry(change, 1, 1).re).toBeCloseTo(-0.75, 15);
    expect(entry(change, 0, 1)).toEqual({ re: -0.05, im: -0.1 });
  });
});
