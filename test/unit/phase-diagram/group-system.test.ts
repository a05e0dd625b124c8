import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "#core/random";
import { coordinateCount } from "#model/generator";
import { createCoupling } from "#model/network";
import { noChannels, type Oscillator } from "#model/oscillator";
import { networkRightHandSide } from "#simulators/index";
import { restState } from "#simulators/mean-field/settle";
import { createGroupSystem } from "#simulators/phase-diagram/group-system";

/** Random groups with every channel, different ladders and a complex Hermitian coupling. */
function randomGroups(groups: number, seed: number) {
  const random = createRandom(seed);
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  const sites = Array.from(
    { length: groups },
    (): Oscillator => ({
      gain: between(0.1, 2),
      loss: between(0.1, 2),
      asymmetry: between(-20, 20),
      detuning: between(-10, 10),
      ladder: [between(0.5, 2), between(0.5, 2)],
      channels: Object.fromEntries(
        Object.keys(noChannels).map((name) => [name, between(0, 0.5)]),
      ) as unknown as typeof noChannels,
    }),
  );
  const couplingRe = new Float64Array(groups * groups);
  const couplingIm = new Float64Array(groups * groups);
  const entries = [];
  for (let i = 0; i < groups; i++) {
    for (let j = i; j < groups; j++) {
      const re = between(-2, 2);
      const im = i === j ? 0 : between(-2, 2);
      entries.push({ i, j, re, im });
      couplingRe[i * groups + j] = re;
      couplingRe[j * groups + i] = re;
      couplingIm[i * groups + j] = im;
      couplingIm[j * groups + i] = -im;
    }
  }
  const x = Float64Array.from({ length: groups * coordinateCount }, () => between(-0.5, 0.5));
  return { sites, couplingRe, couplingIm, network: { sites, coupling: createCoupling(groups, entries) }, x };
}

const cases = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer());

describe("the quick group equations", () => {
  it("are those of the network simulator", () => {
    fc.assert(
      fc.property(cases, ([groups, seed]) => {
        const { network, x, ...model } = randomGroups(groups, seed);
        const system = createGroupSystem(model.sites.map((site) => site.ladder));
        system.set(model);
        const found = new Float64Array(x.length);
        const expected = new Float64Array(x.length);
        system.rightHandSide(x, found);
        networkRightHandSide(network)(0, x, expected);
        const scale = Math.max(...expected.map(Math.abs));
        found.forEach((value, i) => {
          expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-14 * scale);
        });
      }),
      { numRuns: 60 },
    );
  });

  it("have the Jacobian that central differences give, exact for quadratic equations", () => {
    fc.assert(
      fc.property(cases, ([groups, seed]) => {
        const { x, network: _, ...model } = randomGroups(groups, seed);
        const system = createGroupSystem(model.sites.map((site) => site.ladder));
        system.set(model);
        const n = x.length;
        const jacobian = new Float64Array(n * n);
        system.jacobian(x, jacobian);
        const above = new Float64Array(n);
        const below = new Float64Array(n);
        for (let k = 0; k < n; k++) {
          const probe = Float64Array.from(x);
          probe[k]! += 0.5;
          system.rightHandSide(probe, above);
          probe[k]! -= 1;
          system.rightHandSide(probe, below);
          for (let i = 0; i < n; i++) {
            expect(Math.abs(jacobian[i * n + k]! - (above[i]! - below[i]!))).toBeLessThan(1e-12);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it("rest where the uncoupled oscillators rest", () => {
    const { network, ...model } = randomGroups(3, 7);
    const system = createGroupSystem(model.sites.map((site) => site.ladder));
    system.set(model);
    const rest = new Float64Array(24);
    system.restState(rest);
    restState(network).forEach((value, i) => {
      expect(rest[i]).toBeCloseTo(value, 15);
    });
    const dx = new Float64Array(24);
    system.rightHandSide(rest, dx);
    expect(Math.max(...dx.map(Math.abs))).toBeLessThan(1e-14);
  });
});
