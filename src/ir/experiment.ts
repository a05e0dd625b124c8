import { z } from "zod";
import { parseWith } from "#core/schema";
import { normaliseQuantities } from "./quantity-fields.ts";

/** An experiment as a person writes it, after quantities are normalised to SI fields. */
export const experimentSchema = z
  .strictObject({
    schema_version: z.literal(1).default(1),
    title: z
      .string()
      .min(1)
      .regex(/^\P{Cc}*$/u, "must be one line without control characters")
      .describe("One line that says what is measured"),
    device: z.strictObject({
      profile: z.string().min(1).describe("Name of a bundled profile, or path of a profile file"),
      assume: z
        .record(z.string(), z.unknown())
        .default({})
        .describe("Assumptions of the profile to override: a value, or {value, source}"),
    }),
    protocol: z
      .looseObject({ kind: z.string().min(1) })
      .describe("Protocol and its parameters; `entrain protocols KIND` shows the schema"),
    shots: z.int().min(10).max(1_000_000).default(2000).describe("Shots per setting and point"),
    seed: z.int().min(0).max(4_294_967_295).default(1).describe("Seed of everything that is drawn"),
    significance: z
      .number()
      .gt(0)
      .lte(0.2)
      .default(0.01)
      .describe("Probability of a wrongly negative verdict that is accepted"),
    target: z.string().default("openpulse").describe("Hardware stack to compile for"),
    target_settings: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("What the target needs to know of the laboratory: wiring, board, local oscillators"),
    driver: z.string().default("emulator").describe("What runs the program"),
  })
  .meta({ id: "Experiment" });

export type Experiment = z.infer<typeof experimentSchema>;

/**
 * Checks an experiment document (parsed YAML or JSON).
 *
 * @throws EntrainError `experiment.invalid`, `quantity.invalid` or `quantity.implausible` with all problems
 */
export function parseExperiment(document: unknown): Experiment {
  return parseWith(experimentSchema, normaliseQuantities(document), "experiment.invalid");
}
