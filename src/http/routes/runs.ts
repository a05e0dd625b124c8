import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { runStates } from "#ir/run";
import { listRuns } from "#store/list-runs";
import type { RunFilter } from "#store/run-filter";
import { RunStore } from "#store/run-store";
import { problemSchema } from "../problem-details.ts";

const query = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  title: z.string().optional().describe("Occurs in the title"),
  state: z.enum(runStates).optional(),
  outcome: z.enum(["consistent", "inconsistent", "inconclusive", "none"]).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
});
const reference = z.object({ run: z.string().describe("Run id, number, UUID or latest") });
const anything = z.record(z.string(), z.unknown());

/** Kept runs, to look at. */
export function addRunRoutes(server: FastifyInstance, storeFolder: string): void {
  server.get<{ Querystring: z.infer<typeof query> }>(
    "/v1/runs",
    {
      schema: {
        summary: "Kept runs, newest first",
        querystring: query,
        response: { 200: anything, "4xx": problemSchema, "5xx": problemSchema },
      },
    },
    async (request) => {
      const { limit, title, state, outcome, since } = request.query;
      const filter: RunFilter = {
        limit,
        ...(title === undefined ? {} : { title }),
        ...(state === undefined ? {} : { state }),
        ...(outcome === undefined ? {} : { outcome: outcome === "none" ? null : outcome }),
        ...(since === undefined ? {} : { since: new Date(since) }),
      };
      const store = RunStore.open(storeFolder);
      try {
        const { runs, damaged, source } = await listRuns(store, filter, { index: false });
        return { runs, damaged, source };
      } finally {
        store.close();
      }
    },
  );
  server.get<{ Params: z.infer<typeof reference> }>(
    "/v1/runs/:run",
    {
      schema: {
        summary: "A run: manifest, plan, estimates, verdict",
        params: reference,
        response: { 200: anything, "4xx": problemSchema, "5xx": problemSchema },
      },
    },
    async ({ params }) => {
      const store = RunStore.open(storeFolder);
      try {
        const { manifest, plan, estimates, verdict } = store.read(store.resolve(params.run));
        return { manifest, plan, estimates, verdict };
      } finally {
        store.close();
      }
    },
  );
}
