import axios, { AxiosError, type AxiosProxyConfig } from "axios";
import {
  type HttpAnswer,
  type HttpFaultCode,
  type HttpRequest,
  type HttpTransport,
  httpFault,
  urlWithQuery,
} from "./transport.ts";

export interface AxiosTransportOptions {
  /**
   * Undefined: what HTTP_PROXY, HTTPS_PROXY and NO_PROXY say; `https` targets are reached through CONNECT, so the
   * proxy does not see headers. False: none.
   */
  readonly proxy?: AxiosProxyConfig | false;
  readonly largest_answer_bytes?: number;
}

/** Node's codes for connections that never opened. */
const neverOpened = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

/**
 * A transport over axios: no redirects (a token must not follow one), no retries, no interpretation of the answer.
 *
 * What axios throws holds the whole request, its Authorization header included; none of it is passed on.
 */
export function createAxiosTransport(options: AxiosTransportOptions = {}): HttpTransport {
  const largest = options.largest_answer_bytes ?? 1 << 30;
  return async (request) => {
    const timeout = AbortSignal.timeout(request.timeout_ms);
    const signal = request.signal === undefined ? timeout : AbortSignal.any([request.signal, timeout]);
    try {
      const answer = await axios.request<Uint8Array>({
        method: request.method,
        url: urlWithQuery(request.url, request.query),
        headers: { ...request.headers },
        ...(request.body === undefined ? {} : { data: request.body }),
        responseType: "arraybuffer",
        validateStatus: () => true,
        maxRedirects: 0,
        maxContentLength: largest,
        maxBodyLength: Number.POSITIVE_INFINITY,
        transformRequest: [(data: unknown) => data],
        signal,
        ...(options.proxy === undefined ? {} : { proxy: options.proxy }),
      });
      return answerOf(answer.status, answer.headers, answer.data);
    } catch (error) {
      throw faultOf(error, request, timeout);
    }
  };
}

function answerOf(status: number, headers: object, body: Uint8Array | undefined): HttpAnswer {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && value !== null) plain[name.toLowerCase()] = String(value);
  }
  return { status, headers: plain, body: body ?? new Uint8Array() };
}

function faultOf(error: unknown, request: HttpRequest, timeout: AbortSignal): Error {
  if (request.signal?.aborted) return httpFault("http.aborted", request);
  const found = error instanceof AxiosError ? error.code : undefined;
  return httpFault(codeOf(error, found, timeout), request, found);
}

function codeOf(error: unknown, found: string | undefined, timeout: AbortSignal): HttpFaultCode {
  if (timeout.aborted || found === "ECONNABORTED" || found === "ETIMEDOUT") return "http.timeout";
  if (found !== undefined && neverOpened.has(found)) return "http.no_connection";
  if (error instanceof AxiosError && /maxContentLength/.test(error.message)) return "http.too_large";
  return "http.connection_lost";
}
