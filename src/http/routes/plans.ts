import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { problemSchema } from "../problem-details.ts";
import type { TaskPool } from "../tasks/task-pool.ts";
import { whileConnected } from "./simulations.ts";

const members = {
  experiment: z
    .union([z.record(z.string(), z.unknown()), z.string().max(1_000_000)])
    .describe("As an experiment file holds it: a document, or the text of one"),
  profile: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("A profile of one's own instead of a bundled one"),
};
const planRequest = z
  .strictObject({
    ...members,
    force: z.boolean().optional().describe("Predict even when the plan is infeasible"),
  })
  .meta({ id: "PlanRequest" });
const compileRequest = z
  .strictObject({
    ...members,
    target: z.string().optional().describe("Hardware stack; default: the experiment's"),
    force: z.boolean().optional().describe("Compile even when the plan is infeasible"),
  })
  .meta({ id: "CompileRequest" });

const compiledSchema = z
  .object({
    target: z.string(),
    target_version: z.string(),
    sha256: z.string().describe("Of the program's text"),
    files: z.array(z.object({ name: z.string().describe("May contain folders"), text: z.string() })),
    quantisation: z
      .array(z.record(z.string(), z.unknown()))
      .describe("What was rounded to the stack's resolution"),
    assumptions: z.array(z.string()).describe("What is supposed about the stack"),
  })
  .meta({ id: "CompiledProgram" });

/**
 * `POST /v1/plans` and `/v1/compiles`: the twins of `entrain plan` and `compile`. An infeasible plan is an answer, with
 * `feasible: false`; an infeasible program is refused.
 */
export function addPlanRoutes(server: FastifyInstance, pool: TaskPool): void {
  server.post<{ Body: z.infer<typeof planRequest> }>(
    "/v1/plans",
    {
      config: { role: "designer" },
      schema: {
        summary: "Operating point, findings, predicted signals, cost",
        body: planRequest,
        response: { 200: z.record(z.string(), z.unknown()), "4xx": problemSchema, "5xx": problemSchema },
      },
    },
    async (request, reply) => pool.run({ kind: "plan", body: request.body }, whileConnected(reply)),
  );
  server.post<{ Body: z.infer<typeof compileRequest> }>(
    "/v1/compiles",
    {
      config: { role: "designer" },
      schema: {
        summary: "Program files for a hardware stack",
        body: compileRequest,
        response: { 200: compiledSchema, "4xx": problemSchema, "5xx": problemSchema },
      },
    },
    async (request, reply) => pool.run({ kind: "compile", body: request.body }, whileConnected(reply)),
  );
}
