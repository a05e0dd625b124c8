import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseMapRequest } from "#ir/map";
import { SweepBoard } from "#jobs/sweeps/sweep-board";
import { SweepWorker } from "#jobs/sweeps/sweep-worker";
import { computeHere } from "#jobs/sweeps/tile-computer";
import { TileQueue } from "#jobs/sweeps/tile-queue";
import { makeMap } from "#maps/make-map";
import { createTileSolver, tilesOf } from "#simulators/index";
import { type Database, openInMemory, openServer } from "#store/database";
import { startPostgres } from "../../support/database.ts";

/** One group, K against V: 70 × 40 points in six tiles, each solved in milliseconds. */
const document = {
  gain: 0.5,
  loss: 1,
  x: { parameter: "asymmetry", from: -3, to: 3, points: 70 },
  y: { parameter: "coupling", from: 0, to: 3, points: 40 },
};
const request = parseMapRequest(document);
const of = tilesOf(request).length;

const postgres = startPostgres();
const direct = mkdtempSync(join(tmpdir(), "entrain-map-"));
beforeAll(() => makeMap(request, { folder: direct, workers: 1, method: "fast", preview: 0 }));
afterAll(() => {
  postgres?.stop();
  rmSync(direct, { recursive: true, force: true });
});

const databases: [string, () => Promise<Database>][] = [
  ["embedded", openInMemory],
  ...(postgres === null
    ? []
    : [["server", () => openServer(postgres.url)] as [string, () => Promise<Database>]]),
];

describe.each(databases)("sweeps on the %s database", (_, open) => {
  let database: Database;
  const folder = mkdtempSync(join(tmpdir(), "entrain-sweep-"));
  beforeAll(async () => {
    database = await open();
  });
  const quick = () => ({ database, computer: computeHere(), expire_s: 1, interval_ms: 20 });
  afterAll(async () => {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("give the files of `entrain map` byte for byte, whoever dies and whoever comes twice", async () => {
    const board = await SweepBoard.start({ ...quick(), folder });
    const row = await board.submit(document, "fast", "ada");

    // Two that take tiles and die: one at once, one after it handed in its numbers and before it said so.
    const dead = await TileQueue.open(database, { expire_s: 1 });
    const [lost, told] = await dead.take(2);
    expect([lost!.tile, told!.tile]).toEqual([0, 1]);
    const payload = new Uint8Array(createTileSolver(request, "fast")(told!.tile).buffer);
    expect(await board.table.keepTile(row.number, told!.tile, payload, "dead")).toBe(true);
    // And one that is as slow as to be taken for dead, and hands in what another did meanwhile.
    expect(await board.table.keepTile(row.number, told!.tile, payload, "slow")).toBe(false);

    const seen: unknown[] = [];
    const following = (async () => {
      for await (const { event, data } of board.events(row.number, 0, new AbortController().signal)) {
        seen.push(event === "tile" ? data.index : data.state);
      }
    })();
    const workers = await Promise.all([
      SweepWorker.start({ ...quick(), threads: 1, name: "one" }),
      SweepWorker.start({ ...quick(), threads: 1, name: "two" }),
    ]);
    await following;
    expect(seen.at(-1)).toBe("done");
    expect(seen.slice(0, -1).toSorted()).toEqual(Array.from({ length: of }, (_unused, k) => k));
    for (const name of ["map.csv", "map.svg", "map.png"]) {
      const made = readFileSync(join(board.folder(row.number), name));
      expect(made.equals(readFileSync(join(direct, name))), name).toBe(true);
    }
    const by = await board.table.workers(row.number);
    expect(Object.values(by).reduce((a, b) => a + b)).toBe(of);
    expect(by.dead).toBe(1);
    expect(by.slow).toBeUndefined();
    // The numbers are on disk: the database does not keep them as well.
    expect((await board.table.finishedTiles(row.number)).every(({ here }) => !here)).toBe(true);
    for (const worker of workers) await worker.stop();
    await dead.close();
    await board.stop();
  });

  it("are taken up by the next server, also where the disk lost tiles that it had", async () => {
    const first = await SweepBoard.start({ ...quick(), folder });
    const row = await first.submit(document, "fast", "ada");
    const solve = createTileSolver(request, "fast");
    const payload = (tile: number) => new Uint8Array(solve(tile).buffer);
    await first.table.keepTile(row.number, 3, payload(3), "one");
    await expect.poll(() => first.done(row)).toBe(1);
    await first.stop();
    rmSync(first.folder(row.number), { recursive: true });

    const second = await SweepBoard.start({ ...quick(), folder });
    expect(second.done(row)).toBe(0);
    const worker = await SweepWorker.start({ ...quick(), threads: 1, name: "one" });
    await expect
      .poll(async () => (await second.table.find(row.number))?.state, { timeout: 15_000 })
      .toBe("done");
    expect(
      readFileSync(join(second.folder(row.number), "map.csv")).equals(readFileSync(join(direct, "map.csv"))),
    ).toBe(true);
    const gone = await second.submit(document, "fast", "ada");
    expect(await second.cancel(gone.number)).toBe(true);
    expect(await second.cancel(gone.number)).toBe(false);
    await worker.stop();
    await second.stop();
  });

  it("go to this disk without the database when they were computed in this process", async () => {
    const board = await SweepBoard.start({ ...quick(), folder });
    const row = await board.submit(document, "fast", "ada");
    const waiting: number[] = [];
    const worker = await SweepWorker.start({
      ...quick(),
      threads: 1,
      name: "here",
      deliver: (sweep, tile, payload) => {
        const taken = board.deliver(sweep, tile, payload);
        expect(taken).toBe(true);
        expect(board.deliver(sweep, tile, payload)).toBe(true);
        return taken;
      },
      onTile: async (sweep) => {
        waiting.push((await board.table.waitingTiles(sweep, of)).length);
      },
    });
    await expect
      .poll(async () => (await board.table.find(row.number))?.state, { timeout: 15_000 })
      .toBe("done");
    expect(waiting).toEqual(Array(of).fill(0));
    const tiles = await board.table.finishedTiles(row.number);
    expect(tiles.map(({ tile }) => tile).toSorted()).toEqual(Array.from({ length: of }, (_unused, k) => k));
    expect(
      readFileSync(join(board.folder(row.number), "map.csv")).equals(readFileSync(join(direct, "map.csv"))),
    ).toBe(true);
    // A sweep that nobody has opened here: the database has to take it.
    expect(board.deliver(row.number + 1000, 0, new Uint8Array(8))).toBe(false);
    await worker.stop();
    await board.stop();
  });
});
