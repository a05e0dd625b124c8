import { z } from "zod";

/** A number with its standard error (1 σ). */
export const measuredSchema = z.strictObject({ value: z.number(), error: z.number().min(0) });
export type Measured = z.infer<typeof measuredSchema>;

/** Estimates of a run: one number for every series and point, and the results. */
export const estimatesSchema = z
  .strictObject({
    series: z.array(
      z.strictObject({
        id: z.string(),
        values: z.array(measuredSchema),
        /** rad; null for a series that has none. */
        phases: z.array(measuredSchema).nullable(),
      }),
    ),
    results: z.array(
      z.strictObject({
        id: z.string(),
        title: z.string(),
        unit: z.string(),
        /** Null when the data do not show one. */
        measured: measuredSchema.nullable(),
      }),
    ),
    /** ⟨A†_i⟩ by point and site; null where the settings do not tell. */
    amplitudes: z.array(z.array(z.strictObject({ re: measuredSchema, im: measuredSchema }))).nullable(),
  })
  .meta({ id: "Estimates" });
export type Estimates = z.infer<typeof estimatesSchema>;

export const verdictSchema = z
  .strictObject({
    outcome: z.enum(["consistent", "inconsistent", "inconclusive"]),
    /** Smallest p-value after correction for the number of tests. */
    p_value: z.number(),
    significance: z.number(),
    tests: z.array(
      z.strictObject({
        name: z.string(),
        statistic: z.number(),
        degrees_of_freedom: z.number(),
        p_value: z.number(),
        /** Rejects when p_value is below this. */
        threshold: z.number(),
        passed: z.boolean(),
      }),
    ),
    /** Sentences, the decisive one first. */
    reasons: z.array(z.string()),
    /** Null for a protocol that does not ask. */
    synchronized: z.enum(["yes", "no", "unclear"]).nullable(),
  })
  .meta({ id: "Verdict" });
export type Verdict = z.infer<typeof verdictSchema>;
