import { z } from "zod";
import { problemSchema } from "./problem-details.ts";

type Answer = z.ZodType | "text/event-stream" | "text/plain" | null;

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
