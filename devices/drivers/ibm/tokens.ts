import { EntrainError } from "#core/errors";
import { parseWith } from "#core/schema";
import type { Clock } from "../../transports/http/resilience.ts";
import type { HttpTransport } from "../../transports/http/transport.ts";
import { tokenSchema } from "./answers.ts";
import { complaintOf, faultOf, IbmFault } from "./faults.ts";
import type { Redactor, Secret } from "./secret.ts";

interface Token {
  readonly secret: string;
  readonly renew_at_ms: number;
}

/** How long the plain key is used after the token service failed, before the token service is asked again. */
const fallback_ms = 60_000;

/**
 * The Authorization header: an IAM token, renewed while 360 s or a tenth of its life are left (whichever is more), by
 * one request however many callers wait for it. While the token service is out of order the service is given the API
 * key itself, which it accepts too; a key that IAM refuses is not tried that way.
 */
export class Tokens {
  readonly #transport: HttpTransport;
  readonly #iam_url: string;
  readonly #key: Secret;
  readonly #clock: Clock;
  readonly #redactor: Redactor;
  #token: Token | null = null;
  #pending: Promise<string> | null = null;
  #plain_until_ms = 0;

  constructor(
    transport: HttpTransport,
    iam_url: string,
    key: Secret,
    options: { readonly clock: Clock; readonly redactor: Redactor },
  ) {
    this.#transport = transport;
    this.#iam_url = iam_url;
    this.#key = key;
    this.#clock = options.clock;
    this.#redactor = options.redactor;
    this.#redactor.learn(key.reveal());
  }

  /** @throws EntrainError `ibm.credentials_refused` */
  async authorization(): Promise<string> {
    const now = this.#clock.now();
    if (this.#token !== null && now < this.#token.renew_at_ms) return `Bearer ${this.#token.secret}`;
    if (now < this.#plain_until_ms) return `apikey ${this.#key.reveal()}`;
    return this.#renewOnce();
  }

  /** After a 401: forgets the header that was refused, unless another caller has renewed it meanwhile. */
  refused(authorization: string): void {
    if (this.#token !== null && authorization === `Bearer ${this.#token.secret}`) this.#token = null;
    if (authorization.startsWith("apikey ")) this.#plain_until_ms = 0;
  }

  #renewOnce(): Promise<string> {
    this.#pending ??= this.#renew().finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  async #renew(): Promise<string> {
    try {
      this.#token = await this.#ask();
      return `Bearer ${this.#token.secret}`;
    } catch (error) {
      if (!(error instanceof EntrainError) || !error.retryable) throw error;
      this.#plain_until_ms = this.#clock.now() + fallback_ms;
      return `apikey ${this.#key.reveal()}`;
    }
  }

  async #ask(): Promise<Token> {
    const url = `${this.#iam_url}/identity/token`;
    const asked_ms = this.#clock.now();
    const answer = await this.#transport({
      method: "POST",
      url,
      headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
      body: new URLSearchParams({
        grant_type: "urn:ibm:params:oauth:grant-type:apikey",
        apikey: this.#key.reveal(),
      }).toString(),
      timeout_ms: 30_000,
    });
    const place = `POST ${new URL(url).host}/identity/token`;
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 429 && answer.status !== 408) {
      const { message } = complaintOf(answer, this.#redactor);
      throw new IbmFault(
        "ibm.credentials_refused",
        {
          path: "credentials.api_key",
          message: "IBM does not accept the API key: it is wrong, expired or deleted",
          found: `${answer.status}: ${message}`,
          expected: "a living IBM Cloud API key",
          hint: "Make a new key at cloud.ibm.com/iam/apikeys and put it where the old one is.",
        },
        { status: answer.status, service_code: null, retry_after_ms: null, retryable: false },
      );
    }
    if (answer.status !== 200) throw faultOf(place, answer, {}, this.#redactor, this.#clock.now());
    const { access_token, expires_in } = parseToken(answer.body, place);
    this.#redactor.learn(access_token);
    const left_s = Math.max(360, expires_in / 10);
    // From when it was asked for, and not `expiration`: the service's clock and ours may differ.
    return { secret: access_token, renew_at_ms: asked_ms + (expires_in - left_s) * 1000 };
  }
}

/** The error says which field is at fault and nothing of what the fields hold. */
function parseToken(body: Uint8Array, place: string) {
  try {
    return parseWith(tokenSchema, JSON.parse(Buffer.from(body).toString("utf8")), "ibm.unreadable_answer");
  } catch (error) {
    const fields =
      error instanceof EntrainError ? error.problems.map((problem) => problem.path).join(", ") : "";
    throw new EntrainError(
      "ibm.unreadable_answer",
      {
        path: place,
        message: `the token service's answer cannot be read${fields === "" ? "" : ` (${fields})`}`,
        expected: "access_token, expires_in, expiration",
        hint: "Check that IAM_URL, if it is set, names a token service.",
      },
      { kind: "device", retryable: true },
    );
  }
}
