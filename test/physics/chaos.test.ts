import { describe, expect, it } from "vitest";
import { groupNetwork, parseRequest } from "#ir/simulate";
import { coordinatesOf } from "#model/generator";
import { mixedState, seededState } from "#model/initial-states";
import { integrate, networkRightHandSide } from "#simulators/index";
import { transverseExponent } from "#simulators/mean-field/lyapunov";
import { meanField } from "../support/mean-field.ts";

const base = { gain: 0.5, loss: 1, coupling: 1 };

function attractor(detuning: number, asymmetry: number, inter_coupling: number, settling: number) {
  const network = groupNetwork(parseRequest("mean-field", { ...base, inter_coupling, detuning, asymmetry }));
  const f = networkRightHandSide(network);
  const y = new Float64Array(16);
  y.set(coordinatesOf(seededState()), 0);
  y.set(coordinatesOf(mixedState()), 8);
  integrate(f, 0, y, [settling], () => {}, { rtol: 1e-9 });
  return { f, y };
}

/**
 * Largest Lyapunov exponents in the chaotic strip of Fig. 4, from an independent program that renormalises a second
 * trajectory; their scatter between halves of the run is some 10 %.
 */
describe("the chaotic strip near the full/partial edge (V_AB = V)", () => {
  it.each([
    [3.75, -3.75, 0.0985],
    [2.5, -2.5, 0.048],
    [3.76, -3.862, 0.032],
  ])("δ = %f, K = %f: exponent %f, and said so", (detuning, asymmetry, expected) => {
    const { f, y } = attractor(detuning, asymmetry, 1, 300);
    const exponent = transverseExponent(f, y, 2000, 2);
    expect(Math.abs(exponent / expected - 1)).toBeLessThan(0.2);
    const answer = meanField({ ...base, inter_coupling: 1, detuning, asymmetry });
    expect(answer).toMatchObject({ motion: "chaotic", breathing: true, converged: false });
    expect(answer.lyapunov_exponent).toBeGreaterThan(0.02);
  });

  it("is regular at δ = 5, K = −1.25, where the same program finds an exponent of zero", () => {
    const answer = meanField({ ...base, inter_coupling: 1, detuning: 5, asymmetry: -1.25 });
    expect(answer).toMatchObject({ state: "partial", motion: "regular", converged: true });
    // What is left beside the two zeros of phase and time decays.
    const { f, y } = attractor(5, -1.25, 1, 300);
    expect(transverseExponent(f, y, 500, 2)).toBeLessThan(-0.1);
  });
});

/** Long-time states beyond V_AB = 1.7 V, enumerated by an independent program from several initial states. */
describe("multistability at strong coupling between the groups", () => {
  it("δ = 0, V_AB = 2V: two mirror-image locked states", () => {
    const { groups, coexisting } = meanField({ ...base, inter_coupling: 2, detuning: 0, probes: 8 });
    const amplitudes = groups.map(({ amplitude }) => amplitude);
    expect([...amplitudes].sort()).toEqual([expect.closeTo(0.025, 4), expect.closeTo(0.1212, 4)]);
    expect(coexisting).toHaveLength(1);
    expect(coexisting[0]!.amplitudes).toEqual([
      expect.closeTo(amplitudes[1]!, 8),
      expect.closeTo(amplitudes[0]!, 8),
    ]);
  });

  it("δ = 0.6, V_AB = 2.1V: a rotating wave and a breathing locked state", () => {
    const { state, motion, groups, coexisting } = meanField({
      ...base,
      inter_coupling: 2.1,
      detuning: 0.6,
      probes: 10,
    });
    const all = [{ state, motion, amplitudes: groups.map(({ amplitude }) => amplitude) }, ...coexisting];
    const wave = all.find((found) => found.motion === "rotating-wave")!;
    const breathing = all.find((found) => found.motion === "regular")!;
    expect(all).toHaveLength(2);
    expect(wave.amplitudes).toEqual([expect.closeTo(0.1524, 4), expect.closeTo(0.0482, 4)]);
    expect(breathing.amplitudes).toEqual([expect.closeTo(0.0888, 4), expect.closeTo(0.0537, 4)]);
    expect(breathing.state).toBe("full");
  });

  it("one group has one state only", () => {
    const { coexisting } = meanField({ ...base, probes: 6 });
    expect(coexisting).toEqual([]);
  });
});
