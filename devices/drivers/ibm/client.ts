import { z } from "zod";
import { httpFault } from "../../transports/http/transport.ts";
import {
  type Backend,
  type BackendStatus,
  backendStatusSchema,
  backendsSchema,
  type Configuration,
  configurationSchema,
  createdJobSchema,
  type Job,
  jobSchema,
  jobsSchema,
  type Metrics,
  metricsSchema,
  type Properties,
  propertiesSchema,
  type Session,
  sessionSchema,
  type Usage,
  usageSchema,
  versionsSchema,
} from "./answers.ts";
import { apiVersion, type Call, Connection, type ConnectionOptions } from "./connection.ts";
import { IbmFault, isHtml } from "./faults.ts";

/** The body of `POST /jobs`. */
export interface JobRequest {
  readonly program_id: string;
  readonly backend: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** At most 5 of at most 24 characters: the narrower of the two limits that IBM's documents name. */
  readonly tags: readonly string[];
  /** Longest execution, whole seconds, 1 to 10800. */
  readonly cost: number;
  readonly log_level?: "critical" | "error" | "warning" | "info" | "debug";
  readonly session_id?: string;
  /** Sent only when true. Results of a private job can be read once. */
  readonly private?: true;
}

export interface VersionCheck {
  readonly version: string;
  readonly status: "live" | "deprecated" | "missing" | "unknown";
  readonly sunset_date: string | null;
  /** A sentence to show, or null when all is well. */
  readonly warning: string | null;
}

export interface JobFilter {
  readonly tags?: readonly string[];
  readonly backend?: string;
  readonly session_id?: string;
  readonly pending?: boolean;
  /** ISO, UTC. */
  readonly created_after?: string;
  readonly created_before?: string;
  /** Stops after so many. */
  readonly most?: number;
}

const pageSize = 200;

/** The service's REST API, version 2026-04-15, as far as it is used here; one method an endpoint. */
export class IbmClient {
  readonly connection: Connection;

  constructor(options: ConnectionOptions) {
    this.connection = new Connection(options);
  }

  /** Whether the version that this client speaks is still served. */
  async checkVersion(): Promise<VersionCheck> {
    const { versions } = await this.#get("/versions", versionsSchema);
    const ours = versions.find(({ version }) => version === apiVersion);
    const sunset_date = ours?.sunset_date ?? null;
    if (ours === undefined) {
      const warning = `The service no longer lists API version ${apiVersion}; it has ${versions.map((v) => v.version).join(", ")}. Look for a newer version of Entrain.`;
      return { version: apiVersion, status: "missing", sunset_date, warning };
    }
    if (ours.status === "live") return { version: apiVersion, status: "live", sunset_date, warning: null };
    if (ours.status === "unknown")
      return { version: apiVersion, status: "unknown", sunset_date, warning: null };
    const warning = `API version ${apiVersion} is ${ours.status}${sunset_date === null ? "" : ` and ends on ${sunset_date}`}.`;
    return { version: apiVersion, status: "deprecated", sunset_date, warning };
  }

  /** All devices of the instance, with queue lengths and waiting times. */
  async backends(): Promise<Backend[]> {
    return (await this.#get("/backends", backendsSchema, { fields: "wait_time_seconds" })).devices;
  }

  status(backend: string): Promise<BackendStatus> {
    return this.#backend(backend, "status", backendStatusSchema);
  }

  configuration(backend: string, options: { calibration_id?: string } = {}): Promise<Configuration> {
    return this.#backend(backend, "configuration", configurationSchema, options);
  }

  /** Calibration data: the newest, or what was in force at `updated_before` (ISO, UTC). */
  properties(
    backend: string,
    options: { updated_before?: string; calibration_id?: string } = {},
  ): Promise<Properties> {
    return this.#backend(backend, "properties", propertiesSchema, options);
  }

  /**
   * Creates a job. Waits its turn (5 a minute), then sends once: what happened after an error is for the caller to
   * find out (`certainlyNoJob`, `jobs` with the request's tag).
   *
   * @param aboutToSend - called when the turn has come
   */
  async createJob(
    request: JobRequest,
    aboutToSend = () => {},
    signal?: AbortSignal,
  ): Promise<{ id: string }> {
    await this.connection.turn(signal);
    if (signal?.aborted)
      throw httpFault("http.aborted", { method: "POST", url: this.connection.instance.base_url });
    aboutToSend();
    const call: Call = {
      method: "POST",
      path: "/jobs",
      body: request,
      subject: { creates: true, backend: request.backend },
      timeout_ms: this.connection.timeouts.create_ms,
      signal,
    };
    return { id: (await this.connection.json(createdJobSchema, call)).id };
  }

  /** Jobs of this instance in the service's order; reads page after page. */
  async jobs(filter: JobFilter = {}): Promise<Job[]> {
    const found: Job[] = [];
    const most = filter.most ?? Number.POSITIVE_INFINITY;
    for (let offset = 0; found.length < most; ) {
      const page = await this.#get("/jobs", jobsSchema, {
        limit: String(pageSize),
        offset: String(offset),
        exclude_params: "true",
        tags: filter.tags,
        backend: filter.backend,
        session_id: filter.session_id,
        pending: filter.pending === undefined ? undefined : String(filter.pending),
        created_after: filter.created_after,
        created_before: filter.created_before,
      });
      found.push(...page.jobs);
      offset += page.jobs.length;
      // A service that hands out smaller pages than asked for says so.
      if (page.jobs.length < Math.min(pageSize, page.limit ?? pageSize) || page.jobs.length === 0) break;
    }
    return found.slice(0, most);
  }

  job(id: string, signal?: AbortSignal): Promise<Job> {
    return this.connection.json(jobSchema, {
      method: "GET",
      path: `/jobs/${encodeURIComponent(id)}`,
      query: { exclude_params: "true" },
      subject: { job: id },
      signal,
    });
  }

  /**
   * The results as bytes, undecoded, so that they can be put on disk first; null when the service has none (204 or an
   * empty body).
   */
  async results(id: string, signal?: AbortSignal): Promise<Uint8Array | null> {
    const call: Call = {
      method: "GET",
      path: `/jobs/${encodeURIComponent(id)}/results`,
      subject: { job: id },
      timeout_ms: this.connection.timeouts.results_ms,
      signal,
    };
    const answer = await this.connection.send(call);
    if (answer.status === 204 || answer.body.length === 0) return null;
    if (isHtml(answer)) return this.connection.read(z.never(), answer, call);
    return answer.body;
  }

  metrics(id: string): Promise<Metrics> {
    return this.#job(id, "metrics", metricsSchema);
  }

  /** Log of a finished job; empty when there is none. Whatever secret of ours it holds is taken out. */
  async logs(id: string): Promise<string> {
    try {
      const answer = await this.connection.send({
        method: "GET",
        path: `/jobs/${encodeURIComponent(id)}/logs`,
        subject: { job: id },
      });
      return this.connection.redactor.clean(Buffer.from(answer.body).toString("utf8"));
    } catch (error) {
      if (error instanceof IbmFault && error.status === 404) return "";
      throw error;
    }
  }

  /** @throws IbmFault `ibm.wrong_state` when the job can no longer be cancelled */
  async cancelJob(id: string): Promise<void> {
    await this.connection.send({
      method: "POST",
      path: `/jobs/${encodeURIComponent(id)}/cancel`,
      subject: { job: id },
    });
  }

  /** Only of jobs that have ended. */
  async deleteJob(id: string): Promise<void> {
    await this.connection.send({
      method: "DELETE",
      path: `/jobs/${encodeURIComponent(id)}`,
      subject: { job: id },
    });
  }

  /** Replaces all tags of a job. */
  async setTags(id: string, tags: readonly string[]): Promise<void> {
    await this.connection.send({
      method: "PUT",
      path: `/jobs/${encodeURIComponent(id)}/tags`,
      body: { tags },
      subject: { job: id },
    });
  }

  /** @param session.max_ttl - seconds */
  openSession(session: { mode: "batch" | "dedicated"; backend: string; max_ttl?: number }): Promise<Session> {
    return this.connection.json(sessionSchema, {
      method: "POST",
      path: "/sessions",
      body: session,
      subject: { backend: session.backend },
    });
  }

  session(id: string): Promise<Session> {
    return this.#get(`/sessions/${encodeURIComponent(id)}`, sessionSchema);
  }

  /** Takes no more jobs; those in it are run. Cannot be undone. */
  async closeSession(id: string): Promise<void> {
    await this.connection.send({
      method: "PATCH",
      path: `/sessions/${encodeURIComponent(id)}`,
      body: { accepting_jobs: false },
    });
  }

  /** Drops what is queued in it; what runs is finished. */
  async cancelSession(id: string): Promise<void> {
    await this.connection.send({ method: "DELETE", path: `/sessions/${encodeURIComponent(id)}/close` });
  }

  /** Seconds used and left on the instance. */
  usage(): Promise<Usage> {
    return this.#get("/instances/usage", usageSchema);
  }

  #get<S extends z.ZodType>(path: string, schema: S, query?: Call["query"]): Promise<z.output<S>> {
    return this.connection.json(schema, { method: "GET", path, ...(query === undefined ? {} : { query }) });
  }

  #job<S extends z.ZodType>(id: string, what: string, schema: S): Promise<z.output<S>> {
    const path = `/jobs/${encodeURIComponent(id)}/${what}`;
    return this.connection.json(schema, { method: "GET", path, subject: { job: id } });
  }

  #backend<S extends z.ZodType>(
    backend: string,
    what: string,
    schema: S,
    query: Readonly<Record<string, string | undefined>> = {},
  ): Promise<z.output<S>> {
    return this.connection.json(schema, {
      method: "GET",
      path: `/backends/${encodeURIComponent(backend)}/${what}`,
      query,
      subject: { backend },
    });
  }
}
