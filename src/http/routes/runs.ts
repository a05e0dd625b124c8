import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { runStates } from "#ir/run";
import type { Lab } from "#jobs/lab";
import { pageOfRuns } from "#store/list-runs";
import type { RunFilter } from "#store/run-filter";
import { answers } from "../answers.ts";

const query = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  before: z.string().optional().describe("Only runs older than this one: `next` of the page before"),
  title: z.string().optional().describe("Occurs in the title"),
  state: z.enum(runStates).optional(),
  outcome: z.enum(["consistent", "inconsistent", "inconclusive", "none"]).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
});
const reference = z.object({ run: z.string().describe("Run id, number, UUID or latest") });
const anything = z.record(z.string(), z.unknown());

/** Kept runs, to look at. */
export function addRunRoutes(server: FastifyInstance, lab: Lab): void {
  server.get<{ Querystring: z.infer<typeof query> }>(
    "/v1/runs",
    {
      schema: {
        summary: "Kept runs, newest first",
        querystring: query,
        response: answers({ 200: anything }),
      },
    },
    async (request) => {
      const { limit, title, state, outcome, since, before } = request.query;
      const filter: RunFilter = {
        ...(title === undefined ? {} : { title }),
        ...(state === undefined ? {} : { state }),
        ...(outcome === undefined ? {} : { outcome: outcome === "none" ? null : outcome }),
        ...(since === undefined ? {} : { since: new Date(since) }),
      };
      const { runs, damaged, next } = pageOfRuns(lab.store, filter, limit, before);
      return { runs, damaged, source: "folders", next };
    },
  );
  server.get<{ Params: z.infer<typeof reference> }>(
    "/v1/runs/:run",
    {
      schema: {
        summary: "A run: manifest, plan, estimates, verdict, history of its states",
        params: reference,
        response: answers({ 200: anything }),
      },
    },
    async ({ params }) => {
      const { store } = lab;
      const id = store.resolve(params.run);
      const { manifest, plan, estimates, verdict } = store.read(id);
      return { manifest, plan, estimates, verdict, history: store.history(id) };
    },
  );
}
