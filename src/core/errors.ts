/** One thing that is wrong with an input, a device answer or a state of the world. */
export interface Problem {
  /** Where: a dotted path into the document, e.g. `sites[3].t1_s`; empty for the whole. */
  readonly path: string;
  /** One sentence that a person can act on. */
  readonly message: string;
  readonly found?: unknown;
  readonly expected?: string;
  readonly hint?: string;
}

/** What went wrong, as the caller must treat it; fixes the exit status of the command line. */
export type ErrorKind = "input" | "infeasible" | "device" | "internal";

const exitStatusOf: Record<ErrorKind, number> = { internal: 1, input: 2, infeasible: 3, device: 4 };

/**
 * Root of all errors that Entrain raises on purpose. Carries every problem found, not only the first;
 * `code` is stable and dotted (`input.invalid`, `program.syntax`, `store.locked`).
 */
export class EntrainError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly problems: readonly Problem[];
  /** True when the same call may succeed later without a change. */
  readonly retryable: boolean;

  constructor(
    code: string,
    problems: Problem | readonly Problem[],
    options: { kind?: ErrorKind; retryable?: boolean; cause?: unknown } = {},
  ) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem];
    super(list.map(describeProblem).join("\n"), { cause: options.cause });
    this.name = "EntrainError";
    this.code = code;
    this.kind = options.kind ?? "input";
    this.problems = list;
    this.retryable = options.retryable ?? false;
  }

  get exitStatus(): number {
    return exitStatusOf[this.kind];
  }
}

/** Shorthand for a refused input with a single problem. */
export function invalidInput(problem: Problem, code = "input.invalid"): EntrainError {
  return new EntrainError(code, problem);
}

/** Message and hint as running text. */
export function sentenceOf({ message, hint }: Problem): string {
  if (hint === undefined) return message;
  return /[.?!]$/.test(message) ? `${message} ${hint}` : `${message}. ${hint}`;
}

function describeProblem(problem: Problem): string {
  const place = problem.path === "" ? "" : `${problem.path}: `;
  return `${place}${sentenceOf(problem)}`;
}

/**
 * The error document of the command line and, with the same members, of the HTTP API.
 * `path`, `found` and `expected` are those of the first problem; `problems` holds all.
 */
export function errorDocument(error: unknown): { error: Record<string, unknown> } {
  if (!(error instanceof EntrainError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { error: { code: "internal", message, path: "", found: null, expected: null } };
  }
  const first = error.problems[0];
  return {
    error: {
      code: error.code,
      message: error.message,
      path: first?.path ?? "",
      found: first?.found ?? null,
      expected: first?.expected ?? null,
      problems: error.problems,
      retryable: error.retryable,
    },
  };
}
