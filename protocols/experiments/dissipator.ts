import { z } from "zod";
import { EntrainError } from "#core/errors";
import { parseQuantity } from "#core/units";
import type { Operation, Rotation, Setting, Step } from "#ir/operations";
import { valuesOf } from "#ir/scan";
import type { Protocol } from "../protocol.ts";

const positive = z.number().gt(0);

export const dissipatorSchema = z
  .strictObject({
    kind: z.literal("dissipator"),
    gain_rate_per_s: positive.describe("γ+, rate of 0→1 that is asked for"),
    loss_rate_per_s: positive.describe("γ−, rate of 2→1 that is asked for"),
    points: z.int().min(5).max(101).default(11).describe("Delays of every curve, evenly from 0"),
    span_s: positive.describe("Longest delay with a tone on; 5/γ shows a whole depletion"),
    relaxation_span_s: positive.describe("Longest delay with all tones off; about twice T1"),
    ring_down_s: z
      .number()
      .min(0)
      .default(parseQuantity("60 ns", "time"))
      .describe("Everything off, for the ancillas to empty"),
  })
  .meta({ id: "DissipatorParameters" });

/** The level read-out as it stands. */
export const levelSetting: Setting = { name: "Z", rotations: [] };

const flip = (transition: "01" | "12"): Rotation => ({ transition, angle_rad: Math.PI, phase_rad: 0 });

interface Curve {
  readonly reservoirs: "gain" | "loss" | "both" | "none";
  /** π pulses that prepare the level it starts from. */
  readonly start: readonly ("01" | "12")[];
}

/** Level 0 under the gain tone, level 2 under the loss tone, level 0 under both, level 1 under none. */
const curves: readonly Curve[] = [
  { reservoirs: "gain", start: [] },
  { reservoirs: "loss", start: ["01", "12"] },
  { reservoirs: "both", start: [] },
  { reservoirs: "none", start: ["01"] },
];

function wait(reservoirs: Curve["reservoirs"], duration_s: number): Step[] {
  if (duration_s === 0) return [];
  if (reservoirs === "none") return [{ kind: "evolve", duration_s }];
  if (reservoirs === "both") return [{ kind: "stabilise", duration_s }];
  return [{ kind: "stabilise", duration_s, tones: reservoirs }];
}

/**
 * Dissipator characterisation: how the levels of single sites empty under the gain tone, the loss tone, both and none.
 * A fit of all curves gives γ₊, γ₋, the leakage that both tones cause, and the intrinsic relaxation.
 */
export const dissipator: Protocol<typeof dissipatorSchema> = {
  kind: "dissipator",
  title: "characterisation of gain and loss",
  description: "Depletion curves under each tone: γ+, γ−, leakage and relaxation of every site, with errors.",
  schema: dissipatorSchema,
  wanted: ({ gain_rate_per_s, loss_rate_per_s }) => ({
    gain_rate_per_s,
    loss_rate_per_s,
    exchange_hz: [0],
    relies_on_reset: true,
  }),
  axes: ({ points, span_s, relaxation_span_s }) => [
    {
      name: "curve",
      title: "Tones",
      unit: "s",
      values: curves.map(({ reservoirs }) => (reservoirs === "none" ? relaxation_span_s : span_s)),
      labels: curves.map(({ reservoirs }) => reservoirs),
    },
    {
      name: "delay",
      title: "Delay / longest delay of the curve",
      unit: "",
      values: valuesOf({ from: 0, to: 1, points }),
    },
  ],
  operations: ({ points, span_s, relaxation_span_s, ring_down_s }, { sites }): Operation[] => {
    if (sites.length === 0) {
      throw new EntrainError("protocol.layout", { path: "device", message: "there is no site", found: 0 });
    }
    const cases = curves.flatMap(({ reservoirs, start }) => {
      const span = reservoirs === "none" ? relaxation_span_s : span_s;
      return valuesOf({ from: 0, to: span, points }).map((duration_s): Step[] => [
        ...start.map(
          (transition) => ({ kind: "rotate", stabilised: false, rotation: flip(transition) }) as const,
        ),
        ...wait(reservoirs, duration_s),
      ]);
    });
    return [
      { kind: "prepare" },
      { kind: "choose", axes: ["curve", "delay"], cases },
      ...(ring_down_s > 0 ? [{ kind: "evolve", duration_s: ring_down_s } as const] : []),
      { kind: "measure", settings: [levelSetting] },
    ];
  },
  analysis: (_, { sites }) => ({
    free_phase: false,
    series: sites.flatMap((site) =>
      ([0, 1, 2] as const).map((level) => ({
        id: `${site}_p${level}`,
        title: sites.length === 1 ? `population of level ${level}` : `population of level ${level}, ${site}`,
        kind: "population" as const,
        level,
        sites: [site],
        tested: false,
      })),
    ),
    results: sites.flatMap((site) =>
      (
        [
          ["gain", "γ₊, gain 0 → 1"],
          ["loss", "γ₋, loss 2 → 1"],
          ["leak_up", "Leakage 1 → 2 by the tones"],
          ["leak_down", "Leakage 1 → 0 by the tones"],
          ["relaxation", "Relaxation 1 → 0, 1/T₁"],
        ] as const
      ).map(([rate, title]) => ({
        id: `${site}_${rate}_per_s`,
        title: sites.length === 1 ? title : `${title}, ${site}`,
        kind: "rate" as const,
        unit: "1/s",
        site,
        rate,
      })),
    ),
    figures: sites.flatMap((site) =>
      ([0, 1, 2] as const).map((level) => ({
        title: `Population of level ${level}${sites.length === 1 ? "" : ` of ${site}`}`,
        caption:
          "After a delay with the gain tone (from level 0), the loss tone (from level 2), both (from level 0) or none (from level 1).",
        axis: "delay",
        by: "curve",
        label: `p${"₀₁₂"[level]}`,
        series: [`${site}_p${level}`],
        phase: false,
      })),
    ),
  }),
};
