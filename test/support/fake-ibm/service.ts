import { createHash, randomBytes } from "node:crypto";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { configurationOf, fakeDevices, listingOf, propertiesOf } from "./devices.ts";
import { type Cue, type Fault, faultByChance, stream, type Weather } from "./faults.ts";

/**
 * A stand-in for the IBM Quantum service: keeps jobs, queues them, answers in the service's forms (API version
 * 2026-04-15, hex samples) and fails on cue or by chance. It does not simulate circuits: samples are pseudo-random
 * numbers that follow from the circuit's text, so that a test can tell whose results it holds.
 */

export const fakeKey = "fake-ibm-api-key-0123456789abcdef";
export const fakeCrn =
  "crn:v1:bluemix:public:quantum-computing:us-east:a/0123456789abcdef:11111111-2222-3333-4444-555555555555::";

/** Bits of a circuit, shot by shot, c[0] first. */
export type Sampler = (backend: string, qasm: string, shots: number) => Uint8Array;

export interface FakeOptions {
  /** Simulates the circuits; without it samples are pseudo-random. */
  readonly sampler?: Sampler;
  readonly queue_ms?: number;
  readonly run_ms?: number;
  /** How long a new job is missing from lists. */
  readonly unlisted_ms?: number;
  readonly token_s?: number;
  readonly jobs_per_minute?: number;
  readonly remaining_s?: number | null;
  readonly open_plan?: boolean;
  readonly weather?: Weather;
}

export interface FakeJob {
  readonly id: string;
  readonly tags: string[];
  readonly backend: string;
  readonly private: boolean;
  readonly created: number;
  readonly starts: number;
  readonly ends: number;
  readonly params: { pubs: [string, Record<string, number> | null, number][] };
  readonly body: Record<string, unknown>;
  cancelled: boolean;
  reads: number;
  resultsDeleted: boolean;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly type?: string;
}

/** Sample `shot` of a register: what the fake service answers for this text. */
export function fakeSample(qasm: string, register: string, shot: number, num_bits: number): bigint {
  const digest = createHash("sha256").update(`${register}/${shot}/${qasm}`).digest("hex");
  return BigInt(`0x${digest}`) & ((1n << BigInt(num_bits)) - 1n);
}

export function fakeResults(pubs: FakeJob["params"]["pubs"]): object {
  return {
    results: pubs.map(([qasm, , shots]) => ({
      data: Object.fromEntries(
        [...qasm.matchAll(/\bbit\[(\d+)\]\s+(\w+)\s*;/g)].map(([, bits, name]) => [
          name,
          {
            samples: Array.from(
              { length: shots },
              (_, s) => `0x${fakeSample(qasm, name!, s, Number(bits)).toString(16)}`,
            ),
            num_bits: Number(bits),
          },
        ]),
      ),
      metadata: { circuit_metadata: {} },
    })),
    metadata: { version: 2 },
  };
}

function sampledResults(sampler: Sampler, backend: string, pubs: FakeJob["params"]["pubs"]): object {
  return {
    results: pubs.map(([qasm, , shots]) => {
      const [, width, name] = /\bbit\[(\d+)\]\s+(\w+)\s*;/.exec(qasm)!;
      const num_bits = Number(width);
      const bits = sampler(backend, qasm, shots);
      const samples = Array.from({ length: shots }, (_, shot) => {
        let value = 0;
        for (let k = 0; k < num_bits; k++) value |= bits[shot * num_bits + k]! << k;
        return `0x${value.toString(16)}`;
      });
      return { data: { [name!]: { samples, num_bits } }, metadata: { circuit_metadata: {} } };
    }),
    metadata: { version: 2 },
  };
}

function problem(status: number, code: number | string, message: string, solution?: string): Answer {
  return {
    status,
    body: {
      trace: "fake",
      errors: [{ code, message, ...(solution === undefined ? {} : { solution }), more_info: "" }],
    },
  };
}

export class FakeIbm {
  readonly jobs = new Map<string, FakeJob>();
  readonly sessions = new Map<string, { mode: string; backend: string; open: boolean }>();
  readonly requests: {
    method: string;
    path: string;
    authorization: string;
    query: unknown;
    version: string;
  }[] = [];
  tokens = new Set<string>();
  keyWorks = true;
  tokensIssued = 0;
  readonly #options: FakeOptions;
  readonly #cues: { -readonly [K in keyof Cue]: Cue[K] }[] = [];
  readonly #random: () => number;
  readonly #server: FastifyInstance;
  readonly #posts: number[] = [];
  #busyUntil = 0;

  constructor(options: FakeOptions = {}) {
    this.#options = options;
    this.#random = stream(options.weather?.seed ?? 1);
    this.#server = Fastify({ bodyLimit: 100 << 20, forceCloseConnections: true });
    this.#server.addContentTypeParser(
      "application/x-www-form-urlencoded",
      { parseAs: "string" },
      (_r, body, done) => done(null, Object.fromEntries(new URLSearchParams(body as string))),
    );
    this.#server.all("/*", (request, reply) => this.#serve(request, reply));
  }

  async start(port = 0): Promise<string> {
    return this.#server.listen({ port, host: "127.0.0.1" });
  }

  stop(): Promise<void> {
    return this.#server.close();
  }

  cue(cue: Cue): void {
    this.#cues.push({ ...cue, times: cue.times ?? 1 });
  }

  /** Drops all cues. */
  forget(): void {
    this.#cues.length = 0;
  }

  /** All jobs by each of their tags, cancelled ones too. */
  jobsByTag(): Map<string, FakeJob[]> {
    const found = new Map<string, FakeJob[]>();
    for (const job of this.jobs.values()) {
      for (const tag of job.tags) found.set(tag, [...(found.get(tag) ?? []), job]);
    }
    return found;
  }

  async #serve(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const [path] = request.url.split("?");
    const method = request.method;
    this.requests.push({
      method,
      path: path!,
      authorization: String(request.headers.authorization ?? ""),
      query: request.query,
      version: String(request.headers["ibm-api-version"] ?? ""),
    });
    const weather = this.#options.weather;
    if (weather) await new Promise((resolve) => setTimeout(resolve, this.#random() * weather.delay_ms));
    const short = path!.replace(/^\/api\/v1/, "");
    const fault =
      this.#cued(method, short) ?? (weather ? faultByChance(weather, this.#random, method === "POST") : null);
    const act = () => this.#answer(method, short, request);
    return fault === null ? send(reply, act()) : misbehave(fault, request, reply, act);
  }

  #cued(method: string, path: string): Fault | null {
    const cue = this.#cues.find(
      (c) => c.times! > 0 && c.method === method && new RegExp(`^${c.path}$`).test(path),
    );
    if (cue === undefined) return null;
    cue.times = cue.times! - 1;
    return cue.fault;
  }

  #answer(method: string, path: string, request: FastifyRequest): Answer {
    const body = (request.body ?? {}) as Record<string, unknown>;
    const query = request.query as Record<string, string | string[]>;
    if (path === "/identity/token") return this.#token(body);
    const authorization = String(request.headers.authorization ?? "");
    const known =
      this.keyWorks &&
      (this.tokens.has(authorization.replace(/^Bearer /, "")) || authorization === `apikey ${fakeKey}`);
    if (!known) return problem(401, 1200, `User is not authorized: ${authorization}`);
    if (path === "/versions") return { status: 200, body: versions };
    if (request.headers["service-crn"] !== fakeCrn) {
      return problem(404, 1279, `Instance ${String(request.headers["service-crn"])} not found`);
    }
    const [, room, id, what] = path.split("/");
    if (room === "backends") return this.#backends(id, what, query);
    if (room === "instances" && id === "usage") return this.#usage();
    if (room === "sessions") return this.#sessions(method, id, body);
    if (room === "jobs" && id === undefined)
      return method === "POST" ? this.#create(body) : this.#list(query);
    if (room === "jobs") return this.#job(method, id!, what, body);
    return problem(404, "not_found", `nothing at ${path}`);
  }

  #token(form: Record<string, unknown>): Answer {
    if (form.apikey !== fakeKey || !this.keyWorks) {
      return {
        status: 400,
        body: { errorMessage: "Provided API key could not be found.", errorCode: "fake" },
      };
    }
    const expires_in = this.#options.token_s ?? 3600;
    const access_token = `eyJ-fake-token-${randomBytes(24).toString("hex")}`;
    this.tokens.add(access_token);
    this.tokensIssued++;
    const expiration = Math.floor(Date.now() / 1000) + expires_in;
    return {
      status: 200,
      body: { access_token, refresh_token: "not_supported", token_type: "Bearer", expires_in, expiration },
    };
  }

  #backends(
    id: string | undefined,
    what: string | undefined,
    query: Record<string, string | string[]>,
  ): Answer {
    const now = Date.now();
    const queued = [...this.jobs.values()].filter((job) => !job.cancelled && job.starts > now).length;
    if (id === undefined) {
      const waits = query.fields === "wait_time_seconds";
      return {
        status: 200,
        body: { devices: fakeDevices.map((device) => listingOf(device, queued, waits)) },
      };
    }
    const device = fakeDevices.find(({ name }) => name === id);
    if (device === undefined) return problem(404, "not_found", `backend ${id} not found`);
    if (what === "configuration") return { status: 200, body: configurationOf(device) };
    if (what === "properties") {
      return {
        status: 200,
        body: propertiesOf(device, String(query.updated_before ?? "2026-04-17T12:19:24+02:00")),
      };
    }
    const status = {
      state: true,
      status: "active",
      message: "",
      length_queue: queued,
      backend_version: "1.0.0",
    };
    return { status: 200, body: status };
  }

  #usage(): Answer {
    const left = this.#options.remaining_s === undefined ? 540 : this.#options.remaining_s;
    const limit = left === null ? {} : { usage_limit_seconds: 60 + left };
    return {
      status: 200,
      body: {
        instance_id: fakeCrn,
        plan_id: "fake",
        usage_period: { start_time: "2026-11-01T00:00:00Z", end_time: "2026-11-29T00:00:00Z" },
        usage_consumed_seconds: 60,
        ...limit,
      },
    };
  }

  #sessions(method: string, id: string | undefined, body: Record<string, unknown>): Answer {
    if (id === undefined) {
      if (this.#options.open_plan && body.mode === "dedicated") {
        return problem(400, 1352, "You are not authorized to run a session when using the open plan.");
      }
      const fresh = randomBytes(8).toString("hex");
      this.sessions.set(fresh, { mode: String(body.mode), backend: String(body.backend), open: true });
      return { status: 200, body: this.#session(fresh) };
    }
    const session = this.sessions.get(id);
    if (session === undefined) return problem(404, "not_found", "no such session");
    if (method === "GET") return { status: 200, body: this.#session(id) };
    session.open = false;
    return { status: 204 };
  }

  #session(id: string): object {
    const { mode, backend, open } = this.sessions.get(id)!;
    return {
      id,
      backend_name: backend,
      mode,
      state: open ? "open" : "closed",
      accepting_jobs: open,
      max_ttl: 28_800,
    };
  }

  #create(body: Record<string, unknown>): Answer {
    const now = Date.now();
    const limit = this.#options.jobs_per_minute ?? 5;
    while (this.#posts.length > 0 && this.#posts[0]! < now - 60_000) this.#posts.shift();
    if (this.#posts.length >= limit)
      return problem(429, 1202, `too many create job requests: limit is ${limit} per minute`);
    this.#posts.push(now);
    const device = fakeDevices.find(({ name }) => name === body.backend);
    if (device === undefined) return problem(404, 1007, `backend ${String(body.backend)} not found`);
    const tags = body.tags as string[];
    if (tags.length > 5) return problem(400, 1204, "too many tags");
    if (tags.some((tag) => tag.length > 24)) return problem(400, 1205, "tag too long");
    const cost = body.cost as number;
    if (!Number.isInteger(cost) || cost < 0 || cost > 10_800) return problem(400, 1002, "cost: 0..10800");
    const params = body.params as FakeJob["params"];
    const strange = Object.keys(params).find(
      (key) => !["pubs", "options", "shots", "support_qiskit", "version"].includes(key),
    );
    if (strange !== undefined) return problem(400, 1002, `params: ${strange} is not allowed`);
    const id = randomBytes(10).toString("hex");
    const starts = Math.max(now + (this.#options.queue_ms ?? 0), this.#busyUntil);
    const ends = starts + (this.#options.run_ms ?? 0);
    this.#busyUntil = ends;
    this.jobs.set(id, {
      ...{
        id,
        tags: [...tags],
        backend: device.name,
        private: body.private === true,
        created: now,
        starts,
        ends,
        params,
        body,
      },
      ...{ cancelled: false, reads: 0, resultsDeleted: false },
    });
    return { status: 200, body: { id, backend: device.name } };
  }

  #list(query: Record<string, string | string[]>): Answer {
    const limit = Number(query.limit ?? 200);
    const offset = Number(query.offset ?? 0);
    const tags = query.tags === undefined ? [] : [query.tags].flat();
    const listed = Date.now() - (this.#options.unlisted_ms ?? 0);
    const jobs = [...this.jobs.values()]
      .filter((job) => job.created <= listed && tags.every((tag) => job.tags.includes(tag)))
      .toReversed();
    return {
      status: 200,
      body: {
        jobs: jobs.slice(offset, offset + limit).map((job) => this.#describe(job)),
        count: jobs.length,
        limit,
        offset,
      },
    };
  }

  #job(method: string, id: string, what: string | undefined, body: Record<string, unknown>): Answer {
    const job = this.jobs.get(id);
    if (job === undefined) return problem(404, "not_found", "job not found");
    const status = this.#state(job).status;
    if (what === undefined && method === "GET") return { status: 200, body: this.#describe(job) };
    if (what === undefined && method === "DELETE") {
      if (status === "Queued" || status === "Running")
        return problem(409, "conflict", "job is not in a final state");
      this.jobs.delete(id);
      return { status: 204 };
    }
    if (what === "cancel") {
      if (status !== "Queued" && status !== "Running")
        return problem(409, "conflict", "job cannot be cancelled");
      job.cancelled = true;
      return { status: 204 };
    }
    if (what === "tags") {
      job.tags.splice(0, job.tags.length, ...(body.tags as string[]));
      return { status: 204 };
    }
    if (what === "results") {
      if (status !== "Completed" || job.resultsDeleted || (job.private && job.reads > 0))
        return { status: 204 };
      job.reads++;
      const { sampler } = this.#options;
      const { pubs } = job.params;
      return { status: 200, body: sampler ? sampledResults(sampler, job.backend, pubs) : fakeResults(pubs) };
    }
    if (what === "metrics") {
      const usage = {
        qpu_charge_time_seconds: status === "Completed" ? 3 : 0,
        status: status === "Completed" ? "complete" : "pending",
      };
      const timestamps = { created: iso(job.created), running: iso(job.starts), finished: iso(job.ends) };
      return { status: 200, body: { caller: "entrain", timestamps, usage } };
    }
    if (what === "logs") return { status: 200, body: "a line of log\n", type: "text/plain" };
    return problem(404, "not_found", "nothing here");
  }

  #state(job: FakeJob): { status: string; reason?: string; reason_code?: number } {
    if (job.cancelled) return { status: "Cancelled" };
    const now = Date.now();
    if (now < job.starts) return { status: "Queued" };
    if (now < job.ends) return { status: "Running" };
    const text = job.params.pubs.map(([qasm]) => qasm).join("\n");
    const device = fakeDevices.find(({ name }) => name === job.backend)!;
    if (/^\s*reset /m.test(text) && !device.instructions.includes("reset")) {
      const reason = "The instruction reset on qubits (1,) is not supported by the target system.";
      return { status: "Failed", reason, reason_code: 1517 };
    }
    if (text.includes("// fake: too long"))
      return { status: "Cancelled", reason: "ran too long", reason_code: 1305 };
    if (text.includes("// fake: unreadable"))
      return { status: "Failed", reason: "QASM could not be loaded", reason_code: 1603 };
    return { status: "Completed" };
  }

  #describe(job: FakeJob): object {
    const state = this.#state(job);
    return {
      id: job.id,
      backend: job.backend,
      created: iso(job.created),
      program: { id: job.body.program_id },
      state,
      status: state.reason_code === 1305 ? "Cancelled - Ran too long" : state.status,
      cost: job.body.cost,
      tags: job.tags,
      private: job.private,
    };
  }
}

const versions = {
  versions: [
    ...["2024-01-01", "2025-01-01", "2025-05-01"].map((version) => ({
      version,
      sunset_date: "2027-01-01",
      status: "deprecated",
    })),
    { version: "2026-04-15", status: "live" },
  ],
};

function iso(time: number): string {
  return new Date(time).toISOString();
}

function send(reply: FastifyReply, answer: Answer): unknown {
  reply.code(answer.status);
  if (answer.body === undefined) return reply.send();
  return reply
    .type(answer.type ?? "application/json")
    .send(answer.type ? answer.body : JSON.stringify(answer.body));
}

function misbehave(fault: Fault, request: FastifyRequest, reply: FastifyReply, act: () => Answer): unknown {
  const { socket } = request.raw;
  switch (fault.kind) {
    case "status": {
      if (fault.done) act();
      if (fault.retry_after !== undefined) reply.header("retry-after", fault.retry_after);
      reply.code(fault.status).type("application/json");
      return reply.send(
        JSON.stringify(fault.body ?? { errors: [{ code: fault.status, message: "on cue" }] }),
      );
    }
    case "page":
      if (fault.done) act();
      return reply.code(200).type("text/html").send("<!doctype html><title>IBM Quantum</title>");
    case "drop":
      if (fault.done) act();
      reply.hijack();
      socket.destroy();
      return reply;
    case "half": {
      const text = JSON.stringify(act().body ?? {});
      reply.hijack();
      reply.raw.writeHead(200, { "content-type": "application/json", "content-length": text.length });
      reply.raw.write(text.slice(0, text.length / 2), () => socket.destroy());
      return reply;
    }
    case "hang": {
      reply.hijack();
      if (fault.late_ms !== null) setTimeout(act, fault.late_ms);
      return reply;
    }
  }
}
