import { EntrainError } from "#core/errors";

/** Runs statements; what fails becomes an EntrainError without a word of the statement or its values. */
export async function inDatabase<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw databaseFault(error);
  }
}

/** SQLSTATE classes and codes of a connection that is no more, and of a server that goes down or comes up. */
const goneStates = /^(08...|57P0[1-3]|53300)$/;
const goneErrnos = /^(ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH)$/;
const goneTexts =
  /connection terminated|connection timeout|timeout exceeded|read timeout|not queryable|ended pool|is closed/i;

export function databaseFault(error: unknown): unknown {
  if (error instanceof EntrainError) return error;
  const root = rootOf(error);
  const state = String((root as { code?: unknown }).code ?? "");
  if (state === "53100" || state === "ENOSPC") {
    return new EntrainError(
      "store.disk_full",
      {
        path: "database",
        message: "the database has no space left; all that was acknowledged before is kept.",
        found: state,
        expected: "free space",
      },
      { kind: "device", retryable: true },
    );
  }
  if (goneStates.test(state) || goneErrnos.test(state) || goneTexts.test(root.message)) {
    return new EntrainError(
      "database.gone",
      {
        path: "database",
        message: "the database does not answer",
        found: state === "" ? "no answer" : state,
        expected: "a database that can be reached; what was acknowledged is kept there",
      },
      { kind: "device", retryable: true },
    );
  }
  return new EntrainError(
    "database.failed",
    { path: "database", message: `the database refused a statement: ${root.message}`, found: state },
    { kind: "internal" },
  );
}

/** The innermost error: what wraps it repeats the statement and its values. */
export function rootOf(error: unknown): Error {
  let root = error instanceof Error ? error : new Error(String(error));
  while (root.cause instanceof Error) root = root.cause;
  // One that several addresses of a host refused says it in its parts only.
  if (root instanceof AggregateError && root.errors[0] instanceof Error) return root.errors[0];
  return root;
}
