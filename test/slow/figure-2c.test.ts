import { describe, expect, it } from "vitest";
import { meanField } from "../support/mean-field.ts";
import { readReference } from "../support/reference.ts";

interface Figure2c {
  readonly V_over_gsum: readonly number[];
  readonly log10_gp_over_gm: readonly number[];
  readonly blocks: readonly {
    readonly K_over_gsum: number;
    readonly abs_Sp: readonly (readonly number[])[];
  }[];
}

const map = readReference("fig2c") as Figure2c | undefined;

describe("Nadolny & Bruder, Fig. 2(c)", () => {
  it.skipIf(!map)("order parameter at every point of the maps (Newton on a hand-written Jacobian)", () => {
    let checked = 0;
    for (const block of map!.blocks) {
      map!.log10_gp_over_gm.forEach((logarithm, i) => {
        map!.V_over_gsum.forEach((coupling, j) => {
          const ratio = 10 ** logarithm;
          const { order_parameter, converged } = meanField({
            gain: ratio / (1 + ratio),
            loss: 1 / (1 + ratio),
            coupling,
            asymmetry: block.K_over_gsum,
          });
          expect(converged).toBe(true);
          expect(Math.abs(order_parameter - block.abs_Sp[i]![j]!)).toBeLessThan(1e-8);
          checked++;
        });
      });
    }
    expect(checked).toBe(3 * 33 * 33);
  });
});
