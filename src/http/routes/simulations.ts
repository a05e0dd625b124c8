import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { requestSchemas, type SimulationKind } from "#ir/simulate";
import { problemSchema } from "../problem-details.ts";
import type { TaskPool } from "../tasks/task-pool.ts";

const kinds = Object.keys(requestSchemas) as SimulationKind[];

/** Documents that one request may hold. */
const mostDocuments = 1000;

const answerSchema = z.record(z.string(), z.unknown());

/** `POST /v1/simulate/KIND`: the twin of `entrain simulate`, same body, same answer. */
export function addSimulationRoutes(server: FastifyInstance, pool: TaskPool): void {
  server.get(
    "/v1/simulate",
    {
      schema: {
        summary: "Kinds of simulation",
        response: {
          200: z.object({ kinds: z.array(z.string()) }),
          "4xx": problemSchema,
          "5xx": problemSchema,
        },
      },
    },
    async () => ({ kinds }),
  );
  for (const kind of kinds) {
    const document = requestSchemas[kind].meta({ id: `Simulate_${kind.replaceAll("-", "_")}` });
    server.post(
      `/v1/simulate/${kind}`,
      {
        config: { role: "designer" },
        // The body is checked by the simulation, as for the command line, not here.
        schema: {
          summary: `Simulation: ${kind}`,
          body: z.union([document, z.array(document).max(mostDocuments)]).meta({ checked: "later" }),
          response: {
            200: z.union([answerSchema, z.array(answerSchema)]),
            "4xx": problemSchema,
            "5xx": problemSchema,
          },
        },
      },
      async (request, reply) =>
        pool.run({ kind: "simulate", name: kind, body: request.body }, whileConnected(reply)),
    );
  }
}

/** Aborts when the connection closes before the answer is sent. */
export function whileConnected(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableEnded) controller.abort();
  });
  return controller.signal;
}
