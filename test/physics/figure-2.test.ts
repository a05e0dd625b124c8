import { describe, expect, it } from "vitest";
import { growthRate, meanField, thresholds, trajectory } from "../support/mean-field.ts";
import { readReference } from "../support/reference.ts";

interface Figure2a {
  readonly t: readonly number[];
  readonly curves: readonly {
    readonly V: number;
    readonly Re_Sp: readonly number[];
    readonly Im_Sp: readonly number[];
    readonly p0: readonly number[];
    readonly p2: readonly number[];
  }[];
}

interface Figure2b {
  readonly rows: readonly {
    readonly V_over_gsum: number;
    readonly abs_Sp: number;
    readonly abs_rho01: number;
    readonly abs_rho12: number;
    readonly abs_rho02: number;
    readonly p0: number;
    readonly p2: number;
    readonly omega: number;
    readonly max_Re_eig: number;
  }[];
}

interface Figure2c {
  readonly V_over_gsum: readonly number[];
  readonly log10_gp_over_gm: readonly number[];
  readonly Vc_curve: { readonly log10_ratio: readonly number[] } & Readonly<
    Record<string, readonly (number | null)[]>
  >;
  readonly blocks: readonly {
    readonly K_over_gsum: number;
    readonly abs_Sp: readonly (readonly number[])[];
  }[];
}

const a = readReference("fig2a") as Figure2a | undefined;
const b = readReference("fig2b") as Figure2b | undefined;
const c = readReference("fig2c") as Figure2c | undefined;

// Independent integration (DOP853, rtol 1e-13) and Newton on a hand-written Jacobian.
describe("Nadolny & Bruder, Fig. 2", () => {
  it.skipIf(!a)("(a) amplitude and populations in time", () => {
    const third = [1 / 3, 0];
    const initial = [
      [
        [third, [0, 0], [0, 0]],
        [[0, 0], third, [0.1, 0.2]],
        [[0, 0], [0.1, -0.2], third],
      ],
    ];
    for (const curve of a!.curves) {
      const { re, im, populations } = trajectory({
        gain: 0.5,
        loss: 1,
        coupling: curve.V,
        initial,
        times: a!.t,
      }).groups[0]!;
      a!.t.forEach((_, k) => {
        expect(Math.abs(re[k]! - curve.Re_Sp[k]!)).toBeLessThan(1e-10);
        expect(Math.abs(im[k]! - curve.Im_Sp[k]!)).toBeLessThan(1e-10);
        expect(Math.abs(populations[k]![0] - curve.p0[k]!)).toBeLessThan(1e-10);
        expect(Math.abs(populations[k]![2] - curve.p2[k]!)).toBeLessThan(1e-10);
      });
    }
  });

  it.skipIf(!b)("(b) long-time amplitude, coherences, frequency and growth rate", () => {
    for (const row of b!.rows) {
      const request = { gain: 0.5, loss: 1, coupling: 1.5 * row.V_over_gsum };
      const [group] = meanField(request).groups;
      expect(Math.abs(group!.amplitude - row.abs_Sp)).toBeLessThan(1e-9);
      [row.abs_rho01, row.abs_rho12, row.abs_rho02].forEach((value, k) => {
        expect(Math.abs(group!.coherences[k]! - value)).toBeLessThan(1e-9);
      });
      expect(
        Math.abs(group!.populations[0] - row.p0) + Math.abs(group!.populations[2] - row.p2),
      ).toBeLessThan(1e-9);
      if (row.abs_Sp > 0) expect(Math.abs(group!.frequency! - row.omega)).toBeLessThan(1e-9);
      else expect(Math.abs(growthRate(request) - row.max_Re_eig)).toBeLessThan(1e-12);
    }
  });

  it.skipIf(!c)("(c) order parameter, every fifth point of the maps", () => {
    let point = 0;
    for (const block of c!.blocks) {
      c!.log10_gp_over_gm.forEach((logarithm, i) => {
        c!.V_over_gsum.forEach((coupling, j) => {
          if (point++ % 5 !== 0) return;
          const ratio = 10 ** logarithm;
          const { order_parameter } = meanField({
            gain: ratio / (1 + ratio),
            loss: 1 / (1 + ratio),
            coupling,
            asymmetry: block.K_over_gsum,
          });
          expect(Math.abs(order_parameter - block.abs_Sp[i]![j]!)).toBeLessThan(1e-8);
        });
      });
    }
    expect(point).toBe(3 * 33 * 33);
  });

  it.skipIf(!c)("(c) critical coupling", () => {
    c!.Vc_curve.log10_ratio.forEach((logarithm, i) => {
      const ratio = 10 ** logarithm;
      for (const asymmetry of [-0.1, 0, 0.1]) {
        const wanted = c!.Vc_curve[asymmetry === 0 ? "K=0" : `K=${asymmetry}`]![i]!;
        const { critical_coupling } = thresholds({
          gain: ratio / (1 + ratio),
          loss: 1 / (1 + ratio),
          asymmetry,
        });
        if (wanted === null) expect(critical_coupling).toBeNull();
        else expect(Math.abs(critical_coupling! / wanted - 1)).toBeLessThan(1e-11);
      }
    });
  });
});
