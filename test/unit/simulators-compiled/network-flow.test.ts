import { describe, expect, it } from "vitest";
import { createRandom } from "#core/random";
import { coordinateCount, coordinatesOf } from "#model/generator";
import { seededState } from "#model/initial-states";
import { type CouplingEntry, createCoupling, type Network } from "#model/network";
import { bosonLadder, spinOneLadder } from "#model/oscillator";
import { createNetworkFlow } from "#simulators/compiled/network-flow";
import { integrate, networkRightHandSide } from "#simulators/index";

/** A network with all that can differ differing, and a seeded start of random amplitudes. */
function randomRun(size: number, seed: number, complex: boolean) {
  const random = createRandom(seed, "network");
  const rate = () => 0.2 + random.uniform();
  const entries: CouplingEntry[] = [];
  for (let i = 0; i < size; i++) {
    entries.push({ i, j: i, re: 0.3 * random.normal(), im: 0 });
    if (i + 1 < size)
      entries.push({ i: i + 1, j: i, re: random.normal(), im: complex ? random.normal() : 0 });
    if (i + 2 < size) entries.push({ i, j: i + 2, re: random.normal(), im: 0 });
  }
  const network: Network = {
    sites: Array.from({ length: size }, (_, s) => ({
      gain: rate(),
      loss: rate(),
      asymmetry: 5 * random.normal(),
      detuning: 2 * random.normal(),
      ladder: s % 2 === 0 ? spinOneLadder : bosonLadder(2),
      channels: {
        relaxation10: 0.1 * rate(),
        relaxation21: 0.1 * rate(),
        heating01: 0.1 * rate(),
        heating12: 0.1 * rate(),
        dephasing: 0.1 * rate(),
      },
    })),
    coupling: createCoupling(size, entries),
  };
  const seed8 = coordinatesOf(seededState());
  const state = Float64Array.from({ length: size * coordinateCount }, (_, k) => seed8[k % 8]!);
  return { network, state };
}

const reference = ({ network, state }: ReturnType<typeof randomRun>, duration: number) => {
  const y = state.slice();
  integrate(networkRightHandSide(network), 0, y, [duration], () => {}, { rtol: 1e-12 });
  return y;
};
const distance = (a: Float64Array, b: Float64Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

describe("createNetworkFlow", () => {
  it.each([
    ["one site", 1, false],
    ["five sites, real couplings", 5, false],
    ["five sites, complex couplings", 5, true],
  ])("%s: is the reference integrator, for networks of several shapes at once", (_, size, complex) => {
    const runs = [1, 2, 3, 4, 5].map((seed) => randomRun(size, seed, complex));
    const others = [6, 7].map((seed) => randomRun(size + 1, seed, complex));
    const all = [...runs, ...others];
    const expected = all.map((run) => reference(run, 3));
    createNetworkFlow().advance(all, 3, 1e-10);
    all.forEach(({ state }, k) => {
      expect(distance(state, expected[k]!)).toBeLessThan(1e-8);
    });
  });

  it("is the reference integrator for many sites, however many runs there will be", () => {
    for (const expectedRuns of [0, 100]) {
      const runs = [randomRun(120, 9, false), randomRun(120, 10, false), randomRun(120, 11, true)];
      const expected = runs.map((run) => reference(run, 0.5));
      createNetworkFlow(expectedRuns).advance(runs, 0.5, 1e-10);
      runs.forEach(({ state }, k) => {
        expect(distance(state, expected[k]!)).toBeLessThan(1e-8);
      });
    }
  });

  it("takes sites whose lower rung does not couple, among others", () => {
    const runs = [1, 2, 3].map((seed) => randomRun(3, seed, true));
    const [odd, ...rest] = runs as [(typeof runs)[0], ...typeof runs];
    const sites = odd.network.sites.map((site, s) =>
      s === 1 ? { ...site, ladder: [0, 1.3] as const } : site,
    );
    const all = [{ ...odd, network: { ...odd.network, sites } }, ...rest];
    const expected = all.map((run) => reference(run, 1));
    createNetworkFlow(100).advance(all, 1, 1e-10);
    all.forEach(({ state }, k) => {
      expect(distance(state, expected[k]!)).toBeLessThan(1e-8);
    });
  });

  it("gives a run the same bits whatever it is advanced with", () => {
    const flow = createNetworkFlow();
    const runs = () => [1, 2, 3, 4, 5].map((seed) => randomRun(4, seed, false));
    const together = runs();
    flow.advance(together, 2, 1e-7);
    const again = runs().toReversed();
    flow.advance(again, 2, 1e-7);
    expect(again.toReversed().map(({ state }) => state)).toEqual(together.map(({ state }) => state));
  });

  it("leaves states alone for no time at all", () => {
    const run = randomRun(3, 1, false);
    const before = run.state.slice();
    createNetworkFlow().advance([run, run, run, run], 0, 1e-8);
    expect(run.state).toEqual(before);
  });
});
