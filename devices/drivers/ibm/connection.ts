import type { z } from "zod";
import { EntrainError } from "#core/errors";
import { parseWith } from "#core/schema";
import {
  type BreakerPolicy,
  type Clock,
  defaultBreaker,
  defaultRetry,
  Pace,
  type RetryPolicy,
  realClock,
  withBreaker,
  withRetry,
} from "../../transports/http/resilience.ts";
import {
  type HttpAnswer,
  type HttpRequest,
  type HttpTransport,
  placeOf,
} from "../../transports/http/transport.ts";
import type { Credentials } from "./credentials.ts";
import { faultOf, isHtml, type Subject } from "./faults.ts";
import type { Instance } from "./instance.ts";
import { Redactor } from "./secret.ts";
import { Tokens } from "./tokens.ts";

/** The only version that is not on its way out; the three of 2024 and 2025 end on 2027-01-01. */
export const apiVersion = "2026-04-15";

export interface Timeouts {
  readonly request_ms: number;
  /** Creating a job: the service reads and checks all of it first. */
  readonly create_ms: number;
  readonly results_ms: number;
}

export const defaultTimeouts: Timeouts = { request_ms: 60_000, create_ms: 300_000, results_ms: 600_000 };

export interface ConnectionOptions {
  readonly transport: HttpTransport;
  readonly instance: Instance;
  readonly credentials: Pick<Credentials, "api_key">;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly timeouts?: Timeouts;
  readonly retry?: RetryPolicy;
  readonly breaker?: BreakerPolicy;
  /** New jobs a minute; the service allows 5. */
  readonly jobs_per_minute?: number;
}

export interface Call {
  readonly method: HttpRequest["method"];
  /** Below the API's root, with its leading slash; parts already encoded. */
  readonly path: string;
  readonly query?: HttpRequest["query"];
  readonly body?: unknown;
  readonly subject?: Subject;
  readonly timeout_ms?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Authorised requests to one instance; what is idempotent is repeated, what creates something is not. */
export class Connection {
  readonly instance: Instance;
  readonly clock: Clock;
  readonly timeouts: Timeouts;
  readonly redactor = new Redactor();
  readonly #once: HttpTransport;
  readonly #repeating: HttpTransport;
  readonly #tokens: Tokens;
  readonly #pace: Pace;

  constructor(options: ConnectionOptions) {
    this.instance = options.instance;
    this.clock = options.clock ?? realClock;
    this.timeouts = options.timeouts ?? defaultTimeouts;
    const retry = options.retry ?? defaultRetry;
    const breaker = options.breaker ?? defaultBreaker;
    this.#once = withBreaker(options.transport, breaker);
    this.#repeating = withRetry(this.#once, retry, this.clock, options.random);
    // A breaker of its own: the token service is another host, and there is a way around it.
    const iam = withRetry(
      withBreaker(options.transport, breaker),
      { ...retry, attempts: Math.min(2, retry.attempts) },
      this.clock,
      options.random,
    );
    this.#tokens = new Tokens(iam, this.instance.iam_url, options.credentials.api_key, {
      clock: this.clock,
      redactor: this.redactor,
    });
    this.#pace = new Pace(options.jobs_per_minute ?? 5, 60_000, this.clock);
  }

  /** Waits until another job may be created. */
  turn(signal?: AbortSignal): Promise<void> {
    return this.#pace.turn(signal);
  }

  /** Sends a call; after a 401 once more with a new token. @throws IbmFault for anything but a 2xx */
  async send(call: Call): Promise<HttpAnswer> {
    for (let attempt = 1; ; attempt++) {
      const authorization = await this.#tokens.authorization();
      const request: HttpRequest = {
        method: call.method,
        url: `${this.instance.base_url}${call.path}`,
        headers: {
          Authorization: authorization,
          "Service-CRN": this.instance.crn,
          "IBM-API-Version": apiVersion,
          Accept: "application/json",
          ...(call.body === undefined ? {} : { "Content-Type": "application/json" }),
        },
        timeout_ms: call.timeout_ms ?? this.timeouts.request_ms,
        ...(call.query === undefined ? {} : { query: call.query }),
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        ...(call.signal === undefined ? {} : { signal: call.signal }),
      };
      // PUT, DELETE and PATCH of this service set a state; only POST makes something new each time.
      const answer = await (call.method === "POST" ? this.#once : this.#repeating)(request);
      if (answer.status >= 200 && answer.status < 300) return answer;
      if (answer.status === 401 && attempt === 1) {
        this.#tokens.refused(authorization);
        continue;
      }
      const subject = { region: this.instance.region, ...call.subject };
      throw faultOf(placeOf(request), answer, subject, this.redactor, this.clock.now());
    }
  }

  /** @throws EntrainError `ibm.unreadable_answer` when the answer is not JSON of this form */
  async json<S extends z.ZodType>(schema: S, call: Call): Promise<z.output<S>> {
    return this.read(schema, await this.send(call), call);
  }

  read<S extends z.ZodType>(schema: S, answer: HttpAnswer, call: Pick<Call, "method" | "path">): z.output<S> {
    const place = `${call.method} ${call.path}`;
    let body: unknown;
    try {
      if (isHtml(answer)) throw new Error("a web page");
      body = JSON.parse(Buffer.from(answer.body).toString("utf8"));
    } catch {
      throw new EntrainError(
        "ibm.unreadable_answer",
        {
          path: place,
          message: "the service's answer is not JSON",
          found: isHtml(answer) ? "a web page" : `${answer.body.length} bytes`,
          expected: "JSON",
          hint: "Usually a proxy or a maintenance page; try again later.",
        },
        { kind: "device", retryable: true },
      );
    }
    try {
      return parseWith(schema, body, "ibm.unreadable_answer");
    } catch (error) {
      if (!(error instanceof EntrainError)) throw error;
      throw new EntrainError(
        "ibm.unreadable_answer",
        error.problems.map((problem) => ({
          ...problem,
          path: `${place}: ${problem.path}`,
          found: this.redactor.clean(String(problem.found).slice(0, 200)),
          hint: "The service has changed, or is not the one that was meant; look for a newer version of Entrain.",
        })),
        { kind: "device" },
      );
    }
  }
}
