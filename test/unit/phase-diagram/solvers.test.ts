import { describe, expect, it } from "vitest";
import { fullTurn } from "#core/units";
import { groupNetwork, parseRequest } from "#ir/simulate";
import { coordinatesOf } from "#model/generator";
import { mixedState, seededState } from "#model/initial-states";
import { findRotatingWave, integrate, networkRightHandSide } from "#simulators/index";
import { transverseExponent } from "#simulators/mean-field/lyapunov";
import { createReferenceFlow } from "#simulators/phase-diagram/flow";
import { createPointSolver } from "#simulators/phase-diagram/point-solver";
import { recurrenceTimes } from "#simulators/phase-diagram/recurrence";
import { slipsOf } from "#simulators/phase-diagram/solution";
import { meanField } from "../../support/mean-field.ts";

const base = { gain: 0.5, loss: 1, coupling: 1, inter_coupling: 1 };

const initial = new Float64Array(16);
initial.set(coordinatesOf(seededState()), 0);
initial.set(coordinatesOf(mixedState()), 8);

function solverAt(detuning: number, asymmetry: number, tolerance = 1e-9) {
  const network = groupNetwork(parseRequest("mean-field", { ...base, detuning, asymmetry }));
  const solver = createPointSolver(
    network.sites.map((site) => site.ladder),
    initial,
    (system) => ({
      flow: createReferenceFlow(system, tolerance),
      scout: createReferenceFlow(system, tolerance),
    }),
  );
  solver.set({ sites: network.sites, couplingRe: [1, 1, 1, 1], couplingIm: [0, 0, 0, 0] });
  return { solver, network };
}

function settled(detuning: number, asymmetry: number, time: number) {
  const { solver, network } = solverAt(detuning, asymmetry);
  const x = Float64Array.from(initial);
  integrate(networkRightHandSide(network), 0, x, [time], () => {}, { rtol: 1e-10 });
  return { solver, network, x };
}

describe("rotating waves", () => {
  it.each([
    [2, -5],
    [-6, -10],
    [12, 10],
  ])("δ = %f, K = %f: the wave and its leading exponent of the general solver", (detuning, asymmetry) => {
    const { solver, network, x } = settled(detuning, asymmetry, 200);
    const wave = solver.stableWave(x, solver.waves.turningRate(x))!;
    const expected = findRotatingWave(network, networkRightHandSide(network), x)!;
    expect(wave.frequency).toBeCloseTo(expected.frequency, 11);
    expect(wave.growth).toBeCloseTo(expected.exponents[0]!.re, 9);
  });

  it("are not found where there is none", () => {
    const { solver, x } = settled(12, -3, 60);
    expect(solver.stableWave(x, solver.waves.turningRate(x))).toBeUndefined();
  });
});

describe("relative periodic orbits", () => {
  it.each([
    [12, -3],
    [5, -1.25],
    [-15, -6],
  ])("δ = %f, K = %f: amplitudes and rotation rates of long smooth averages", (detuning, asymmetry) => {
    const { solver, x } = settled(detuning, asymmetry, 60);
    const expected = meanField({ ...base, detuning, asymmetry });
    const frequencies = expected.groups.map((group) => group.frequency!);
    const orbit = solver.orbits.find(x, (fullTurn / Math.abs(expected.frequency_difference!)) * 1.003)!;
    const found = solver.observe(orbit);
    expect(Math.abs(slipsOf(found, orbit.period))).toBe(1);
    expected.groups.forEach(({ amplitude }, g) => {
      expect(found.amplitudes[g]).toBeCloseTo(amplitude, 5);
      expect(found.frequencies[g]).toBeCloseTo(frequencies[g]!, 5);
    });
    expect(found.orderParameter).toBeCloseTo(expected.order_parameter, 4);
  });

  it("Floquet growth is the Lyapunov exponent beside the zeros", () => {
    const { solver, network, x } = settled(12, -3, 200);
    const expected = transverseExponent(networkRightHandSide(network), x, 1000, 2);
    const orbit = solver.orbits.find(x, 0.52)!;
    expect(orbit.growth).toBeCloseTo(expected, 2);
  });

  it("follow to a neighbouring point by secant steps alone", () => {
    const { solver, x } = settled(12, -3, 60);
    const orbit = solver.orbits.find(x, 0.52)!;
    const { network: next } = solverAt(11.9, -3);
    solver.set({ sites: next.sites, couplingRe: [1, 1, 1, 1], couplingIm: [0, 0, 0, 0] });
    const monodromies = solver.orbits.work.monodromies;
    const followed = solver.orbits.follow(orbit)!;
    expect(solver.orbits.work.monodromies).toBe(monodromies);
    const { frequencies } = solver.observe(followed);
    const expected = meanField({ ...base, detuning: 11.9, asymmetry: -3 });
    expect(frequencies[0]! - frequencies[1]!).toBeCloseTo(expected.frequency_difference!, 5);
  });
});

describe("exploring from the initial state", () => {
  it("finds the wave, the orbit once round, the breathing locked state, and calls chaos irregular", () => {
    const kinds = (
      [
        [2, -5],
        [12, -3],
        [4, -4.4],
        [3.75, -3.75],
        [0, 5],
      ] as const
    ).map(([detuning, asymmetry]) => {
      const { solver } = solverAt(detuning, asymmetry, 1e-7);
      return solver.explore(solver.onset());
    });
    expect(kinds.map(({ kind }) => kind)).toEqual(["wave", "orbit", expect.any(String), "irregular", "rest"]);
    const orbit = kinds[1]!;
    if (orbit.kind === "orbit") expect(orbit.orbit.period).toBeCloseTo(0.517718, 4);
  });

  it("a growth rate of 8·10⁻⁴ still leads to its wave, not to the transient", () => {
    const { solver } = solverAt(-9, -7, 1e-7);
    const onset = solver.onset();
    expect(onset.unstable).toBe(1);
    expect(solver.explore(onset).kind).toBe("wave");
  });
});

describe("recurrence of samples", () => {
  it("finds the beat of two tones, whatever the common phase does", () => {
    // ⟨A†⟩ = e^{2.3it}(1 + 0.4 e^{1.7it}), second group constant in the same frame: period 2π/1.7
    const count = 4000;
    const spacing = 0.01;
    const samples = new Float64Array(4 * count);
    for (let k = 0; k < count; k++) {
      const t = k * spacing;
      samples[4 * k] = Math.cos(2.3 * t) + 0.4 * Math.cos(4 * t);
      samples[4 * k + 1] = Math.sin(2.3 * t) + 0.4 * Math.sin(4 * t);
      samples[4 * k + 2] = Math.cos(2.3 * t);
      samples[4 * k + 3] = Math.sin(2.3 * t);
    }
    const [first] = recurrenceTimes(samples, count, 2, spacing, 100);
    expect(first).toBeCloseTo(fullTurn / 1.7, 4);
  });

  it("finds nothing in a growing amplitude", () => {
    const count = 1000;
    const samples = Float64Array.from({ length: 2 * count }, (_, k) => (k % 2 ? 0 : Math.exp(0.001 * k)));
    expect(recurrenceTimes(samples, count, 1, 0.1, 100)).toEqual([]);
  });
});
