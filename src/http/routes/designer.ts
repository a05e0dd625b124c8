import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { parseWith } from "#core/schema";
import { goals, targetSchema } from "#ir/design";
import { previewPlanes } from "#ir/preview";
import type { DesignerThreads } from "../designer/threads.ts";
import { problemSchema } from "../problem-details.ts";
import { whileConnected } from "./simulations.ts";

/** Points along an edge of a preview. */
const mostPoints = 129;

const profile = z.string().describe("Name of a bundled profile of kind transmon");
const number = z.coerce.number();
const groups = z.coerce
  .number()
  .pipe(z.union([z.literal(1), z.literal(2)]))
  .default(1);

const knobs = {
  gain: number.optional().describe("γ+/γ−"),
  asymmetry: number.optional().describe("K/γ−; left out: that of the device"),
  coupling: number.optional().describe("V/γ−"),
  detuning: number.optional().describe("δ/γ−"),
  inter_coupling: number.optional().describe("V_AB/V"),
};

const axes = {
  x: z.string(),
  x_from: number,
  x_to: number,
  y: z.string(),
  y_from: number,
  y_to: number,
  points: z.coerce.number().int().min(2).max(mostPoints).default(33),
};

const pointQuery = z.strictObject({ profile, groups, ...knobs });
const reachQuery = z.strictObject({
  profile,
  groups,
  strategy: z.enum(["any", "natural"]).default("any").describe("natural: K of the sites alone"),
  ...knobs,
  ...axes,
});
const regionQuery = z.strictObject({ profile, gain: number.gt(0).default(0.5) });
const goalQuery = z.strictObject({
  profile,
  goal: z.enum(goals),
  margin: number.min(1).max(10).default(1.3),
});
const previewQuery = z.strictObject({
  preview: z.enum(["growth", "state"]).default("state"),
  ladder: z.enum(["boson", "spin-1"]).default("boson"),
  groups,
  ...knobs,
  ...axes,
});

type Axes = z.infer<z.ZodObject<typeof axes>>;
type Knobs = z.infer<z.ZodObject<typeof knobs>>;

function axesOf({ x, x_from, x_to, y, y_from, y_to, points }: Axes) {
  const axis = (parameter: string, from: number, to: number) => ({ parameter, from, to, points });
  return { x: axis(x, x_from, x_to), y: axis(y, y_from, y_to) };
}

function targetOf({ gain, asymmetry, coupling, detuning, inter_coupling }: Knobs) {
  const given = Object.entries({ gain, asymmetry, coupling, detuning, inter_coupling });
  return parseWith(
    targetSchema,
    Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    "http.invalid",
  );
}

/** A dragged knob asks some twenty times a second; the general limit is meant for other work. */
const rateLimit = { max: 6000, timeWindow: "1 minute" };

/** What the designer's page reads while knobs move; `docs/page.md`. */
export function addDesignerRoutes(server: FastifyInstance, threads: DesignerThreads): void {
  const answers = { 200: z.record(z.string(), z.unknown()), "4xx": problemSchema, "5xx": problemSchema };
  const binary = { "4xx": problemSchema, "5xx": problemSchema };
  const config = { role: "designer" as const, rateLimit };
  const kinds = Object.entries(previewPlanes).map(([name, planes]) => `${name}: ${planes.join(", ")}`);

  server.get<{ Querystring: z.infer<typeof pointQuery> }>(
    "/v1/designer/point",
    {
      config,
      schema: {
        summary: "Knobs, conditions and findings for a model on a device",
        querystring: pointQuery,
        response: answers,
      },
    },
    async ({ query }, reply) => {
      const job = {
        kind: "point" as const,
        profile: bundled(query.profile),
        groups: query.groups,
        target: targetOf(query),
      };
      return threads.run("quick", job, whileConnected(reply));
    },
  );
  server.get<{ Querystring: z.infer<typeof reachQuery> }>(
    "/v1/designer/reach",
    {
      config,
      schema: {
        summary: `Which models of a map a device reaches; binary, planes ${kinds.join("; ")}`,
        querystring: reachQuery,
        response: binary,
      },
    },
    async ({ query }, reply) => {
      const { x, y } = axesOf(query);
      const axis = (a: typeof x) => ({ ...a, scale: "linear" as const, parameter: parameterOf(a.parameter) });
      const job = {
        kind: "reach" as const,
        profile: bundled(query.profile),
        groups: query.groups,
        strategy: query.strategy,
        target: targetOf(query),
        x: axis(x),
        y: axis(y),
      };
      const bytes = await threads.run("quick", job, whileConnected(reply));
      return sendBytes(reply, bytes);
    },
  );
  server.get<{ Querystring: z.infer<typeof previewQuery> }>(
    "/v1/designer/map",
    {
      config,
      schema: {
        summary: `A small map of the model, γ− = 1; binary, planes ${kinds.join("; ")}`,
        querystring: previewQuery,
        response: binary,
      },
    },
    async ({ query }, reply) => {
      const { preview, ladder, gain = 1, asymmetry = 0, coupling = 0, detuning, inter_coupling } = query;
      const pair = query.groups === 2;
      const request = {
        gain,
        loss: 1,
        asymmetry,
        coupling,
        groups: query.groups,
        ladder: ladder === "boson" ? { boson: 1 } : [Math.SQRT2, Math.SQRT2],
        ...(pair ? { detuning: detuning ?? 0, inter_coupling: (inter_coupling ?? 1) * coupling } : {}),
        ...axesOf(query),
      };
      const job = { kind: "preview" as const, preview, request };
      const bytes = await threads.run(preview === "growth" ? "quick" : "slow", job, whileConnected(reply));
      return sendBytes(reply, bytes);
    },
  );
  server.get<{ Querystring: z.infer<typeof regionQuery> }>(
    "/v1/designer/region",
    {
      config,
      schema: { summary: "What a device reaches, in hertz", querystring: regionQuery, response: answers },
    },
    async ({ query }, reply) =>
      threads.run(
        "quick",
        { kind: "region", profile: bundled(query.profile), gain: query.gain },
        whileConnected(reply),
      ),
  );
  server.get<{ Querystring: z.infer<typeof goalQuery> }>(
    "/v1/designer/goal",
    {
      config,
      schema: {
        summary: "Models that reach a goal on a device, as `entrain design --goal`",
        querystring: goalQuery,
        response: answers,
      },
    },
    async ({ query: { profile: name, goal, margin } }, reply) =>
      threads.run("slow", { kind: "goal", profile: bundled(name), goal, margin }, whileConnected(reply)),
  );
}

const reachParameters = z.enum(["gain", "asymmetry", "coupling", "detuning", "inter_coupling"]);

function parameterOf(name: string) {
  return parseWith(reachParameters, name, "http.invalid");
}

function sendBytes(reply: FastifyReply, bytes: unknown) {
  return reply.type("application/octet-stream").send(Buffer.from(bytes as Uint8Array));
}

/** A name without anything of a path in it: the loader would read files. */
function bundled(name: string): string {
  return /^[\w-]+$/.test(name) ? name : "?";
}
