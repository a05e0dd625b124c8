import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { RunStore } from "#store/run-store";
import { answers } from "../answers.ts";
import { problemSchema } from "../problem-details.ts";
import type { TaskPool } from "../tasks/task-pool.ts";
import { whileConnected } from "./simulations.ts";

const reference = z.object({ run: z.string().describe("Run id, number, UUID or latest") });

/**
 * What was measured, for whoever wants to take it away: `GET /v1/runs/RUN/records` as it lies on disk,
 * `GET /v1/runs/RUN/data.h5`, the twin of `entrain export`, and `GET /v1/runs/RUN/derived`, that of `derive`.
 */
export function addRunRecordRoutes(
  server: FastifyInstance,
  {
    storeFolder,
    pool,
    version,
  }: { readonly storeFolder: string; readonly pool: TaskPool; readonly version: string },
): void {
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
  const resolved = (run: string): string => {
    const store = RunStore.open(storeFolder);
    try {
      return store.resolve(run);
    } finally {
      store.close();
    }
  };
  server.get<{ Params: z.infer<typeof reference> }>(
    "/v1/runs/:run/derived",
    {
      schema: {
        summary: "States, pair correlations and rotation frequencies of a run, as `entrain derive`",
        params: reference,
        response: answers({ 200: z.record(z.string(), z.unknown()) }),
      },
    },
    async ({ params }, reply) => {
      const run = resolved(params.run);
      const derived = await pool.run({ kind: "derive", store: storeFolder, run }, whileConnected(reply));
      return { run, ...(derived as object) };
    },
  );
  server.get<{ Params: z.infer<typeof reference> }>(
    "/v1/runs/:run/data.h5",
    {
      schema: {
        summary: "A run as one HDF5 file: records so far, prediction, estimates, documents",
        params: reference,
        response: answers({ 200: "application/x-hdf5" }),
      },
    },
    async ({ params }, reply) => {
      const run = resolved(params.run);
      const folder = mkdtempSync(join(tmpdir(), "entrain-export-"));
      const remove = () => rmSync(folder, { recursive: true, force: true });
      try {
        const file = join(folder, `${run}.h5`);
        const task = { kind: "export", store: storeFolder, run, file, version } as const;
        await pool.run(task, whileConnected(reply));
        reply
          .type("application/x-hdf5")
          .header("content-length", statSync(file).size)
          .header("content-disposition", `attachment; filename="${run}.h5"`);
        return reply.send(createReadStream(file).once("close", remove));
      } catch (error) {
        remove();
        throw error;
      }
    },
  );
}
