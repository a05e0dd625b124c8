import { afterAll, expect, it } from "vitest";
import { TileQueue } from "#jobs/sweeps/tile-queue";
import { openServer } from "#store/database";
import { startPostgres } from "../../support/database.ts";

const postgres = startPostgres();
afterAll(() => postgres?.stop());

it.runIf(postgres !== null)(
  "many that start at once on an empty server all find the queue's tables",
  async () => {
    const databases = await Promise.all(Array.from({ length: 6 }, () => openServer(postgres!.url)));
    const opened = await Promise.allSettled(databases.map((database) => TileQueue.open(database)));
    await Promise.all(databases.map((database) => database.close()));
    expect(opened.flatMap((o) => (o.status === "rejected" ? [String(o.reason)] : []))).toEqual([]);
  },
);
