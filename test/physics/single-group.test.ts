import { describe, expect, it } from "vitest";
import { meanField, thresholds, trajectory } from "../support/mean-field.ts";

/**
 * Synchronized states of one group against the exact curve of its rotating waves, which elimination of the
 * coherences gives: with x = K/2 − ω, h = √2 V|⟨S⁺⟩|, p = γ₊γ₋, G = γ₋+γ₊, D = γ₋−γ₊,
 *
 *   16 D G² h⁴ = p [D G² (p − K²) − 64 D x⁴ + 64 G K x³ − 4 D (4K² + D²) x² + 4 G³ K x].
 */
function curveResidual(gain: number, loss: number, k: number, x: number, h: number): number {
  const p = gain * loss;
  const g = gain + loss;
  const d = loss - gain;
  const right =
    p *
    (d * g * g * (p - k * k) -
      64 * d * x ** 4 +
      64 * g * k * x ** 3 -
      4 * d * (4 * k * k + d * d) * x * x +
      4 * g ** 3 * k * x);
  return 16 * d * g * g * h ** 4 - right;
}

/** V of the wave with given x and h at K = 0. */
function couplingAtZeroAsymmetry(gain: number, loss: number, x: number, h: number): number {
  const p = gain * loss;
  const g = gain + loss;
  const d = loss - gain;
  return (
    (g *
      (16 * h * h * (5 * g * g - d * d - 16 * x * x) +
        4 * p * (5 * g * g - d * d) -
        16 * x * x * (d * d + g * g) -
        512 * x ** 4)) /
    (64 * d * x * (d * d + 16 * x * x))
  );
}

describe("one group, rotating waves", () => {
  it.each([
    [0.5, 1, 0, 0.6],
    [0.5, 1, 0, 1.5],
    [0.5, 1, 0.1, 1.2],
    [0.2, 0.7, -0.5, 0.9],
    [1, 0.3, -1, 2],
    [0.9, 1.1, -0.05, 2],
    [3, 0.5, 0.4, 3],
  ])("lies on the exact curve at γ₊ = %f, γ₋ = %f, K = %f, V = %f", (gain, loss, asymmetry, coupling) => {
    const { state, breathing, groups, converged } = meanField({ gain, loss, asymmetry, coupling });
    expect([state, breathing, converged]).toEqual(["full", false, true]);
    const [{ amplitude, frequency, populations }] = groups as [(typeof groups)[0]];
    const x = asymmetry / 2 - frequency!;
    const h = Math.SQRT2 * coupling * amplitude;
    expect(Math.abs(curveResidual(gain, loss, asymmetry, x, h))).toBeLessThan(1e-11);
    expect(gain * populations[0]).toBeCloseTo(loss * populations[2], 12);
    if (asymmetry === 0) expect(couplingAtZeroAsymmetry(gain, loss, x, h)).toBeCloseTo(coupling, 10);
  });

  it("γ₊ = γ₋, K < 0: ω = K/2 and |⟨S⁺⟩| = √(|K|(V − V_c))/(2V)", () => {
    for (const asymmetry of [-0.2, -1, -5]) {
      const critical = (asymmetry ** 2 + 1) / (8 * Math.abs(asymmetry));
      for (const ratio of [1.0001, 1.1, 2, 6]) {
        const coupling = critical * ratio;
        const { groups } = meanField({ gain: 1, loss: 1, asymmetry, coupling });
        const wanted = Math.sqrt(-asymmetry * (coupling - critical)) / (2 * coupling);
        expect(Math.abs(groups[0]!.amplitude - wanted)).toBeLessThan(1e-9);
        expect(groups[0]!.frequency!).toBeCloseTo(asymmetry / 2, 9);
      }
    }
  });

  it("K = 0, γ₊ = γ₋/2: the order parameter peaks at 0.142210 for V = 0.86356 γ₋", () => {
    const at = (coupling: number) => meanField({ gain: 0.5, loss: 1, coupling }).order_parameter;
    expect(at(0.86356)).toBeCloseTo(0.14221, 6);
    expect(at(0.86356)).toBeGreaterThan(at(0.85));
    expect(at(0.86356)).toBeGreaterThan(at(0.88));
  });

  it("starts at the threshold as |⟨S⁺⟩|² = 4|D|³(V − V_c)/(G³√p), however slow the transient", () => {
    const [gain, loss] = [0.5, 1];
    const critical = thresholds({ gain, loss }).critical_coupling!;
    for (const distance of [1e-3, 1e-5, 1e-6]) {
      const { groups } = meanField({ gain, loss, coupling: critical * (1 + distance) });
      const slope = (4 * (loss - gain) ** 3) / ((gain + loss) ** 3 * Math.sqrt(gain * loss));
      // the next order of the curve is of relative size (V − V_c)/V_c
      expect(groups[0]!.amplitude ** 2 / (slope * critical * distance)).toBeCloseTo(
        1,
        distance === 1e-3 ? 1 : 3,
      );
    }
  });

  it("is none below the threshold, at it and under a blockade, however slow the decay", () => {
    const critical = thresholds({ gain: 0.5, loss: 1 }).critical_coupling!;
    for (const request of [
      { gain: 0.5, loss: 1, coupling: 0.3 },
      ...[1e-2, 1e-4, 1e-6, 0].map((d) => ({ gain: 0.5, loss: 1, coupling: critical * (1 - d) })),
      { gain: 1, loss: 1, coupling: 5 },
      { gain: 1, loss: 1, coupling: 5, asymmetry: 0.2 },
    ]) {
      expect(meanField(request)).toMatchObject({
        state: "none",
        breathing: false,
        groups: [{ amplitude: 0, frequency: null, populations: [0, 1, 0], coherences: [0, 0, 0] }],
        order_parameter: 0,
        frequency_difference: null,
        relative_phase: null,
        converged: true,
      });
    }
  });

  it("takes any unit of rate", () => {
    const plain = meanField({ gain: 0.5, loss: 1, coupling: 0.8, asymmetry: -0.1 });
    const scaled = meanField({
      gain: 0.5e6,
      loss: 1e6,
      coupling: 0.8e6,
      asymmetry: -0.1e6,
      groups: 1,
      detuning: 3e7,
    });
    expect(scaled.groups[0]!.amplitude).toBeCloseTo(plain.groups[0]!.amplitude, 12);
    expect(scaled.groups[0]!.frequency! / 1e6).toBeCloseTo(30 + plain.groups[0]!.frequency!, 9);
  });
});

describe("one group, breathing amplitude", () => {
  // Windows of V/G in which the wave is unstable at K = 0, from its co-rotating eigenvalues
  it.each([
    [0.4, 2.14, 2.94],
    [0.5, 2.46, 4.5],
  ])("γ₊/γ₋ = %f: between V/G = %f and %f only", (gain, low, high) => {
    const at = (ratio: number) => {
      const answer = meanField({ gain, loss: 1, coupling: ratio * (1 + gain) });
      expect(answer).toMatchObject({ state: "full", converged: true });
      return answer.breathing;
    };
    expect([low - 0.03, low + 0.03, high - 0.03, high + 0.03].map(at)).toEqual([false, true, true, false]);
  });

  it("averages as a long plain time average does", () => {
    const request = { gain: 0.5, loss: 1, coupling: 4.5 };
    const times = Array.from({ length: 40_001 }, (_, k) => 1000 + k * 0.1);
    const { re, im, populations } = trajectory({ ...request, times }).groups[0]!;
    const moduli = re.map((value, k) => Math.hypot(value, im[k]!));
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    let turned = 0;
    for (let k = 1; k < re.length; k++) {
      turned += Math.atan2(
        re[k - 1]! * im[k]! - im[k - 1]! * re[k]!,
        re[k - 1]! * re[k]! + im[k - 1]! * im[k]!,
      );
    }
    const answer = meanField(request);
    expect(answer.breathing).toBe(true);
    expect(Math.max(...moduli) - Math.min(...moduli)).toBeGreaterThan(0.01);
    // 4000 time units of plain averaging hold some hundred breaths: good to about 1e-4
    expect(Math.abs(answer.groups[0]!.amplitude - mean(moduli))).toBeLessThan(2e-4);
    expect(Math.abs(answer.groups[0]!.populations[0] - mean(populations.map((p) => p[0])))).toBeLessThan(
      2e-4,
    );
    expect(Math.abs(answer.groups[0]!.frequency! - turned / 4000)).toBeLessThan(5e-4);
  });
});
