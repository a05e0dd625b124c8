import { z } from "zod";
import { parseQuantity } from "#core/units";
import type { Operation } from "#ir/operations";
import type { Protocol } from "../protocol.ts";
import { amplitudeSettings } from "./onset.ts";
import { populationSeries } from "./series.ts";

const positive = z.number().gt(0);

export const interferenceSchema = z
  .strictObject({
    kind: z.literal("interference"),
    larger_rate_per_s: positive.describe("The larger of γ+ and γ−, held along the scan"),
    ratio: z
      .strictObject({
        from: positive.describe("Smallest γ+/γ−"),
        to: positive.describe("Largest γ+/γ−"),
        points: z.int().min(3).max(101),
      })
      .describe("γ+/γ−, scanned in equal steps of its logarithm; ⅕ to 5 shows both shores of the blockade"),
    exchange_hz: z.number().describe("J0/2π of every bond; the modulation swings it by twice as much"),
    effective_asymmetry_hz: z.number().default(0).describe("K_eff/2π that the modulation makes"),
    seed_angle_rad: positive
      .lte(Math.PI)
      .default(0.3 * Math.PI)
      .describe("Rotation that seeds the coherence"),
    settle_s: positive.describe("Gain and loss alone, before the seed"),
    evolve_s: positive.describe("Gain, loss and modulated exchange together"),
    ring_down_s: z
      .number()
      .min(0)
      .default(parseQuantity("60 ns", "time"))
      .describe("Everything off, for the ancillas to empty"),
  })
  .meta({ id: "InterferenceParameters" });

/** Values in equal steps of the logarithm, to four digits; the middle of a scan that is even about 1 is exactly 1. */
function ratiosOf({ from, to, points }: { from: number; to: number; points: number }): number[] {
  return Array.from({ length: points }, (_, k) =>
    Number((from * (to / from) ** (k / (points - 1))).toPrecision(4)),
  );
}

/**
 * Interference blockade of one group: at K = 0 the two rungs drive each other's coherence with opposite signs, and
 * where gain and loss are about equal they cancel: no coupling, however strong, synchronizes. For the boson that a
 * transmon is that is a window, ½ < γ₊/γ₋ < 2.
 *
 * Nadolny & Bruder, Fig. 2(a): V_c diverges at γ₊ = γ₋.
 */
export const interference: Protocol<typeof interferenceSchema> = {
  kind: "interference",
  title: "interference blockade of one group",
  description:
    "Order parameter against γ+/γ− at K made zero by modulated couplers: none where gain equals loss.",
  schema: interferenceSchema,
  wanted: ({ larger_rate_per_s, ratio, exchange_hz, effective_asymmetry_hz }) => ({
    gain_rate_per_s: larger_rate_per_s,
    loss_rate_per_s: larger_rate_per_s,
    exchange_hz: [exchange_hz],
    gain_ratio: ratiosOf(ratio),
    asymmetry_hz: effective_asymmetry_hz,
  }),
  axes: ({ ratio }) => [{ name: "ratio", title: "Gain over loss γ+/γ−", unit: "", values: ratiosOf(ratio) }],
  operations: ({ settle_s, evolve_s, ring_down_s, seed_angle_rad }): Operation[] => [
    { kind: "prepare" },
    { kind: "stabilise", duration_s: settle_s },
    ...(["01", "12"] as const).map(
      (transition): Operation => ({
        kind: "rotate",
        stabilised: true,
        rotation: { transition, angle_rad: seed_angle_rad, phase_rad: 0 },
      }),
    ),
    { kind: "couple", duration_s: evolve_s },
    ...(ring_down_s > 0 ? [{ kind: "evolve", duration_s: ring_down_s } as const] : []),
    { kind: "measure", settings: [...amplitudeSettings] },
  ],
  analysis: (_, { sites }) => ({
    free_phase: true,
    series: [
      { id: "order_parameter", title: "order parameter", kind: "amplitude", sites: [...sites], tested: true },
      ...populationSeries(sites),
    ],
    results: [
      {
        id: "blocked",
        title: "Order parameter at γ+ = γ−",
        kind: "value",
        unit: "",
        series: "order_parameter",
        axis: "ratio",
        at: 1,
      },
      {
        id: "largest",
        title: "Largest order parameter",
        kind: "largest",
        unit: "",
        series: "order_parameter",
      },
    ],
    figures: [
      {
        title: "Order parameter against gain over loss",
        caption:
          "|Σ⟨A†⟩|/N in the frame of the modulation. Between ½ and 2 the two rungs of a boson cancel and nothing synchronizes; beyond, one of them wins.",
        axis: "ratio",
        by: null,
        label: "order parameter",
        series: ["order_parameter"],
        phase: false,
      },
      {
        title: "Populations",
        caption: "Mean over the sites.",
        axis: "ratio",
        by: null,
        label: "population",
        series: [0, 1, 2].map((level) => `p${level}`),
        phase: false,
      },
    ],
  }),
};
