import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { findInstrument, instrumentDefinitions } from "#devices/drivers/instrument-definitions";
import { driverDescriptions, findDriver } from "#devices/drivers/registry";
import { profileHeadSchema } from "#ir/profile";
import { bundledProfiles, loadProfileDocument } from "#planning/load";
import { allProtocols, findAnyProtocol } from "#protocols/registry";
import { circuitTargets, findAnyTarget, targets } from "#protocols/targets/registry";
import { problemSchema } from "../problem-details.ts";

const named = z.object({ name: z.string() });
const responses = (schema: z.ZodType) => ({ 200: schema, "4xx": problemSchema, "5xx": problemSchema });
const anything = z.record(z.string(), z.unknown());

/** What there is: device profiles, protocols, targets, drivers. */
export function addCatalogueRoutes(server: FastifyInstance): void {
  const list = z.array(anything);
  /** Read once: they come with the program, and reading them takes a while. */
  let devices: readonly Record<string, unknown>[] | undefined;
  server.get(
    "/v1/devices",
    { schema: { summary: "Bundled device profiles", response: responses(list) } },
    async () => {
      devices ??= bundledProfiles().map((name) => {
        const { title, kind: platform } = profileHeadSchema.parse(loadProfileDocument(name, ""));
        return { name, title, platform };
      });
      return devices;
    },
  );
  server.get<{ Params: z.infer<typeof named> }>(
    "/v1/devices/:name",
    { schema: { summary: "A device profile", params: named, response: responses(anything) } },
    async ({ params }) => loadProfileDocument(bundled(params.name), "") as object,
  );
  server.get("/v1/protocols", { schema: { summary: "Protocols", response: responses(list) } }, async () =>
    allProtocols.map(({ kind, title }) => ({ kind, title })),
  );
  server.get<{ Params: z.infer<typeof named> }>(
    "/v1/protocols/:name",
    { schema: { summary: "A protocol and its parameters", params: named, response: responses(anything) } },
    async ({ params }) => {
      const { kind, title, description, schema } = findAnyProtocol(params.name);
      return {
        kind,
        title,
        description,
        schema: z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }),
      };
    },
  );
  server.get("/v1/targets", { schema: { summary: "Hardware stacks", response: responses(list) } }, async () =>
    [...targets, ...circuitTargets].map(({ kind, title }) => ({ kind, title })),
  );
  server.get<{ Params: z.infer<typeof named> }>(
    "/v1/targets/:name",
    { schema: { summary: "A hardware stack", params: named, response: responses(anything) } },
    async ({ params }) => {
      const { kind, title } = findAnyTarget(params.name);
      return { kind, title };
    },
  );
  server.get(
    "/v1/drivers",
    { schema: { summary: "Drivers and instruments", response: responses(list) } },
    async () => [...driverDescriptions, ...instrumentDefinitions],
  );
  server.get<{ Params: z.infer<typeof named> }>(
    "/v1/drivers/:name",
    { schema: { summary: "A driver or an instrument", params: named, response: responses(anything) } },
    async ({ params }) => findInstrument(params.name) ?? findDriver(params.name).description,
  );
}

/** A name without anything of a path in it: the loader would read files. */
function bundled(name: string): string {
  return /^[\w-]+$/.test(name) ? name : "?";
}
