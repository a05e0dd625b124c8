import { z } from "zod";
import { analysisSchema } from "./analysis.ts";
import { bitObservableSchema } from "./bit-terms.ts";
import { findingSchema } from "./finding.ts";
import { operationSchema, settingSchema } from "./operations.ts";
import { axisSchema } from "./scan.ts";

const perPointAndSite = z.array(z.array(z.strictObject({ re: z.number(), im: z.number() })));

/** [point][setting][group][outcome]. */
const tableSchema = z.array(z.array(z.array(z.array(z.number()))));

/** What the measurement described by a plan should return. */
export const predictionSchema = z
  .strictObject({
    /** Which theory, and what it leaves out. */
    theory: z.string(),
    settings: z.array(z.string()),
    sites: z.array(z.string()),
    /**
     * Probability of each outcome: [point][setting][group][outcome]; an outcome is the levels assigned to the group's
     * sites, in base three, first site first.
     */
    probabilities: tableSchema,
    /** The same with the common phase of all sites advanced by 90° and by 180°; null where it is not free. */
    quarter_turn: tableSchema.nullable(),
    half_turn: tableSchema.nullable(),
    /**
     * How far the probabilities of a point move when the dynamics is integrated a hundred times less accurately: what
     * they are good for where the dynamics amplifies small differences.
     */
    accuracy: z.array(z.number()),
    /**
     * Unknowns that the device has and the plan does not: how every probability moves when the unknown is one
     * standard deviation from its expected value, common phase held; same shape as `probabilities`.
     */
    nuisances: z.array(
      z.strictObject({
        name: z.string(),
        change: tableSchema,
        /** The change where the common phase is 90° and 180° ahead. */
        quarter_turn: tableSchema.nullable(),
        half_turn: tableSchema.nullable(),
      }),
    ),
    /** ⟨A†_i⟩ before the read-out, in its frame: [point][site]; null where the settings do not tell. */
    amplitudes: perPointAndSite.nullable(),
    /** Expected value of every series of the analysis, by point. */
    series: z.array(
      z.strictObject({
        id: z.string(),
        values: z.array(z.number()),
        /** rad; null for a series that has none. */
        phases: z.array(z.number()).nullable(),
        /** The same at more values of the first axis, to be drawn. */
        curve: z.strictObject({ x: z.array(z.number()), y: z.array(z.number()) }).nullable(),
      }),
    ),
    /** Expected results of the analysis; null where there is none. */
    results: z.array(z.strictObject({ id: z.string(), value: z.number().nullable() })),
  })
  .meta({ id: "Prediction" });
export type Prediction = z.infer<typeof predictionSchema>;

/** How assigned levels become amplitudes: what the analysis needs beside the records. */
export const measurementSchema = z
  .strictObject({
    settings: z.array(settingSchema),
    /** Matrix elements (a₁, a₂) of the amplitude ⟨A†⟩ = a₁ρ₀₁ + a₂ρ₁₂. */
    ladder: z.tuple([z.number(), z.number()]),
    /** Where bits of circuits are read instead of levels: what they tell. Sites are then the bits. */
    observables: z.array(bitObservableSchema).optional(),
    sites: z.array(
      z.strictObject({
        id: z.string(),
        /** Rows assigned, columns prepared. */
        assignment: z.array(z.array(z.number())),
        /** By setting: what stands in place of the assignment where the setting is a probe; absent without probes. */
        probes: z.array(z.array(z.array(z.number())).nullable()).optional(),
        /** Phases by which ρ₀₁ and ρ₁₂ of the drive frames lead the common frame when the coupling ends, rad; by point. */
        frame01_rad: z.array(z.number()),
        frame12_rad: z.array(z.number()),
      }),
    ),
  })
  .meta({ id: "Measurement" });
export type Measurement = z.infer<typeof measurementSchema>;

/** P(shown | level) of a site in a setting. */
export function shownOf(site: Measurement["sites"][number], setting: number): readonly (readonly number[])[] {
  return site.probes?.[setting] ?? site.assignment;
}

/** One line of the operating point: what, how much, where from. */
export const planEntrySchema = z.strictObject({
  name: z.string(),
  value: z.number(),
  /** Unit of `value`: Hz, 1/s, s or empty. */
  unit: z.string(),
  text: z.string(),
  note: z.string(),
});
export type PlanEntry = z.infer<typeof planEntrySchema>;

/** Form of the plans written today; runs with another one are refused (`store.plan_version`). */
export const planVersion = 2;

export const planSchema = z
  .strictObject({
    schema_version: z.literal(planVersion),
    platform: z.string(),
    profile: z.string(),
    protocol: z.string(),
    sites: z.array(z.string()),
    bonds: z.array(z.tuple([z.string(), z.string()])),
    positions: z.array(z.tuple([z.number(), z.number()])),
    operating_point: z.array(planEntrySchema),
    /** Settings of the device; their form is the platform's. */
    knobs: z.unknown(),
    /** Swept parameters, outermost first; the settings of the measurement come after them. */
    axes: z.array(axisSchema),
    operations: z.array(operationSchema),
    analysis: analysisSchema,
    assumptions: z.array(z.strictObject({ name: z.string(), value: z.string(), source: z.string() })),
    findings: z.array(findingSchema),
    feasible: z.boolean(),
    measurement: measurementSchema,
    prediction: predictionSchema,
    cost: z.strictObject({ shots: z.int(), duration_s: z.number(), points: z.int(), settings: z.int() }),
  })
  .meta({ id: "Plan" });
export type Plan = z.infer<typeof planSchema>;
