import { describe, expect, it } from "vitest";
import { bareGenerator, densityMatrixAt } from "#model/generator";
import { createCoupling } from "#model/network";
import { uncoupledPopulations } from "#model/oscillator";
import { evolveCumulants } from "#simulators/finite-size/cumulant-evolution";
import { diffusionAt, symmetricCovariance } from "#simulators/finite-size/fluctuations";
import { groupNetworkOf } from "#simulators/finite-size/group-problem";
import { phaseDiffusion } from "#simulators/finite-size/phase-diffusion";
import { figureS4Site, generalProblem, rotatingWave, setB } from "./problems.ts";

describe("phaseDiffusion", () => {
  // Linear noise by an independent program: 1/κ, and κ itself to six digits.
  it.each([
    { coupling: 0.75, slope: 0.115, decay: 8.69567 },
    { coupling: 1, slope: 0.134506, decay: 7.43461 },
    { coupling: 1.25, slope: 0.130373, decay: 7.67029 },
    { coupling: 1.5, slope: 0.121305, decay: 8.24368 },
  ])("exact growth of the lifetime per oscillator at V = $coupling", ({ coupling, slope, decay }) => {
    const network = groupNetworkOf({ site: figureS4Site, coupling });
    const found = phaseDiffusion(network, rotatingWave(figureS4Site, coupling));
    expect(Math.abs(found.lifetimePerOscillator - slope)).toBeLessThan(6e-7);
    expect(Math.abs(found.decay - decay)).toBeLessThan(6e-6);
  });

  it("is the decay that the cumulant equations show to first order in 1/N, general ladder and channels", () => {
    const site = { ...generalProblem(2).site, asymmetry: -3 };
    const coupling = 2;
    const wave = rotatingWave(site, coupling);
    const { decay } = phaseDiffusion(groupNetworkOf({ site, coupling }), wave);
    const size = 1e9;
    const { raising } = evolveCumulants(
      { site, size, coupling, initial: densityMatrixAt(wave.state) },
      [25, 40],
    );
    const [a, b] = raising.map(({ re, im }) => Math.log(Math.hypot(re, im))) as [number, number];
    expect(Math.abs(((a - b) * size) / 15 / decay - 1)).toBeLessThan(1e-5);
  });

  it("does not depend on the phase of the wave; two groups in step diffuse half as fast", () => {
    const coupling = 0.75;
    const wave = rotatingWave(figureS4Site, coupling);
    const one = phaseDiffusion(groupNetworkOf({ site: figureS4Site, coupling }), wave);
    const doubled = {
      sites: [figureS4Site, figureS4Site],
      coupling: createCoupling(2, [
        { i: 0, j: 0, re: coupling / 2, im: 0 },
        { i: 1, j: 1, re: coupling / 2, im: 0 },
        { i: 0, j: 1, re: coupling / 2, im: 0 },
      ]),
    };
    const state = Float64Array.from([...wave.state, ...wave.state]);
    const two = phaseDiffusion(doubled, { state, frequency: wave.frequency });
    expect(Math.abs(two.decay / one.decay - 0.5)).toBeLessThan(1e-9);
  });
});

describe("diffusion of the collective coordinates", () => {
  it("of a decaying level: flow of populations and coherence, by hand", () => {
    const site = { ...figureS4Site, gain: 0, loss: 1.7 };
    const x = Float64Array.of(0.2, 0.3, 0, 0, 0, 0, 0, 0);
    const d = diffusionAt(site, x);
    // Population of level 2 jumps by −1 at rate γp2; level 0 is not touched.
    expect(Math.abs(d[1 * 8 + 1]! - 1.7 * 0.3)).toBeLessThan(1e-15);
    expect(d[0]).toBe(0);
    // Coherence decaying at γ/2 from the zero-point variance (p0 + p2)/4, whose own decay is that of p2:
    // 2D = γ(p0 + p2)/4 − γp2/4.
    expect(Math.abs(d[6 * 8 + 6]! - 1.7 * (0.2 / 4))).toBeLessThan(1e-15);
  });

  it("keeps the zero-point covariance of the uncoupled steady state stationary", () => {
    // Fluctuation and dissipation balance: AC + CAᵀ + 2D = 0 with C the symmetric covariance of one site.
    const { site } = generalProblem(2);
    const [p0, , p2] = uncoupledPopulations(site);
    const steady = Float64Array.of(p0, p2, 0, 0, 0, 0, 0, 0);
    const c = symmetricCovariance(densityMatrixAt(steady));
    const a = bareGenerator(site).linear;
    const d = diffusionAt(site, steady);
    for (let r = 0; r < 8; r++) {
      for (let s = 0; s < 8; s++) {
        let sum = d[8 * r + s]!;
        for (let k = 0; k < 8; k++) sum += a[8 * r + k]! * c[8 * k + s]! + c[8 * r + k]! * a[8 * s + k]!;
        expect(Math.abs(sum)).toBeLessThan(1e-13);
      }
    }
  });

  it("the covariance of a state is positive, and that of populations multinomial", () => {
    const c = symmetricCovariance(setB(2).initial);
    expect(Math.abs(c[0]! - 0.25 * 0.75)).toBeLessThan(1e-15);
    expect(Math.abs(c[1]! + 0.25 * 0.3)).toBeLessThan(1e-15);
    // Re ρ01: ¼⟨|0⟩⟨0| + |1⟩⟨1|⟩ − (Re ρ01)²
    expect(Math.abs(c[2 * 8 + 2]! - (0.7 / 4 - 0.01))).toBeLessThan(1e-15);
  });
});
