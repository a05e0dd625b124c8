import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { EntrainError } from "#core/errors";
import type { Lab } from "#jobs/lab";
import { answers } from "../answers.ts";

const instrumentSchema = z
  .object({
    key: z.string().describe("DRIVER/PROFILE"),
    run: z.string().nullable().describe("The run that drives it"),
    expires_at: z
      .string()
      .nullable()
      .describe("When the lease of that run's process ends unless it is prolonged"),
    unsafe: z.string().nullable().describe("Why nobody may drive it: its safe state was not reached"),
  })
  .meta({ id: "Instrument" });

const auditSchema = z
  .object({
    number: z.int(),
    at: z.string(),
    who: z.string().describe("Name of the token"),
    action: z.string(),
    subject: z.string().describe("Instrument or run"),
    detail: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "AuditEntry" });

const auditQuery = z.strictObject({
  subject: z.string().optional().describe("Of one instrument or run only"),
  before: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe("Older than this entry"),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** Who drives what, and who did what to it. */
export function addInstrumentRoutes(server: FastifyInstance, lab: Lab): void {
  server.get(
    "/v1/instruments",
    {
      schema: {
        summary: "Instruments that were driven, and by which run now",
        response: answers({ 200: z.array(instrumentSchema) }),
      },
    },
    async () => {
      const { engine } = await lab.work();
      return (await engine.queue.instruments()).map(({ key, holder, run, expiresAt, unsafe }) => ({
        key,
        run,
        expires_at: holder === null ? null : expiresAt.toISOString(),
        unsafe,
      }));
    },
  );
  const named = z.object({ instrument: z.string().describe("DRIVER/PROFILE, the slash as %2F") });
  server.post<{ Params: z.infer<typeof named> }>(
    "/v1/instruments/:instrument/clear",
    {
      config: { role: "operator" },
      schema: {
        summary: "Says that a person has seen to it that an instrument is safe",
        params: named,
        response: answers({ 200: z.object({ key: z.string() }) }),
      },
    },
    async ({ params, identity }) => {
      const { engine } = await lab.work();
      const key = params.instrument;
      if (!(await engine.clearUnsafe(key, identity!.name))) {
        throw new EntrainError("instrument.not_unsafe", {
          path: "instrument",
          message: `no instrument "${key}" is marked unsafe`,
          found: key,
          expected: "one of GET /v1/instruments that is",
        });
      }
      return { key };
    },
  );
  server.get<{ Querystring: z.infer<typeof auditQuery> }>(
    "/v1/audit",
    {
      config: { role: "operator" },
      schema: {
        summary: "Who did what to hardware, newest first",
        querystring: auditQuery,
        response: answers({
          200: z.object({
            entries: z.array(auditSchema),
            next: z.int().nullable().describe("`before` of the next page; null on the last"),
          }),
        }),
      },
    },
    async ({ query }) => {
      const { engine } = await lab.work();
      const rows = await engine.audit.list({ ...query, limit: query.limit + 1 });
      const entries = rows.slice(0, query.limit).map((row) => ({ ...row, at: row.at.toISOString() }));
      return { entries, next: rows.length > query.limit ? entries.at(-1)!.number : null };
    },
  );
}
