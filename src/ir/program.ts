import { z } from "zod";

/** The exact text that a hardware stack takes. */
export const programSchema = z
  .strictObject({
    target: z.string(),
    target_version: z.string(),
    file_name: z.string(),
    text: z.string(),
    sha256: z.string(),
  })
  .meta({ id: "Program" });
export type Program = z.infer<typeof programSchema>;
