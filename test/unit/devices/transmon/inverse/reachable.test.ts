import { expect, it } from "vitest";
import { createRandom } from "#core/random";
import { graphFactors, oneGroup, twoGroups } from "#devices/transmon/inverse/graph";
import { boundsOf, nearestPoint } from "#devices/transmon/inverse/nearest";
import { deviceReach } from "#devices/transmon/inverse/reach";
import { isWithinReach, lossInterval } from "#devices/transmon/inverse/reachable";
import { parseTransmonProfile } from "#devices/transmon/schema";
import { loadProfileDocument } from "#planning/load";

const profile = parseTransmonProfile(loadProfileDocument("square-3x3", ""), {});

it("says by intervals what the search for the nearest point says by trying", () => {
  const random = createRandom(3, "targets");
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  const counts = { inside: 0, outside: 0 };
  for (const groups of [oneGroup(profile), twoGroups(profile, undefined)]) {
    const reach = deviceReach(profile, groups, 0.01, "given");
    const factors = graphFactors(profile, groups);
    for (let k = 0; k < 150; k++) {
      const inter_coupling = between(0.2, 3);
      const making = k % 2 === 0 ? "natural" : "k-synthesis";
      const bounds = boundsOf(reach, factors, making, inter_coupling);
      const target = {
        fock_state: 1,
        gain: 10 ** between(-1.6, 1.2),
        coupling: between(-60, 60),
        ...(groups.b.length > 0 ? { detuning: between(-200, 200) } : {}),
        ...(k % 3 === 0 ? {} : { asymmetry: making === "natural" ? between(-600, -60) : between(-80, 200) }),
      };
      const interval = lossInterval(target, bounds);
      const { distance, loss_rate_per_s } = nearestPoint(target, bounds);
      if (interval === null) {
        expect(distance).toBeGreaterThan(0);
        counts.outside++;
      } else if (interval.high > 1.02 * interval.low || target.asymmetry !== undefined) {
        // Narrower intervals fall between the points that the search tries.
        if (interval.high > 1.02 * interval.low || making === "natural") expect(distance).toBeLessThan(1e-9);
        if (distance < 1e-9) {
          expect(loss_rate_per_s).toBeGreaterThan(interval.low * (1 - 1e-9));
          expect(loss_rate_per_s).toBeLessThan(interval.high * (1 + 1e-9));
        }
        counts.inside++;
      }
    }
  }
  expect(Math.min(counts.inside, counts.outside)).toBeGreaterThan(40);
});

it("takes the ways to make K in turn, or the sites' own alone", () => {
  const groups = oneGroup(profile);
  const reach = deviceReach(profile, groups, 0.01, "given");
  const factors = graphFactors(profile, groups);
  const model = (asymmetry: number, coupling: number) => ({ fock_state: 1, gain: 0.5, asymmetry, coupling });
  // α/2π = −203 MHz: K/γ₋ = −135 at γ₋/2π = 1.5 MHz, where couplers end at λ_max·20 MHz = 56.6 MHz.
  expect(isWithinReach(model(-135, 37), reach, factors, "natural")).toBe(true);
  expect(isWithinReach(model(-135, 38.5), reach, factors, "natural")).toBe(false);
  // The mirror image has K > 0 and V < 0; K = 0 takes modulated couplers.
  expect(isWithinReach(model(135, -37), reach, factors, "natural")).toBe(true);
  expect(isWithinReach(model(0, 5), reach, factors, "natural")).toBe(false);
  expect(isWithinReach(model(0, 5), reach, factors)).toBe(true);
  expect(isWithinReach(model(0, 1e4), reach, factors)).toBe(false);
});
