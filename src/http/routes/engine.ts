import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { type RunManifest, runManifestSchema } from "#ir/run";
import type { Lab } from "#jobs/lab";
import type { RequestKey } from "#store/engine/run-queue";
import { answers } from "../answers.ts";
import { sendEvents } from "../event-stream.ts";
import type { TaskPool } from "../tasks/task-pool.ts";
import { whileConnected } from "./simulations.ts";

const reference = z.object({ run: z.string().describe("Run id, number, UUID or latest") });

const runRequest = z
  .strictObject({
    experiment: z
      .union([z.record(z.string(), z.unknown()), z.string().max(1_000_000)])
      .describe("As an experiment file holds it: a document, or the text of one"),
    profile: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("A profile of one's own instead of a bundled one"),
    driver: z.string().optional().describe("What runs the program; default: the experiment's"),
    program: z
      .string()
      .max(4_000_000)
      .optional()
      .describe("Program text to run in the place of the compiled one"),
    force: z.boolean().optional().describe("Run even when the plan is infeasible"),
  })
  .meta({ id: "RunRequest" });

const acceptedSchema = z
  .object({
    id: z.string(),
    state: z.string().describe("Where the run stands now"),
    manifest: runManifestSchema,
  })
  .meta({ id: "AcceptedRun" });

const changedSchema = z
  .object({
    id: z.string(),
    state: z.string().describe("In the queue; an active run changes between two records"),
    wanted: z.enum(["run", "pause", "cancel"]).describe("What is wanted of a run that is active"),
  })
  .meta({ id: "ChangedRun" });

export const idempotencyHeaders = z.looseObject({
  "idempotency-key": z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/)
    .optional()
    .describe("The same key and body are accepted once, however often they are sent"),
});

/** The key a caller gave this request, with what stands under it. */
export function requestKey(request: FastifyRequest): RequestKey | undefined {
  const key = request.headers["idempotency-key"];
  if (typeof key !== "string") return undefined;
  const digest = createHash("sha256")
    .update(JSON.stringify([request.method, request.routeOptions.url, request.body]))
    .digest("hex");
  return { who: request.identity!.name, key, digest };
}

/** Starting runs, changing their course, and watching them. */
export function addEngineRoutes(
  server: FastifyInstance,
  options: {
    readonly lab: Lab;
    readonly pool: TaskPool;
    readonly version: string;
    readonly storeFolder: string;
    readonly closing: AbortSignal;
  },
): void {
  const { lab, pool, version, storeFolder, closing } = options;
  /** Requests of this process that are being accepted, so that one sent twice is planned once. */
  const accepting = new Map<string, Promise<string>>();

  server.post<{ Body: z.infer<typeof runRequest> }>(
    "/v1/runs",
    {
      config: { role: "operator" },
      schema: {
        summary: "Plans a run and has it carried out",
        description:
          "Acknowledged when it is on disk: from then on it is carried out whatever happens to the server.",
        headers: idempotencyHeaders,
        body: runRequest,
        response: answers({ 202: acceptedSchema }),
      },
    },
    async (request, reply) => {
      const who = request.identity!.name;
      const { engine } = await lab.work();
      const key = requestKey(request);
      const accept = async () => {
        const known = key === undefined ? null : await engine.queue.accepted(key);
        if (known !== null) return known;
        const task = { kind: "keep-run", body: request.body, store: storeFolder, version } as const;
        const kept = (await pool.run(task, whileConnected(reply))) as RunManifest;
        return engine.submit(kept, who, key);
      };
      const id = await (key === undefined ? accept() : once(accepting, JSON.stringify(key), accept));
      const manifest = lab.store.manifest(id);
      reply.code(202).header("location", `/v1/runs/${id}`);
      return { id, state: manifest.state, manifest };
    },
  );

  const verbs = {
    pause: "Ends a run between two records, the instrument in its safe state; it can go on",
    resume: "Has a paused or failed run go on with the points that have no record yet",
    cancel: "Gives a run up for good, the instrument in its safe state",
  } as const;
  for (const [verb, summary] of Object.entries(verbs)) {
    server.post<{ Params: z.infer<typeof reference> }>(
      `/v1/runs/:run/${verb}`,
      {
        config: { role: "operator" },
        schema: { summary, params: reference, response: answers({ 202: changedSchema }) },
      },
      async ({ params, identity }, reply) => {
        const id = lab.store.resolve(params.run);
        const { engine } = await lab.work();
        const row = await engine.change(id, verb as keyof typeof verbs, identity!.name);
        reply.code(202).header("location", `/v1/runs/${id}`);
        return { id, state: row.state, wanted: row.wanted };
      },
    );
  }

  server.get<{ Params: z.infer<typeof reference> }>(
    "/v1/runs/:run/events",
    {
      sse: "manual",
      schema: {
        summary: "What happens to a run, as server-sent events",
        description:
          "`state` {state, at, failure}, `progress` {recorded, expected}, `judged` {outcome}. With Last-Event-ID the " +
          "stream goes on after that event; 204 when nothing will come any more.",
        params: reference,
        headers: z.looseObject({ "last-event-id": z.string().max(100).optional() }),
        response: answers({ 200: "text/event-stream", 204: null }),
      },
    },
    async (request, reply) => {
      const id = lab.store.resolve(request.params.run);
      const last = request.headers["last-event-id"] as string | undefined;
      if (lab.watch.over(id, last)) return reply.code(204).send();
      await sendEvents(reply, (signal) => lab.watch.events(id, last, signal), closing);
    },
  );
}

/** One at a time under a key; who comes meanwhile gets the same answer. */
function once(
  running: Map<string, Promise<string>>,
  key: string,
  work: () => Promise<string>,
): Promise<string> {
  const known = running.get(key);
  if (known !== undefined) return known;
  const started = work().finally(() => running.delete(key));
  running.set(key, started);
  return started;
}
