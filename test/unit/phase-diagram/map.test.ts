import { describe, expect, it } from "vitest";
import { axisValue, parseMapRequest, pointModels } from "#ir/map";
import { createMapPool, mapFlags, planeBytes, planesOver, tilesOf } from "#simulators/index";
import { mapFlows } from "#simulators/phase-diagram/compiled-flow";
import { createMapSolver } from "#simulators/phase-diagram/map";
import type { MapPlanes } from "#simulators/phase-diagram/planes";
import { meanField, thresholds } from "../../support/mean-field.ts";
import { refusal } from "../../support/refusal.ts";

const pair = { gain: 0.5, loss: 1, coupling: 1, inter_coupling: 1 };
const fig4 = (points: number, reach = 20) =>
  parseMapRequest({
    ...pair,
    x: { parameter: "detuning", from: -reach, to: reach, points },
    y: { parameter: "asymmetry", from: -reach, to: reach, points },
  });

function solved(request: ReturnType<typeof fig4>, method: "fast" | "brute-force" = "fast"): MapPlanes {
  const planes = planesOver(request, new ArrayBuffer(planeBytes(request)));
  const solver = createMapSolver(request, mapFlows, method);
  for (const tile of tilesOf(request)) solver.solve(tile, planes);
  return planes;
}

describe("a map of two groups (V_AB = V)", () => {
  const request = fig4(17);
  const planes = solved(request);

  it("agrees with the long-time state of every fifth point", () => {
    let compared = 0;
    for (let k = 0; k < 17 * 17; k += 5) {
      if (planes.flags[k]! & (mapFlags.irregular | mapFlags.multistable)) continue;
      const detuning = axisValue(request.x, k % 17);
      const asymmetry = axisValue(request.y, Math.floor(k / 17));
      const expected = meanField({ ...pair, detuning, asymmetry });
      const label = `δ = ${detuning}, K = ${asymmetry}`;
      expect(["none", "partial", "full"][planes.state[k]!], label).toBe(expected.state);
      expect(planes.order_parameter[k]!, label).toBeCloseTo(expected.order_parameter, 4);
      if (expected.state === "none") continue;
      expect(planes.amplitude_a[k]!, label).toBeCloseTo(expected.groups[0]!.amplitude, 4);
      expect(planes.amplitude_b[k]!, label).toBeCloseTo(expected.groups[1]!.amplitude, 4);
      expect(planes.frequency_a[k]! - planes.frequency_b[k]!, label).toBeCloseTo(
        expected.frequency_difference!,
        4,
      );
      compared++;
    }
    expect(compared).toBeGreaterThan(15);
  });

  it("mirrors under the exchange of the groups, δ → −δ", () => {
    // The initial state is not symmetric: only points with one long-time state mirror.
    let compared = 0;
    for (let row = 0; row < 17; row++) {
      for (let column = 0; column < 8; column++) {
        const k = row * 17 + column;
        const mirror = row * 17 + 16 - column;
        if ((planes.flags[k]! | planes.flags[mirror]!) & ~mapFlags.breathing) continue;
        expect(planes.state[mirror]).toBe(planes.state[k]);
        expect(planes.order_parameter[mirror]!).toBeCloseTo(planes.order_parameter[k]!, 3);
        expect(planes.amplitude_b[mirror]!).toBeCloseTo(planes.amplitude_a[k]!, 5);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(100);
  });

  it("follows more points than it explores, even this far apart", () => {
    const explored = planes.method.reduce((sum, method) => sum + (method === 2 ? 1 : 0), 0);
    expect(explored / planes.method.length).toBeLessThan(0.3);
  });
});

describe("tiles", () => {
  it("cover a map once, and give the same numbers in any order", () => {
    const request = fig4(40, 6);
    const tiles = tilesOf(request);
    expect(tiles.reduce((sum, tile) => sum + tile.columns * tile.rows, 0)).toBe(1600);
    const corner = tiles.at(-1)!;
    const last = planesOver(request, new ArrayBuffer(planeBytes(request)));
    const solver = createMapSolver(request, mapFlows);
    solver.solve(corner, last);
    const before = Float64Array.from(last.order_parameter);
    solver.solve(tiles[1]!, last);
    solver.solve(corner, last);
    expect(last.order_parameter.subarray(39 * 40)).toEqual(
      planesAfter(before, last.order_parameter).subarray(39 * 40),
    );
  });

  /** Rows of the corner tile as they were first, everything else as it is now. */
  function planesAfter(before: Float64Array, now: Float64Array): Float64Array {
    return now.map((value, k) => (k % 40 >= 32 && k >= 32 * 40 ? before[k]! : value));
  }
});

describe("a map of one group", () => {
  it("has its threshold where the closed form has it, and zero below", () => {
    const request = parseMapRequest({
      gain: 0.5,
      loss: 1,
      x: { parameter: "coupling", from: 0, to: 2, points: 41 },
      y: { parameter: "asymmetry", from: -2, to: 0, points: 3 },
    });
    const planes = solved(request);
    for (let row = 0; row < 3; row++) {
      const { critical_coupling } = thresholds({ gain: 0.5, loss: 1, asymmetry: axisValue(request.y, row) });
      for (let column = 0; column < 41; column++) {
        const synchronized = planes.state[row * 41 + column] === 2;
        expect(synchronized).toBe(axisValue(request.x, column) > critical_coupling!);
        expect(planes.order_parameter[row * 41 + column]! > 0).toBe(synchronized);
      }
    }
  });

  it("|⟨S⁺⟩| = √(|K|(V − V_c))/(2V) at equal gain and loss", () => {
    const request = parseMapRequest({
      gain: 1,
      loss: 1,
      asymmetry: -1.5,
      x: { parameter: "coupling", from: 0.1, to: 3, points: 30 },
      y: { parameter: "ratio", from: 1, to: 2, points: 2 },
    });
    const planes = solved(request);
    const critical = (1.5 ** 2 + 1) / (8 * 1.5);
    for (let column = 0; column < 30; column++) {
      const v = axisValue(request.x, column);
      const expected = v > critical ? Math.sqrt(1.5 * (v - critical)) / (2 * v) : 0;
      expect(planes.order_parameter[column]!).toBeCloseTo(expected, 9);
    }
  });
});

describe("the request of a map", () => {
  it("ratio keeps gain + loss; detuning splits between the groups", () => {
    const request = parseMapRequest({
      gain: 0.5,
      loss: 1,
      coupling: 2,
      x: { parameter: "ratio", from: 0.1, to: 10, points: 3, scale: "logarithmic" },
      y: { parameter: "detuning", from: -3, to: 3, points: 2 },
    });
    const { sites, couplingRe } = pointModels(request)(1, 1);
    expect(sites[0]!.gain).toBeCloseTo(0.75, 14);
    expect(sites[0]!.gain + sites[0]!.loss).toBeCloseTo(1.5, 14);
    expect(sites.map((site) => site.detuning)).toEqual([1.5, -1.5]);
    expect(couplingRe).toEqual([2, 0, 0, 2]);
  });

  it.each([
    [{ x: { parameter: "colour", from: 0, to: 1 } }, "x.parameter"],
    [{ x: { parameter: "gain", from: -1, to: 1 } }, "x.from"],
    [{ x: { parameter: "coupling", from: 0, to: 1, scale: "logarithmic" } }, "x.from"],
    [{ x: { parameter: "asymmetry", from: 0, to: 1 } }, "y.parameter"],
    [{ x: { parameter: "coupling", from: 0, to: Number.NaN } }, "x.to"],
    [{ x: { parameter: "coupling", from: 0, to: 1, points: 1 } }, "x.points"],
    [{ x: { parameter: "coupling", from: 0, to: 1 }, loss: -1 }, "loss"],
  ])("%j is refused at %s", (change, path) => {
    const sound = { gain: 0.5, loss: 1, y: { parameter: "asymmetry", from: -1, to: 1 } };
    const error = refusal(() => parseMapRequest({ ...sound, ...change }));
    expect(error.code).toBe("map.invalid");
    expect(error.problems.map((problem) => problem.path)).toContain(path);
  });

  it("10⁹ points are refused with the time they would take and a size that fits", () => {
    const axis = { from: -1, to: 1, points: 40_000 };
    const error = refusal(() =>
      parseMapRequest({
        gain: 0.5,
        loss: 1,
        x: { parameter: "coupling", ...axis },
        y: { parameter: "asymmetry", ...axis },
      }),
    );
    expect(error.code).toBe("map.too_large");
    expect(error.problems[0]!.message).toMatch(/hours/);
    expect(error.problems[0]!.expected).toMatch(/2048 × 2048/);
  });
});

describe("the pool", () => {
  it("reports tiles, and stops after the tile in work when called off", async () => {
    const pool = createMapPool(1);
    const controller = new AbortController();
    const request = fig4(33);
    const tiles: number[] = [];
    const result = await pool.compute(request, {
      signal: controller.signal,
      onTile: (index) => {
        tiles.push(index);
        controller.abort();
      },
    });
    await pool.close();
    expect(tiles).toEqual([0]);
    expect(result.complete).toBe(false);
    expect(Number.isNaN(result.planes.state[33 * 33 - 1]!)).toBe(true);
    expect(result.planes.state[0]).toBe(2);
  });
});
