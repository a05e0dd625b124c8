import { token } from "./session.ts";

/** RFC 9457 problem details, as the API answers them. */
export interface ProblemDetails {
  readonly status: number;
  readonly title: string;
  readonly message: string;
  readonly code: string;
  readonly path: string;
  readonly found: unknown;
  readonly expected: string | null;
}

export class Problem extends Error {
  readonly details: ProblemDetails;

  constructor(details: ProblemDetails) {
    super(details.message);
    this.details = details;
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** What went wrong, in the form that the page shows. */
export function problemOf(error: unknown): ProblemDetails {
  if (error instanceof Problem) return error.details;
  return {
    status: 0,
    title: "No answer",
    message: error instanceof Error ? error.message : String(error),
    code: "page.no_answer",
    path: "",
    found: null,
    expected: "a server that runs: entrain serve",
  };
}

export function authorization(): Record<string, string> {
  return token.value === "" ? {} : { authorization: `Bearer ${token.value}` };
}

/** @throws Problem; DOMException `AbortError` */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(path, { ...init, headers: { ...authorization(), ...init.headers } });
  if (response.ok) return response;
  const isProblem = response.headers.get("content-type")?.includes("json") ?? false;
  const body = isProblem ? ((await response.json()) as Partial<ProblemDetails>) : {};
  throw new Problem({
    status: response.status,
    title: body.title ?? response.statusText,
    message: body.message ?? `the server answered ${response.status}`,
    code: body.code ?? `http.${response.status}`,
    path: body.path ?? "",
    found: body.found ?? null,
    expected: body.expected ?? null,
  });
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await request(path, signal ? { signal } : {})).json()) as T;
}

export async function postJson<T>(path: string, body: unknown = {}): Promise<T> {
  const response = await request(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return (text === "" ? {} : JSON.parse(text)) as T;
}

export function query(parameters: Readonly<Record<string, string | number | null | undefined>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}
