import { z } from "zod";

export const runStates = ["planned", "running", "collected", "analysed", "judged", "failed"] as const;
export type RunState = (typeof runStates)[number];

/** The head of a run folder: what it is, how far it came, and the hashes of what lies beside it. */
export const runManifestSchema = z
  .strictObject({
    schema_version: z.literal(1),
    id: z.string(),
    uuid: z.string(),
    title: z.string(),
    protocol: z.string(),
    profile: z.string(),
    profile_sha256: z.string(),
    target: z.string(),
    driver: z.string(),
    program_sha256: z.string(),
    /** True when the program was given by hand instead of compiled from the plan. */
    program_replaced: z.boolean(),
    seed: z.int(),
    shots: z.int(),
    state: z.enum(runStates),
    created_at: z.string(),
    updated_at: z.string(),
    records_expected: z.int(),
    outcome: z.enum(["consistent", "inconsistent", "inconclusive"]).nullable(),
    failure: z.string().nullable(),
    versions: z.record(z.string(), z.string()),
  })
  .meta({ id: "RunManifest" });
export type RunManifest = z.infer<typeof runManifestSchema>;
