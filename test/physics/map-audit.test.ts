import { describe, expect, it } from "vitest";
import { createRandom } from "#core/random";
import { axisValue, type MapRequest, parseMapRequest } from "#ir/map";
import { mapFlags, mapStates, planeBytes, planesOver, tilesOf } from "#simulators/index";
import { mapFlows } from "#simulators/phase-diagram/compiled-flow";
import { createMapSolver } from "#simulators/phase-diagram/map";
import type { MapPlanes } from "#simulators/phase-diagram/planes";

function fastMap(request: MapRequest): MapPlanes {
  const planes = planesOver(request, new ArrayBuffer(planeBytes(request)));
  const solver = createMapSolver(request, mapFlows);
  for (const tile of tilesOf(request)) solver.solve(tile, planes);
  return planes;
}

/** Points of the map integrated for 750/(γ₊ + γ₋) from the initial state, as the paper does. */
function bruteForce(request: MapRequest, places: readonly number[]): MapPlanes {
  const planes = planesOver(request, new ArrayBuffer(planeBytes(request)));
  const solver = createMapSolver(request, mapFlows, "brute-force");
  for (const place of places) {
    const row = Math.floor(place / request.x.points);
    solver.solve({ column: place % request.x.points, row, columns: 1, rows: 1 }, planes);
  }
  return planes;
}

const map = (x: readonly [number, number], y: readonly [number, number], points: number) =>
  parseMapRequest({
    gain: 0.5,
    loss: 1,
    coupling: 1,
    inter_coupling: 1,
    x: { parameter: "detuning", from: x[0], to: x[1], points },
    y: { parameter: "asymmetry", from: y[0], to: y[1], points },
  });

/** `count` different points, the same on every machine. */
function drawPlaces(request: MapRequest, count: number): number[] {
  const random = createRandom(2025, "map audit");
  const places = new Set<number>();
  while (places.size < count) {
    places.add(Math.floor(random.uniform() * request.x.points * request.y.points));
  }
  return [...places];
}

describe("maps against the integration of every point", () => {
  it("Fig. 4, random points: the same class but at marked points, the same averages", () => {
    const request = map([-20, 20], [-20, 20], 96);
    const fast = fastMap(request);
    const places = drawPlaces(request, 500);
    const brute = bruteForce(request, places);
    const different: string[] = [];
    const orders: number[] = [];
    const drifts: number[] = [];
    for (const k of places) {
      const marked = (fast.flags[k]! & (mapFlags.irregular | mapFlags.multistable)) !== 0;
      if (marked) continue;
      if (fast.state[k] !== brute.state[k]) {
        const at = `δ ${axisValue(request.x, k % 96).toFixed(3)}, K ${axisValue(request.y, Math.floor(k / 96)).toFixed(3)}`;
        const growth = fast.growth_rate[k]!.toFixed(4);
        different.push(
          `${at}, growth ${growth}: ${mapStates[fast.state[k]!]} not ${mapStates[brute.state[k]!]}`,
        );
        continue;
      }
      if (fast.state[k] === 2) orders.push(Math.abs(fast.order_parameter[k]! - brute.order_parameter[k]!));
      if (fast.state[k] === 1) {
        const drift = (planes: MapPlanes) => planes.frequency_a[k]! - planes.frequency_b[k]!;
        drifts.push(Math.abs(drift(fast) - drift(brute)));
      }
    }
    console.info(`${different.length} of ${places.length} differ\n${different.join("\n")}`);
    // Next to a threshold 500/γ₋ is too short for the integration.
    expect(different.length).toBeLessThanOrEqual(5);
    const share = (values: readonly number[], limit: number) =>
      values.filter((value) => value < limit).length / values.length;
    expect(orders.length).toBeGreaterThan(100);
    expect(drifts.length).toBeGreaterThan(40);
    expect(share(orders, 1e-5)).toBeGreaterThan(0.97);
    // A rotation rate over 250/γ₋ without weights is off by the sway of the phase over that time.
    expect(share(drifts, 4e-3)).toBeGreaterThan(0.95);
  });

  it("the chaotic strip is marked where the integration does not settle, not smoothed", () => {
    const request = map([3.4, 4.1], [-4.1, -3.4], 12);
    const fast = fastMap(request);
    const marked = fast.flags.filter((flags) => flags & mapFlags.irregular).length;
    expect(marked).toBeGreaterThan(5);
    // δ = 3.75, K = −3.75 is chaotic with an exponent of 0.0985 (an independent program).
    const chaotic = map([3.75, 4], [-3.75, -3.5], 2);
    expect(fastMap(chaotic).flags[0]! & mapFlags.irregular).toBe(mapFlags.irregular);
  });

  it("coexisting locked states are marked where a border passes through them (V_AB = 2.1 V)", () => {
    // At δ = 0.6 a rotating wave and a breathing locked state coexist (an independent enumeration).
    const request = parseMapRequest({
      gain: 0.5,
      loss: 1,
      coupling: 1,
      x: { parameter: "detuning", from: 0.3, to: 0.9, points: 25 },
      y: { parameter: "inter_coupling", from: 1.9, to: 2.3, points: 17 },
    });
    const { flags } = fastMap(request);
    expect(flags.filter((value) => value & mapFlags.multistable).length).toBeGreaterThan(0);
  });
});
