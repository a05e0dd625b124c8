import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { RunStore } from "#store/run-store";
import { problemSchema } from "../problem-details.ts";

const reference = z.object({ run: z.string().describe("Run id, number, UUID or latest") });

/** `GET /v1/runs/RUN/records`: what was measured, as it lies on disk, for whoever wants to take it away. */
export function addRunRecordRoutes(server: FastifyInstance, storeFolder: string): void {
  server.get<{ Params: z.infer<typeof reference> }>(
    "/v1/runs/:run/records",
    {
      schema: {
        summary: "Records of a run, one line of JSON each with its checksum, as far as they go",
        params: reference,
        response: { "4xx": problemSchema, "5xx": problemSchema },
      },
    },
    async ({ params }, reply) => {
      const store = RunStore.open(storeFolder);
      try {
        const id = store.resolve(params.run);
        const path = join(store.folder(id), "records.ndjson");
        reply
          .type("application/x-ndjson")
          .header("content-disposition", `attachment; filename="${id}.records.ndjson"`);
        return reply.send(existsSync(path) ? createReadStream(path) : "");
      } finally {
        store.close();
      }
    },
  );
}
