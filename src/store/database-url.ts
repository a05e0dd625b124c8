import { readFileSync } from "node:fs";
import { EntrainError } from "#core/errors";

/**
 * Address of the PostgreSQL server: DATABASE_URL, or the content of the file that DATABASE_URL_FILE names; undefined
 * for the embedded one. It may hold a password: it goes nowhere but into the driver.
 *
 * @throws EntrainError `database.url`
 */
export function databaseUrl(environment: NodeJS.ProcessEnv): string | undefined {
  const file = environment.DATABASE_URL_FILE;
  let text = environment.DATABASE_URL;
  if (text === undefined && file !== undefined) {
    try {
      text = readFileSync(file, "utf8").trim();
    } catch (cause) {
      throw badUrl("DATABASE_URL_FILE", "the file cannot be read", cause);
    }
  }
  if (text === undefined || text === "") return undefined;
  if (!/^postgres(ql)?:\/\//.test(text))
    throw badUrl("DATABASE_URL", "the address is not shown here; it is no PostgreSQL one");
  return text;
}

function badUrl(path: string, message: string, cause?: unknown): EntrainError {
  return new EntrainError(
    "database.url",
    { path, message, expected: "postgresql://USER:PASSWORD@HOST:PORT/NAME" },
    { cause },
  );
}
