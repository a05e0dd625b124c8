import { z } from "zod";
import { EntrainError, type ErrorKind, errorDocument } from "#core/errors";

/** RFC 9457 problem details with the members of the command line's error document. */
export const problemSchema = z
  .object({
    type: z.string().describe("about:blank, or urn:entrain:CODE"),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe("Stable, dotted"),
    message: z.string(),
    path: z.string().describe("Place of the first problem in the request"),
    found: z.unknown(),
    expected: z.string().nullable(),
    problems: z.array(z.record(z.string(), z.unknown())).optional(),
    retryable: z.boolean().optional(),
  })
  .meta({ id: "Problem" });
export type ProblemDetails = z.infer<typeof problemSchema>;

export const problemType = "application/problem+json";

/** An error that has crossed a thread: the document and how the caller must treat it. */
export interface Failure {
  readonly kind: ErrorKind;
  readonly document: Record<string, unknown>;
}

export function failureOf(error: unknown): Failure {
  return {
    kind: error instanceof EntrainError ? error.kind : "internal",
    document: errorDocument(error).error,
  };
}

/** Codes that have a status of their own; the rest go by kind. */
const statusOfCode: Readonly<Record<string, number>> = {
  "http.not_found": 404,
  "http.method": 405,
  "http.body_syntax": 400,
  "http.body_type": 415,
  "http.body_size": 413,
  "http.unauthenticated": 401,
  "http.forbidden": 403,
  "http.host": 421,
  "http.origin": 403,
  "http.rate": 429,
  "http.gone": 499,
  "http.busy": 503,
  "http.time_limit": 504,
  "simulate.unknown_kind": 404,
  "profile.not_found": 404,
  "protocol.unknown": 404,
  "target.unknown": 404,
  "driver.unknown": 404,
  "store.no_run": 404,
  "token.file_invalid": 500,
  "sweep.unknown": 404,
  "sweep.ended": 409,
  "sweep.unfinished": 409,
  "run.state": 409,
  "run.not_submitted": 409,
  "instrument.not_unsafe": 409,
  "store.locked": 503,
  "store.disk_full": 507,
  "data.unwritable": 507,
  "data.incomplete": 409,
  "derive.bits": 409,
  "database.gone": 503,
  "database.broken": 503,
  "database.other_store": 503,
};

const statusOfKind: Readonly<Record<ErrorKind, number>> = {
  input: 422,
  infeasible: 409,
  device: 502,
  internal: 500,
};

const titles: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Not authenticated",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  413: "Too large",
  415: "Unsupported media type",
  421: "Misdirected request",
  422: "Invalid request",
  429: "Too many requests",
  500: "Internal error",
  499: "Caller gone",
  502: "Device or service failed",
  503: "Busy",
  504: "Time limit",
  507: "No space left",
};

/**
 * A fault of ours says nothing about itself but that it is one: its text may hold paths or values that are nobody's
 * business. The log has it.
 */
export function problemDetails({ kind, document }: Failure): ProblemDetails {
  const code = String(document.code);
  const status = statusOfCode[code] ?? statusOfKind[kind];
  const ours = status === 500;
  const message = ours ? "internal error; the server's log has the details" : String(document.message);
  return {
    type: ours ? "about:blank" : `urn:entrain:${code}`,
    title: titles[status] ?? "Error",
    status,
    detail: message,
    code: ours ? "internal" : code,
    message,
    path: ours ? "" : String(document.path),
    found: ours ? null : (document.found ?? null),
    expected: ours ? null : ((document.expected as string | null) ?? null),
    ...(ours || document.problems === undefined
      ? {}
      : { problems: document.problems as Record<string, unknown>[] }),
    ...(ours || document.retryable === undefined ? {} : { retryable: document.retryable === true }),
  };
}
