import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Computation, numberOf } from "#figures/computation";
import { openRowLog, settingsHash } from "#figures/row-log";
import { computeAllRows } from "#figures/row-pool";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "figure-rows-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Squares, with every row that is really computed noted. */
function squares(computed: number[], failAt = -1): Computation {
  return {
    name: "squares",
    revision: 1,
    tables: { squares: [{ name: "x", unit: "", about: "" }] },
    settings: (resolution) => ({ resolution }),
    rowCount: (settings) => numberOf(settings, "resolution"),
    secondsPerRow: () => 0,
    computeRow(_, row) {
      if (row === failAt) throw new Error("interrupted");
      computed.push(row);
      return { squares: [[row, Math.sqrt(row + 0.1), null]] };
    },
  };
}

const settings = { resolution: 8 };

describe("rows of a computation", () => {
  it("are taken up after an interruption, with the same result, none computed twice", async () => {
    const whole = await computeAllRows(
      squares([]),
      settings,
      openRowLog(join(folder, "whole"), squares([]), settings),
      { workers: 1 },
    );
    const first: number[] = [];
    const broken = squares(first, 5);
    await expect(
      computeAllRows(broken, settings, openRowLog(folder, broken, settings), { workers: 1 }),
    ).rejects.toThrow("interrupted");
    expect(first).toEqual([0, 1, 2, 3, 4]);
    const second: number[] = [];
    const sound = squares(second);
    const resumed = await computeAllRows(sound, settings, openRowLog(folder, sound, settings), {
      workers: 1,
    });
    expect(second).toEqual([5, 6, 7]);
    expect(resumed).toEqual(whole);
  });

  it("a line cut short is dropped and computed again", async () => {
    const computation = squares([]);
    const log = openRowLog(folder, computation, settings);
    await computeAllRows(computation, settings, log, { workers: 1 });
    const text = readFileSync(log.path, "utf8");
    writeFileSync(log.path, text.slice(0, -9));
    const again: number[] = [];
    const reopened = openRowLog(folder, squares(again), settings);
    expect(reopened.finished.size).toBe(7);
    await computeAllRows(squares(again), settings, reopened, { workers: 1 });
    expect(again).toEqual([7]);
    expect(readFileSync(log.path, "utf8")).toBe(text);
  });

  it("nothing after a damaged line is trusted", () => {
    const computation = squares([]);
    const log = openRowLog(folder, computation, settings);
    log.append(0, { squares: [] });
    appendFileSync(log.path, "{ not json\n");
    log.append(1, { squares: [] });
    expect([...openRowLog(folder, computation, settings).finished.keys()]).toEqual([0]);
  });

  it("other settings or another revision are another file", () => {
    const computation = squares([]);
    const hashes = [
      settingsHash(computation, { resolution: 8 }),
      settingsHash(computation, { resolution: 9 }),
      settingsHash({ ...computation, revision: 2 }, { resolution: 8 }),
    ];
    expect(new Set(hashes).size).toBe(3);
  });
});
