import { mkdtempSync, readdirSync, readFileSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { axisValue, parseMapRequest } from "#ir/map";
import { makeMap } from "#maps/make-map";
import { openTileLog } from "#maps/tile-log";
import { noChannels, spinOneLadder } from "#model/oscillator";
import { synchronizationThresholds } from "#model/thresholds";
import { tilesOf } from "#simulators/index";

/** One group, so that every number has a closed form or is quick. */
const request = parseMapRequest({
  gain: 0.5,
  loss: 1,
  x: { parameter: "coupling", from: 0.05, to: 2, points: 70 },
  y: { parameter: "asymmetry", from: -1, to: 1, points: 40 },
});

const options = { workers: 1, method: "fast", preview: 0 } as const;
const folder = () => mkdtempSync(join(tmpdir(), "entrain-map-"));
const read = (path: string) => readFileSync(path, "utf8");

describe("a map on disk", () => {
  it("is the same after an interruption, taken up from the tiles that were finished", async () => {
    const whole = await makeMap(request, { ...options, folder: folder() });
    expect(whole.complete).toBe(true);

    const interrupted = folder();
    const controller = new AbortController();
    const first = await makeMap(request, {
      ...options,
      folder: interrupted,
      signal: controller.signal,
      onProgress: (done) => {
        if (done === 2) controller.abort();
      },
    });
    expect(first.complete).toBe(false);
    expect(first.tiles).toEqual({ finished: 2, of: 6, taken_up: 0 });
    expect(first.points["not solved"]).toBeGreaterThan(0);
    const second = await makeMap(request, { ...options, folder: interrupted });
    expect(second.tiles).toEqual({ finished: 6, of: 6, taken_up: 2 });
    expect(read(second.csv)).toBe(read(whole.csv));
    expect(read(second.svg)).toBe(read(whole.svg));
    expect(second.work.newton_steps).toBeLessThan(whole.work.newton_steps);
  });

  it("drops a record that was cut short or changed, and solves its tile again", async () => {
    const place = folder();
    const made = await makeMap(request, { ...options, folder: place });
    const [file] = readdirSync(join(place, ".partial"));
    const path = join(place, ".partial", file!);
    const size = readFileSync(path).length;
    truncateSync(path, size - 100);
    expect(openTileLog(place, request, "fast").finished.size).toBe(5);
    const again = await makeMap(request, { ...options, folder: place });
    expect(again.tiles.taken_up).toBe(5);
    expect(read(again.csv)).toBe(read(made.csv));
  });

  it("another request does not take up these tiles", async () => {
    const place = folder();
    await makeMap(request, { ...options, folder: place });
    expect(openTileLog(place, { ...request, gain: 0.6 }, "fast").finished.size).toBe(0);
    expect(openTileLog(place, request, "brute-force").finished.size).toBe(0);
  });

  it("its CSV has a line a point, synchronized above the closed threshold and nowhere else", async () => {
    const { csv, points } = await makeMap(request, { ...options, folder: folder() });
    const lines = read(csv)
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    const header = lines[0]!.split(",");
    const column = (name: string) => header.findIndex((title) => title.split(" ")[0] === name);
    expect(lines).toHaveLength(1 + 70 * 40);
    let synchronized = 0;
    for (const line of lines.slice(1)) {
      const cells = line.split(",");
      const asymmetry = Number(cells[column("asymmetry")]);
      const { critical } = synchronizationThresholds({
        gain: 0.5,
        loss: 1,
        asymmetry,
        detuning: 0,
        ladder: spinOneLadder,
        channels: noChannels,
      });
      const above = critical !== null && Number(cells[column("coupling")]) > critical;
      expect(cells[column("state")]).toBe(above ? "full" : "none");
      if (above) synchronized++;
    }
    expect((points.locked ?? 0) + (points["locked, breathing"] ?? 0)).toBe(synchronized);
    expect(axisValue(request.x, 69)).toBe(2);
    expect(tilesOf(request)).toHaveLength(6);
  });

  it("a preview with fewer points is drawn first", async () => {
    const place = folder();
    const seen: string[] = [];
    await makeMap(request, {
      ...options,
      folder: place,
      preview: 9,
      onPreview: (file) => seen.push(read(file)),
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toContain("9 × 9 points");
  });
});
