import { z } from "zod";
import { findingSchema } from "./finding.ts";
import { operationSchema, settingSchema } from "./operations.ts";

const perPointAndSite = z.array(z.array(z.strictObject({ re: z.number(), im: z.number() })));

/** [exchange][setting][site][level]. */
const tableSchema = z.array(z.array(z.array(z.array(z.number()))));

/** What the measurement described by a plan should return. */
export const predictionSchema = z
  .strictObject({
    /** Which theory, and what it leaves out. */
    theory: z.string(),
    exchange_hz: z.array(z.number()),
    settings: z.array(z.string()),
    sites: z.array(z.string()),
    /** Probability of each assigned level: [exchange][setting][site][level]. */
    probabilities: tableSchema,
    /** The same with the common phase of the group advanced by 90° and by 180°. */
    quarter_turn: tableSchema,
    half_turn: tableSchema,
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
        quarter_turn: tableSchema,
        half_turn: tableSchema,
      }),
    ),
    /** ⟨A†_i⟩ when the coupled evolution ends, in the frame of the read-out: [exchange][site]. */
    amplitudes: perPointAndSite,
    order_parameter: z.array(z.number()),
    /** The same at points in between, to be drawn. */
    curve: z.strictObject({ exchange_hz: z.array(z.number()), order_parameter: z.array(z.number()) }),
    /** Mean populations [p₀, p₁, p₂] when the coupled evolution ends, by exchange. */
    populations: z.array(z.tuple([z.number(), z.number(), z.number()])),
    /** Growth rate of the unsynchronized state, 1/s, by exchange. */
    growth_rate_per_s: z.array(z.number()),
    /** Exchange at which the unsynchronized state loses stability; null when it never does in range. */
    onset_hz: z.number().nullable(),
  })
  .meta({ id: "Prediction" });
export type Prediction = z.infer<typeof predictionSchema>;

/** How assigned levels become amplitudes: what the analysis needs beside the records. */
export const measurementSchema = z
  .strictObject({
    settings: z.array(settingSchema),
    /** Matrix elements (a₁, a₂) of the amplitude ⟨A†⟩ = a₁ρ₀₁ + a₂ρ₁₂. */
    ladder: z.tuple([z.number(), z.number()]),
    sites: z.array(
      z.strictObject({
        id: z.string(),
        /** Rows assigned, columns prepared. */
        assignment: z.array(z.array(z.number())),
        /** Phases by which ρ₀₁ and ρ₁₂ of the drive frames lead the common frame when the coupling ends, rad. */
        frame01_rad: z.number(),
        frame12_rad: z.number(),
      }),
    ),
  })
  .meta({ id: "Measurement" });
export type Measurement = z.infer<typeof measurementSchema>;

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

export const planSchema = z
  .strictObject({
    platform: z.string(),
    profile: z.string(),
    protocol: z.string(),
    sites: z.array(z.string()),
    bonds: z.array(z.tuple([z.string(), z.string()])),
    positions: z.array(z.tuple([z.number(), z.number()])),
    operating_point: z.array(planEntrySchema),
    /** Settings of the device; their form is the platform's. */
    knobs: z.unknown(),
    operations: z.array(operationSchema),
    assumptions: z.array(z.strictObject({ name: z.string(), value: z.string(), source: z.string() })),
    findings: z.array(findingSchema),
    feasible: z.boolean(),
    measurement: measurementSchema,
    prediction: predictionSchema,
    cost: z.strictObject({ shots: z.int(), duration_s: z.number(), points: z.int(), settings: z.int() }),
  })
  .meta({ id: "Plan" });
export type Plan = z.infer<typeof planSchema>;
