import { z } from "zod";

/** A number with its standard error (1 σ). */
export const measuredSchema = z.strictObject({ value: z.number(), error: z.number().min(0) });
export type Measured = z.infer<typeof measuredSchema>;

/** Bounds of an interval; null on a side where the data set none. */
const intervalSchema = z.tuple([z.number().nullable(), z.number().nullable()]);
export type Interval = z.infer<typeof intervalSchema>;

/** A result with its 68 and 95 % intervals, where value ± error and value ± 1.96 errors would not cover at that rate. */
export const measuredResultSchema = measuredSchema.extend({
  interval_68: intervalSchema.optional(),
  interval_95: intervalSchema.optional(),
});
export type MeasuredResult = z.infer<typeof measuredResultSchema>;
export type MeasuredInterval = { readonly interval_68: Interval; readonly interval_95: Interval };

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
        measured: measuredResultSchema.nullable(),
      }),
    ),
    /** ⟨A†_i⟩ by point and site; null where the settings do not tell. */
    amplitudes: z.array(z.array(z.strictObject({ re: measuredSchema, im: measuredSchema }))).nullable(),
  })
  .meta({ id: "Estimates" });
export type Estimates = z.infer<typeof estimatesSchema>;

/** How well a verdict is founded: what the data could have shown, and what they rest on. */
export const defenceSchema = z.strictObject({
  /** √(excess χ²/shots) (Cohen's w): typical relative disagreement of a probability beyond counting noise. */
  effect_size: z.number().min(0),
  /** The effect size that counting noise alone reaches at 1σ. */
  effect_noise: z.number().min(0),
  /** Disagreement allowed in every probability, why, and the counting noise of one probability beside it. */
  floor: z.strictObject({ value: z.number(), reason: z.string(), noise: z.number() }),
  /** Stated ways in which the plan may be wrong, each tested by itself. */
  alternatives: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      /** Part of it that the data show: 0 as planned, 1 as stated. */
      amount: z.number(),
      error: z.number().min(0),
      /** Probability of noticing it at this precision. */
      power: z.number(),
      p_value: z.number(),
      /** χ² that it takes off. */
      explains: z.number(),
      answer: z.enum(["excluded", "seen", "partly seen", "cannot tell"]),
    }),
  ),
  /** Unknowns of the device with their fitted values, in standard deviations of what was known before. */
  nuisances: z.array(z.strictObject({ name: z.string(), pull: z.number(), error: z.number() })),
  /** The assumption that the verdict depends on most. */
  dominant: z.string(),
});
export type Defence = z.infer<typeof defenceSchema>;

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
    /** Absent where the stated alternatives were not simulated. */
    defence: defenceSchema.optional(),
  })
  .meta({ id: "Verdict" });
export type Verdict = z.infer<typeof verdictSchema>;
