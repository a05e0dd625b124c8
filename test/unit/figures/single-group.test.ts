import { describe, expect, it } from "vitest";
import { amplitudeInTime, orderParameterMap, transitionCurve } from "#figures/computations/single-group";
import { readReference } from "../../support/reference.ts";

const gain = 0.5;
const loss = 1;
const sum = gain + loss;

/**
 * Synchronized state of one group at K = 0 by elimination: with x = −ω, the field h = √2 V|⟨S⁺⟩| and V follow from
 * x alone (p = γ₊γ₋, G = γ₋ + γ₊, D = γ₋ − γ₊).
 */
function exactCurve(x: number) {
  const p = gain * loss;
  const G = sum;
  const D = loss - gain;
  const h2 = Math.sqrt((p * (p * G * G - 4 * D * D * x * x - 64 * x ** 4)) / (16 * G * G));
  const coupling =
    (G *
      (16 * h2 * (5 * G * G - D * D - 16 * x * x) +
        4 * p * (5 * G * G - D * D) -
        16 * x * x * (D * D + G * G) -
        512 * x ** 4)) /
    (64 * D * x * (D * D + 16 * x * x));
  return { coupling, amplitude: Math.sqrt(h2) / (Math.SQRT2 * coupling) };
}

describe("Fig. 2(b)", () => {
  const { curve } = transitionCurve.computeRow(transitionCurve.settings(255), 0);

  it("320 points; zero below V_c/(γ₋+γ₊) = 1/√8, a wave above", () => {
    expect(curve!.length).toBe(320);
    for (const [V, amplitude, , , , omega] of curve as (readonly (number | null)[])[]) {
      expect(amplitude! > 0).toBe(V! > 1 / Math.sqrt(8));
      expect(omega === null).toBe(V! < 1 / Math.sqrt(8));
    }
  });

  it("every wave lies on the exact curve (closed form by elimination)", () => {
    let worst = 0;
    for (const [V, amplitude, , , , omega] of curve as readonly (readonly number[])[]) {
      if (omega === null) continue;
      const exact = exactCurve(-omega!);
      worst = Math.max(worst, Math.abs(exact.coupling / (V! * sum) - 1));
      worst = Math.max(worst, Math.abs(exact.amplitude - amplitude!));
    }
    expect(worst).toBeLessThan(1e-9);
  });

  it("highest amplitude 0.142210 near V = 0.86356 γ₋ (physics notes, section 3)", () => {
    const best = (curve as readonly (readonly number[])[]).reduce((a, b) => (b[1]! > a[1]! ? b : a));
    expect(best[1]).toBeCloseTo(0.14221, 5);
    expect(Math.abs(best[0]! * sum - 0.86356)).toBeLessThan(0.006);
  });

  const reference = readReference("fig2b") as
    | {
        readonly rows: readonly {
          readonly V_over_gsum: number;
          readonly abs_rho02: number;
          readonly abs_rho01: number;
        }[];
      }
    | undefined;
  it.skipIf(!reference)("coherences at the reference couplings (Newton on a hand-written Jacobian)", () => {
    const points = reference!.rows;
    const settings = { ...transitionCurve.settings(255), couplings: [0, 1.2], points: points.length };
    const { curve: same } = transitionCurve.computeRow(settings, 0);
    let compared = 0;
    (same as readonly (readonly number[])[]).forEach((record, k) => {
      if (Math.abs(record[0]! - points[k]!.V_over_gsum) > 1e-12) return;
      expect(Math.abs(record[2]! - points[k]!.abs_rho01)).toBeLessThan(1e-9);
      expect(Math.abs(record[4]! - points[k]!.abs_rho02)).toBeLessThan(1e-9);
      compared++;
    });
    expect(compared).toBeGreaterThan(40);
  });
});

describe("Fig. 2(a)", () => {
  const settings = amplitudeInTime.settings(255);
  const curveOf = (row: number) =>
    amplitudeInTime.computeRow(settings, row).curves as readonly (readonly number[])[];

  it("starts at ⟨S⁺⟩ = √2(1+2i)/10, decays below V_c, settles at 0.141960 above (rotating wave, physics notes)", () => {
    for (const row of [0, 1]) {
      const [, t, re, im] = curveOf(row)[0]!;
      expect(t).toBe(0);
      expect(re).toBeCloseTo(Math.SQRT2 / 10, 14);
      expect(im).toBeCloseTo((2 * Math.SQRT2) / 10, 14);
    }
    expect(curveOf(0).at(-1)![4]).toBeLessThan(1e-3);
    expect(curveOf(1).at(-1)![4]).toBeCloseTo(0.14196044635, 7);
  });

  const reference = readReference("fig2a") as
    | {
        readonly t: readonly number[];
        readonly curves: readonly { readonly Re_Sp: readonly number[]; readonly Im_Sp: readonly number[] }[];
      }
    | undefined;
  it.skipIf(!reference)("equals the reference trajectory (DOP853 at 1e-13)", () => {
    reference!.curves.forEach(({ Re_Sp, Im_Sp }, row) => {
      const curve = curveOf(row);
      let compared = 0;
      reference!.t.forEach((t, k) => {
        const record = curve.find((point) => Math.abs(point[1]! - t) < 1e-9);
        if (!record) return;
        expect(Math.abs(record[2]! - Re_Sp[k]!)).toBeLessThan(1e-5);
        expect(Math.abs(record[3]! - Im_Sp[k]!)).toBeLessThan(1e-5);
        compared++;
      });
      expect(compared).toBeGreaterThan(190);
    });
  });
});

describe("Fig. 2(c)", () => {
  const settings = orderParameterMap.settings(33);
  const row = (k: number) => orderParameterMap.computeRow(settings, k);

  it("thresholds: G√p/(4|D|) at K = 0, none at γ₊ = γ₋ for K ≥ 0, (K² + G²/4)/(8|K|) = 0.325 for K = −G/10", () => {
    const middle = row(16).thresholds as readonly (readonly (number | null)[])[];
    expect(middle.map(([ratio]) => ratio)).toEqual([1, 1, 1]);
    expect(middle[0]![2]).toBeCloseTo(0.325, 12);
    expect(middle[1]![2]).toBeNull();
    expect(middle[2]![2]).toBeNull();
    const [ratio, , critical] = row(4).thresholds![1] as readonly number[];
    expect(critical).toBeCloseTo(Math.sqrt(ratio!) / (4 * Math.abs(1 - ratio!)), 12);
  });

  it("zero below the line and positive above it, at every point", () => {
    for (const k of [0, 5, 12, 16, 22, 32]) {
      const { map, thresholds } = row(k);
      const critical = (thresholds![1]![2] as number | null) ?? Number.POSITIVE_INFINITY;
      for (const [, V, amplitude] of map as readonly (readonly number[])[]) {
        expect(amplitude! > 0).toBe(V! > critical);
      }
    }
  });

  const reference = readReference("fig2c") as
    | {
        readonly V_over_gsum: readonly number[];
        readonly blocks: readonly {
          readonly K_over_gsum: number;
          readonly abs_Sp: readonly (readonly number[])[];
        }[];
      }
    | undefined;
  it.skipIf(!reference)("equals the reference map at all 33 × 33 points", () => {
    const block = reference!.blocks.find(({ K_over_gsum }) => K_over_gsum === 0)!;
    let worst = 0;
    block.abs_Sp.forEach((amplitudes, k) => {
      (row(k).map as readonly (readonly number[])[]).forEach(([, V, amplitude], j) => {
        expect(V).toBeCloseTo(reference!.V_over_gsum[j]!, 12);
        worst = Math.max(worst, Math.abs(amplitude! - amplitudes[j]!));
      });
    });
    expect(worst).toBeLessThan(1e-8);
  });
});
