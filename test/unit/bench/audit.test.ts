import { afterAll, describe, expect, test } from "vitest";
import { auditChecks, disagreementNotes } from "#bench/cases/audit";
import {
  type BruteForceState,
  bruteForceAudit,
  compareWithBruteForce,
  figure4Request,
  placePoint,
  randomPlaces,
} from "#bench/contestants/maps";
import { figure4Network, figure4Start } from "#bench/contestants/typescript-peers";
import { clearScratch, discoverTools } from "#bench/tools";
import { longTimeState, type MapPlanes, mapFlags, planeBytes, planesOver } from "#simulators/index";

afterAll(clearScratch);

const request = figure4Request(3);

/** Planes of a 3 × 3 map in which every point is locked at frequency 1 and amplitude ½. */
function lockedPlanes(): MapPlanes {
  const planes = planesOver(request, new ArrayBuffer(planeBytes(request)));
  planes.state.fill(2);
  planes.growth_rate.fill(1);
  for (const name of ["amplitude_a", "amplitude_b", "order_parameter"] as const) planes[name].fill(0.5);
  for (const name of ["frequency_a", "frequency_b"] as const) planes[name].fill(1);
  return planes;
}

const locked: BruteForceState = {
  state: "full",
  frequencies: [1, 1],
  amplitudes: [0.5, 0.5],
  orderParameter: 0.5,
};
const drifting: BruteForceState = { ...locked, state: "partial", frequencies: [1, 0.5] };

describe("a map against brute force", () => {
  test("places and points", () => {
    expect(placePoint(request, 0)).toEqual({ detuning: -15, asymmetry: -15 });
    expect(placePoint(request, 5)).toEqual({ detuning: 15, asymmetry: 0 });
    expect(new Set(randomPlaces(request, 9, 1)).size).toBe(9);
    expect(randomPlaces(request, 100, 1)).toHaveLength(9);
  });

  test("agreement passes every check", () => {
    const result = compareWithBruteForce(request, lockedPlanes(), [0, 1, 2], [locked, locked, locked]);
    expect(result).toMatchObject({ points: 3, sameClass: 3, lockedErrors: [0, 0, 0], frequencyErrors: [] });
    expect(auditChecks(result).every(({ passed }) => passed)).toBe(true);
    expect(disagreementNotes(result)).toEqual(["No point is of another class."]);
  });

  test("every disagreement gets its cause", () => {
    const planes = lockedPlanes();
    planes.flags[0] = mapFlags.multistable;
    planes.flags[1] = mapFlags.irregular;
    planes.growth_rate[2] = 1e-3;
    const slow: BruteForceState = { ...drifting, frequencies: [1, 0.999] };
    const result = compareWithBruteForce(
      request,
      planes,
      [0, 1, 2, 3, 4],
      [drifting, drifting, drifting, slow, drifting],
    );
    expect(result.disagreements.map(({ cause }) => cause)).toEqual([
      "multistable",
      "irregular",
      "slow growth",
      "slow slips",
      "unexplained",
    ]);
    expect(result.sameClass).toBe(0);
    expect(disagreementNotes(result)[4]).toBe(
      "δ = 0.0000, K = 0.0000: map full, brute force partial; growth rate 1.00; unexplained.",
    );
    const failed = auditChecks(result).filter(({ passed }) => !passed);
    expect(failed.map(({ name }) => name)).toEqual([
      "share of points of the same class",
      "share of points of another class without a known cause",
    ]);
  });

  test("a frequency that is off fails, chaos is left out", () => {
    const planes = lockedPlanes();
    planes.state.fill(1);
    planes.frequency_b.fill(0.5);
    planes.frequency_a[1] = 1.001;
    planes.frequency_a[2] = 7;
    planes.flags[2] = mapFlags.irregular;
    const result = compareWithBruteForce(request, planes, [0, 1, 2], [drifting, drifting, drifting]);
    expect(result.frequencyErrors).toHaveLength(2);
    expect(result.frequencyErrors[1]).toBeCloseTo(1e-3, 12);
    expect(auditChecks(result).filter(({ passed }) => !passed)).toHaveLength(1);
  });
});

const audit = bruteForceAudit(discoverTools());
if (audit.missing !== undefined) console.warn(`SKIPPED: brute force in C: ${audit.missing}`);

test.skipIf(audit.missing !== undefined)(
  "averages of the C program are those of the mean-field simulator",
  { timeout: 30_000 },
  async () => {
    if (audit.missing !== undefined) return;
    // locked; drifting, far from the edge of locking; unsynchronized
    const points = [
      { detuning: 2.19, asymmetry: 13.87 },
      { detuning: 5.02, asymmetry: 4.71 },
      { detuning: 5.99, asymmetry: -1.19 },
    ];
    const [none, full, partial] = await audit.run(points);
    expect(none!.state).toBe("none");
    for (const [brute, point, tolerance] of [
      [full!, points[1]!, 1e-7],
      [partial!, points[2]!, 1e-4],
    ] as const) {
      const own = longTimeState(figure4Network(point), figure4Start());
      expect(brute.state).toBe(own.state);
      own.sites.forEach(({ amplitude, frequency }, g) => {
        expect(Math.abs(brute.amplitudes[g]! - amplitude)).toBeLessThan(tolerance);
        expect(Math.abs(brute.frequencies[g]! - frequency!)).toBeLessThan(tolerance);
      });
      expect(Math.abs(brute.orderParameter - own.orderParameter)).toBeLessThan(tolerance);
    }
  },
);
