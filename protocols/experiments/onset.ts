import { z } from "zod";
import { parseQuantity } from "#core/units";
import type { Operation, Rotation, Setting } from "#ir/operations";
import { scanSchema, valuesOf } from "#ir/scan";
import type { Protocol } from "../protocol.ts";
import { populationSeries } from "./series.ts";

const positive = z.number().gt(0);

export const onsetSchema = z
  .strictObject({
    kind: z.literal("onset"),
    /** γ₊. */
    gain_rate_per_s: positive.describe("γ+, rate of 0→1"),
    /** γ₋. */
    loss_rate_per_s: positive.describe("γ−, rate of 2→1"),
    exchange_hz: scanSchema(z.number(), { min: 2, max: 201 }).describe(
      "J/2π of every bond: from, to and points, or values",
    ),
    seed_angle_rad: positive
      .lte(Math.PI)
      .default(0.3 * Math.PI)
      .describe("Rotation that seeds the coherence"),
    settle_s: positive.describe("Gain and loss alone, before the seed; 8/γ leave 3e-4 of what was before"),
    evolve_s: positive.describe("Gain, loss and exchange together"),
    ring_down_s: z
      .number()
      .min(0)
      .default(parseQuantity("60 ns", "time"))
      .describe("Everything off, for the ancillas to empty"),
  })
  .meta({ id: "OnsetParameters" });

const quarter = Math.PI / 2;

/** Rotations by π/2 about x and y on both transitions: the least that gives ⟨A†⟩ and the populations. */
export const amplitudeSettings: readonly Setting[] = (["01", "12"] as const).flatMap((transition) =>
  (["X", "Y"] as const).map((axis) => ({
    name: `${axis}${transition}/2`,
    rotations: [{ transition, angle_rad: quarter, phase_rad: axis === "X" ? 0 : quarter }],
  })),
);

const seed = (transition: "01" | "12", angle_rad: number): Rotation => ({
  transition,
  angle_rad,
  phase_rad: 0,
});

/**
 * Synchronization onset of one group: seed a small common coherence on stabilised oscillators, let it grow or
 * decay under the exchange, measure what is left. Above the threshold the order parameter |⟨A†⟩| stays finite.
 *
 * Nadolny & Bruder, Fig. 2(a, b), with the seed in place of the initial state of the calculation.
 */
export const onset: Protocol<typeof onsetSchema> = {
  kind: "onset",
  title: "synchronization onset of one group",
  description:
    "Seeded coherence and order parameter against coupling: stabilise level 1, seed, couple, read ⟨A†⟩.",
  schema: onsetSchema,
  wanted: ({ gain_rate_per_s, loss_rate_per_s, exchange_hz }) => ({
    gain_rate_per_s,
    loss_rate_per_s,
    exchange_hz: valuesOf(exchange_hz),
  }),
  axes: ({ exchange_hz }) => [
    { name: "exchange", title: "Exchange J/2π", unit: "Hz", values: valuesOf(exchange_hz) },
  ],
  operations: ({ settle_s, evolve_s, ring_down_s, seed_angle_rad }): Operation[] => [
    { kind: "prepare" },
    { kind: "stabilise", duration_s: settle_s },
    { kind: "rotate", stabilised: true, rotation: seed("01", seed_angle_rad) },
    { kind: "rotate", stabilised: true, rotation: seed("12", seed_angle_rad) },
    { kind: "couple", duration_s: evolve_s },
    ...(ring_down_s > 0 ? [{ kind: "evolve", duration_s: ring_down_s } as const] : []),
    { kind: "measure", settings: [...amplitudeSettings] },
  ],
  analysis: (_, { sites }) => ({
    free_phase: true,
    series: [
      {
        id: "order_parameter",
        title: "order parameter",
        kind: "amplitude",
        sites: [...sites],
        tested: true,
      },
      ...populationSeries(sites),
      { id: "growth_rate", title: "growth rate of the unsynchronized state", kind: "growth_rate" },
    ],
    results: [
      {
        id: "onset_hz",
        title: "Onset J/2π",
        kind: "onset",
        unit: "Hz",
        series: "order_parameter",
        axis: "exchange",
      },
    ],
    figures: [],
  }),
};
