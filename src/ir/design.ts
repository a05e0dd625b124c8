import { z } from "zod";
import { parseWith } from "#core/schema";
import { normaliseQuantities } from "./quantity-fields.ts";

/**
 * Inverse design: a model is wanted, in units of its own loss rate, or a goal from which one follows; asked for are
 * the knobs of a device that realise it.
 */

const finite = z.number("must be a finite number");
const positive = finite.gt(0);

/** What is wanted of the model, γ₋ = 1; what is left out is free. */
export const targetSchema = z
  .strictObject({
    gain: positive.optional().describe("γ+/γ−"),
    asymmetry: finite.optional().describe("K/γ−"),
    coupling: finite.optional().describe("V/γ−; of one group, or within each of two"),
    detuning: finite.optional().describe("δ/γ−: two groups, A at +δ/2 and B at −δ/2"),
    inter_coupling: finite.optional().describe("V_AB/V between the groups; default 1"),
    fock_state: z.int().min(1).max(8).default(1).describe("n, the state that gain and loss stabilise"),
  })
  .meta({ id: "DesignTarget" });
export type DesignTarget = z.infer<typeof targetSchema>;

export const goals = [
  "synchronization",
  "interference-blockade",
  "synchronization-blockade",
  "lifetime",
] as const;
export type Goal = (typeof goals)[number];

/** How the model is made; the last three are named with what they need, not worked out. */
export const strategies = [
  "natural",
  "mirrored",
  "k-synthesis",
  "tunable-kerr",
  "chi-selective",
  "digital",
] as const;
export type StrategyName = (typeof strategies)[number];

export const designRequestSchema = z
  .strictObject({
    schema_version: z.literal(1).default(1),
    title: z.string().min(1).default("design"),
    device: z.strictObject({
      profile: z.string().min(1).describe("Name of a bundled profile, or path of a profile file"),
      assume: z.record(z.string(), z.unknown()).default({}).describe("Assumptions to override"),
    }),
    goal: z.enum(goals).optional().describe("What is to be shown; the target follows from it"),
    target: targetSchema.optional().describe("The wanted model; with a goal, what is fixed of it beforehand"),
    margin: finite
      .min(1)
      .max(10)
      .default(1.3)
      .describe("Distance that a goal keeps from its threshold, a factor"),
    loss_rate_per_s: positive.optional().describe("γ−; default: chosen within the device's reach"),
    leakage: positive
      .lt(0.5)
      .default(0.01)
      .describe("Tolerated strength of a sideband on the neighbouring rung"),
    ancillas: z
      .enum(["given", "free"])
      .default("given")
      .describe("given: linewidths of the profile; free: a chip yet to be made, linewidths are knobs"),
    groups: z
      .strictObject({ a: z.array(z.string()).min(1), b: z.array(z.string()).min(1) })
      .optional()
      .describe("Sites of the two groups; default: the split that couples best within and between"),
    strategy: z
      .enum(["any", "natural", "mirrored", "k-synthesis"])
      .default("any")
      .describe("How the model is made; any: the first that reaches it"),
  })
  .superRefine((request, context) => {
    if (request.goal !== undefined || request.target !== undefined) return;
    context.addIssue({
      code: "custom",
      path: ["target"],
      message: "nothing is asked for",
      params: { expected: `a target, or a goal: ${goals.join(", ")}` },
    });
  })
  .meta({ id: "DesignRequest" });
export type DesignRequest = z.infer<typeof designRequestSchema>;

/**
 * Checks a design request (parsed YAML or JSON).
 *
 * @throws EntrainError `design.invalid`, `quantity.invalid` or `quantity.implausible` with all problems
 */
export function parseDesignRequest(document: unknown): DesignRequest {
  // The target is in units of γ₋: nothing in it is a quantity with a unit.
  const { target, ...rest } = { ...(document as { readonly target?: unknown }) };
  const normalised = normaliseQuantities(rest) as Record<string, unknown>;
  return parseWith(
    designRequestSchema,
    target === undefined ? normalised : { ...normalised, target },
    "design.invalid",
  );
}

/** One condition that a design has to meet. */
export interface Inequality {
  /** Stable name: `gain-range`, `selectivity-loss`, … */
  readonly name: string;
  /** Code of the finding that it belongs to; empty for none. */
  readonly code: string;
  /** What is compared, in words. */
  readonly text: string;
  readonly relation: "≤" | "≥";
  readonly value: number;
  readonly limit: number;
  /** Hz, 1/s or empty. */
  readonly unit: string;
  readonly satisfied: boolean;
  /** Sites or bonds concerned; empty for all. */
  readonly where: readonly string[];
}

/** A model in units of its loss rate. */
export interface ModelPoint {
  readonly loss_rate_per_s: number;
  readonly gain: number;
  readonly asymmetry: number;
  readonly coupling: number;
  readonly detuning: number;
  readonly inter_coupling: number;
}

/** The feasible model nearest to a target. */
export interface NearestPoint extends ModelPoint {
  /** 0 when the target itself is feasible; see docs/design.md for the metric. */
  readonly distance: number;
  /** Which of the wanted numbers had to give way. */
  readonly changed: readonly string[];
}

/** What the knobs really make, by the forward physics. */
export interface AchievedModel extends ModelPoint {
  readonly gain_rate_per_s: number;
  readonly asymmetry_hz: number;
  readonly detuning_hz: number;
  readonly coupling_hz: number;
  /** Half the distance between the extreme sites: K, Hz; frequency within a group, Hz; γ₊ and γ₋, relative. */
  readonly spread: {
    readonly asymmetry_hz: number;
    readonly frequency_hz: number;
    readonly gain: number;
    readonly loss: number;
  };
  /** Means over the sites, uncoupled: p_{n−1}, p_n, p_{n+1}. */
  readonly populations: readonly [number, number, number];
  /** Means of the unwanted rates, 1/s. */
  readonly channels: Readonly<Record<string, number>>;
}
