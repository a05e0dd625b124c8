import { setMaxListeners } from "node:events";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import { fastifySSE } from "@fastify/sse";
import swagger from "@fastify/swagger";
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import { jsonSchemaTransformObject } from "fastify-type-provider-zod";
import type { Registry } from "prom-client";
import type { z } from "zod";
import { EntrainError } from "#core/errors";
import { parseWith } from "#core/schema";
import { Lab, type LabOptions } from "#jobs/lab";
import { inDatabase } from "#store/database-fault";
import { TokenFile } from "#store/token-file";
import { answers, describeRoute } from "./answers.ts";
import { createDesignerThreads } from "./designer/threads.ts";
import { addEtags } from "./etags.ts";
import { addGuard } from "./guard.ts";
import { addMetrics } from "./metrics.ts";
import { addPage, contentSecurityPolicy } from "./page.ts";
import { failureOf, problemDetails, problemType } from "./problem-details.ts";
import { addCatalogueRoutes } from "./routes/catalogue.ts";
import { addDesignerRoutes } from "./routes/designer.ts";
import { addEngineRoutes } from "./routes/engine.ts";
import { addInstrumentRoutes } from "./routes/instruments.ts";
import { addPlanRoutes } from "./routes/plans.ts";
import { addRunRecordRoutes } from "./routes/run-records.ts";
import { addRunRoutes } from "./routes/runs.ts";
import { addSimulationRoutes } from "./routes/simulations.ts";
import { addSweepRoutes } from "./routes/sweeps.ts";
import { createTaskPool, TaskFailure, type TaskPool } from "./tasks/task-pool.ts";

export interface ServerOptions {
  readonly version: string;
  /** Folder of kept runs and of the file of tokens. */
  readonly store: string;
  readonly tokenFile: string;
  /** Address that will be listened on; other than this machine's own only with tokens. */
  readonly host: string;
  readonly threads?: number;
  readonly timeLimit_s?: number;
  /** Requests a minute and address. */
  readonly rateLimit?: number;
  /** PostgreSQL server; without one an embedded database in the store's folder. */
  readonly databaseUrl?: string | undefined;
  /** How the run engine works; for tests. */
  readonly lab?: Omit<LabOptions, "folder" | "databaseUrl" | "log">;
  /** What went wrong inside, one line of JSON each; secrets are never in it. */
  readonly log?: (line: string) => void;
}

declare module "fastify" {
  interface FastifyInstance {
    readonly lab: Lab;
  }
}

const localNames = ["localhost", "127.0.0.1", "::1", "[::1]"];

/** Bytes of a request's body. */
const bodyLimit = 16 * 1024 * 1024;

/** Tasks that wait for a thread. */
const queueLimit = 256;

/**
 * The HTTP API; not listening yet. `close` ends its threads.
 *
 * @throws EntrainError `serve.open` for an address that others can reach while there is no token
 */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const tokens = new TokenFile(options.tokenFile);
  const local = localNames.includes(options.host);
  if (!local && tokens.list().length === 0) {
    throw new EntrainError("serve.open", {
      path: "--host",
      message: `${options.host} can be reached from other machines, and no token keeps them out`,
      found: options.host,
      expected: "127.0.0.1, or a token first: entrain token add NAME --role operator",
    });
  }
  const server = fastify({
    bodyLimit,
    logger: false,
    // The library's ten seconds hold for closing too, which waits for answers that are being worked out and for
    // instruments on their way to a safe state.
    pluginTimeout: 0,
    routerOptions: { maxParamLength: 200 },
  });
  const log = options.log ?? (() => {});
  // Requests are checked with our messages; answers are written as they are.
  server.setValidatorCompiler(({ schema, httpPart }) => (value) => {
    if (httpPart === "body" && value !== undefined && isDescriptionOnly(schema as z.ZodType))
      return { value };
    return { value: parseWith(schema as z.ZodType, value ?? {}, "http.invalid") };
  });
  server.setSerializerCompiler(() => (value) => JSON.stringify(value));
  answerErrors(server, log);
  await server.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Entrain",
        version: options.version,
        description: "Planning and control of quantum-synchronization experiments.",
      },
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
      security: [{ bearer: [] }],
    },
    transform: describeRoute,
    transformObject: jsonSchemaTransformObject,
  });
  // Without TLS of its own the server must not send browsers to https; who puts TLS in front adds that there.
  await server.register(helmet, {
    strictTransportSecurity: false,
    contentSecurityPolicy,
  });
  await server.register(rateLimit, {
    max: options.rateLimit ?? 600,
    timeWindow: "1 minute",
    errorResponseBuilder: (_request, { max, ttl }) =>
      new EntrainError(
        "http.rate",
        {
          path: "",
          message: `more than ${max} requests a minute`,
          found: max + 1,
          expected: `another try in ${Math.ceil(ttl / 1000)} s`,
        },
        { retryable: true },
      ),
  });
  addGuard(server, { tokens, hosts: local ? localNames : undefined });
  const pool = createTaskPool({
    threads: options.threads ?? 2,
    queue: queueLimit,
    timeLimit_ms: 1000 * (options.timeLimit_s ?? 600),
  });
  const designer = createDesignerThreads();
  server.addHook("onListen", async () => designer.warm());
  server.addHook("onClose", async () => {
    await Promise.all([pool.close(), designer.close()]);
  });
  endConnectionsOnClose(server);
  const lab = new Lab({
    ...options.lab,
    folder: options.store,
    databaseUrl: options.databaseUrl,
    log: (entry) => log(JSON.stringify(entry)),
  });
  // Instruments are made safe at once, while answers under way are still finished.
  server.addHook("preClose", () => lab.halt());
  server.addHook("onClose", () => lab.close());
  await server.register(fastifySSE, { heartbeatInterval: 15_000 });
  addEtags(server);
  const registry = addMetrics(server, pool, lab);
  const closing = closingSignal(server);
  addServiceRoutes(server, pool, options.version);
  addHealthRoutes(server, lab, registry);
  addCatalogueRoutes(server);
  addSimulationRoutes(server, pool);
  addPlanRoutes(server, pool);
  addRunRoutes(server, lab);
  addEngineRoutes(server, { lab, pool, version: options.version, storeFolder: options.store, closing });
  addInstrumentRoutes(server, lab);
  addSweepRoutes(server, lab, closing);
  addRunRecordRoutes(server, { storeFolder: options.store, pool, version: options.version });
  addDesignerRoutes(server, designer);
  await addPage(server);
  server.decorate("lab", lab);
  await server.ready();
  return server;
}

/** Aborts when the server begins to close: streams end then. */
function closingSignal(server: FastifyInstance): AbortSignal {
  const controller = new AbortController();
  // One listener for each stream that is open.
  setMaxListeners(0, controller.signal);
  server.addHook("preClose", async () => controller.abort());
  return controller.signal;
}

/** An answer that is given while the server closes is the last one of its connection, which would be kept alive. */
function endConnectionsOnClose(server: FastifyInstance): void {
  let closing = false;
  server.addHook("preClose", async () => {
    closing = true;
  });
  server.addHook("onSend", async (_request, reply) => {
    if (closing) reply.header("connection", "close");
  });
}

/** Bodies of simulations are checked where they are simulated, in a thread. */
function isDescriptionOnly(schema: z.ZodType): boolean {
  return schema.meta()?.checked === "later";
}

function addServiceRoutes(server: FastifyInstance, pool: TaskPool, version: string): void {
  const open = { config: { role: "open" as const }, schema: { hide: true } };
  server.get("/healthz", open, async () => ({ status: "ok", version, ...pool.load() }));
  server.get("/v1/openapi.json", open, async () => server.swagger());
}

function addHealthRoutes(server: FastifyInstance, lab: Lab, registry: Registry): void {
  server.get("/readyz", { config: { role: "open" }, schema: { hide: true } }, async () => {
    const { database } = await lab.work();
    await inDatabase(() => database.executeSql("select 1"));
    return { status: "ready", database: database.kind };
  });
  server.get(
    "/metrics",
    {
      schema: {
        summary: "Numbers for Prometheus",
        response: answers({ 200: "text/plain" }),
      },
    },
    async (_request, reply) => {
      reply.type(registry.contentType).serializer((text: string) => text);
      return registry.metrics();
    },
  );
}

function answerErrors(server: FastifyInstance, log: (line: string) => void): void {
  const send = (request: FastifyRequest, reply: FastifyReply, error: unknown) => {
    const problem = problemDetails(error instanceof TaskFailure ? error.failure : failureOf(error));
    if (problem.status === 500) {
      const { method, routeOptions } = request;
      const trace = error instanceof Error ? error.stack : String(error);
      log(JSON.stringify({ level: "error", method, route: routeOptions.url ?? "unknown", trace }));
    }
    if (problem.status === 401) reply.header("www-authenticate", "Bearer");
    if (problem.status === 503) reply.header("retry-after", "5");
    return reply.code(problem.status).type(problemType).send(JSON.stringify(problem));
  };
  server.setErrorHandler((error, request, reply) => send(request, reply, translated(error as FastifyError)));
  server.setNotFoundHandler((request, reply) => {
    const { method, url } = request;
    const found = `${method} ${url.split("?")[0]}`;
    return send(
      request,
      reply,
      new EntrainError("http.not_found", {
        path: "",
        message: "there is nothing here",
        found,
        expected: "a path of /v1/openapi.json",
      }),
    );
  });
}

/** Fastify's own errors in our words. */
function translated(error: FastifyError | EntrainError | TaskFailure): unknown {
  if (error instanceof EntrainError || error instanceof TaskFailure) return error;
  const refuse = (
    code: string,
    message: string,
    expected: string,
    found: unknown = "the body of the request",
  ) => new EntrainError(code, { path: "", message, found, expected });
  switch (error.code) {
    case "FST_ERR_CTP_INVALID_JSON_BODY":
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return refuse("http.body_syntax", error.message, "a JSON document");
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return refuse("http.body_type", error.message, "content-type: application/json");
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return refuse("http.body_size", "the body is too large", `at most ${bodyLimit} bytes`);
    default:
      return error.statusCode !== undefined && error.statusCode < 500
        ? refuse("http.body_syntax", error.message, "a well-formed request")
        : error;
  }
}
