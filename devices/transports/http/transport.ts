import { EntrainError } from "#core/errors";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  /** A list becomes the key repeated; undefined leaves the key out. */
  readonly query?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For everything from opening the connection to the last byte of the answer. */
  readonly timeout_ms: number;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * Sends one request once. A status is an answer, whatever its number.
 *
 * @throws EntrainError `http.no_connection` (nothing was sent), `http.timeout`, `http.connection_lost` (the other
 * side may have acted), `http.too_large`, `http.aborted`
 */
export type HttpTransport = (request: HttpRequest) => Promise<HttpAnswer>;

/** `url` with the query's keys; a list repeats its key, as in `tags=a&tags=b`. */
export function urlWithQuery(url: string, query: HttpRequest["query"]): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue;
    for (const item of typeof value === "string" ? [value] : value) parameters.append(key, item);
  }
  const text = parameters.toString();
  return text === "" ? url : `${url}?${text}`;
}

/** Method, host and path; never the query or a header, which may hold what is nobody's business. */
export function placeOf(request: Pick<HttpRequest, "method" | "url">): string {
  const { host, pathname } = new URL(request.url);
  return `${request.method} ${host}${pathname}`;
}

const faults = {
  "http.no_connection": "no connection could be opened; nothing was sent",
  "http.timeout": "no complete answer within the time allowed",
  "http.connection_lost": "the connection broke before the answer was complete",
  "http.circuit_open":
    "the service failed several times in a row; it is left alone for a while. Nothing was sent",
  "http.too_large": "the answer is larger than this client accepts",
  "http.aborted": "the request was given up on demand",
} as const;
export type HttpFaultCode = keyof typeof faults;

/** The error of a request without an answer. It holds no header, body or underlying error, so no secret either. */
export function httpFault(
  code: HttpFaultCode,
  request: Pick<HttpRequest, "method" | "url">,
  found?: string,
): EntrainError {
  return new EntrainError(
    code,
    {
      path: placeOf(request),
      message: faults[code],
      ...(found === undefined ? {} : { found }),
      expected: "an answer",
      hint: "Check the network, the proxy settings (HTTPS_PROXY, NO_PROXY) and the service's status page.",
    },
    { kind: "device", retryable: code !== "http.aborted" && code !== "http.too_large" },
  );
}

/** True when an error says for certain that the request did not leave this machine. */
export function nothingWasSent(error: unknown): boolean {
  return error instanceof EntrainError && ["http.no_connection", "http.circuit_open"].includes(error.code);
}
