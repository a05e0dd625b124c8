import { z } from "zod";

/**
 * planned: kept, nobody asked for it yet. queued: waits for its instrument. running: the instrument is being brought up
 * and given the program. collecting: records come in. collected: all records are on disk, the instrument is in its safe
 * state. paused: stopped by a person or an interruption, can go on. cancelled: given up, for good.
 */
export const runStates = [
  "planned",
  "queued",
  "running",
  "collecting",
  "collected",
  "analysed",
  "judged",
  "paused",
  "failed",
  "cancelled",
] as const;
export type RunState = (typeof runStates)[number];

/** A change of state, as a run's history keeps it. */
export const stateChangeSchema = z
  .strictObject({
    /** From 1, without gaps. */
    number: z.int(),
    at: z.string(),
    state: z.enum(runStates),
    failure: z.string().nullable(),
  })
  .meta({ id: "StateChange" });
export type StateChange = z.infer<typeof stateChangeSchema>;

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
