import { z } from "zod";

/** A number with its standard error (1 σ). */
export const measuredSchema = z.strictObject({ value: z.number(), error: z.number().min(0) });
export type Measured = z.infer<typeof measuredSchema>;

/** Estimates of the onset protocol, along the exchange axis. */
export const onsetEstimatesSchema = z
  .strictObject({
    exchange_hz: z.array(z.number()),
    /** |Σ_i ⟨A†_i⟩|/N at the end of the coupled evolution. */
    order_parameter: z.array(measuredSchema),
    /** ⟨A†_i⟩ by point and site. */
    amplitudes: z.array(z.array(z.strictObject({ re: measuredSchema, im: measuredSchema }))),
    /** Populations [p₀, p₁, p₂], mean over sites, by point. */
    populations: z.array(z.tuple([measuredSchema, measuredSchema, measuredSchema])),
    /** Exchange at which synchronization sets in; null when the data do not show one. */
    onset_hz: measuredSchema.nullable(),
  })
  .meta({ id: "OnsetEstimates" });
export type OnsetEstimates = z.infer<typeof onsetEstimatesSchema>;

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
    synchronized: z.enum(["yes", "no", "unclear"]),
  })
  .meta({ id: "Verdict" });
export type Verdict = z.infer<typeof verdictSchema>;
