import { expect, test } from "vitest";
import { kerrLadder } from "#devices/transmon/circuit/ladder";
import { ancilla, biasedLevels } from "#devices/transmon/forward";
import { inverseDesign } from "#devices/transmon/inverse/inverse-design";
import { settleTones } from "#devices/transmon/reservoir/tones";
import { parseTransmonProfile } from "#devices/transmon/schema";
import { latticeProfile } from "../../../../support/profiles.ts";

test.each([4, 10])(
  "an open lattice of %d × itself: V = 4cos(π/(L+1)) J, every site settled in a few rounds",
  (edge) => {
    const profile = parseTransmonProfile(latticeProfile(edge));
    const target = { gain: 1, asymmetry: -150, coupling: 20, fock_state: 1 };
    const { chosen, factors } = inverseDesign(profile, { target });
    expect(factors.within).toBeCloseTo(4 * Math.cos(Math.PI / (edge + 1)), 9);
    expect(chosen.feasible).toBe(true);
    expect(chosen.knobs.sites).toHaveLength(edge ** 2);
    expect(chosen.knobs.bonds).toHaveLength(2 * edge * (edge - 1));
    expect(chosen.achieved.coupling_hz / chosen.knobs.bonds[0]!.exchange_hz).toBeCloseTo(factors.within, 9);
    // Work for each site does not grow with the lattice.
    const { gain, loss_rate_per_s } = chosen.nearest;
    const pump = { kind: "coupler" } as const;
    for (const [i, site] of profile.sites.entries()) {
      const { trace } = settleTones(
        {
          ladder: kerrLadder(biasedLevels(profile, site, chosen.knobs.sites[i]!.flux_quanta), 7),
          fockState: 1,
          gain: { ancilla: ancilla(profile.assumptions, "gain"), rate_per_s: gain * loss_rate_per_s, pump },
          loss: { ancilla: ancilla(profile.assumptions, "loss"), rate_per_s: loss_rate_per_s, pump },
        },
        { tolerance: 1e-3 },
      );
      expect(trace.length).toBeLessThanOrEqual(6);
    }
  },
);
