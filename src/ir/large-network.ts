import { z } from "zod";
import {
  checkInitial,
  checkSteadyState,
  finite,
  groupRequestFields,
  ladderOf,
  rate,
  times,
} from "./group-fields.ts";

/** Requests for networks of up to millions of oscillators that are equal but for disorder. */

const boundary = z.enum(["open", "periodic"]).default("periodic");
const seed = z.int().min(0).max(4_294_967_295).default(1);

/** H = Σ_{i<j} J_ij S⁺_i S⁻_j + h.c., no 1/N but where it is said. */
const couplingSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("all-to-all"), strength: finite.describe("V; J_ij = V/N") }),
  z.strictObject({
    kind: z.literal("chain"),
    strength: finite.describe("J of neighbours"),
    alpha: finite.min(0).max(20).describe("J_ij = strength/|i-j|^alpha"),
    boundary,
  }),
  z.strictObject({
    kind: z.literal("ring"),
    strength: finite,
    range: z.int().min(1).default(1).describe("Neighbours on either side that a site is coupled to"),
    boundary,
  }),
  z.strictObject({
    kind: z.literal("square"),
    strength: finite,
    width: z.int().min(1).describe("Sites in a row"),
    boundary,
  }),
  z.strictObject({
    kind: z.literal("random"),
    strength: finite,
    degree: z
      .int()
      .min(2)
      .max(256)
      .multipleOf(2)
      .describe("Couplings of a site: the sum of degree/2 random rings through all sites"),
    seed,
  }),
  z.strictObject({
    kind: z.literal("pairs"),
    pairs: z
      .array(z.tuple([z.int().min(0), z.int().min(0), finite]))
      .max(10_000_000)
      .describe("[i, j, J], each pair once"),
  }),
]);

const spread = z
  .strictObject({
    distribution: z.enum(["normal", "uniform", "lorentzian"]).default("normal"),
    width: rate.describe("Standard deviation, half width, or half width at half maximum"),
    cutoff: finite
      .min(1)
      .max(1000)
      .default(10)
      .describe("Largest deviation of a lorentzian in widths: a single far site would set the step of all"),
  })
  .describe("Added site by site; gain and loss are cut off at 0");

export const largeNetworkSchema = z
  .strictObject({
    size: z.int().min(2).max(134_217_728).describe("N, oscillators"),
    gain: groupRequestFields.gain,
    loss: groupRequestFields.loss,
    asymmetry: groupRequestFields.asymmetry,
    detuning: finite.default(0).describe("Coefficient of S^z"),
    ladder: groupRequestFields.ladder,
    channels: groupRequestFields.channels,
    disorder: z
      .strictObject({
        gain: spread.optional(),
        loss: spread.optional(),
        asymmetry: spread.optional(),
        detuning: spread.optional(),
      })
      .prefault({}),
    seed: seed.describe("Of the disorder"),
    coupling: couplingSchema,
    initial: groupRequestFields.initial.describe("One 3 x 3 matrix for all sites"),
    times,
    rtol: finite.gt(1e-13).max(1e-2).default(1e-6).describe("Relative tolerance per step and site"),
    memory_gib: finite.gt(0).max(64).default(4).describe("Refused before it starts when it would take more"),
    time_limit_s: finite
      .gt(0)
      .default(3600)
      .describe("Refused before it starts when it would take about longer"),
    estimate_only: z.boolean().default(false).describe("Say what it would take, and do nothing"),
    per_site: z.boolean().default(false).describe("Also answer amplitude and frequency of every site"),
  })
  .superRefine((request, context) => {
    checkInitial(request.initial, 1, "site", true, context);
    checkSteadyState({ ...request, ladder: ladderOf(request.ladder) }, [], context);
  });

export type LargeNetworkRequest = z.output<typeof largeNetworkSchema>;
