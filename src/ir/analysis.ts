import { z } from "zod";

/**
 * What a protocol reads out of its records, as data: a plan carries it, so that records can be analysed, judged and
 * drawn from the plan alone.
 */

const common = {
  id: z.string(),
  title: z.string(),
};

/** A number for every point of the scan. */
export const seriesSchema = z.discriminatedUnion("kind", [
  /** |Σ⟨A†_i⟩|/N over the sites. */
  z.strictObject({
    ...common,
    kind: z.literal("amplitude"),
    sites: z.array(z.string()).min(1),
    /** Compared with the prediction by a test of its own. */
    tested: z.boolean(),
  }),
  /** Mean population of a level. */
  z.strictObject({
    ...common,
    kind: z.literal("population"),
    level: z.union([z.literal(0), z.literal(1), z.literal(2)]),
    sites: z.array(z.string()).min(1),
    tested: z.boolean(),
  }),
  /** |⟨A†_a A_b⟩| and its phase, from shots in which both sites were read. */
  z.strictObject({
    ...common,
    kind: z.literal("pair"),
    sites: z.tuple([z.string(), z.string()]),
    tested: z.boolean(),
  }),
  /** |ρ₀₂| and its phase, of one site. */
  z.strictObject({
    ...common,
    kind: z.literal("harmonic"),
    sites: z.array(z.string()).length(1),
    tested: z.boolean(),
  }),
  /** Weight outside the levels, where the read-out shows it. */
  z.strictObject({
    ...common,
    kind: z.literal("leakage"),
    sites: z.array(z.string()).min(1),
    tested: z.boolean(),
  }),
  /** Phase distribution s(φ) of one site at one phase, 1/2π subtracted; from ⟨S⁺⟩ and ρ₀₂. */
  z.strictObject({
    ...common,
    kind: z.literal("phase_distribution"),
    sites: z.array(z.string()).length(1),
    at_rad: z.number(),
    tested: z.boolean(),
  }),
  /** What the model itself has where the device measures another series: predicted, not measured. */
  z.strictObject({ ...common, kind: z.literal("ideal"), of: z.string() }),
  /** Mean over pairs of sites of Re⟨σ†_i σ_j⟩, σ = |m⟩⟨m+1|, from shots in which all were read. */
  z.strictObject({
    ...common,
    kind: z.literal("correlator"),
    transition: z.enum(["01", "12"]),
    sites: z.array(z.string()).min(2),
    tested: z.boolean(),
  }),
  /** Contrast and phase of a fringe against the phase of the last quarter turn, mean over the sites. */
  z.strictObject({
    ...common,
    kind: z.literal("fringe"),
    transition: z.enum(["01", "12"]),
    sites: z.array(z.string()).min(1),
    tested: z.boolean(),
  }),
  /** Growth rate of the unsynchronized state, 1/s: predicted, not measured. */
  z.strictObject({ ...common, kind: z.literal("growth_rate") }),
]);
export type SeriesDeclaration = z.infer<typeof seriesSchema>;

/** A number drawn from whole series. */
export const resultSchema = z.discriminatedUnion("kind", [
  /** Where an amplitude leaves zero along an axis; predicted by linear stability. */
  z.strictObject({
    ...common,
    kind: z.literal("onset"),
    unit: z.string(),
    series: z.string(),
    axis: z.string(),
  }),
  /** Largest value of a series. */
  z.strictObject({ ...common, kind: z.literal("largest"), unit: z.string(), series: z.string() }),
  /** Value of a series at the point of the axis nearest to `at`. */
  z.strictObject({
    ...common,
    kind: z.literal("value"),
    unit: z.string(),
    series: z.string(),
    axis: z.string(),
    at: z.number(),
    /** Indices of other axes; the first where it is silent. */
    fixed: z.record(z.string(), z.int()).optional(),
  }),
  /** A rate of the ladder of one site, from how its populations relax under each kind of reservoir. */
  z.strictObject({
    ...common,
    kind: z.literal("rate"),
    unit: z.string(),
    site: z.string(),
    rate: z.enum(["gain", "loss", "leak_up", "leak_down", "relaxation"]),
  }),
  /** Height, or place in rad, of the highest peak of a site's phase distribution, at fixed indices of the axes. */
  z.strictObject({
    ...common,
    kind: z.literal("peak"),
    unit: z.string(),
    site: z.string(),
    quantity: z.enum(["height", "phase"]),
    at: z.record(z.string(), z.int()),
  }),
  /** Slope of a series along an axis, or of its phase in turns, by weighted least squares. */
  z.strictObject({
    ...common,
    kind: z.literal("slope"),
    unit: z.string(),
    series: z.string(),
    axis: z.string(),
    of: z.enum(["value", "phase"]),
  }),
  /** 1/e time of a series along an axis, at fixed indices of the others. */
  z.strictObject({
    ...common,
    kind: z.literal("lifetime"),
    unit: z.string(),
    series: z.string(),
    axis: z.string(),
    at: z.record(z.string(), z.int()),
  }),
]);
export type ResultDeclaration = z.infer<typeof resultSchema>;

export const figureSchema = z.strictObject({
  title: z.string(),
  caption: z.string(),
  /** Axis along the figure. */
  axis: z.string(),
  /** Axis whose values are drawn as separate curves; null when there is one curve for each series. */
  by: z.string().nullable(),
  label: z.string(),
  series: z.array(z.string()).min(1),
  /** Draws the phase of the series instead of the value. */
  phase: z.boolean(),
  /** Values that the series themselves stand for: they are drawn along these, one curve for each point of `axis`. */
  along: z.strictObject({ label: z.string(), values: z.array(z.number()) }).optional(),
});
export type FigureDeclaration = z.infer<typeof figureSchema>;

export const analysisSchema = z
  .strictObject({
    /**
     * Sites whose outcomes are counted together, shot by shot, each site in one group: single sites where the theory
     * has no correlations, pairs or triples where it has.
     */
    groups: z.array(z.array(z.string()).min(1).max(6)),
    /** True when nothing fixes the common phase of all sites; validation then fits it at every point. */
    free_phase: z.boolean(),
    series: z.array(seriesSchema),
    results: z.array(resultSchema),
    figures: z.array(figureSchema),
  })
  .meta({ id: "Analysis" });
export type Analysis = z.infer<typeof analysisSchema>;
