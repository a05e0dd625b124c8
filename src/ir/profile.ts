import { z } from "zod";

/** What every device profile has, whatever the platform; platforms extend it. */
export const profileBaseShape = {
  schema_version: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "must be lower-case words joined by hyphens"),
  title: z.string().min(1),
  /** Where the numbers of the sites come from. */
  provenance: z.array(z.strictObject({ source: z.string().min(1), detail: z.string().default("") })).min(1),
};

/** A value that no snapshot knows, with the reason to believe it. */
export function assumed<T extends z.ZodType>(value: T) {
  return z.strictObject({ value, source: z.string().min(1) });
}

/** The head of any profile document: enough to choose the platform that reads the rest. */
export const profileHeadSchema = z.looseObject({
  ...profileBaseShape,
  kind: z.string(),
});
export type ProfileHead = z.infer<typeof profileHeadSchema>;
