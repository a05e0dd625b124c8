import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { EntrainError } from "#core/errors";
import { mapRequestSchema } from "#ir/map";
import type { Lab, LabWork } from "#jobs/lab";
import { noSweep, sweepId, sweepNumber } from "#jobs/sweeps/sweep-board";
import { planeNames } from "#simulators/index";
import type { SweepRow } from "#store/engine/sweep-table";
import { answers } from "../answers.ts";
import { sendEvents } from "../event-stream.ts";
import { idempotencyHeaders, requestKey } from "./engine.ts";

const reference = z.object({ sweep: z.string().describe("Id or number of a sweep") });

const sweepSchema = z
  .object({
    id: z.string(),
    state: z.enum(["running", "done", "failed", "cancelled"]),
    failure: z.string().nullable(),
    tiles: z.object({ done: z.int(), total: z.int() }),
    map: z.record(z.string(), z.unknown()).describe("The request, completed"),
    submitted_by: z.string(),
    created_at: z.string(),
    updated_at: z.string(),
    workers: z.record(z.string(), z.int()).optional().describe("Tiles by who computed them"),
  })
  .meta({ id: "Sweep" });

const planesSchema = z.object({
  total: z.int().describe("Tiles of the whole map"),
  from: z.int(),
  next: z.int().nullable().describe("`from` of the next page; null when there are no more for now"),
  tiles: z.array(
    z.object({
      index: z.int(),
      column: z.int().describe("Of the first point"),
      row: z.int(),
      columns: z.int(),
      rows: z.int(),
      planes: z
        .record(z.string(), z.array(z.number().nullable()))
        .describe("Row by row; null where a quantity is not defined"),
    }),
  ),
});

const planesQuery = z.strictObject({
  planes: z
    .string()
    .default("state,flags,order_parameter")
    .describe(`Quantities, with commas between: ${planeNames.join(", ")}`),
  from: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(0)
    .describe("Tiles to leave out, in order of arrival"),
  limit: z.coerce.number().int().min(1).max(256).default(64),
});

const listQuery = z.strictObject({
  before: z.string().optional().describe("Only sweeps older than this one: `next` of the page before"),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** Written when a map is complete, with the names `entrain map` gives them. */
const files = { "map.csv": "text/csv", "map.svg": "image/svg+xml", "map.png": "image/png" } as const;

/** Maps computed tile by tile, by this server's threads and whatever workers join. */
export function addSweepRoutes(server: FastifyInstance, lab: Lab, closing: AbortSignal): void {
  const shown = ({ sweeps }: LabWork, row: SweepRow) => ({
    id: sweepId(row.number),
    state: row.state,
    failure: row.failure,
    tiles: { done: sweeps.done(row), total: row.tiles },
    map: row.request,
    submitted_by: row.submittedBy,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  });
  const find = async (id: string) => {
    const work = await lab.work();
    const number = sweepNumber(id);
    const row = number === null ? null : await work.sweeps.table.find(number);
    if (row === null) throw noSweep(id);
    return { work, row };
  };

  server.post(
    "/v1/sweeps",
    {
      config: { role: "designer" },
      schema: {
        summary: "Has a map computed, tile by tile",
        description: "The document of `entrain map`. Acknowledged when it is kept.",
        headers: idempotencyHeaders,
        body: mapRequestSchema.clone().meta({ id: "MapRequest", checked: "later" }),
        response: answers({ 202: sweepSchema }),
      },
    },
    async (request, reply) => {
      const work = await lab.work();
      const key = requestKey(request);
      const known = key === undefined ? null : await work.engine.queue.accepted(key);
      const who = request.identity!.name;
      const row =
        known === null
          ? await work.sweeps.submit(request.body, "fast", who, key)
          : (await work.sweeps.table.find(Number(known)))!;
      reply.code(202).header("location", `/v1/sweeps/${sweepId(row.number)}`);
      return shown(work, row);
    },
  );

  server.get<{ Querystring: z.infer<typeof listQuery> }>(
    "/v1/sweeps",
    {
      schema: {
        summary: "Sweeps, newest first",
        querystring: listQuery,
        response: answers({ 200: z.object({ sweeps: z.array(sweepSchema), next: z.string().nullable() }) }),
      },
    },
    async ({ query }) => {
      const work = await lab.work();
      const before = query.before === undefined ? undefined : sweepNumber(query.before);
      if (before === null) throw noSweep(query.before!);
      const rows = await work.sweeps.table.list({ before, limit: query.limit + 1 });
      const page = rows.slice(0, query.limit);
      return {
        sweeps: page.map((row) => shown(work, row)),
        next: rows.length > query.limit ? sweepId(page.at(-1)!.number) : null,
      };
    },
  );

  server.get<{ Params: z.infer<typeof reference> }>(
    "/v1/sweeps/:sweep",
    { schema: { summary: "A sweep", params: reference, response: answers({ 200: sweepSchema }) } },
    async ({ params }) => {
      const { work, row } = await find(params.sweep);
      return { ...shown(work, row), workers: await work.sweeps.table.workers(row.number) };
    },
  );

  server.get<{ Params: z.infer<typeof reference>; Querystring: z.infer<typeof planesQuery> }>(
    "/v1/sweeps/:sweep/planes",
    {
      schema: {
        summary: "The tiles so far, in the order they came",
        params: reference,
        querystring: planesQuery,
        response: answers({ 200: planesSchema }),
      },
    },
    async ({ params, query }) => {
      const { work, row } = await find(params.sweep);
      const names = query.planes.split(",").map((name) => planeNamed(name.trim()));
      const { from, limit } = query;
      const tiles = work.sweeps.tiles(row, names, from, limit);
      const end = from + tiles.length;
      return { total: row.tiles, from, next: end < work.sweeps.done(row) ? end : null, tiles };
    },
  );

  server.post<{ Params: z.infer<typeof reference> }>(
    "/v1/sweeps/:sweep/cancel",
    {
      config: { role: "designer" },
      schema: { summary: "Gives a sweep up", params: reference, response: answers({ 200: sweepSchema }) },
    },
    async ({ params }) => {
      const { work, row } = await find(params.sweep);
      if (!(await work.sweeps.cancel(row.number))) {
        throw new EntrainError("sweep.ended", {
          path: "sweep",
          message: "the sweep has ended",
          found: row.state,
          expected: "one that is running",
        });
      }
      return shown(work, (await work.sweeps.table.find(row.number))!);
    },
  );

  server.get<{ Params: z.infer<typeof reference> }>(
    "/v1/sweeps/:sweep/events",
    {
      sse: "manual",
      schema: {
        summary: "Tiles as they come, as server-sent events",
        description:
          "`tile` {done, total, index}, and at last `end` {state, failure}. With Last-Event-ID the stream goes on after " +
          "that event; 204 when nothing will come any more.",
        params: reference,
        headers: z.looseObject({ "last-event-id": z.string().max(100).optional() }),
        response: answers({ 200: "text/event-stream", 204: null }),
      },
    },
    async (request, reply) => {
      const { work, row } = await find(request.params.sweep);
      const given = request.headers["last-event-id"] as string | undefined;
      const last = /^\d{1,9}$/.test(given ?? "") ? Number(given) : 0;
      if (given !== undefined && row.state !== "running" && last >= work.sweeps.done(row)) {
        return reply.code(204).send();
      }
      await sendEvents(reply, (signal) => work.sweeps.events(row.number, last, signal), closing);
    },
  );

  for (const name of ["map.csv", "map.svg", "map.png"] as const) {
    const type = files[name];
    server.get<{ Params: z.infer<typeof reference> }>(
      `/v1/sweeps/:sweep/${name}`,
      {
        schema: {
          summary: `The finished map as ${name.slice(4).toUpperCase()}`,
          params: reference,
          response: answers({ 200: type }),
        },
      },
      async ({ params }, reply) => {
        const { work, row } = await find(params.sweep);
        if (row.state !== "done") {
          throw new EntrainError("sweep.unfinished", {
            path: "sweep",
            message: "the map is not finished",
            found: row.state,
            expected: "done",
          });
        }
        return reply.type(type).send(createReadStream(join(work.sweeps.folder(row.number), name)));
      },
    );
  }
}

function planeNamed(name: string): (typeof planeNames)[number] {
  const found = planeNames.find((known) => known === name);
  if (found !== undefined) return found;
  throw new EntrainError("http.invalid", {
    path: "planes",
    message: `there is no quantity "${name}"`,
    found: name,
    expected: planeNames.join(", "),
  });
}
