import { describe, expect, it } from "vitest";
import { eigenvalues, spectralAbscissa } from "#core/eigenvalues";
import { groupNetwork, parseRequest } from "#ir/simulate";
import { coherenceLinearisation } from "#simulators/stability/linearisation";
import { meanField } from "../support/mean-field.ts";

const base = { gain: 0.5, loss: 1, coupling: 1 };

/**
 * Nadolny & Bruder, Fig. 3 (K = 0, V = γ₋ = 2γ₊): edge d_F of the stable rotating wave, by a saddle-node (SN) or
 * a Hopf bifurcation, and edge d_L of frequency locking; an independent continuation.
 */
const edges = [
  [0.05, 0.03718, "SN", 0.0372],
  [0.1, 0.075, "SN", 0.075],
  [0.2, 0.15847, "SN", 0.1585],
  [0.3, 0.24742, "Hopf", 0.262],
  [0.5, 0.35945, "Hopf", 0.385],
  [0.7, 0.42297, "Hopf", 0.468],
  [1, 0.43657, "Hopf", 0.555],
] as const;

describe("two groups: loss of locking with detuning", () => {
  it.each(edges)(
    "V_AB = %f: wave up to δ = %f (%s), locked up to %f",
    (inter_coupling, wave, type, locked) => {
      const at = (detuning: number) => meanField({ ...base, inter_coupling, detuning });
      const inside = at(wave - 5e-5);
      expect(inside).toMatchObject({
        state: "full",
        breathing: false,
        frequency_difference: 0,
        converged: true,
      });
      if (type === "SN") {
        const outside = at(wave + 1e-4);
        expect(outside).toMatchObject({ state: "partial", breathing: true, relative_phase: null });
        expect(outside.frequency_difference!).toBeGreaterThan(1e-4);
      } else {
        const outside = at(wave + 2e-3);
        expect(outside).toMatchObject({ state: "full", breathing: true });
        expect(Math.abs(outside.frequency_difference!)).toBeLessThan(1e-6);
        expect(at(locked - 2e-3).state).toBe("full");
        expect(at(locked + 2e-3).state).toBe("partial");
      }
    },
  );

  it("is Adler's far out: ω_A − ω_B → δ", () => {
    // √(δ² − δ_F²) for weak coupling; the next order is of size (V_AB/δ)²
    const { frequency_difference } = meanField({ ...base, inter_coupling: 0.05, detuning: 1 });
    expect(Math.abs(frequency_difference! - Math.sqrt(1 - 0.03718 ** 2))).toBeLessThan(0.05 ** 2);
  });
});

describe("two groups, V_AB = V (Nadolny & Bruder, Fig. 4)", () => {
  it("counts unstable modes: none 0, full 1, partial 2", () => {
    // A grid off the lines |δ| ≈ |K| on which two unstable modes may lock.
    let checked = 0;
    for (const detuning of [0.5, 2.3, 6.1, -3.7, -9.3]) {
      for (const asymmetry of [-12.7, -5.3, -1.1, 0.1, 1.7, 7.9]) {
        const request = { ...base, inter_coupling: 1, detuning, asymmetry };
        const modes = eigenvalues(coherenceLinearisation(groupNetwork(parseRequest("stability", request))));
        const unstable = modes.filter((value) => value.re > 0).length;
        const answer = meanField(request);
        expect([detuning, asymmetry, answer.state]).toEqual([
          detuning,
          asymmetry,
          (["none", "full", "partial"] as const)[unstable],
        ]);
        expect(answer.converged).toBe(true);
        checked++;
      }
    }
    expect(checked).toBe(30);
  });

  it("at δ = 0 is one group with V + V_AB: synchronized for −16.45 < K < 0.452", () => {
    const state = (asymmetry: number) =>
      meanField({ ...base, inter_coupling: 1, detuning: 0, asymmetry }).state;
    expect([-16.6, -16.3, 0.43, 0.47].map(state)).toEqual(["none", "full", "full", "none"]);
  });

  it("locks just below the line K = |δ| with the group ahead in frequency behind in phase", () => {
    const phase = (detuning: number) =>
      meanField({ ...base, inter_coupling: 1, detuning, asymmetry: 2.5 }).relative_phase!;
    expect(phase(3)).toBeLessThan(0);
    expect(phase(-3)).toBeGreaterThan(0);
  });

  it("says of a chaotic state that its averages do not converge", () => {
    // largest Lyapunov exponent +0.0985 at δ = 3.75, K = −3.75
    const answer = meanField({ ...base, inter_coupling: 1, detuning: 3.75, asymmetry: -3.75 });
    expect(answer).toMatchObject({ state: "partial", converged: false });
    expect(answer.error).toBeGreaterThan(1e-5);
    expect(answer.error).toBeLessThan(0.05);
  });

  it("averages a regular drifting state", () => {
    const answer = meanField({ ...base, inter_coupling: 1, detuning: 5, asymmetry: -1.25 });
    expect(answer).toMatchObject({ state: "partial", breathing: true, converged: true });
    expect(answer.error).toBeLessThan(1e-6);
  });
});

describe("two groups, V_AB = 2V", () => {
  it("splits into mirror-image locked states |⟨S⁺⟩| = 0.0250, 0.1212", () => {
    const amplitudes = meanField({ ...base, inter_coupling: 2, detuning: 0 })
      .groups.map((group) => group.amplitude)
      .sort((a, b) => a - b);
    expect(amplitudes[0]).toBeCloseTo(0.025, 4);
    expect(amplitudes[1]).toBeCloseTo(0.1212, 4);
  });
});

describe("two groups that are not coupled", () => {
  const alone = meanField(base).groups[0]!;

  it("leave an unseeded group at exactly zero", () => {
    const answer = meanField({ ...base, groups: 2 });
    expect(answer.state).toBe("partial");
    expect(answer.groups[1]).toMatchObject({ amplitude: 0, frequency: null, populations: [0, 1, 0] });
    expect(answer.order_parameter).toBeCloseTo(alone.amplitude / 2, 12);
    expect(answer.frequency_difference).toBeNull();
  });

  const seed = (phase: number) => {
    const [re, im] = [0.1 * Math.cos(phase), 0.1 * Math.sin(phase)];
    const third = [1 / 3, 0];
    return [
      [third, [0, 0], [0, 0]],
      [[0, 0], third, [re, im]],
      [[0, 0], [re, -im], third],
    ];
  };

  it("keep the phase they started with when they turn alike", () => {
    const answer = meanField({ ...base, groups: 2, initial: [seed(0.4), seed(-0.7)] });
    expect(answer.state).toBe("full");
    expect(answer.relative_phase!).toBeCloseTo(1.1, 6);
    expect(answer.order_parameter).toBeCloseTo(alone.amplitude * Math.cos(1.1 / 2), 6);
  });

  it("drift apart at δ, with the mean |1 + e^{iθ}|/2 = 2/π of one of them", () => {
    const answer = meanField({ ...base, detuning: 0.3, initial: [seed(0), seed(0)] });
    expect(answer).toMatchObject({ state: "partial", relative_phase: null, breathing: false });
    expect(answer.frequency_difference!).toBeCloseTo(0.3, 9);
    expect(answer.order_parameter).toBeCloseTo((alone.amplitude * 2) / Math.PI, 6);
  });
});

describe("symmetry of the answers", () => {
  it("A ↔ B with δ → −δ, and the sign of relative_phase with it", () => {
    for (const detuning of [0.2, 0.38, 0.6]) {
      const mixed = [
        [
          [1 / 3, 0],
          [0, 0],
          [0, 0],
        ],
        [
          [0, 0],
          [1 / 3, 0],
          [0, 0],
        ],
        [
          [0, 0],
          [0, 0],
          [1 / 3, 0],
        ],
      ];
      const seeded = mixed.map((row) => [...row]);
      seeded[1]![2] = [0.1, 0];
      seeded[2]![1] = [0.1, 0];
      const a = meanField({ ...base, inter_coupling: 0.5, detuning, initial: [seeded, mixed] });
      const b = meanField({ ...base, inter_coupling: 0.5, detuning: -detuning, initial: [mixed, seeded] });
      expect(b.groups[0]!.amplitude).toBeCloseTo(a.groups[1]!.amplitude, 6);
      expect(b.frequency_difference!).toBeCloseTo(-a.frequency_difference!, 6);
      if (a.relative_phase === null) expect(b.relative_phase).toBeNull();
      else {
        expect(b.relative_phase!).toBeCloseTo(-a.relative_phase, 5);
        // A runs ahead, so its phase is ahead
        expect(a.relative_phase).toBeGreaterThan(0);
      }
    }
  });

  it("is unstable exactly where the answer is a synchronized state", () => {
    for (const asymmetry of [-0.3, 0, 0.3]) {
      for (const inter_coupling of [0.1, 0.6]) {
        const request = { gain: 0.8, loss: 1, coupling: 1.1, inter_coupling, detuning: 0.4, asymmetry };
        const unstable =
          spectralAbscissa(coherenceLinearisation(groupNetwork(parseRequest("stability", request)))) > 0;
        expect(meanField(request).state === "none").toBe(!unstable);
      }
    }
  });
});
