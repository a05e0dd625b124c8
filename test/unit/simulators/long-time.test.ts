import { describe, expect, it } from "vitest";
import { coordinatesOf } from "#model/generator";
import { seededState } from "#model/initial-states";
import type { Network } from "#model/network";
import { noChannels, spinOneLadder } from "#model/oscillator";
import { createCoupling, longTimeState } from "#simulators/index";

const plain = { gain: 0.5, loss: 1, asymmetry: 0, ladder: spinOneLadder, channels: noChannels };
const seeds = (count: number) =>
  Float64Array.from(Array.from({ length: count }, () => [...coordinatesOf(seededState())]).flat());

describe("long-time state of a network", () => {
  it("of a ring of ten is one locked wave", () => {
    const sites = Array.from({ length: 10 }, (_, i) => ({
      ...plain,
      detuning: 0.1 * Math.cos((Math.PI * i) / 5),
    }));
    const coupling = createCoupling(
      10,
      sites.map((_, i) => ({ i, j: (i + 1) % 10, re: 0.5, im: 0 })),
    );
    const answer = longTimeState({ sites, coupling }, seeds(10));
    // independent integration to t = 400
    expect(answer).toMatchObject({ state: "full", breathing: false, converged: true, stable: true });
    expect(answer.orderParameter).toBeCloseTo(0.083157, 5);
    for (const site of answer.sites) expect(site.frequency!).toBeCloseTo(-0.3663, 4);
    expect(answer.relativePhases).toHaveLength(10);
  });

  it("follows parts that are not coupled apart, in the order of the sites", () => {
    const network: Network = {
      sites: [0.3, -0.2, 0.3, -0.2].map((detuning) => ({ ...plain, detuning })),
      coupling: createCoupling(4, [
        { i: 0, j: 2, re: 1, im: 0 },
        { i: 1, j: 3, re: 1, im: 0 },
      ]),
    };
    const answer = longTimeState(network, seeds(4));
    expect(answer).toMatchObject({
      state: "partial",
      breathing: false,
      converged: true,
      relativePhases: null,
    });
    const [a, b, c, d] = answer.sites;
    // Both pairs are the same wave in frames that turn at their detunings: in phase, each a group with V = 1.
    expect(c!.amplitude).toBeCloseTo(a!.amplitude, 12);
    expect(b!.amplitude).toBeCloseTo(a!.amplitude, 10);
    expect(a!.frequency! - b!.frequency!).toBeCloseTo(0.5, 10);
    expect(d!.frequency!).toBeCloseTo(b!.frequency!, 12);
    expect(a!.frequency! - 0.3).toBeCloseTo(-0.34413896, 7);
    // mean of |1 + e^{iθ}|/2 over the drift
    expect(answer.orderParameter / a!.amplitude).toBeCloseTo(2 / Math.PI, 6);
  });

  it("of sites without couplings is none", () => {
    const sites = [0, 0.1].map((detuning) => ({ ...plain, detuning }));
    expect(longTimeState({ sites, coupling: createCoupling(2, []) }, seeds(2))).toMatchObject({
      state: "none",
      orderParameter: 0,
      relativePhases: null,
    });
  });
});
