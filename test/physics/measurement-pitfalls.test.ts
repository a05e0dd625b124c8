import { describe, expect, test } from "vitest";
import { createRandom } from "#core/random";
import { fullTurn } from "#core/units";
import { uncoupledState } from "#model/evolution";
import { createCoupling } from "#model/network";
import { bosonLadder, type Ladder, noChannels, spinOneLadder } from "#model/oscillator";
import { evolveArray, uncorrelatedState } from "#simulators/index";

/** |⟨A†₁A₂⟩| of two equal sites in their steady state, by the master equation; γ₋ = 1, γ₊ = 1/2. */
function pairCorrelation(ladder: Ladder, asymmetry: number, exchange: number): number {
  const site = { gain: 0.5, loss: 1, asymmetry, detuning: 0, ladder, channels: noChannels };
  const sites = [site, site];
  const network = { sites, coupling: createCoupling(2, [{ i: 0, j: 1, re: exchange, im: 0 }]) };
  const state = evolveArray(uncorrelatedState(uncoupledState(sites)), network, 40, 1e-9);
  if (state.kind !== "exact") throw new Error("two sites are not exact");
  const { rho } = state.clusters[0]!.joint;
  let [re, im] = [0, 0];
  for (const r of [0, 1] as const) {
    for (const c of [1, 2] as const) {
      const weight = ladder[r] * ladder[(c - 1) as 0 | 1];
      const at = 2 * ((3 * r + c) * 9 + 3 * (r + 1) + c - 1);
      re += weight * rho[at]!;
      im += weight * rho[at + 1]!;
    }
  }
  return Math.hypot(re, im);
}

describe("what misleads in a measurement of coherence", () => {
  // exact.md: for N = 2 the steady ⟨S⁺₁S⁻₂⟩ is 0 at K = 0 for every V.
  test.each([0.3, 1, 2])("T18: two spin-1 sites at K = 0 show no correlation at J = %d", (exchange) => {
    expect(pairCorrelation(spinOneLadder, 0, exchange)).toBeLessThan(1e-9);
  });

  // At large |K| perturbation theory of the Mott state: boson 2n(n+1)J/|K|, spin 1 8V_pair/|K|.
  test.each([
    [bosonLadder(1), 4],
    [spinOneLadder, 8],
  ] as const)(
    "T19: far below threshold a correlation is there all the same (ladder %o)",
    (ladder, factor) => {
      const [asymmetry, exchange] = [-200, 1];
      const mott = (factor * exchange) / Math.abs(asymmetry);
      expect(Math.abs(pairCorrelation(ladder, asymmetry, exchange) / mott - 1)).toBeLessThan(0.02);
    },
  );

  test("T20: a phase that is random from shot to shot kills ⟨A†⟩ and leaves the pair correlator", () => {
    const random = createRandom(7);
    const [shots, size] = [20000, 0.3];
    let [one, pair] = [0, 0];
    for (let shot = 0; shot < shots; shot++) {
      const phase = fullTurn * random.uniform();
      const read = () => (random.uniform() < (1 + size * Math.cos(phase)) / 2 ? 1 : -1);
      const [a, b] = [read(), read()];
      one += a / shots;
      pair += (a * b) / shots;
    }
    // ⟨cos²φ⟩ = 1/2; 1σ is 1/√shots = 0.007.
    expect(Math.abs(one)).toBeLessThan(4 / Math.sqrt(shots));
    expect(Math.abs(pair - size ** 2 / 2)).toBeLessThan(4 / Math.sqrt(shots));
    expect(pair).toBeGreaterThan(4 / Math.sqrt(shots));
  });
});
