import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { problemSchema } from "../problem-details.ts";
import type { TaskPool } from "../tasks/task-pool.ts";
import { whileConnected } from "./simulations.ts";

const planRequest = z
  .strictObject({
    experiment: z.record(z.string(), z.unknown()).describe("As an experiment file holds it"),
    profile: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("A profile of one's own instead of a bundled one"),
    force: z.boolean().optional().describe("Predict even when the plan is infeasible"),
  })
  .meta({ id: "PlanRequest" });

/** `POST /v1/plans`: the twin of `entrain plan`. An infeasible plan is an answer, with `feasible: false`. */
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
}
