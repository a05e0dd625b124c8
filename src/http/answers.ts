import { jsonSchemaTransform } from "fastify-type-provider-zod";
import { z } from "zod";
import { problemSchema, problemType } from "./problem-details.ts";

/** Media types of answers that are not JSON. */
type MediaType =
  | "text/event-stream"
  | "text/plain"
  | "text/csv"
  | "image/svg+xml"
  | "image/png"
  | "application/x-hdf5";
type Answer = z.ZodType | MediaType | null;

/** Answers of a route as its description lists them; what goes wrong is the same everywhere. */
export function answers(good: Readonly<Record<number, Answer>>): Record<string, unknown> {
  const described = Object.entries(good).map(([status, answer]) => [
    status,
    answer === null
      ? z.null().describe("Nothing")
      : typeof answer === "string"
        ? { description: "Text", content: { [answer]: { schema: z.string() } } }
        : answer,
  ]);
  return { ...Object.fromEntries(described), "4xx": problemSchema, "5xx": problemSchema };
}

/** A route as OpenAPI has it: problems in their own media type, and 304 where an answer has an ETag. */
export function describeRoute(
  input: Parameters<typeof jsonSchemaTransform>[0],
): ReturnType<typeof jsonSchemaTransform> {
  const { schema, url } = jsonSchemaTransform(input);
  const response = schema?.response as Record<string, unknown> | undefined;
  if (schema === undefined || response === undefined) return { schema, url };
  const described: [string, unknown][] = Object.entries(response).map(([status, answer]) =>
    /^[45]xx$/i.test(status)
      ? [status, { description: "What is wrong (RFC 9457)", content: { [problemType]: { schema: answer } } }]
      : [status, answer],
  );
  if (input.route.method === "GET" && !isText(response["200"]))
    described.push(["304", { description: "As If-None-Match has it", type: "null" }]);
  return { schema: { ...schema, response: Object.fromEntries(described) }, url };
}

function isText(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "content" in answer;
}
