import type { z } from "zod";
import { EntrainError } from "#core/errors";
import { parseWith } from "#core/schema";

/**
 * Reads program text that is one JSON document with a version.
 *
 * @throws EntrainError `program.syntax` for text that is no JSON, `program.version` for another version,
 * `program.invalid` with every fault
 */
export function readDocument<S extends z.ZodType>(text: string, schema: S, version: string): z.output<S> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new EntrainError("program.syntax", {
      path: "",
      message: `the text is no JSON: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
  const found = (document as { version?: unknown } | null)?.version;
  if (typeof found === "string" && found !== version) {
    throw new EntrainError("program.version", {
      path: "version",
      message: `this program has version ${found}`,
      found,
      expected: `version ${version}`,
    });
  }
  return parseWith(schema, document, "program.invalid");
}
